"""The payment providers: thin clients of their REST APIs, and their credentials.

Both implement the port `PaymentGateway`. `urllib3` comes with boto3 and is imported at the first request.
"""

from telekarta.adapters.payments.credentials import (
    PayUCredentials,
    PayUSecret,
    Przelewy24Credentials,
    Przelewy24Secret,
)
from telekarta.adapters.payments.payu import PayU
from telekarta.adapters.payments.przelewy24 import Przelewy24

__all__ = [
    "PayU",
    "PayUCredentials",
    "PayUSecret",
    "Przelewy24",
    "Przelewy24Credentials",
    "Przelewy24Secret",
]

"""The parts that payments are made of, put together for every function that takes part in them."""

from collections.abc import Mapping

from telekarta.adapters.aws.clock import clock
from telekarta.adapters.chance import SystemChance
from telekarta.adapters.dynamodb import DynamoStore
from telekarta.adapters.dynamodb.payments import DynamoPayments
from telekarta.adapters.environment import OF_CARDS, Environment
from telekarta.adapters.files.promotions import load_promotions
from telekarta.adapters.payments import PayU, PayUSecret, Przelewy24, Przelewy24Secret
from telekarta.domain.topups.payments import Provider
from telekarta.usecases.topups.payments import PaymentDeps
from telekarta.usecases.topups.ports import PaymentGateway
from telekarta.wiring.messages import messengers

# The environment variables without which there are no payments.
NEEDED = (
    *OF_CARDS,
    "PAYMENTS_TABLE",
    "PAYU_API_URL",
    "PAYU_SECRET",
    "PRZELEWY24_API_URL",
    "PRZELEWY24_SECRET",
    "PUBLIC_BASE_URL",
)


def payment_deps(environment: Environment, store: DynamoStore) -> PaymentDeps:
    """Nothing is connected before it is asked, and no secret is read."""
    return PaymentDeps(
        payments=DynamoPayments(store.tables),
        store=store,
        gateways=gateways(environment),
        clock=clock(environment),
        chance=SystemChance(),
        promotions=load_promotions(),
        base_url=environment.public_base_url,
        messengers=messengers(environment),
    )


def gateways(environment: Environment) -> Mapping[Provider, PaymentGateway]:
    """Both providers; their secrets are read at the first request."""
    payu = PayUSecret(environment.payu_secret, environment.region)
    przelewy24 = Przelewy24Secret(environment.przelewy24_secret, environment.region)
    return {
        Provider.PAYU: PayU(payu.credentials, environment.payu_api_url),
        Provider.PRZELEWY24: Przelewy24(przelewy24.credentials, environment.przelewy24_api_url),
    }

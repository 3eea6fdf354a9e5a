"""The shop that the sandboxes know. Nothing but this machine has ever heard of it."""

from collections.abc import Mapping
from typing import Any

PAYU_PATH = "/pay/payu"
PRZELEWY24_PATH = "/pay/przelewy24"

# What belongs into the product's two secrets, as JSON, for it to be this shop.
PAYU: Mapping[str, str] = {
    "pos_id": "390001",
    "client_id": "390001",
    "client_secret": "sandbox-client-secret",
    "second_key": "sandbox-second-key",
}
PRZELEWY24: Mapping[str, str] = {
    "merchant_id": "290001",
    "pos_id": "290002",
    "api_key": "sandbox-api-key",
    "crc": "sandbox-crc",
}


def has(told: Mapping[str, Any], **wanted: object) -> bool:
    """Whether all that is wanted was told, number for number and text for text."""
    return all(type(told.get(key)) is type(value) and told.get(key) == value for key, value in wanted.items())

"""What the providers know us by, kept by an operator in Secrets Manager as JSON."""

import json
from dataclasses import dataclass, field

from telekarta.adapters.aws.secrets import MalformedSecret, secret_text

# Rotated by hand, at the provider first; a quarter of an hour of refused requests is made good by repeats.
_MAX_AGE_S = 15 * 60


@dataclass(frozen=True, slots=True)
class PayUCredentials:
    """One point of sale. Its notifications are signed with the second key, its requests by OAuth."""

    pos_id: str
    client_id: str
    client_secret: str = field(repr=False)
    second_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Przelewy24Credentials:
    """One shop. `crc` signs both ways, `api_key` (the key for reports) is the password of requests."""

    merchant_id: int
    pos_id: int
    api_key: str = field(repr=False)
    crc: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PayUSecret:
    """JSON with `pos_id`, `client_id`, `client_secret` and `second_key`, all texts.

    Raises SecretUnavailable and MalformedSecret.
    """

    name: str
    region: str = ""

    def credentials(self) -> PayUCredentials:
        kept = _texts(self.name, self.region, "pos_id", "client_id", "client_secret", "second_key")
        return PayUCredentials(**kept)


@dataclass(frozen=True, slots=True)
class Przelewy24Secret:
    """JSON with `merchant_id`, `pos_id` (digits), `api_key` and `crc`, all texts.

    Raises SecretUnavailable and MalformedSecret.
    """

    name: str
    region: str = ""

    def credentials(self) -> Przelewy24Credentials:
        kept = _texts(self.name, self.region, "merchant_id", "pos_id", "api_key", "crc")
        for key in ("merchant_id", "pos_id"):
            if not (kept[key].isascii() and kept[key].isdigit()):
                raise MalformedSecret(f"the secret {self.name} has a {key} that is no number")
        return Przelewy24Credentials(
            int(kept["merchant_id"]), int(kept["pos_id"]), kept["api_key"], kept["crc"]
        )


def _texts(name: str, region: str, *keys: str) -> dict[str, str]:
    try:
        kept = json.loads(secret_text(name, region, _MAX_AGE_S))
    except ValueError:
        kept = None
    if not isinstance(kept, dict):
        raise MalformedSecret(f"the secret {name} is not a JSON object")
    for key in keys:
        if not isinstance(kept.get(key), str) or not kept[key]:
            raise MalformedSecret(f"the secret {name} has no {key}")
    return {key: kept[key] for key in keys}

"""Secrets, from Secrets Manager.

They are kept in memory, since no call may wait for Secrets Manager twice; none ever shows in a repr.
Powertools is imported at the first use: a function that is asked for no secret does not pay for it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from telekarta.adapters.twilio.credentials import TwilioCredentials
from telekarta.domain.rules import rule
from telekarta.usecases.ports import StoreUnavailable

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.parameters import SecretsProvider

# The pepper never changes while digests exist that were made with it.
_PEPPER_MAX_AGE_S = 24 * 60 * 60
# A token that is being rotated is in the secret as the secondary one for at least that long before Twilio
# signs with it.
_TWILIO_MAX_AGE_S = 15 * 60
# Scheme and host, without a closing slash; or nothing.
_BASE_URL = re.compile(r"(https?://[^/?#\s]+)?")

# What Secrets Manager says when trying again may help. Anything else is our own mistake: it must be loud.
_PASSING = frozenset({"ThrottlingException", "TooManyRequestsException", "InternalServiceError"})


class SecretUnavailable(StoreUnavailable):
    """Secrets Manager did not answer. Nothing has been changed."""


class MalformedSecret(Exception):
    """A secret without what it must contain. The message names the secret and never quotes it."""


@cache
def _provider(region: str) -> "SecretsProvider":
    from aws_lambda_powertools.utilities.parameters import SecretsProvider  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415

    # A caller is waiting, and the function itself has 10 s.
    patience = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2})
    return SecretsProvider(boto_config=patience.merge(Config(region_name=region)) if region else patience)


def secret_text(name: str, region: str, max_age_s: int) -> str:
    """The secret, read again once what is kept is older. Raises SecretUnavailable and MalformedSecret."""
    from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError  # noqa: PLC0415
    from botocore.exceptions import ClientError  # noqa: PLC0415

    try:
        value = _provider(region).get(name, max_age=max_age_s)
    except GetParameterError as error:
        cause = error.__context__
        if isinstance(cause, ClientError) and cause.response["Error"]["Code"] not in _PASSING:
            raise
        raise SecretUnavailable(f"the secret {name} did not come") from error
    if not isinstance(value, str) or not value:
        raise MalformedSecret(f"the secret {name} is not a text")
    return value


@dataclass(frozen=True, slots=True)
class SecretPepper:
    """The port `Pepper`. Raises SecretUnavailable."""

    name: str
    region: str = ""

    @rule("WP §9.1", "TG §10.1")
    def pepper(self) -> bytes:
        return secret_text(self.name, self.region, _PEPPER_MAX_AGE_S).encode()


@dataclass(frozen=True, slots=True)
class TwilioSecret:
    """Twilio's credentials, kept by an operator as JSON: `account_sid`, `auth_token`, and during a rotation
    `secondary_auth_token`; `public_base_url` if something stands in front of the gateway. Raises
    SecretUnavailable and MalformedSecret."""

    name: str
    region: str = ""

    def credentials(self) -> TwilioCredentials:
        text = secret_text(self.name, self.region, _TWILIO_MAX_AGE_S)
        try:
            kept = json.loads(text)
        except ValueError:
            kept = None
        if not isinstance(kept, dict):
            raise MalformedSecret(f"the secret {self.name} is not a JSON object")
        for key in ("account_sid", "auth_token"):
            if not isinstance(kept.get(key), str) or not kept[key]:
                raise MalformedSecret(f"the secret {self.name} has no {key}")
        secondary = kept.get("secondary_auth_token")
        spare = (secondary,) if isinstance(secondary, str) and secondary else ()
        return TwilioCredentials(
            kept["account_sid"], (kept["auth_token"], *spare), self._public_base_url(kept)
        )

    def _public_base_url(self, kept: Mapping[str, object]) -> str:
        stated = kept.get("public_base_url", "")
        if not isinstance(stated, str) or not _BASE_URL.fullmatch(stated):
            raise MalformedSecret(f"the secret {self.name} has a public_base_url that is none")
        return stated

"""One request to a provider and its answer, and how to read what providers write."""

import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from telekarta.adapters.aws.secrets import SecretUnavailable
from telekarta.usecases.topups.ports import GatewayRefusal, GatewayRefused, GatewayUnavailable

if TYPE_CHECKING:
    from urllib3 import PoolManager

logger = logging.getLogger(__name__)

CURRENCY = "PLN"
# Somebody waits, and a request takes 7 s at most. The voice function has 10 s for one (a voucher), sms 14;
# web and payments 25 for three: PayU's order with a token that it has forgotten, a new one, the order again.
CONNECT_TIMEOUT_S = 2.0
READ_TIMEOUT_S = 5.0
LARGEST_ANSWER_BYTES = 256 * 1024
LARGEST_NOTIFICATION_BYTES = 64 * 1024
LARGEST_AMOUNT_GROSZE = 10**12
LARGEST_ID = 2**63 - 1

_CODE = re.compile(r"[A-Za-z0-9_]{1,64}")
_CORRELATION_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_ID = re.compile(r"[A-Za-z0-9-]{1,100}")
_DIGITS = re.compile(r"[0-9]{1,13}")

C = TypeVar("C")


class Nonsense(Exception):
    """Something is not as the provider's documents say."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body, which must be a JSON object. Raises Nonsense."""
        return parsed(self.body)


def parsed(body: bytes) -> dict[str, Any]:
    """The JSON object in the body. Raises Nonsense."""
    try:
        found = json.loads(body.decode())
    except (ValueError, RecursionError) as error:  # includes UnicodeDecodeError
        raise Nonsense from error
    if not isinstance(found, dict):
        raise Nonsense
    return found


def ask(what: str, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
    """Send one request, once; redirects are answers like any other (PayU's carries JSON).

    Repeating is left to those who know what may be repeated. Connections are not kept: one that slept with
    its function breaks just when the next payer comes. Logged is `what` was asked, and no address, since
    addresses hold order ids. Raises GatewayUnavailable, also for what only passes (429 and 5xx).
    """
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    try:
        response = _pool().request(
            method,
            url,
            headers={**headers, "Connection": "close", "Accept": "application/json"},
            body=body,
            redirect=False,
            retries=False,
            preload_content=False,
        )
        content = response.read(LARGEST_ANSWER_BYTES + 1)
        response.close()
    except (HTTPError, OSError) as error:
        logger.warning("%s: %s", what, type(error).__name__)
        problem = type(error).__name__
    else:
        correlation = response.headers.get("Correlation-Id", "")
        logger.info(
            "%s answered %s, correlation id %s",
            what,
            response.status,
            correlation if _CORRELATION_ID.fullmatch(correlation) else "none",
        )
        if response.status < 500 and response.status != 429 and len(content) <= LARGEST_ANSWER_BYTES:
            return Answer(response.status, content)
        problem = f"answered {response.status}"
    # Outside of the handler, so that no address and no payer's data hang on to it as its context.
    raise GatewayUnavailable(f"{what}: {problem}")


@cache
def _pool() -> "PoolManager":
    from urllib3 import PoolManager, Timeout  # noqa: PLC0415

    return PoolManager(timeout=Timeout(connect=CONNECT_TIMEOUT_S, read=READ_TIMEOUT_S))


def known(credentials: Callable[[], C]) -> C:
    """The credentials. Raises GatewayUnavailable."""
    try:
        return credentials()
    except SecretUnavailable as error:
        raise GatewayUnavailable("the secret did not come") from error


def refused(answer: Answer, code: object = "", not_unique: frozenset[str] = frozenset()) -> GatewayRefused:
    """An answer with a status of the 400s as an exception; `code` is what the provider calls it."""
    word = code if isinstance(code, str) and _CODE.fullmatch(code) else ""
    if word in not_unique and word:
        return GatewayRefused(GatewayRefusal.ORDER_NOT_UNIQUE, word)
    reasons = {
        401: GatewayRefusal.CREDENTIALS,
        403: GatewayRefusal.CREDENTIALS,
        404: GatewayRefusal.NOT_FOUND,
    }
    return GatewayRefused(reasons.get(answer.status, GatewayRefusal.INVALID), word or str(answer.status))


def is_same_kind_of_address(url: object, base_url: str) -> bool:
    """Whether a payer may be sent there: https, or whatever the provider itself is spoken to by."""
    return isinstance(url, str) and url.startswith(("https://", f"{base_url.partition('://')[0]}://"))


def object_in(source: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Raises Nonsense, as the others below."""
    found = source.get(key)
    if not isinstance(found, dict):
        raise Nonsense
    return found


def objects_in(source: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    found = source.get(key)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise Nonsense
    return found


def text_in(source: Mapping[str, Any], key: str) -> str:
    found = source.get(key)
    if not isinstance(found, str):
        raise Nonsense
    return found


def id_in(source: Mapping[str, Any], key: str) -> str:
    found = text_in(source, key)
    if not _ID.fullmatch(found):
        raise Nonsense
    return found


def integer_in(source: Mapping[str, Any], key: str, largest: int = LARGEST_ID) -> int:
    found = source.get(key)
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= largest:
        raise Nonsense
    return found


def written_grosze_in(source: Mapping[str, Any], key: str) -> int:
    """PayU writes amounts as texts of digits."""
    found = text_in(source, key)
    if not _DIGITS.fullmatch(found):
        raise Nonsense
    return int(found)

"""Seals of actions: a button does only what this function has offered, lately, on what is still so.

The seal covers the command, its fixed fields, and a mark of the state of the thing as it was shown. A page
that was left open while a colleague decided offers a decision on what is no more; its seal does not fit.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest, new

# An operator reads a case before deciding; who comes back from lunch looks at it again.
GOOD_FOR = timedelta(minutes=30)


class SealRefusal(StrEnum):
    """Why a pressed button does nothing."""

    NOT_OURS = "not_ours"
    TOO_OLD = "too_old"


def key_of(pepper: bytes) -> bytes:
    """A key of its own, made of the one secret that the desk has."""
    return new(pepper, b"seals of the desk's actions", sha256).digest()


def seal(key: bytes, command: str, fixed: Mapping[str, str], mark: str, now: datetime) -> str:
    until = int((now + GOOD_FOR).timestamp())
    return f"{until}.{_digest(key, command, fixed, mark, until)}"


def refusal_of(
    key: bytes, given: str, command: str, fixed: Mapping[str, str], mark: str, now: datetime
) -> SealRefusal | None:
    """Why the seal does not hold for this action now; None if it does."""
    until_text, _, digest = given.partition(".")
    if not (until_text.isascii() and until_text.isdigit() and len(until_text) < 12):
        return SealRefusal.NOT_OURS
    until = int(until_text)
    if not compare_digest(digest.encode(), _digest(key, command, fixed, mark, until).encode()):
        return SealRefusal.NOT_OURS
    return SealRefusal.TOO_OLD if now.timestamp() > until else None


def _digest(key: bytes, command: str, fixed: Mapping[str, str], mark: str, until: int) -> str:
    covered = json.dumps([command, sorted(fixed.items()), mark, until], ensure_ascii=False)
    return new(key, covered.encode(), sha256).hexdigest()

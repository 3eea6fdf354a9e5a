"""How a field of the call's state is written into the URL: its key there, and the way to and fro.

A part is a frozen dataclass whose fields are declared by `number`, `text`, `flag` or `written`. A field that
still has its default is left out of the URL, so every part costs nothing until something is kept in it.
A PIN or a PUK has no place in a part: a URL is logged by whoever handles it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from telekarta.dialog.leg import Leg

_METADATA = "url"
Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class Part:
    """What one capability knows of a caller. Every field has a default, and a key that no other part has."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the URL, for a field with a default. `read` raises ValueError for what `write` never wrote."""

    name: str
    default: Any
    write: Callable[[Any], str]
    read: Callable[[str, Leg], Any]
    is_always_written: bool


def keys_of(kind: type) -> Mapping[str, Key]:
    """The keys of a dataclass by the names of their fields, in the order of the fields."""
    return {each.name: each.metadata[_METADATA] for each in fields(kind) if _METADATA in each.metadata}


def written(
    key: str,
    default: Kept,
    write: Callable[[Any], str],
    read: Callable[[str, Leg], Kept],
    *,
    always: bool = False,
) -> Kept:
    """A field with a way of its own to be written and read."""
    metadata: Mapping[str, Any] = {_METADATA: Key(key, default, write, read, always)}
    return field(default=default, metadata=metadata)


def number(key: str) -> int:
    """A whole number that is not negative; 0 until something is kept."""
    return written(key, 0, str, lambda text, _: digits(text))


def text(key: str) -> str:
    """A text; empty until something is kept."""
    return written(key, "", str, lambda text, _: text)


def flag(key: str) -> bool:
    """Yes or no; no until it is yes."""
    return written(key, False, lambda _: "1", lambda text, _: text == "1")


def digits(text: str) -> int:
    """The number that the digits 0 to 9 write. Raises ValueError for anything else."""
    if not (text.isascii() and text.isdigit()):
        raise ValueError("a number is written in digits")
    return int(text)

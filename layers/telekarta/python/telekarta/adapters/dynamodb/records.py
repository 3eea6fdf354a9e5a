"""One record among many: read, or named if it can't be."""

from collections.abc import Callable
from typing import TypeVar

from telekarta.adapters.dynamodb.codecs import Typed
from telekarta.domain.books.closing import UnreadableRecord

T = TypeVar("T")


def read_or_name(key: str, raw: Typed, read: Callable[[Typed], T]) -> T | UnreadableRecord:
    """What the record says. The problem is named by its kind: its text may quote what is stored."""
    try:
        return read(raw)
    except Exception as problem:
        return UnreadableRecord(key, type(problem).__name__)

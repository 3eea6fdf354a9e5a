"""Values that change on a day: what the law, a price list or a contract says from then on."""

from collections.abc import Iterable
from datetime import date
from typing import TypeVar

Value = TypeVar("Value")


def in_force(dated: Iterable[tuple[date, Value]], day: date) -> Value | None:
    """The value on that day, of those with the day since which they hold; None before the first."""
    begun = [(since, value) for since, value in dated if since <= day]
    return max(begun, key=lambda each: each[0])[1] if begun else None

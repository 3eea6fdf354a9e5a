"""How values of the domain are written in DynamoDB's own notation, and read back.

A codec is a type tag with a writer and a reader: whole grosze are ``{"N": "1500"}``, moments are texts in UTC
that sort as the moments do, a dataclass is a map of its fields. Both ways refuse what is not whole: a float
that got into a record would otherwise be spread by everything that copies it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from pynamodb.attributes import Attribute
from pynamodb.expressions.condition import Comparison
from pynamodb.expressions.update import Action

from telekarta.domain.calendar.deadlines import as_text
from telekarta.domain.cards.codes import Tries
from telekarta.domain.cases.case import CaseEvent, CaseEventKind
from telekarta.domain.ledger.postings import Draw, Hold, Lot, Source
from telekarta.domain.money import NotMoney, grosze

T = TypeVar("T")
C = TypeVar("C", bound=StrEnum)
Typed = dict[str, Any]  # a value with its tag, as DynamoDB has it: {"S": "text"}


class UnreadableValue(ValueError):
    """A stored value that is not of the type that its place has."""


@dataclass(frozen=True, slots=True)
class Codec(Generic[T]):
    """`tag` is DynamoDB's type; `write` and `read` work on the value beside the tag."""

    tag: str
    write: Callable[[T], Any]
    read: Callable[[Any], T]

    def typed(self, value: T) -> Typed:
        return {self.tag: self.write(value)}

    def untyped(self, value: Typed) -> T:
        if self.tag not in value:
            raise UnreadableValue(f"a {self.tag} was expected, found a {'/'.join(value)}")
        return self.read(value[self.tag])


def _read_whole(digits: str) -> int:
    # DynamoDB writes a whole number without a point or an exponent; int() refuses anything else.
    try:
        return int(digits)
    except ValueError:
        raise NotMoney("a stored number is not whole") from None


def choice(kind: type[C]) -> Codec[C]:
    return Codec("S", str, kind)


TEXT: Codec[str] = Codec("S", str, str)
WHOLE: Codec[int] = Codec("N", lambda number: str(grosze(number)), _read_whole)
MOMENT: Codec[datetime] = Codec("S", as_text, datetime.fromisoformat)
FLAG: Codec[bool] = Codec("BOOL", bool, bool)
# DynamoDB has no empty set: an empty one is left out, and what is missing reads as empty.
TEXTS: Codec[frozenset[str]] = Codec("SS", lambda texts: sorted(texts) or None, frozenset)


def record(kind: Callable[..., T], /, **fields: Codec[Any]) -> Codec[T]:
    """A dataclass as a map of its fields. A field that is None is left out and reads as its default."""

    def write(value: T) -> dict[str, Typed]:
        told = ((name, codec, getattr(value, name)) for name, codec in fields.items())
        return {name: codec.typed(part) for name, codec, part in told if part is not None}

    def read(raw: dict[str, Typed]) -> T:
        return kind(**{name: codec.untyped(raw[name]) for name, codec in fields.items() if name in raw})

    return Codec("M", write, read)


def several(part: Codec[T]) -> Codec[tuple[T, ...]]:
    return Codec(
        "L",
        lambda values: [part.typed(value) for value in values],
        lambda raw: tuple(part.untyped(value) for value in raw),
    )


TRIES = record(Tries, count=WHOLE, last_at=MOMENT)
DRAW = record(Draw, lot=TEXT, amount_grosze=WHOLE, left_grosze=WHOLE)
LOT = record(
    Lot,
    id=TEXT,
    source=choice(Source),
    left_grosze=WHOLE,
    granted_at=MOMENT,
    origin=TEXT,
    paid_in=TEXT,
)
HOLD = record(
    Hold,
    id=TEXT,
    amount_grosze=WHOLE,
    placed_at=MOMENT,
    expires_at=MOMENT,
    call_sid=TEXT,
    destination=TEXT,
    tariff_version=TEXT,
    rate_prefix=TEXT,
    limit_s=WHOLE,
)

CASE_EVENT = record(CaseEvent, kind=choice(CaseEventKind), at=MOMENT, who=TEXT, why=TEXT)


def _write_lots(lots: tuple[Lot, ...]) -> dict[str, Typed]:
    return {lot.id: {"M": {k: v for k, v in LOT.write(lot).items() if k != "id"}} for lot in lots}


def _read_lots(raw: dict[str, Typed]) -> tuple[Lot, ...]:
    lots = (LOT.read({"id": TEXT.typed(lot), **fields["M"]}) for lot, fields in raw.items())
    return tuple(sorted(lots, key=lambda lot: (len(lot.id), lot.id)))  # "10" comes after "9"


# A map by the lot's id, so that one lot can be changed without writing the others.
LOTS: Codec[tuple[Lot, ...]] = Codec("M", _write_lots, _read_lots)


def _write_details(details: Mapping[str, str | int]) -> dict[str, Typed]:
    return {k: TEXT.typed(v) if isinstance(v, str) else WHOLE.typed(v) for k, v in details.items()}


def _read_details(raw: dict[str, Typed]) -> Mapping[str, str | int]:
    return {k: TEXT.untyped(v) if "S" in v else WHOLE.untyped(v) for k, v in raw.items()}


DETAILS: Codec[Mapping[str, str | int]] = Codec("M", _write_details, _read_details)
REASONS: Codec[dict[str, str]] = Codec(
    "M",
    lambda reasons: {prefix: TEXT.typed(reason) for prefix, reason in reasons.items()},
    lambda raw: {prefix: TEXT.untyped(reason) for prefix, reason in raw.items()},
)


class Coded(Attribute[T]):
    """An attribute of an item, written by a codec; it may be missing unless it is the key."""

    def __init__(self, codec: Codec[T], *, hash_key: bool = False, range_key: bool = False) -> None:
        super().__init__(hash_key=hash_key, range_key=range_key, null=not hash_key)
        self.attr_type = codec.tag
        self.codec = codec

    def serialize(self, value: T) -> Any:
        return self.codec.write(value)

    def deserialize(self, value: Any) -> T:
        return self.codec.read(value)

    # PynamoDB guesses the types inside of a map; these two hand it our codec's.
    def to(self, value: T) -> Action:
        """SET the attribute to the value, or REMOVE it if the value is an empty set."""
        written = self.codec.write(value)
        return self.remove() if written is None else self.set({self.attr_type: written})  # type: ignore[arg-type]

    def equals(self, value: T) -> Comparison:
        return self == self.codec.typed(value)

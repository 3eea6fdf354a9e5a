"""The tables of the stores in plain Python: they promise what those on DynamoDB do, and are simple enough to
be seen to be right.

Each operation is one step that nothing comes between, and either does all or nothing. Tests that ask how the
product behaves when the store does not answer give the tables `faults`, which is told of every operation
twice: a StoreUnavailable raised BEFORE means that nothing was done, one raised AFTER that all was done and
only the answer got lost.

What changes several records at once is one `transact` over the writes of which it is made, as on DynamoDB.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cache, wraps
from threading import RLock
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from telekarta.domain.cards.card import Card, Ref
from telekarta.domain.cards.codes import Tries
from telekarta.domain.cases.case import Case
from telekarta.domain.ledger.postings import Posting
from telekarta.domain.money import NotMoney, grosze
from telekarta.domain.refunds.refund import Refund
from telekarta.domain.topups.claims import Claim
from telekarta.domain.topups.payments import Payment
from telekarta.usecases.ports import CommandRecord


class When(StrEnum):
    BEFORE = "before"
    AFTER = "after"


Faults = Callable[[When, str], None]


def no_faults(when: When, operation: str) -> None:
    """The store always answers."""


@cache
def _fields_of(kind: type) -> tuple[tuple[str, bool], ...]:
    """The fields of a dataclass, and whether each is an amount; none of anything else."""
    named = fields(kind) if is_dataclass(kind) else ()
    return tuple((each.name, each.name.endswith("_grosze")) for each in named)


def refuse_fractions(value: Any) -> None:
    """NotMoney if there is anything but whole numbers in the value, however deep."""
    if isinstance(value, float):
        raise NotMoney("a float is not stored")
    if isinstance(value, str | int | datetime):
        return
    for name, is_amount in _fields_of(type(value)):
        part = getattr(value, name)
        # An amount may be left open, as in an application; it is never anything but whole grosze.
        if is_amount and part is not None:
            grosze(part)
        refuse_fractions(part)
    if isinstance(value, tuple):
        for part in value:
            refuse_fractions(part)
    elif isinstance(value, dict):
        refuse_fractions(tuple(value.values()))


@dataclass
class MemoryTables:
    """What all stores share. `told` lists the operations that were done, in their order."""

    faults: Faults = no_faults
    cards: dict[Ref, Card] = field(default_factory=dict)
    tries: dict[str, Tries] = field(default_factory=dict)
    blocked: dict[str, str] = field(default_factory=dict)
    booked: dict[str, Posting] = field(default_factory=dict)
    commands: dict[str, CommandRecord] = field(default_factory=dict)
    found: dict[str, Case] = field(default_factory=dict)
    paying: dict[str, Payment] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    claiming: dict[str, Claim] = field(default_factory=dict)
    refunding: dict[str, Refund] = field(default_factory=dict)
    open_of: dict[Ref, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    lock: RLock = field(default_factory=RLock)

    def keep(self, card: Card) -> Card:
        self.cards[card.ref] = card
        return card


class OnTables(Protocol):
    """A small store over the tables."""

    tables: MemoryTables


P = ParamSpec("P")
S = TypeVar("S", bound=OnTables)
T = TypeVar("T")


def operation(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """One step of a store, with its two moments at which the line to it may fail."""

    @wraps(method)
    def step(self: S, *args: P.args, **kwargs: P.kwargs) -> T:
        tables = self.tables
        tables.faults(When.BEFORE, method.__name__)
        for value in (*args, *kwargs.values()):
            refuse_fractions(value)
        with tables.lock:
            tables.told.append(method.__name__)
            answer = method(self, *args, **kwargs)
        tables.faults(When.AFTER, method.__name__)
        return answer

    return step


@dataclass(frozen=True, slots=True)
class Write:
    """One record's change, done if `is_met` says so just before."""

    is_met: Callable[[], bool]
    do: Callable[[], object]


def transact(*writes: Write) -> tuple[bool, ...]:
    """All of the writes or none: empty if all were done, else whether each refused, in their order."""
    refused = tuple(not write.is_met() for write in writes)
    if any(refused):
        return refused
    for write in writes:
        write.do()
    return ()


def booking(tables: MemoryTables, posting: Posting) -> Write:
    """The posting, if none with its id is booked."""
    return Write(lambda: posting.id not in tables.booked, lambda: tables.booked.update({posting.id: posting}))


def card_change(tables: MemoryTables, after: Card, *names: str, seen: int) -> Write:
    """The version of the card, and its fields of these names, as they are in `after`, if the card is still at
    the version that was `seen`."""

    def is_as_seen() -> bool:
        card = tables.cards.get(after.ref)
        return card is not None and card.version == seen

    changed = {name: getattr(after, name) for name in ("version", *names)}
    return Write(is_as_seen, lambda: tables.keep(replace(tables.cards[after.ref], **changed)))

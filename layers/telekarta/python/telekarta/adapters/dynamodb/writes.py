"""The writes of which transactions are made: each is one item's change with its own condition.

Whoever changes several records at once hands several of these to `transact`: a call's settlement is a
`booking` and the card's change, a refund's step is the case's change, its bookings and the card's. They know
no connection and no table, so that any store may combine them.
"""

from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from telekarta.adapters.dynamodb.items import (
    CardItem,
    CaseItem,
    CommandItem,
    PinGuard,
    PostingItem,
    card_values,
    case_values,
    command_values,
    key_of,
    pin_key,
    posting_values,
)
from telekarta.adapters.dynamodb.transactions import Save, Update
from telekarta.domain.cards.card import Card, Ref
from telekarta.domain.cases.case import Case
from telekarta.domain.ledger.postings import Posting
from telekarta.usecases.ports import CommandRecord


def booking(posting: Posting) -> Save:
    """The posting, if none with its id is booked."""
    return Save(PostingItem, posting_values(posting), PostingItem.id.does_not_exist())


def card_change(after: Card, *names: str, seen: int) -> Update:
    """The version of the card, and its fields of these names, as they are in `after`, if the card is still at
    the version that was `seen`. Its hold is not written: while the version is the same, so is the hold."""
    changed = {name: getattr(after, name) for name in ("version", *names)}
    actions = [getattr(CardItem, name).to(value) for name, value in changed.items()]
    return card_update(after.ref, actions, CardItem.version == seen)


def card_update(ref: Ref, actions: list[Action], condition: Condition) -> Update:
    """Whatever change of a card or an account."""
    return Update(CardItem, key_of(ref), actions, condition)


def card_issue(card: Card) -> tuple[Save, ...]:
    """The new card, if its number is free, and if its PIN alone lets in, the guard of that PIN.

    An index can't refuse a second card with the same PIN, a second item of the same key can.
    """
    values: dict[str, Any] = card_values(card)
    new = Save(CardItem, values, CardItem.ref.does_not_exist())
    if "pin_digest" not in values:
        return (new,)
    guard = {"ref": pin_key(card.pin_digest), "serial": card.ref.number}
    return new, Save(PinGuard, guard, PinGuard.ref.does_not_exist())


def case_opening(case: Case) -> Save:
    """The case, if there is none with its id."""
    return Save(CaseItem, case_values(case), CaseItem.id.does_not_exist())


def command_record(record: CommandRecord) -> Save:
    """The operator's command, if none with its id is kept."""
    return Save(CommandItem, command_values(record), CommandItem.id.does_not_exist())

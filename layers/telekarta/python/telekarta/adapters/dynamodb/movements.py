"""Money that comes to cards or goes between them: postings and the cards' changes in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from telekarta.adapters.dynamodb.cards import DynamoCards
from telekarta.adapters.dynamodb.items import CardItem, card_of, posting_of
from telekarta.adapters.dynamodb.tables import Tables
from telekarta.adapters.dynamodb.transactions import NotMet, Update, in_the_way, transact
from telekarta.adapters.dynamodb.writes import booking, card_change
from telekarta.domain.cards.card import Card, Ref
from telekarta.domain.ledger.postings import Posting
from telekarta.domain.rules import rule
from telekarta.usecases.ports import Replayed, Stale


class DynamoMovements:
    """Movements of money over the tables of cards and postings."""

    def __init__(self, tables: Tables, cards: DynamoCards) -> None:
        self._tables = tables
        self._cards = cards

    @rule("TG §2.7", "TG §5.3")
    def move_card(self, card: Card, account: Card, posting: Posting) -> None | Stale | Replayed:
        """`card` and `account` as they shall become, each a version on from how it was seen."""
        emptied = card_change(card, "status", "lots", seen=card.version - 1)
        emptied = replace(emptied, condition=emptied.condition & CardItem.hold.does_not_exist())
        richer = replace(account, last_active_at=posting.booked_at)
        filled = card_change(richer, "lots", "last_active_at", seen=account.version - 1)
        refused = transact(self._tables, booking(posting), emptied, filled)
        if not refused:
            return None
        booked, _, changed = refused
        if booked:
            return _replayed(booked, changed, account.ref, self._cards.card)
        return Stale(card_of(changed.item) if changed else self._cards.card(account.ref))

    def book(self, before: Card, after: Card, posting: Posting) -> None | Stale | Replayed:
        change = card_change(after, "lots", seen=before.version)
        refused = transact(self._tables, booking(posting), change)
        return came_of_booking(refused, before.ref, self._cards.card)

    def book_all(
        self, changes: Sequence[tuple[Card, Card]], postings: Sequence[Posting]
    ) -> None | Stale | Replayed:
        """One transaction of an item for each posting and each card."""
        updates = [_moved(before, after) for before, after in changes]
        refused = transact(self._tables, *map(booking, postings), *updates)
        if not refused:
            return None
        booked, changed = refused[: len(postings)], refused[len(postings) :]
        for found in booked:
            if found:
                return _replayed(found, changed[0], changes[0][0].ref, self._cards.card)
        stale = next(found for found in changed if found)
        return Stale(card_of(stale.item))


def _moved(before: Card, after: Card) -> Update:
    active = () if after.last_active_at is None else ("last_active_at",)
    return card_change(after, "status", "lots", *active, seen=before.version)


def came_of_booking(
    refused: tuple[NotMet | None, ...], ref: Ref, look: Callable[[Ref], Card | None]
) -> None | Stale | Replayed:
    """What became of a transaction of a booking and the change of one card."""
    if not refused:
        return None
    booked, changed = refused
    if booked:
        return _replayed(booked, changed, ref, look)
    return Stale(card_of(changed.item if changed else None))


def _replayed(
    booked: NotMet, changed: NotMet | None, ref: Ref, look: Callable[[Ref], Card | None]
) -> Replayed:
    """What was booked, and the card as it is: told along by its own refusal, as a rule, else read."""
    posting = posting_of(in_the_way(booked))
    return Replayed(posting, card_of(changed.item) if changed else look(ref))

"""The whole of the books: reading every card and every posting, and booking a correction.

Scans are strongly consistent and read pages of a megabyte: they see all that was written before they began,
which the trial balance relies on. What can't be read as a card or a posting is handed on as an
UnreadableRecord: one spoilt record must not keep the others from being looked at.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

from telekarta.adapters.dynamodb import transactions
from telekarta.adapters.dynamodb.cards import DynamoCards
from telekarta.adapters.dynamodb.codecs import Typed
from telekarta.adapters.dynamodb.items import (
    LINE,
    CardItem,
    PostingItem,
    card_of,
    posting_of,
)
from telekarta.adapters.dynamodb.transactions import Update
from telekarta.domain.books.trial_balance import UnreadableRecord
from telekarta.domain.cards.card import Card, Kind
from telekarta.domain.ledger.postings import Posting
from telekarta.usecases.ports import Replayed, Stale

# Guards of PINs and settings lie in the same table and are no cards.
_CARDS = (LINE, f"{Kind.CARD}:")

T = TypeVar("T")


class DynamoBooks(DynamoCards):
    """`BookStore`, and what the desk needs to correct a posting."""

    def all_cards(self) -> Iterator[Card | UnreadableRecord]:
        for raw in self._scan(self._table):
            key = raw["ref"]["S"]
            # A line without a version has no account, only wrong tries.
            if key.startswith(_CARDS) and "version" in raw:
                card = _read(key, raw, card_of)
                if card is not None:
                    yield card

    def all_postings(self) -> Iterator[Posting | UnreadableRecord]:
        for raw in self._scan(self._postings.Meta.table_name):
            yield _read(raw["id"]["S"], raw, _posting_of)

    def _scan(self, table: str) -> Iterator[Typed]:
        start: Any = None
        while True:
            request = partial(self._connection.scan, table, exclusive_start_key=start, consistent_read=True)
            page: Any = transactions.ask("Scan", request)
            yield from page["Items"]
            start = page.get("LastEvaluatedKey")
            if not start:
                return

    def posting(self, posting_id: str) -> Posting | None:
        table = self._postings.Meta.table_name
        raw = transactions.get(self._connection, table, [posting_id]).get(posting_id)
        return _posting_of(raw) if raw else None

    def book(self, before: Card, after: Card, posting: Posting) -> None | Stale | Replayed:
        """The hold is not written: while the version is the same, so is the hold."""
        change = Update(
            self._item(before.ref),
            [CardItem.version.to(after.version), CardItem.lots.to(after.lots)],
            CardItem.version == before.version,
        )
        refused = transactions.transact(self._connection, [self._booking(posting)], [change])
        if not refused:
            return None
        booked, changed = refused
        if booked:
            return self._replayed(booked, changed, before.ref)
        return Stale(card_of(changed.item if changed else None))


def _posting_of(raw: Typed) -> Posting:
    return posting_of(PostingItem.from_raw_data(raw))


def _read(key: str, raw: Typed, read: Callable[[Typed], T]) -> T | UnreadableRecord:
    """The problem is named by its kind: its text may quote what is stored."""
    try:
        return read(raw)
    except Exception as problem:
        return UnreadableRecord(key, type(problem).__name__)

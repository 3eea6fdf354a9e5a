"""Postings: one item each, never changed, found by either side that is a card or an account.

Scans are strongly consistent and read pages of a megabyte: they see all that was written before they began,
which the trial balance relies on.
"""

from collections.abc import Iterator

from telekarta.adapters.dynamodb.items import PostingItem, posting_in, posting_of
from telekarta.adapters.dynamodb.records import read_or_name
from telekarta.adapters.dynamodb.tables import Tables
from telekarta.adapters.dynamodb.transactions import get, in_the_way, query, save_alone, scan
from telekarta.adapters.dynamodb.writes import booking
from telekarta.domain.books.closing import UnreadableRecord
from telekarta.domain.cards.card import Ref
from telekarta.domain.ledger.postings import Posting, newest_first
from telekarta.domain.rules import rule


class DynamoPostings:
    """Postings, each by its id or by the card."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def posting(self, posting_id: str) -> Posting | None:
        raw = get(self._tables, PostingItem, posting_id)
        return posting_of(raw) if raw else None

    @rule("WP §4.8", "TG §6.2")
    def postings(self, ref: Ref) -> tuple[Posting, ...]:
        """Newest first. The indexes may be a moment behind a posting that was just booked."""
        items = self._tables.bound(PostingItem)
        taken = query(lambda: items.by_debit.query(str(ref)))
        given = query(lambda: items.by_credit.query(str(ref)))
        booked = map(posting_in, taken + given)
        return newest_first(str(ref), booked)

    def all_postings(self) -> Iterator[Posting | UnreadableRecord]:
        """Every posting. One that can't be read is handed on as an UnreadableRecord: it must not keep the
        others from being looked at."""
        for raw in scan(self._tables, PostingItem):
            yield read_or_name(raw["id"]["S"], raw, posting_of)

    def book_alone(self, posting: Posting) -> Posting | None:
        refusal = save_alone(self._tables, booking(posting))
        return posting_of(in_the_way(refusal)) if refusal else None

"""Postings and movements of money, in plain Python."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from telekarta.domain.books.closing import UnreadableRecord
from telekarta.domain.cards.card import Card, Ref
from telekarta.domain.ledger.postings import Posting, newest_first
from telekarta.usecases.ports import Replayed, Stale
from tests.kit.memory_tables import MemoryTables, Write, booking, card_change, operation, transact


@dataclass
class MemoryPostings:
    tables: MemoryTables

    @operation
    def posting(self, posting_id: str) -> Posting | None:
        return self.tables.booked.get(posting_id)

    @operation
    def postings(self, ref: Ref) -> tuple[Posting, ...]:
        own = [
            posting for posting in self.tables.booked.values() if str(ref) in (posting.debit, posting.credit)
        ]
        return newest_first(str(ref), own)

    @operation
    def all_postings(self) -> Iterator[Posting | UnreadableRecord]:
        return iter(tuple(self.tables.booked.values()))

    @operation
    def book_alone(self, posting: Posting) -> Posting | None:
        return self.tables.booked[posting.id] if transact(booking(self.tables, posting)) else None


@dataclass
class MemoryMovements:
    tables: MemoryTables

    @operation
    def move_card(self, card: Card, account: Card, posting: Posting) -> None | Stale | Replayed:
        emptied = card_change(self.tables, card, "status", "lots", seen=card.version - 1)
        unheld = Write(lambda: self.tables.cards[card.ref].hold is None, lambda: None)
        richer = replace(account, last_active_at=posting.booked_at)
        filled = card_change(self.tables, richer, "lots", "last_active_at", seen=account.version - 1)
        return self._booked([posting], [emptied, unheld, filled], [account.ref] * 3)

    @operation
    def book(self, before: Card, after: Card, posting: Posting) -> None | Stale | Replayed:
        change = card_change(self.tables, after, "lots", seen=before.version)
        return self._booked([posting], [change], [before.ref])

    @operation
    def book_all(
        self, changes: Sequence[tuple[Card, Card]], postings: Sequence[Posting]
    ) -> None | Stale | Replayed:
        moved = ("status", "lots", "last_active_at")
        writes = [card_change(self.tables, after, *moved, seen=before.version) for before, after in changes]
        return self._booked(postings, writes, [before.ref for before, _ in changes])

    def _booked(
        self, postings: Sequence[Posting], changes: Sequence[Write], refs: Sequence[Ref]
    ) -> None | Stale | Replayed:
        """What became of the transaction. `refs` are the cards to show for the changes."""
        refused = transact(*(booking(self.tables, posting) for posting in postings), *changes)
        if not refused:
            return None
        for posting, is_booked in zip(postings, refused, strict=False):
            if is_booked:
                return Replayed(self.tables.booked[posting.id], self.tables.cards.get(refs[0]))
        stale = next(ref for ref, is_stale in zip(refs, refused[len(postings) :], strict=True) if is_stale)
        return Stale(self.tables.cards.get(stale))

"""`RefundStore` in plain Python, beside the other ports of the store: a refund's transaction spans them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from telekarta.domain.cards.card import Card, Ref
from telekarta.domain.ledger.postings import Posting
from telekarta.domain.refunds.refund import Refund
from telekarta.usecases.refunds.ports import RefundStale
from tests.kit.memory_store import MemoryStore, operation


@dataclass
class RefundMemory(MemoryStore):
    refunding: dict[str, Refund] = field(default_factory=dict)
    open_of: dict[Ref, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    @operation
    def refund(self, case_id: str) -> Refund | None:
        return self.refunding.get(case_id)

    @operation
    def open_refund_of(self, ref: Ref) -> str | None:
        return self.open_of.get(ref)

    @operation
    def open_refund(self, new: Refund) -> str | None:
        if new.id in self.refunding:
            return new.id
        if new.ref in self.open_of:
            return self.open_of[new.ref]
        self.refunding[new.id] = new
        self.open_of[new.ref] = new.id
        return None

    @operation
    def change_refund(
        self,
        seen: Refund,
        changed: Refund,
        postings: Sequence[Posting] = (),
        card: tuple[Card, Card] | None = None,
        names: Sequence[str] = (),
    ) -> None | RefundStale:
        assert changed.version == seen.version + 1
        if self.refunding[seen.id].version != seen.version:
            return RefundStale()
        if any(posting.id in self.booked for posting in postings):
            return RefundStale()
        if card is not None:
            before, after = card
            if self.cards[before.ref].version != before.version:
                return RefundStale()
            self._keep(replace(self.cards[before.ref], version=after.version, lots=after.lots))
        self.booked |= {posting.id: posting for posting in postings}
        self.refunding[seen.id] = changed
        self.names |= dict.fromkeys(names, seen.id)
        if changed.is_over and not seen.was_over:
            self.open_of.pop(changed.ref, None)
        return None

    @operation
    def refund_named(self, name: str) -> str | None:
        return self.names.get(name)

    @operation
    def open_refunds(self) -> tuple[Refund, ...]:
        found = [case for case in self.refunding.values() if not case.is_over]
        return tuple(sorted(found, key=lambda case: case.entered_at))

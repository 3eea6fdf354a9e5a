"""The cases of refunds, in plain Python: a refund's change is one transaction with its money's."""

from collections.abc import Sequence
from dataclasses import dataclass

from telekarta.domain.cards.card import Card, Ref
from telekarta.domain.ledger.postings import Posting
from telekarta.domain.refunds.refund import Refund
from telekarta.usecases.refunds.ports import RefundStale
from tests.kit.memory_tables import MemoryTables, Write, booking, card_change, operation, transact


@dataclass
class MemoryRefunds:
    tables: MemoryTables

    @operation
    def refund(self, case_id: str) -> Refund | None:
        return self.tables.refunding.get(case_id)

    @operation
    def open_refund_of(self, ref: Ref) -> str | None:
        return self.tables.open_of.get(ref)

    @operation
    def open_refund(self, new: Refund) -> str | None:
        tables = self.tables
        case = Write(
            lambda: new.id not in tables.refunding, lambda: tables.refunding.__setitem__(new.id, new)
        )
        opened = Write(
            lambda: new.ref not in tables.open_of, lambda: tables.open_of.update({new.ref: new.id})
        )
        refused = transact(case, opened)
        if not refused:
            return None
        return new.id if refused[0] else tables.open_of[new.ref]

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
        writes = [self._changed(seen, changed, names)]
        writes += [booking(self.tables, posting) for posting in postings]
        if card is not None:
            before, after = card
            writes.append(card_change(self.tables, after, "lots", seen=before.version))
        return RefundStale() if transact(*writes) else None

    def _changed(self, seen: Refund, changed: Refund, names: Sequence[str]) -> Write:
        """The case and its names, if it is still at the version seen; one that is over lets the card's next
        application in."""

        def is_as_seen() -> bool:
            return self.tables.refunding[seen.id].version == seen.version

        def change() -> None:
            self.tables.refunding[seen.id] = changed
            self.tables.names |= dict.fromkeys(names, seen.id)
            if changed.is_over and not seen.was_over:
                self.tables.open_of.pop(changed.ref, None)

        return Write(is_as_seen, change)

    @operation
    def refund_named(self, name: str) -> str | None:
        return self.tables.names.get(name)

    @operation
    def open_refunds(self) -> tuple[Refund, ...]:
        found = [refund for refund in self.tables.refunding.values() if not refund.is_over]
        return tuple(sorted(found, key=lambda refund: refund.entered_at))

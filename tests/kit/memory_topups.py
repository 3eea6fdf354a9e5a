"""Payments, claims and the notes of bank statements, in plain Python."""

from dataclasses import dataclass

from telekarta.domain.topups.claims import Claim
from telekarta.domain.topups.payments import Payment
from tests.kit.memory_tables import MemoryTables, operation


@dataclass
class MemoryPayments:
    tables: MemoryTables

    @operation
    def payment(self, payment_id: str) -> Payment | None:
        return self.tables.paying.get(payment_id)

    @operation
    def add_payment(self, new: Payment) -> Payment | None:
        if new.id in self.tables.paying:
            return self.tables.paying[new.id]
        self.tables.paying[new.id] = new
        return None

    @operation
    def change_payment(self, seen: Payment, changed: Payment) -> Payment | None:
        present = self.tables.paying[seen.id]
        if present.version != seen.version:
            return present
        self.tables.paying[seen.id] = changed
        return None

    @operation
    def pending_payments(self, limit: int) -> tuple[Payment, ...]:
        pending = [payment for payment in self.tables.paying.values() if payment.needs_work]
        return tuple(sorted(pending, key=lambda payment: (payment.created_at, payment.id))[:limit])


@dataclass
class MemoryClaims:
    tables: MemoryTables

    @operation
    def claim_by_id(self, claim_id: str) -> Claim | None:
        return self.tables.claiming.get(claim_id)

    @operation
    def add_claim(self, new: Claim) -> Claim | None:
        if new.id in self.tables.claiming:
            return self.tables.claiming[new.id]
        self.tables.claiming[new.id] = new
        return None

    @operation
    def change_claim(self, seen: Claim, changed: Claim) -> Claim | None:
        present = self.tables.claiming[seen.id]
        if present.version != seen.version:
            return present
        self.tables.claiming[seen.id] = changed
        return None

    @operation
    def pending_claims(self, limit: int) -> tuple[Claim, ...]:
        pending = [claim for claim in self.tables.claiming.values() if claim.needs_work]
        return tuple(sorted(pending, key=lambda claim: (claim.ordered_at, claim.id))[:limit])


@dataclass
class MemoryBankNotes:
    tables: MemoryTables

    @operation
    def claim(self, name: str, value: str) -> str:
        return self.tables.notes.setdefault(name, value)

    @operation
    def noted(self, name: str) -> str | None:
        return self.tables.notes.get(name)

"""All stores in plain Python side by side, for tests: the same promises as those on DynamoDB.

The promises are tested in tests/adapters/dynamodb/test_store_contract.py and its neighbours, on both.
"""

from typing import Any

from tests.kit.memory_books import MemoryMovements, MemoryPostings
from tests.kit.memory_cards import MemoryBlockList, MemoryCards, MemoryHolds, MemoryLines
from tests.kit.memory_desk import MemoryCases, MemoryCommands
from tests.kit.memory_refunds import MemoryRefunds
from tests.kit.memory_tables import Faults, MemoryTables, When, no_faults
from tests.kit.memory_topups import MemoryBankNotes, MemoryClaims, MemoryPayments

__all__ = ["Faults", "MemoryStore", "When", "no_faults"]


class MemoryStore:
    """Every port of a store: each operation is that of the small store that it is taken from. Beside them lie
    the tables, for a test to look at and to fill."""

    def __init__(self, **contents: Any) -> None:
        """`contents` are fields of `MemoryTables`."""
        tables = self.tables = MemoryTables(**contents)
        self.cards, self.tries, self.blocked = tables.cards, tables.tries, tables.blocked
        self.booked, self.commands, self.found = tables.booked, tables.commands, tables.found
        self.paying, self.notes, self.claiming = tables.paying, tables.notes, tables.claiming
        self.refunding, self.names, self.open_of = tables.refunding, tables.names, tables.open_of
        self.told = tables.told

        blocked = MemoryBlockList(tables)
        self.blocked_prefixes = blocked.blocked_prefixes
        self.block_list = blocked.block_list
        self.change_block_list = blocked.change_block_list

        cards = MemoryCards(tables)
        self.card = cards.card
        self.card_by_pin = cards.card_by_pin
        self.all_cards = cards.all_cards
        self.issue = cards.issue
        self.open_account = cards.open_account
        self.write = cards.write
        self.count_wrong_code = cards.count_wrong_code
        self.remember = cards.remember
        self.propose_puk = cards.propose_puk
        self.confirm_puk = cards.confirm_puk

        lines = MemoryLines(tables)
        self.line = lines.line
        self.count_wrong_line = lines.count_wrong_line

        holds = MemoryHolds(tables)
        self.place_hold = holds.place_hold
        self.release_hold = holds.release_hold
        self.settle = holds.settle
        self.expired_holds = holds.expired_holds
        self.open_holds = holds.open_holds

        movements = MemoryMovements(tables)
        self.move_card = movements.move_card
        self.book = movements.book
        self.book_all = movements.book_all

        postings = MemoryPostings(tables)
        self.posting = postings.posting
        self.postings = postings.postings
        self.all_postings = postings.all_postings
        self.book_alone = postings.book_alone

        cases = MemoryCases(tables)
        self.open_case = cases.open_case
        self.case = cases.case
        self.cases = cases.cases
        self.close_case = cases.close_case

        commands = MemoryCommands(tables)
        self.record = commands.record

        payments = MemoryPayments(tables)
        self.payment = payments.payment
        self.add_payment = payments.add_payment
        self.change_payment = payments.change_payment
        self.pending_payments = payments.pending_payments

        claims = MemoryClaims(tables)
        self.claim_by_id = claims.claim_by_id
        self.add_claim = claims.add_claim
        self.change_claim = claims.change_claim
        self.pending_claims = claims.pending_claims

        bank_notes = MemoryBankNotes(tables)
        self.claim = bank_notes.claim
        self.noted = bank_notes.noted

        refunds = MemoryRefunds(tables)
        self.refund = refunds.refund
        self.open_refund = refunds.open_refund
        self.open_refund_of = refunds.open_refund_of
        self.change_refund = refunds.change_refund
        self.refund_named = refunds.refund_named
        self.open_refunds = refunds.open_refunds

    @property
    def faults(self) -> Faults:
        return self.tables.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self.tables.faults = faults

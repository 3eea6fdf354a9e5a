"""What the use cases of the bank account need from outside."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from telekarta.domain.bank.accounts import Account
from telekarta.domain.bank.reports import FileReport
from telekarta.domain.bank.statements import BankEntry, Statement
from telekarta.domain.bank.terms import OUR_ACCOUNTS
from telekarta.domain.ledger.postings import Posting
from telekarta.domain.topups.promotions import Promotion
from telekarta.usecases.ports import CaseStore, Clock, MovementStore
from telekarta.usecases.refunds.payouts import PayoutOutcome, PayoutTold

# The folder of the bucket in which statements are put; reports lie beside it.
STATEMENTS = "statements/"


class BankStore(MovementStore, CaseStore, Protocol):
    """What is asked of the store. All methods may raise StoreUnavailable."""

    def book_alone(self, posting: Posting) -> Posting | None:
        """Book a posting that touches no card; if its id is taken, nothing is done, and the answer is what
        is booked there."""
        ...


class BankNotes(Protocol):
    """Small facts that are written once and never changed. All methods may raise StoreUnavailable."""

    def claim(self, name: str, value: str) -> str:
        """What is written under the name, from now on: the value, or that of whoever came first."""
        ...

    def noted(self, name: str) -> str | None: ...


def _no_payout(entry: BankEntry) -> PayoutTold:  # noqa: ARG001
    """The port `payout` where nothing is paid out."""
    return PayoutTold(PayoutOutcome.NOT_OURS)


@dataclass(frozen=True, slots=True)
class BankDeps:
    """The outside, as taking a file needs it.

    `read` is the reader of files. `payout` takes an entry that tells of money which we paid out, or which
    came back from there, and answers what it told; it may raise StoreUnavailable and be asked again.
    """

    store: BankStore
    notes: BankNotes
    clock: Clock
    read: Callable[[bytes], tuple[Statement, ...]]
    promotions: Sequence[Promotion] = ()
    accounts: Sequence[Account] = OUR_ACCOUNTS
    payout: Callable[[BankEntry], PayoutTold] = _no_payout


class NoSuchFile(LookupError):
    """The file was removed before it was read."""


class StatementFiles(Protocol):
    """The bucket where an accountant puts statements. All methods may raise StoreUnavailable."""

    def read(self, key: str, version: str) -> bytes | None:
        """The file; None if it is too large to be looked at. Raises NoSuchFile."""
        ...

    def keep(self, report: FileReport) -> str:
        """Write the report beside the statements: the key of its page."""
        ...

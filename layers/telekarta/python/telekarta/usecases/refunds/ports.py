"""What refunds need of the outside."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from telekarta.domain.cards.card import Card, Kind, Ref, Status
from telekarta.domain.cards.issuing import move_id
from telekarta.domain.ledger.postings import Posting, PostingKind
from telekarta.domain.refunds.application import AnswerBy
from telekarta.domain.refunds.refund import Refund
from telekarta.domain.topups.payments import Payment
from telekarta.usecases.ports import (
    CaseStore,
    CommandLog,
    KnownCards,
    KnownLines,
    KnownPostings,
)


@dataclass(frozen=True, slots=True)
class RefundStale:
    """Nothing was changed: the refund, or the card, is not as it was seen. Look at both again."""


class RefundStore(Protocol):
    """The cases of refunds, changed together with the money that they move. All methods may raise
    StoreUnavailable; each change is one transaction, so that no step is ever done by half."""

    def refund(self, case_id: str) -> Refund | None: ...

    def open_refund(self, new: Refund) -> str | None:
        """Keep the new refund; or the id of the one in its way: with the same id, or open for its card."""
        ...

    def open_refund_of(self, ref: Ref) -> str | None:
        """The id of the refund that is open for the card."""
        ...

    def change_refund(
        self,
        seen: Refund,
        changed: Refund,
        postings: Sequence[Posting] = (),
        card: tuple[Card, Card] | None = None,
        names: Sequence[str] = (),
    ) -> None | RefundStale:
        """Write the refund if it is still at the version seen, book the postings, and write the version and
        the lots of the card as it is after them if it is still as before: all or nothing. `names` are what
        the refund shall be found by. One that is closed lets the card's next application in."""
        ...

    def refund_named(self, name: str) -> str | None:
        """The id of the refund that was given this name."""
        ...

    def open_refunds(self) -> tuple[Refund, ...]:
        """All cases that are not at their end, the oldest first, each read afresh."""
        ...


@dataclass(frozen=True, slots=True)
class Letter:
    """An answer to an applicant. `id` is made of the case and what it answers: sent twice, it is one."""

    id: str
    case: str
    by: AnswerBy
    to: str = field(repr=False)
    subject: str
    body: str = field(repr=False)
    sender: str = ""
    due: date | None = None  # the day by which it has to be on its way
    reply_to: str = ""  # where an answer to an e-mail goes; "" for where it came from


class Letters(Protocol):
    def send(self, letter: Letter) -> None:
        """By e-mail, or into the print queue. Raises Unsent and Undeliverable (usecases/topups)."""
        ...


class PayoutFiles(Protocol):
    def put(self, name: str, content: bytes) -> None:
        """Keep a file for the bank; the same file put twice is one. Raises ReportsUnavailable."""
        ...


class RefundRecords(CaseStore, KnownCards, KnownLines, KnownPostings, CommandLog, Protocol):
    """The cards and the books, as far as refunds look at them."""


class KnownPayments(Protocol):
    def payment(self, payment_id: str) -> Payment | None: ...


def card_of(store: RefundRecords, ref: Ref) -> Card | None:
    return store.line(ref.number).account if ref.kind is Kind.ACCOUNT else store.card(ref)


def keeper_of(store: RefundRecords, ref: Ref) -> Card:
    """The card on which a refund's money was, or the account that the card was moved onto since: on a card
    that is used up nobody could use what comes back (TG §5.3)."""
    card = card_of(store, ref)
    assert card is not None  # money was held on it, and cards are never removed
    if card.status is not Status.USED_UP:
        return card
    moved = store.posting(move_id(ref))
    account = card_of(store, Ref.parse(moved.credit)) if moved else None
    return account or card


def bonuses_taken_back(refunds: RefundStore, postings: Iterable[Posting]) -> Mapping[str, int]:
    """What a card's earlier refunds deducted of its bonuses, by top-up. They are settled: a card has one at a
    time."""
    ids = {str(each.details["case"]) for each in postings if each.kind is PostingKind.REFUND_HELD}
    sums: dict[str, int] = {}
    for refund in filter(None, map(refunds.refund, sorted(ids))):
        for top_up, amount in refund.bonuses_taken_back.items():
            sums[top_up] = sums.get(top_up, 0) + amount
    return sums

"""What the use cases need of the outside, as protocols. Adapters implement them; tests use fakes.

Every change to a card is conditional on what the caller saw of it. When that was no longer so, the store
changes nothing and answers `Stale` with the card as it is now: the use case decides again from there, so
no path ever works blindly and no extra read is needed to find out.

The ports of stores are small, and a use case's own port is made of those that it needs. The stores stand side
by side over the same tables (adapters/dynamodb): what an operation changes, it changes in one transaction.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from telekarta.domain.books.closing import Closings, UnreadableRecord
from telekarta.domain.books.reconciliation import Reconciliation
from telekarta.domain.books.trial_balance import TrialBalance
from telekarta.domain.cards.card import CallingLine, Card, Ref
from telekarta.domain.cards.codes import Tries
from telekarta.domain.cases.case import Case, CaseState
from telekarta.domain.ledger.postings import Hold, Posting, Purse


class StoreUnavailable(Exception):
    """The store did not answer, or only with throttling: whether a change was made is not known.

    Safe to try again: every change carries its own condition and its own id.
    """


@dataclass(frozen=True, slots=True)
class Stale:
    """Nothing was changed: the card is not (any more) as it was seen. None if there is no such card."""

    card: Card | None


@dataclass(frozen=True, slots=True)
class Replayed:
    """Nothing was changed: this movement has been booked before, as `posting`."""

    posting: Posting
    card: Card | None


class KnownCards(Protocol):
    """Cards and accounts, looked up. May raise StoreUnavailable, as all stores may."""

    def card(self, ref: Ref) -> Card | None: ...


class KnownLines(Protocol):
    """Calling lines, with the accounts that they have."""

    def line(self, number: str) -> CallingLine: ...


class KnownPostings(Protocol):
    """What was booked."""

    def posting(self, posting_id: str) -> Posting | None: ...

    def postings(self, ref: Ref) -> tuple[Posting, ...]:
        """All postings of the card in the order of `ledger.newest_first`; one that was just booked may show a
        moment later."""
        ...


class CallHolds(Protocol):
    """Money held for a call, from its beginning to its end."""

    def place_hold(self, ref: Ref, purse: Purse, hold: Hold, from_line: str) -> Card | Stale:
        """Put the hold on the card if it is still at the purse's version. Forgets wrong tries, and
        remembers `from_line` (a digest, "" for none) among the card's known lines."""
        ...

    def release_hold(self, ref: Ref, purse: Purse, hold_id: str) -> None | Stale:
        """Let the hold go with nothing charged."""
        ...

    def settle(self, ref: Ref, before: Purse, hold_id: str, posting: Posting) -> None | Stale | Replayed:
        """Book the call's posting, take its draws out of the lots and end the hold: all or nothing."""
        ...


class WrongCodes(Protocol):
    """Tries with a wrong code, counted for the card and for the line."""

    def count_wrong_code(self, ref: Ref, seen: Tries, now: Tries, *, puk: bool) -> None | Stale:
        """Write the card's PIN or PUK tries if they are still as seen."""
        ...

    def count_wrong_line(self, number: str, seen: Tries, now: Tries) -> CallingLine | None:
        """Write the line's tries if they are still as seen; else the line as it is now."""
        ...


class HolderSettings(Protocol):
    """What a holder changes of the own card. Nothing is done for a card that is not there."""

    def remember(self, ref: Ref, language: str, slow: bool) -> None: ...

    def propose_puk(self, ref: Ref, digest: str) -> None: ...

    def confirm_puk(self, ref: Ref, digest: str) -> bool:
        """Make the proposed PUK the card's own if the digest is the proposed one's."""
        ...


class MovementStore(KnownCards, KnownLines, KnownPostings, Protocol):
    """Money that comes to cards or goes between them."""

    def book_all(
        self, changes: Sequence[tuple[Card, Card]], postings: Sequence[Posting]
    ) -> None | Stale | Replayed:
        """Book the postings and write version, status, lots and last activity of each card as it is after
        them, if each is still at the version it had before: all or nothing. Stale names one of the cards."""
        ...


class CallStore(MovementStore, CallHolds, WrongCodes, HolderSettings, Protocol):
    """What a telephone call needs of cards, accounts, calling lines and the books."""

    def card_by_pin(self, pin_digest: str) -> Card | None: ...

    def blocked_prefixes(self) -> frozenset[str]:
        """The fraud block list, at most a minute old (WP §10.7)."""
        ...

    def move_card(self, card: Card, account: Card, posting: Posting) -> None | Stale | Replayed:
        """Book the move and write both sides, each conditional on its version. Stale carries the account."""
        ...

    def open_account(self, account: Card) -> bool:
        """False if the line has an account already."""
        ...


class Clock(Protocol):
    def now(self) -> datetime:
        """The moment, in UTC."""
        ...


class Pepper(Protocol):
    def pepper(self) -> bytes:
        """The key of all code digests, from Secrets Manager."""
        ...


@dataclass(frozen=True, slots=True)
class CommandRecord:
    """An operator's command as it was given: who, why, and what came of it."""

    id: str
    command: str
    who: str
    why: str
    at: datetime
    subject: str


class CommandLog(Protocol):
    """Operators' commands as they were given."""

    def record(self, record: CommandRecord) -> bool:
        """Keep the command; False if one with this id is kept already: it must not be done twice."""
        ...


class BlockList(Protocol):
    """The fraud block list, as operators see and change it."""

    def block_list(self) -> dict[str, str]:
        """Blocked prefixes with the reason given."""
        ...

    def change_block_list(self, prefix: str, reason: str | None) -> None:
        """Block a prefix for a reason, or with None let it go."""
        ...


class DeskStore(KnownCards, KnownPostings, BlockList, CommandLog, Protocol):
    """What operators need of cards and the books."""

    def book(self, before: Card, after: Card, posting: Posting) -> None | Stale | Replayed:
        """Book the posting and write the version and the lots of the card as it is after it, if the card is
        still at the version it had before: both or neither."""
        ...

    def issue(self, card: Card, posting: Posting) -> bool:
        """Put the new card with its posting; False if its number or its PIN is taken."""
        ...

    def write(self, card: Card, changed: Card) -> None | Stale:
        """Write status and information lines of the changed card if it is still at the card's version."""
        ...


class Chance(Protocol):
    def digits(self, length: int, *, leading_zero: bool) -> str:
        """Random digits from a source fit for secrets."""
        ...

    def token(self) -> str:
        """A random id."""
        ...


class HoldStore(Protocol):
    """The cards with money held, by the expiry of their holds. All methods may raise StoreUnavailable."""

    def expired_holds(self, now: datetime, limit: int) -> tuple[Card, ...]:
        """Cards whose holds expired by now, the longest expired first, each read afresh: none without one."""
        ...

    def open_holds(self, limit: int) -> tuple[Card, ...]:
        """Cards that have a hold, the one that expires first (or expired longest ago) first."""
        ...


class CaseStore(Protocol):
    """Cases. All methods may raise StoreUnavailable."""

    def open_case(self, case: Case) -> bool:
        """Keep the case; False if one with this id exists already, open or closed: it is left as it is."""
        ...

    def case(self, case_id: str) -> Case | None: ...

    def cases(self, state: CaseState, limit: int, *, newest_first: bool = False) -> tuple[Case, ...]:
        """Cases in the state, by the moment of opening. A case that was just changed may show a moment
        later."""
        ...

    def close_case(self, closed: Case) -> bool:
        """Write the case as it was closed, if it is still open; else False, and nothing is changed."""
        ...


class CarrierUnavailable(Exception):
    """The carrier's records can't be asked now. Nothing has been decided; ask again later."""


@dataclass(frozen=True, slots=True)
class CarrierCall:
    """One leg as the carrier records it. `duration_s` is None unless it was answered and is over."""

    sid: str
    parent_sid: str  # "" for the caller's own leg
    to: str
    from_: str
    status: str
    duration_s: int | None
    created_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None


class Carrier(Protocol):
    """The carrier's own records of calls. All methods may raise CarrierUnavailable."""

    def call(self, sid: str) -> CarrierCall | None:
        """The call, or None if the carrier has no such call."""
        ...

    def legs(self, parent_sid: str) -> tuple[CarrierCall, ...]:
        """The legs that the call dialled, the oldest first."""
        ...


class HoldChecker(Protocol):
    def check(self, ref: Ref) -> None:
        """Have the card's hold looked at soon. Never raises, never waits for the outcome."""
        ...


class CarrierLog(Protocol):
    """The carrier's records of a time. May raise CarrierUnavailable."""

    def legs_between(self, since: datetime, until: datetime) -> tuple[CarrierCall, ...]:
        """The dialled legs that were started from `since` until before `until`, in no order."""
        ...


class BookStore(KnownCards, KnownPostings, Protocol):
    """All cards and all postings, for the trial balance.

    The two `all_...` see everything that was written before they were asked; what is written meanwhile they
    may see or not.
    """

    def all_cards(self) -> Iterator[Card | UnreadableRecord]: ...

    def all_postings(self) -> Iterator[Posting | UnreadableRecord]: ...


class ReportsUnavailable(StoreUnavailable):
    """The place where reports are kept did not answer. It is safe to try again."""


class Reports(Protocol):
    """Where reports are kept. All methods may raise ReportsUnavailable."""

    def closings_before(self, day: date) -> Closings | None:
        """The closings of the last day before that one which was closed lately; None if none was."""
        ...

    def keep_trial_balance(self, report: TrialBalance, closings: Closings) -> None:
        """The closings first and the report last: a report that is there has its closings."""
        ...

    def latest_trial_balance(self) -> Mapping[str, Any] | None:
        """The document of the last day that was closed; None if none was."""
        ...

    def keep_reconciliation(self, report: Reconciliation) -> None: ...

"""What the postings say every account holds when a day is closed, and what does not fit.

A day is closed by its postings: those booked up to its end, on Warsaw's calendar. What an account held when
an earlier day was closed is kept outside of the ledger. So a posting that somebody dropped, changed or
slipped into a closed day is seen even if they changed the card to match.

An account's balance is its credits less its debits. Cards owe their holders money, so theirs can't be below
zero; the account that pays in the nominals of cards (`sales:...`) is below zero by nature.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum, StrEnum

from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.calls.charging import call_posting_id
from telekarta.domain.cards.card import Card, Kind
from telekarta.domain.ledger.postings import Lot, Posting


class Mismatch(StrEnum):
    """What is wrong with an account, by name."""

    DEBITS_AND_CREDITS = "debits_and_credits"  # over all accounts
    BALANCE = "balance"  # the card's lots and its postings differ
    CHANGED_WITHOUT_POSTING = "changed_without_posting"  # the same, and nothing was booked since
    LOT = "lot"  # the balance is right, but not where it lies: amount, source or date of a lot
    HELD_ABOVE_BALANCE = "held_above_balance"
    BELOW_ZERO = "below_zero"
    CLOSED_DAY_CHANGED = "closed_day_changed"  # a posting of a closed day was changed or dropped
    BOOKED_INTO_CLOSED_DAY = "booked_into_closed_day"
    NO_SUCH_CARD = "no_such_card"  # postings, but no card
    UNREADABLE = "unreadable"  # a record that breaks the ledger's own rules


@dataclass(frozen=True, slots=True)
class Difference:
    """One account's mismatch. For UNREADABLE the account is the record's key, and there are no amounts."""

    account: str
    mismatch: Mismatch
    expected_grosze: int = 0
    found_grosze: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class UnreadableRecord:
    """A stored record that is no card and no posting, since it breaks their rules."""

    key: str
    problem: str


@dataclass(frozen=True, slots=True)
class Closing:
    """What an account held at the end of a day, and by how many postings."""

    balance_grosze: int
    postings: int


@dataclass(frozen=True, slots=True)
class Closings:
    """The accounts as a day was closed with them.

    `awaited` are the postings still to come: those of calls that had their money held when the day was
    closed. A lost hang-up is booked for the moment when the call ended, however late the carrier tells.
    """

    day: date
    accounts: Mapping[str, Closing]
    awaited: frozenset[str] = frozenset()


@dataclass(slots=True)
class Account:
    """What the postings say of one account: before, in, and after the days that are being closed."""

    opening_grosze: int = 0
    opening_postings: int = 0
    debits_grosze: int = 0
    credits_grosze: int = 0
    postings: int = 0
    later_grosze: int = 0
    later_postings: int = 0
    lots: dict[str, Lot] = field(default_factory=dict)
    taken_grosze: dict[str, int] = field(default_factory=dict)

    @property
    def closing_grosze(self) -> int:
        return self.opening_grosze + self.credits_grosze - self.debits_grosze

    @property
    def balance_grosze(self) -> int:
        """By all postings, also those that were booked since the day ended."""
        return self.closing_grosze + self.later_grosze

    def left_grosze(self, lot: str) -> int:
        granted = self.lots[lot].left_grosze if lot in self.lots else 0
        return granted - self.taken_grosze.get(lot, 0)

    def _book(self, signed_grosze: int, when: "_When") -> None:
        match when:
            case _When.BEFORE:
                self.opening_grosze += signed_grosze
                self.opening_postings += 1
            case _When.NOW:
                self.credits_grosze += max(signed_grosze, 0)
                self.debits_grosze += max(-signed_grosze, 0)
                self.postings += 1
            case _When.LATER:
                self.later_grosze += signed_grosze
                self.later_postings += 1

    def debit(self, posting: Posting, when: "_When") -> None:
        self._book(-posting.amount_grosze, when)
        for draw in posting.draws:
            self.taken_grosze[draw.lot] = self.taken_grosze.get(draw.lot, 0) + draw.amount_grosze

    def credit(self, posting: Posting, when: "_When") -> None:
        self._book(posting.amount_grosze, when)
        self.lots.update((lot.id, lot) for lot in posting.grants)


class _When(Enum):
    """When a posting was booked, as seen from the days that are being closed."""

    BEFORE = "before"
    NOW = "now"
    LATER = "later"


def _when(posting: Posting, day: date, opening: Closings | None) -> _When:
    booked = day_of(posting.booked_at)
    if booked > day:
        return _When.LATER
    if opening is None or booked > opening.day or posting.id in opening.awaited:
        return _When.NOW
    return _When.BEFORE


def accounts_of(postings: Iterable[Posting], day: date, opening: Closings | None) -> dict[str, Account]:
    """Every account that the postings touch. The movements are those of the days since the opening, up to
    `day`, and those that the opening awaited; without an opening, all up to `day`."""
    accounts: dict[str, Account] = {}
    for posting in postings:
        when = _when(posting, day, opening)
        accounts.setdefault(posting.debit, Account()).debit(posting, when)
        accounts.setdefault(posting.credit, Account()).credit(posting, when)
    return accounts


def is_card(account: str) -> bool:
    """Whether it is a holder's money, a card's or an account's, and not a sum of ours."""
    return account.partition(":")[0] in tuple(Kind)


def card_differences(card: Card, account: Account) -> tuple[Difference, ...]:
    """What does not fit between a card and its postings. Empty for every card that is in order."""
    name, found = str(card.ref), card.balance_grosze
    expected = account.balance_grosze
    differences: list[Difference] = []
    if found != expected:
        moved = account.postings + account.later_postings
        mismatch = Mismatch.BALANCE if moved else Mismatch.CHANGED_WITHOUT_POSTING
        differences.append(Difference(name, mismatch, expected, found))
    else:
        differences.extend(_lot_differences(card, account))
    if card.held_grosze > found:
        differences.append(Difference(name, Mismatch.HELD_ABOVE_BALANCE, found, card.held_grosze))
    return tuple(differences)


def _lot_differences(card: Card, account: Account) -> Iterable[Difference]:
    """Each lot is what a posting granted, less what others took: the refund rules look at lots (WP §7)."""
    present = {lot.id: lot for lot in card.lots}
    for lot_id in sorted(present.keys() | account.lots.keys() | account.taken_grosze.keys(), key=_by_number):
        lot, granted = present.get(lot_id), account.lots.get(lot_id)
        expected, found = account.left_grosze(lot_id), lot.left_grosze if lot else 0
        as_granted = lot and granted and replace(lot, left_grosze=granted.left_grosze) == granted
        if expected != found or not as_granted:
            yield Difference(str(card.ref), Mismatch.LOT, expected, found, f"lot {lot_id}")


def _by_number(lot_id: str) -> tuple[int, str]:
    return len(lot_id), lot_id


def ledger_differences(accounts: Mapping[str, Account], opening: Closings | None) -> tuple[Difference, ...]:
    """What does not fit in the postings themselves: against one another, and against the closed day."""
    differences = [*_sums(accounts)]
    for name, account in sorted(accounts.items()):
        if is_card(name) and min(account.closing_grosze, account.balance_grosze) < 0:
            found = min(account.closing_grosze, account.balance_grosze)
            differences.append(Difference(name, Mismatch.BELOW_ZERO, 0, found))
    if opening is not None:
        differences.extend(_closed_day(accounts, opening))
    return tuple(differences)


def _sums(accounts: Mapping[str, Account]) -> Iterable[Difference]:
    debits = sum(account.debits_grosze for account in accounts.values())
    credits_ = sum(account.credits_grosze for account in accounts.values())
    all_accounts = sum(account.balance_grosze for account in accounts.values())
    if debits != credits_ or all_accounts:
        yield Difference("all_accounts", Mismatch.DEBITS_AND_CREDITS, debits, credits_)


def _closed_day(accounts: Mapping[str, Account], opening: Closings) -> Iterable[Difference]:
    """An opening that is no longer what the closed day said. More postings than then were booked late; as
    many or fewer mean that one was changed or is gone."""
    nothing, none_yet = Closing(0, 0), Account()
    for name in sorted(accounts.keys() | opening.accounts.keys()):
        closed, account = opening.accounts.get(name, nothing), accounts.get(name, none_yet)
        now = Closing(account.opening_grosze, account.opening_postings)
        if now != closed:
            late = now.postings > closed.postings
            mismatch = Mismatch.BOOKED_INTO_CLOSED_DAY if late else Mismatch.CLOSED_DAY_CHANGED
            note = f"{closed.postings} postings then, {now.postings} now"
            yield Difference(name, mismatch, closed.balance_grosze, now.balance_grosze, note)


def closings_of(accounts: Mapping[str, Account], day: date, awaited: Iterable[str]) -> Closings:
    """The accounts as they are closed with, for the next day to open with."""
    return Closings(
        day,
        {
            name: Closing(account.closing_grosze, account.opening_postings + account.postings)
            for name, account in accounts.items()
            if account.opening_postings + account.postings
        },
        frozenset(awaited),
    )


def awaited(cards: Iterable[Card], booked: Container[str]) -> Iterable[str]:
    """The postings of calls that have money held and are not among those booked."""
    expected = (call_posting_id(card.hold) for card in cards if card.hold is not None)
    return (posting_id for posting_id in expected if posting_id not in booked)

"""The daily look at the books: the trial balance, and the reconciliation with the carrier's records.

Both only read the money. They may run at any time and as often as one likes: a difference is one case, made
of its day and account (or of its posting or leg), and a report is written over by the same day's next one.

Calls go on while the tables are read, so what is read is no snapshot: of a call that is settled meanwhile the
card may show the money and the postings not yet, or the other way round. So a card that seems to differ is
only suspected, and is read again: first the card, then its postings. Both change in one transaction, so they
agree at every moment. They can differ in such a reading for three reasons: something was booked between the
two, the index by which the postings are found lags behind, or the books are wrong. The first takes a call
that ends within the same milliseconds, three times in a row; against the second one of the three readings
takes the postings from the table itself, and the index has all that time to catch up. What differs in all
three is wrong.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol, TypeVar

from telekarta.domain.books.closing import (
    Account,
    Closings,
    Difference,
    Mismatch,
    UnreadableRecord,
    accounts_of,
    awaited,
    card_differences,
    closings_of,
    is_card,
    ledger_differences,
)
from telekarta.domain.books.reconciliation import Booked, Leg, Reconciliation, reconcile, window_of
from telekarta.domain.books.trial_balance import TrialBalance, statement
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.calls.charging import LONGEST_CALL_S
from telekarta.domain.cards.card import Card, Ref
from telekarta.domain.cases.case import CaseKind, new_case
from telekarta.domain.ledger.postings import Posting, PostingKind
from telekarta.domain.prices.tariff import Prices
from telekarta.usecases.ports import BookStore, CarrierCall, CarrierLog, CaseStore, Reports

FOUND_BY_BALANCE = "trial_balance"
FOUND_BY_RECONCILIATION = "reconciliation"
# When all is wrong, one case says so as well as a hundred thousand; the report has them all.
MOST_CASES = 200
LONGEST_CALL = timedelta(seconds=LONGEST_CALL_S)


T = TypeVar("T", bound=Card | Posting)


class BooksStore(BookStore, CaseStore, Protocol):
    """All cards, all postings, and cases."""


@dataclass(frozen=True, slots=True)
class BooksDeps:
    store: BooksStore
    reports: Reports
    carrier: CarrierLog
    prices: Prices


class DayNotOver(ValueError):
    """A day that is not over can't be closed."""


def day_before(now: datetime) -> date:
    """The last day that is over, on Warsaw's calendar."""
    return day_of(now) - timedelta(days=1)


# ---------------------------------------------------------------- the trial balance


def trial_balance(deps: BooksDeps, day: date, now: datetime) -> TrialBalance:
    """Close the day: compare, open cases for what differs, keep the report. Raises StoreUnavailable,
    ReportsUnavailable, and DayNotOver.

    Cards are read before postings: so a call that is settled meanwhile is either among the postings read, or
    its hold is among the cards read and its posting is awaited. It can't be missed by both.
    """
    if day >= day_of(now):
        raise DayNotOver(f"{day} is not over")
    opening = deps.reports.closings_before(day)
    unreadable: list[Difference] = []
    cards = {card.ref: card for card in _readable(deps.store.all_cards(), unreadable)}
    booked: set[str] = set()

    def noted(postings: Iterable[Posting]) -> Iterator[Posting]:
        for posting in postings:
            booked.add(posting.id)
            yield posting

    accounts = accounts_of(noted(_readable(deps.store.all_postings(), unreadable)), day, opening)
    suspects = _suspects(cards, accounts)
    confirmed = _read_again(deps.store, suspects, day, opening)
    differences = (*unreadable, *ledger_differences(accounts, opening), *confirmed)
    _open_cases(deps.store, day, differences, now)
    report = statement(
        day,
        opening.day if opening else None,
        accounts,
        differences,
        cards_on_file=len(cards),
        read_again=len(suspects),
        made_at=now,
    )
    deps.reports.keep_trial_balance(report, closings_of(accounts, day, awaited(cards.values(), booked)))
    return report


def _readable(read: Iterable[T | UnreadableRecord], unreadable: list[Difference]) -> Iterator[T]:
    for each in read:
        if isinstance(each, UnreadableRecord):
            unreadable.append(Difference(each.key, Mismatch.UNREADABLE, note=each.problem))
        else:
            yield each


def _suspects(cards: Mapping[Ref, Card], accounts: Mapping[str, Account]) -> set[Ref]:
    """Cards that seem to differ from their postings, and cards that only postings speak of."""
    differing = {
        ref for ref, card in cards.items() if card_differences(card, accounts.get(str(ref), Account()))
    }
    return differing | ({Ref.parse(name) for name in accounts if is_card(name)} - cards.keys())


def _read_again(
    store: BookStore, suspects: Iterable[Ref], day: date, opening: Closings | None
) -> tuple[Difference, ...]:
    """What still differs when each card is read together with its postings, three times at most."""
    left: dict[Ref, tuple[Difference, ...]] = dict.fromkeys(suspects, ())
    for read in (_by_index, _by_table, _by_index):
        if not left:
            break
        cards = {ref: store.card(ref) for ref in left}
        postings = read(store, left.keys())
        reading = {
            ref: _differences(ref, card, accounts_of(postings[ref], day, opening).get(str(ref), Account()))
            for ref, card in cards.items()
        }
        left = {ref: found for ref, found in reading.items() if found}
    return tuple(difference for ref in sorted(left, key=str) for difference in left[ref])


def _differences(ref: Ref, card: Card | None, account: Account) -> tuple[Difference, ...]:
    if card is not None:
        return card_differences(card, account)
    return (Difference(str(ref), Mismatch.NO_SUCH_CARD, account.balance_grosze, 0),)


def _by_index(store: BookStore, refs: Iterable[Ref]) -> Mapping[Ref, tuple[Posting, ...]]:
    return {ref: store.postings(ref) for ref in refs}


def _by_table(store: BookStore, refs: Iterable[Ref]) -> Mapping[Ref, tuple[Posting, ...]]:
    """One pass over the whole table for all of them."""
    found: dict[str, list[Posting]] = {str(ref): [] for ref in refs}
    for posting in store.all_postings():
        if isinstance(posting, Posting):
            for side in {posting.debit, posting.credit} & found.keys():
                found[side].append(posting)
    return {ref: tuple(found[str(ref)]) for ref in refs}


def _open_cases(store: CaseStore, day: date, differences: Iterable[Difference], now: datetime) -> None:
    """One case an account and a day, with the first of its differences; the report has the others."""
    by_account: dict[str, Difference] = {}
    for each in differences:
        by_account.setdefault(each.account, each)
    for account, each in list(by_account.items())[:MOST_CASES]:
        facts: dict[str, str | int] = {
            "day": day.isoformat(),
            "mismatch": each.mismatch,
            "expected_grosze": each.expected_grosze,
            "found_grosze": each.found_grosze,
            "note": each.note,
        }
        of = f"{day}:{account}"
        store.open_case(new_case(CaseKind.BALANCE_DIFFERS, of, account, facts, FOUND_BY_BALANCE, now))


# ---------------------------------------------------------------- the carrier's records


def reconcile_day(deps: BooksDeps, day: date, now: datetime) -> tuple[Reconciliation, int]:
    """Compare the day's calls with the carrier's records and open cases for what does not fit; also how many
    of the cases are new.

    Raises StoreUnavailable, ReportsUnavailable and CarrierUnavailable; nothing is lost by running it later.
    The holds are read before the postings, so that a call that is settled meanwhile is in one of them.
    """
    window = window_of(day, now)
    # A leg that ended in the window may have begun a longest call before it.
    reach = window.since - LONGEST_CALL
    legs = [
        _leg(call) for call in deps.carrier.legs_between(reach - LONGEST_CALL, window.until + LONGEST_CALL)
    ]
    held = frozenset(
        card.hold.call_sid for card in deps.store.all_cards() if isinstance(card, Card) and card.hold
    )
    calls, corrected = _calls(deps.store.all_postings(), reach, window.until + LONGEST_CALL)
    booked = [Booked(posting, posting.id in corrected) for posting in calls]
    report = reconcile(day, window, legs, held, booked, deps.prices)
    opened = [
        deps.store.open_case(
            new_case(finding.kind, finding.of, finding.subject, finding.facts, FOUND_BY_RECONCILIATION, now)
        )
        for finding in report.findings[:MOST_CASES]
    ]
    deps.reports.keep_reconciliation(report)
    return report, sum(opened)


def _leg(call: CarrierCall) -> Leg:
    duration_s = call.duration_s if call.status == "completed" and call.duration_s else 0
    return Leg(call.sid, call.parent_sid, call.to, duration_s, call.ended_at)


def _calls(
    postings: Iterable[Posting | UnreadableRecord], since: datetime, until: datetime
) -> tuple[list[Posting], set[str]]:
    """The postings of calls of that time, and the ids of all postings that were ever corrected."""
    calls: list[Posting] = []
    corrected: set[str] = set()
    for posting in postings:
        if isinstance(posting, UnreadableRecord):
            continue
        if posting.kind is PostingKind.CALL and since <= posting.booked_at < until:
            calls.append(posting)
        elif posting.kind is PostingKind.CORRECTION:
            corrected.add(str(posting.details.get("corrects", "")))
    return calls, corrected

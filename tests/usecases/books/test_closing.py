"""The morning's look at the books, while calls go on and things go wrong."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from telekarta.adapters.files.tariffs import load_price_book
from telekarta.domain.books.closing import Mismatch
from telekarta.domain.brands import Brand
from telekarta.domain.calls.charging import settle
from telekarta.domain.cards.card import Card, Ref
from telekarta.domain.cards.issuing import issue
from telekarta.domain.cases.case import CaseKind
from telekarta.domain.ledger.postings import Hold, Posting
from telekarta.usecases.books.closing import (
    MOST_CASES,
    BooksDeps,
    DayNotOver,
    day_before,
    reconcile_day,
    trial_balance,
)
from telekarta.usecases.ports import CarrierCall, CarrierUnavailable, StoreUnavailable
from tests.kit.memory_reports import MemoryReports
from tests.kit.memory_store import MemoryStore, When

DAY = date(2026, 11, 17)
NOON = datetime(2026, 11, 17, 12, tzinfo=UTC)
AT_FIVE = datetime(2026, 11, 18, 4, tzinfo=UTC)
NUMBER = "+48221234567"
PRICES = load_price_book()
LIST = PRICES.current(Brand.WHITE_PHONE, DAY)
RATE = LIST.rate_for(NUMBER)
assert RATE is not None


@dataclass
class CarriersLog:
    legs: list[CarrierCall] = field(default_factory=list)

    def legs_between(self, since: datetime, until: datetime) -> tuple[CarrierCall, ...]:
        return tuple(leg for leg in self.legs if leg.started_at and since <= leg.started_at < until)


@dataclass
class Office:
    store: MemoryStore = field(default_factory=MemoryStore)
    reports: MemoryReports = field(default_factory=MemoryReports)
    carrier: CarriersLog = field(default_factory=CarriersLog)

    @property
    def deps(self) -> BooksDeps:
        return BooksDeps(self.store, self.reports, self.carrier, PRICES)

    def issues(self, number: str = "123456", at: datetime = NOON) -> Card:
        card, posting = issue(Ref.card(Brand.WHITE_PHONE, number), 2000, f"digest {number}", "A", None, at)
        assert self.store.issue(card, posting)
        return card

    def holds(self, card: Card, call: str = "CA1", at: datetime = NOON) -> Card:
        terms = Hold(f"{call}-1", 500, at, at + timedelta(hours=1), call, NUMBER, LIST.version, "48", 600)
        held = self.store.place_hold(card.ref, card.purse, terms, "")
        assert isinstance(held, Card)
        return held

    def settles(self, held: Card, duration_s: int = 61, at: datetime = NOON) -> Posting:
        assert held.hold is not None
        assert RATE is not None
        leg = held.hold.call_sid.replace("CA", "CB")
        _, posting = settle(held.ref, held.purse, held.hold, RATE, duration_s, leg, at)
        assert posting is not None
        assert self.store.settle(held.ref, held.purse, held.hold.id, posting) is None
        return posting

    def calls(self, card: Card, call: str = "CA1", at: datetime = NOON) -> Posting:
        """A whole call of 61 s, on our books and on the carrier's."""
        posting = self.settles(self.holds(card, call, at), at=at)
        self.carrier_tells(call, 61, at)
        return posting

    def carrier_tells(self, call: str, duration_s: int | None, ended_at: datetime) -> None:
        began = ended_at - timedelta(seconds=duration_s or 0)
        leg = call.replace("CA", "CB")
        status = "completed" if duration_s else "no-answer"
        self.carrier.legs.append(
            CarrierCall(leg, call, NUMBER, "+48800007744", status, duration_s, began, began, ended_at)
        )

    def spoils(self, ref: Ref, grosze: int) -> None:
        """Somebody changes the money on the card past all the rules."""
        card = self.store.cards[ref]
        lots = (replace(card.lots[0], left_grosze=card.lots[0].left_grosze + grosze), *card.lots[1:])
        self.store.cards[ref] = replace(card, lots=lots)

    def found(self) -> list[tuple[str, str, object]]:
        return [(case.kind, case.subject, case.facts.get("mismatch")) for case in self.store.found.values()]


@pytest.fixture
def office() -> Office:
    return Office()


# ---------------------------------------------------------------- the trial balance


def test_a_day_in_order_is_closed_and_the_next_one_opens_with_it(office: Office) -> None:
    card = office.issues(at=NOON - timedelta(days=1))
    first = trial_balance(office.deps, DAY - timedelta(days=1), AT_FIVE - timedelta(days=1))
    cost = office.calls(card).amount_grosze
    second = trial_balance(office.deps, DAY, AT_FIVE)
    assert (first.since, first.cards.closing_grosze, first.balances) == (None, 2000, True)
    assert (second.since, second.cards.opening_grosze, second.balances) == (first.day, 2000, True)
    assert second.cards.closing_grosze == 2000 - cost
    assert (second.cards_on_file, second.read_again) == (1, 0)
    assert office.found() == []


def test_a_day_on_which_nobody_looked_is_closed_with_the_next(office: Office) -> None:
    card = office.issues(at=NOON - timedelta(days=3))
    trial_balance(office.deps, DAY - timedelta(days=3), AT_FIVE - timedelta(days=3))
    cost = office.calls(card, at=NOON - timedelta(days=1)).amount_grosze
    report = trial_balance(office.deps, DAY, AT_FIVE)
    assert (report.since, report.cards.debits_grosze, report.balances) == (
        DAY - timedelta(days=3),
        cost,
        True,
    )


def test_a_difference_is_one_case_however_often_it_is_found(office: Office) -> None:
    card = office.issues()
    office.calls(card)
    office.spoils(card.ref, 7)
    for _ in range(2):
        report = trial_balance(office.deps, DAY, AT_FIVE)
        (difference,) = report.differences
        assert (difference.account, difference.mismatch) == (str(card.ref), Mismatch.BALANCE)
        assert difference.found_grosze - difference.expected_grosze == 7
    assert office.found() == [(CaseKind.BALANCE_DIFFERS, str(card.ref), Mismatch.BALANCE)]
    assert f"balance_differs:{DAY}:{card.ref}" in office.store.found


def test_a_posting_that_speaks_of_no_card_is_a_difference(office: Office) -> None:
    card = office.issues()
    del office.store.cards[card.ref]
    (difference,) = trial_balance(office.deps, DAY, AT_FIVE).differences
    assert (difference.mismatch, difference.expected_grosze) == (Mismatch.NO_SUCH_CARD, 2000)


def test_a_day_that_is_not_over_is_not_closed(office: Office) -> None:
    with pytest.raises(DayNotOver):
        trial_balance(office.deps, DAY, datetime(2026, 11, 17, 22, 59, tzinfo=UTC))
    assert office.reports.balances == {}


def test_the_day_before_is_warsaws() -> None:
    assert day_before(datetime(2026, 11, 17, 23, 0, tzinfo=UTC)) == DAY
    assert day_before(datetime(2026, 11, 17, 22, 59, tzinfo=UTC)) == DAY - timedelta(days=1)


# ---------------------------------------------------------------- while calls go on


def meanwhile(office: Office, operation: str, act: Callable[[], object], times: int = 1) -> None:
    """Somebody does something right after the operation."""
    left = [times]

    def faults(when: When, name: str) -> None:
        if (when, name) == (When.AFTER, operation) and left[0]:
            left[0] -= 1
            act()

    office.store.faults = faults


def test_a_call_that_is_settled_while_we_read_is_no_difference(office: Office) -> None:
    card = office.issues()
    held = office.holds(card, at=AT_FIVE)
    meanwhile(office, "all_cards", lambda: office.settles(held, at=AT_FIVE))
    report = trial_balance(office.deps, DAY, AT_FIVE)
    assert (report.balances, report.read_again) == (True, 1)


def test_a_card_that_is_issued_while_we_read_is_no_difference(office: Office) -> None:
    meanwhile(office, "all_cards", lambda: office.issues(at=AT_FIVE))
    report = trial_balance(office.deps, DAY, AT_FIVE)
    assert (report.balances, report.read_again) == (True, 1)


def test_a_card_in_use_is_read_until_it_and_its_postings_belong_together(office: Office) -> None:
    card = office.issues()
    held = office.holds(card)
    calls = iter(range(2, 9))

    def another_call() -> None:
        now = office.store.cards[card.ref]
        if now.hold is None:
            now = office.holds(now, f"CA{next(calls)}", AT_FIVE)
        office.settles(now, at=AT_FIVE)

    meanwhile(office, "all_cards", lambda: office.settles(held, at=AT_FIVE))
    steady = office.store.faults
    left = [2]

    def faults(when: When, name: str) -> None:
        steady(when, name)
        if (when, name) == (When.AFTER, "postings") and left[0]:
            left[0] -= 1
            another_call()

    office.store.faults = faults
    assert trial_balance(office.deps, DAY, AT_FIVE).balances


def test_an_index_that_lags_behind_is_no_difference(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only the index is asked, but the table itself (the module says why)."""
    card = office.issues()
    held = office.holds(card, at=AT_FIVE)
    meanwhile(office, "all_cards", lambda: office.settles(held, at=AT_FIVE))
    stale = office.store.postings(card.ref)
    monkeypatch.setattr(office.store, "postings", lambda ref: stale)
    assert trial_balance(office.deps, DAY, AT_FIVE).balances


def test_a_lost_hang_up_of_yesterday_that_is_told_after_the_closing_is_no_difference(office: Office) -> None:
    """It is booked into the closed day, where its money was still held (WP §6.3)."""
    card = office.issues()
    held = office.holds(card)
    assert trial_balance(office.deps, DAY, AT_FIVE).balances
    cost = office.settles(held, at=NOON + timedelta(minutes=2)).amount_grosze
    report = trial_balance(office.deps, DAY + timedelta(days=1), AT_FIVE + timedelta(days=1))
    assert (report.balances, report.cards.debits_grosze) == (True, cost)
    assert trial_balance(office.deps, DAY + timedelta(days=2), AT_FIVE + timedelta(days=2)).balances


def test_a_lost_hang_up_that_is_told_between_our_two_readings_is_counted_once(office: Office) -> None:
    card = office.issues()
    held = office.holds(card)
    meanwhile(office, "all_cards", lambda: office.settles(held, at=NOON + timedelta(minutes=2)))
    assert trial_balance(office.deps, DAY, AT_FIVE).balances
    assert trial_balance(office.deps, DAY + timedelta(days=1), AT_FIVE + timedelta(days=1)).balances


def test_a_closed_day_that_was_changed_is_found_though_the_card_was_made_to_match(office: Office) -> None:
    card = office.issues()
    posting = office.calls(card)
    trial_balance(office.deps, DAY, AT_FIVE)
    del office.store.booked[posting.id]
    office.spoils(card.ref, posting.amount_grosze)
    report = trial_balance(office.deps, DAY + timedelta(days=1), AT_FIVE + timedelta(days=1))
    assert {(each.account, each.mismatch) for each in report.differences} == {
        (str(card.ref), Mismatch.CLOSED_DAY_CHANGED),
        ("revenue:calls:white_phone", Mismatch.CLOSED_DAY_CHANGED),
    }


def test_when_all_is_wrong_the_cases_stay_countable_and_the_report_has_all(office: Office) -> None:
    for number in range(MOST_CASES + 5):
        office.spoils(office.issues(str(100_000 + number)).ref, 1)
    report = trial_balance(office.deps, DAY, AT_FIVE)
    assert len(report.differences) == MOST_CASES + 5
    assert len(office.store.found) == MOST_CASES


def test_a_store_that_is_down_closes_no_day(office: Office) -> None:
    office.issues()

    def down(when: When, name: str) -> None:
        if name == "all_postings":
            raise StoreUnavailable("down")

    office.store.faults = down
    with pytest.raises(StoreUnavailable):
        trial_balance(office.deps, DAY, AT_FIVE)
    assert office.reports.closings == {}


# ---------------------------------------------------------------- the carrier's records


def kinds(office: Office) -> list[str]:
    return [case.kind for case in office.store.found.values()]


@pytest.mark.rule("WP §6.3")
def test_calls_that_were_charged_as_the_carrier_tells_are_no_cases(office: Office) -> None:
    card = office.issues()
    office.calls(card)
    office.carrier_tells("CA2", None, NOON)
    report, opened = reconcile_day(office.deps, DAY, AT_FIVE)
    assert (report.legs, report.charged, opened) == (1, 1, 0)
    assert office.reports.reconciliations == {DAY: report}


@pytest.mark.rule("WP §6.3")
def test_what_the_carrier_tells_otherwise_is_one_case_each_however_often_it_is_found(office: Office) -> None:
    card = office.issues()
    office.calls(card)
    office.carrier.legs[0] = replace(office.carrier.legs[0], duration_s=59)
    office.carrier_tells("CA2", 30, NOON)
    office.settles(office.holds(office.store.cards[card.ref], "CA3"))
    opened = [reconcile_day(office.deps, DAY, AT_FIVE)[1] for _ in range(2)]
    assert opened == [3, 0]
    assert sorted(office.store.found) == [
        "call_not_charged:CB2",
        "charge_differs:call:CA1-1",
        "posting_without_call:call:CA3-1",
    ]


def test_a_call_that_is_still_held_waits(office: Office) -> None:
    office.holds(office.issues())
    office.carrier_tells("CA1", 30, NOON)
    report, _ = reconcile_day(office.deps, DAY, AT_FIVE)
    assert (report.waiting, kinds(office)) == (1, [])


def test_a_call_over_midnight_belongs_to_the_day_on_which_it_ended_and_to_no_other(office: Office) -> None:
    """The books and the carrier's clock may tell its end on different days."""
    midnight = datetime(2026, 11, 17, 23, tzinfo=UTC)
    office.calls(office.issues(), at=midnight + timedelta(seconds=1))
    office.carrier.legs[0] = replace(office.carrier.legs[0], ended_at=midnight - timedelta(seconds=1))
    charged = [
        reconcile_day(office.deps, day, AT_FIVE + timedelta(days=1))[0].charged
        for day in (DAY, DAY + timedelta(days=1))
    ]
    assert charged == [1, 1]  # seen again in the margin, which is harmless
    assert kinds(office) == []


def test_what_is_too_young_is_left_for_the_next_day(office: Office) -> None:
    office.carrier_tells("CA1", 30, datetime(2026, 11, 17, 22, 59, tzinfo=UTC))
    reconcile_day(office.deps, DAY, datetime(2026, 11, 17, 23, 5, tzinfo=UTC))
    assert kinds(office) == []
    reconcile_day(office.deps, DAY + timedelta(days=1), AT_FIVE + timedelta(days=1))
    assert kinds(office) == [CaseKind.CALL_NOT_CHARGED]


def test_a_carrier_that_does_not_answer_accuses_nobody(office: Office) -> None:
    office.calls(office.issues())

    def silent(since: datetime, until: datetime) -> tuple[CarrierCall, ...]:
        raise CarrierUnavailable("down")

    office.carrier.legs_between = silent  # type: ignore[method-assign]
    with pytest.raises(CarrierUnavailable):
        reconcile_day(office.deps, DAY, AT_FIVE)
    assert kinds(office) == []

"""A holder who breaks the terms is called on to stop first (TG §10.5)."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telekarta.domain.brands import Brand
from telekarta.domain.calendar.working_days import is_public_holiday
from telekarta.domain.cards.card import Ref, Status
from telekarta.domain.cards.issuing import issue
from telekarta.domain.cards.suspension import suspend_from
from telekarta.domain.cards.terms import SHORTEST_TERM_DAYS
from telekarta.domain.cases.case import CaseKind, CaseState, new_case
from telekarta.usecases.cards.changing import CardRefusal
from telekarta.usecases.cards.suspending import SuspendCard, SuspensionRefusal, WarnOfSuspension
from telekarta.usecases.cases.showing import CaseShown
from telekarta.usecases.commands import CommandRefused, Outcome
from telekarta.usecases.desk.closing_cases import CloseCase
from tests.kit.desk import a_desk, carry_out
from tests.kit.memory_store import MemoryStore

CARD = Ref.card(Brand.TELEGROSIK, "1234567890")
SERVED = date(2026, 11, 16)
WARN = WarnOfSuspension(CARD.number, SERVED, "Odsprzedaż połączeń", "anna", "pismo 12/2026")


@pytest.mark.rule("TG §10.5")
@pytest.mark.parametrize(
    ("served", "days", "first"),
    [
        (date(2026, 11, 16), 7, date(2026, 11, 24)),
        (date(2026, 11, 14), 7, date(2026, 11, 24)),  # the seventh day is a Saturday: Monday is the last
        (date(2026, 12, 18), 7, date(2026, 12, 29)),  # Christmas, then a weekend
        (date(2026, 11, 16), 14, date(2026, 12, 1)),
    ],
)
def test_the_first_day_of_a_suspension(served: date, days: int, first: date) -> None:
    assert suspend_from(served, days) == first


@given(st.dates(date(2026, 1, 1), date(2100, 1, 1)), st.integers(SHORTEST_TERM_DAYS, 90))
def test_seven_whole_days_lie_between_and_the_last_is_a_working_day(served: date, days: int) -> None:
    first = suspend_from(served, days)
    last = first - timedelta(days=1)
    assert last - served >= timedelta(days=days)
    assert last.weekday() != 5
    assert not is_public_holiday(last)


@given(st.integers(-10, SHORTEST_TERM_DAYS - 1))
def test_a_shorter_term_is_none(days: int) -> None:
    with pytest.raises(ValueError, match="at least 7 days"):
        suspend_from(SERVED, days)


@dataclass
class Bureau:
    """The operators' desk on any day."""

    day: date = SERVED
    store: MemoryStore = field(default_factory=MemoryStore)

    def __post_init__(self) -> None:
        assert self.store.issue(*issue(CARD, 2000, "digest", "A", None, self.now()))

    def now(self) -> datetime:
        return datetime.combine(self.day, time(12), UTC)

    def does(self, command: object, on: date) -> object:
        self.day = on
        return carry_out(a_desk(self.store, self), command)

    @property
    def status(self) -> Status:
        return self.store.cards[CARD].status


@pytest.fixture
def bureau() -> Bureau:
    return Bureau()


@pytest.mark.rule("TG §10.5")
def test_a_card_is_suspended_after_the_term_and_not_before(bureau: Bureau) -> None:
    warned = bureau.does(WARN, date(2026, 11, 17))
    assert isinstance(warned, CaseShown)
    again = bureau.does(WARN, date(2026, 11, 17))
    assert again == CaseShown(Outcome.UNCHANGED, warned.case, warned.now)
    assert warned.case.history[0].why == WARN.why
    suspend = SuspendCard(warned.case.id, "ewa", "nadal odsprzedaje")
    assert bureau.does(suspend, date(2026, 11, 23)) == CommandRefused(SuspensionRefusal.TERM_RUNS)
    assert bureau.status is Status.ACTIVE
    done = bureau.does(suspend, date(2026, 11, 24))
    assert isinstance(done, CaseShown)
    assert done.case.state is CaseState.CLOSED
    assert bureau.status is Status.BLOCKED
    assert bureau.does(suspend, date(2026, 11, 24)) == CommandRefused(SuspensionRefusal.NOT_WARNED)


def test_who_has_stopped_is_not_suspended(bureau: Bureau) -> None:
    warned = bureau.does(WARN, date(2026, 11, 24))
    assert isinstance(warned, CaseShown)
    bureau.does(CloseCase(warned.case.id, "ewa", "przestał"), date(2026, 11, 24))
    refused = bureau.does(SuspendCard(warned.case.id, "ewa", "x"), date(2026, 11, 24))
    assert refused == CommandRefused(SuspensionRefusal.NOT_WARNED)
    assert bureau.status is Status.ACTIVE


def test_what_is_refused(bureau: Bureau) -> None:
    early = bureau.does(WARN, SERVED - timedelta(days=1))
    assert early == CommandRefused(SuspensionRefusal.NOT_SERVED_YET)
    nobody = WarnOfSuspension("9999999999", SERVED, "x", "anna", "x")
    assert bureau.does(nobody, SERVED) == CommandRefused(CardRefusal.UNKNOWN_CARD)
    other = new_case(CaseKind.BALANCE_DIFFERS, "1", str(CARD), {}, "books", bureau.now())
    bureau.store.open_case(other)
    for case in (other.id, "suspension_warned:nothing"):
        assert bureau.does(SuspendCard(case, "ewa", "x"), SERVED) == CommandRefused(
            SuspensionRefusal.NOT_WARNED
        )

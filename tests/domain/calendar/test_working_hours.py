"""Working hours (WP §5.4): 24 to each working day, and none to the others."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telekarta.domain.calendar.deadlines import WARSAW
from telekarta.domain.calendar.working_hours import after_working_hours, is_working_day, working_hours_between

MOMENTS = st.integers(0, 11 * 365 * 24 * 60).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@pytest.mark.rule("WP §5.4")
@pytest.mark.parametrize(
    ("ordered", "by"),
    [
        ("2026-11-16 10:00", "2026-11-18 10:00"),  # Monday to Wednesday
        ("2026-11-19 10:00", "2026-11-23 10:00"),  # Thursday: the weekend does not count
        ("2026-11-21 15:00", "2026-11-25 00:00"),  # Saturday: from Monday on
        ("2026-11-10 12:00", "2026-11-13 12:00"),  # Independence Day, a Wednesday
        ("2026-12-23 09:00", "2026-12-29 09:00"),  # Christmas Eve is a holiday from 2025
        ("2026-03-27 12:00", "2026-03-31 12:00"),  # the clocks change on the Sunday between
        ("2027-03-25 12:00", "2027-03-30 12:00"),  # Easter Monday
    ],
)
def test_an_order_is_on_the_card_within_48_working_hours(ordered: str, by: str) -> None:
    moment = datetime.fromisoformat(ordered).replace(tzinfo=WARSAW)
    wanted = datetime.fromisoformat(by).replace(tzinfo=WARSAW)
    assert after_working_hours(moment, 48) == wanted


@given(MOMENTS, st.integers(1, 100))
def test_just_so_many_working_hours_lie_between(since: datetime, hours: int) -> None:
    until = after_working_hours(since, hours)
    assert working_hours_between(since, until) == timedelta(hours=hours)


@given(MOMENTS, st.integers(1, 100))
def test_later_is_never_sooner(since: datetime, hours: int) -> None:
    later = after_working_hours(since + timedelta(minutes=7), hours)
    assert later >= after_working_hours(since, hours)
    assert after_working_hours(since, hours + 1) > after_working_hours(since, hours)


@given(st.dates(date(2025, 1, 1), date(2040, 1, 1)))
def test_no_weekend_is_a_working_day(day: date) -> None:
    assert not (is_working_day(day) and day.weekday() >= 5)

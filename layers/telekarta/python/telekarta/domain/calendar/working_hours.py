"""Working hours: 24 to every working day, none on Saturdays and public holidays (WP §5.4).

The terms say "48 working hours" and no more. We take the reading that is best to count and to keep: a working
day is one from Monday to Friday that is no public holiday, Warsaw's, with all its hours.
"""

from datetime import UTC, date, datetime, timedelta

from telekarta.domain.calendar.deadlines import WARSAW, day_of, midnight
from telekarta.domain.calendar.working_days import is_public_holiday
from telekarta.domain.rules import rule


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and not is_public_holiday(day)


@rule("WP §5.4")
def after_working_hours(since: datetime, hours: int) -> datetime:
    """The moment, in UTC, at which so many working hours have passed. Clocks change on Sundays only, so that
    every working day has 24 hours."""
    left = timedelta(hours=hours)
    moment = since.astimezone(UTC)
    while True:
        day = day_of(moment)
        next_day = midnight(day + timedelta(days=1))
        if is_working_day(day):
            if moment + left <= next_day:
                return moment + left
            left -= next_day - moment
        moment = next_day


def working_hours_between(since: datetime, until: datetime) -> timedelta:
    """How much of the time between lies on working days."""
    passed, moment = timedelta(), since.astimezone(WARSAW).astimezone(UTC)
    while moment < until:
        day = day_of(moment)
        ends = min(midnight(day + timedelta(days=1)), until)
        passed += ends - moment if is_working_day(day) else timedelta()
        moment = ends
    return passed

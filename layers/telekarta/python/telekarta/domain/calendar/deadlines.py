"""Dates as the civil code counts them, on Warsaw's calendar (Kodeks cywilny art. 111-112)."""

from calendar import monthrange
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

WARSAW = ZoneInfo("Europe/Warsaw")


def day_of(moment: datetime) -> date:
    """The day on which the moment falls for people in Poland."""
    return moment.astimezone(WARSAW).date()


def midnight(day: date) -> datetime:
    """The moment at which the day begins for people in Poland, in UTC."""
    return datetime.combine(day, time(), WARSAW).astimezone(UTC)


def months_after(day: date, months: int) -> date:
    """The matching day that many months later, or that month's last day when there is none (art. 112).

    The day of the event is not counted (art. 111), so a period that starts on 31 January and lasts
    a month ends with the last day of February.
    """
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month0 + 1, min(day.day, monthrange(year, month0 + 1)[1]))


def as_text(moment: datetime) -> str:
    """UTC in ISO 8601 with microseconds: texts sort as the moments do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")

"""Saturdays and public holidays: when a customer's last day moves on (Kodeks cywilny art. 115).

Only a customer's limit moves; what we owe is scheduled to the day as it was counted.
"""

from datetime import date, timedelta

from telekarta.domain.calendar.terms import CHRISTMAS_EVE_SINCE, FIXED_HOLIDAYS, HOLIDAYS_AFTER_EASTER


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar, by the method of Gauss as Meeus and Butcher completed it."""
    golden, (century, rest) = year % 19, divmod(year, 100)
    corrected = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - corrected - rest % 4) % 7
    late = (golden + 11 * corrected + 22 * weekday) // 451
    month, day0 = divmod(corrected + weekday - 7 * late + 114, 31)
    return date(year, month, day0 + 1)


def is_public_holiday(day: date) -> bool:
    """Sundays are public holidays by law; they are counted in."""
    if day.weekday() == 6 or (day.month, day.day) in FIXED_HOLIDAYS:
        return True
    if (day.month, day.day) == (12, 24):
        return day >= CHRISTMAS_EVE_SINCE
    return (day - easter(day.year)).days in HOLIDAYS_AFTER_EASTER


def customers_last_day(counted: date) -> date:
    """The day itself, or the next one that is neither a Saturday nor a public holiday."""
    while counted.weekday() == 5 or is_public_holiday(counted):
        counted += timedelta(days=1)
    return counted

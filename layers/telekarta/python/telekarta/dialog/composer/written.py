"""Money, dates and telephone numbers as they are read: in an SMS, a transcript or a letter."""

from datetime import date

from telekarta.dialog.composer.spoken import MONTHS_EN, telephone_groups
from telekarta.dialog.language import Language


def written_money(grosze: int, language: Language) -> str:
    """``20,00 zł`` or ``PLN 20.00``; a debit has a minus in front.

    Thousands are parted as in CLDR: ``1234,50 zł`` but ``12 345,00 zł``, and ``PLN 1,234.50``.
    """
    sign = "-" if grosze < 0 else ""
    whole, rest = divmod(abs(grosze), 100)
    if language is Language.EN:
        return f"{sign}PLN {whole:,}.{rest:02}"
    grouped = f"{whole:,}".replace(",", " ") if whole >= 10_000 else str(whole)
    return f"{sign}{grouped},{rest:02} zł"


def written_date(day: date, language: Language) -> str:
    """``21.11.2026`` or ``21 November 2026``: English readers disagree on which number is the month."""
    if language is Language.EN:
        return f"{day.day} {MONTHS_EN[day.month - 1]} {day.year}"
    return f"{day.day:02}.{day.month:02}.{day.year:04}"


def written_telephone(number: str) -> str:
    """A number in E.164, grouped: ``+48 608 608 608``; ValueError for anything else."""
    return "+" + " ".join(telephone_groups(number))

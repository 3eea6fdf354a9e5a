"""Money, time, dates and digit strings as a caller hears them."""

import re
from dataclasses import dataclass
from datetime import date

from telekarta.dialog.composer.numerals import (
    Case,
    CountCase,
    Gender,
    english_ordinal,
    english_year,
    number_words,
    plural,
    polish_ordinal,
)
from telekarta.dialog.language import Language
from telekarta.domain.rules import rule


@dataclass(frozen=True, slots=True)
class Noun:
    """What is counted. ``polish`` is (one, few, many), ``english`` (one, other).

    Only a single one changes in the accusative: ``masz jedną minutę``, ``masz dwie minuty``.
    """

    gender: Gender
    polish: tuple[str, str, str]
    polish_accusative_one: str
    english: tuple[str, str]


ZLOTY = Noun(Gender.MASCULINE, ("złoty", "złote", "złotych"), "złoty", ("zloty", "zlotys"))
GROSZ = Noun(Gender.MASCULINE, ("grosz", "grosze", "groszy"), "grosz", ("grosz", "groszy"))
SECOND = Noun(Gender.FEMININE, ("sekunda", "sekundy", "sekund"), "sekundę", ("second", "seconds"))
MINUTE = Noun(Gender.FEMININE, ("minuta", "minuty", "minut"), "minutę", ("minute", "minutes"))
HOUR = Noun(Gender.FEMININE, ("godzina", "godziny", "godzin"), "godzinę", ("hour", "hours"))
DAY = Noun(Gender.MASCULINE, ("dzień", "dni", "dni"), "dzień", ("day", "days"))

_BETWEEN_PARTS = {Language.PL: " ", Language.EN: " and "}


def count(n: int, noun: Noun, language: Language, case: CountCase = Case.NOMINATIVE) -> str:
    """The number and its noun in agreement: ``dwie minuty``, ``dwadzieścia jeden minut``."""
    number = number_words(n, noun.gender, language, case)
    if language is Language.EN:
        return f"{number} {plural(n, *noun.english, language=language)}"
    one, few, many = noun.polish
    if case is Case.ACCUSATIVE:
        one = noun.polish_accusative_one
    return f"{number} {plural(n, one, few, many)}"


def money(grosze: int, language: Language) -> str:
    """An amount of at least nothing. A part that is zero goes unsaid; nothing at all is ``zero złotych``.

    Polish nominative, which serves as the accusative too: both nouns are inanimate masculines.
    """
    whole, rest = divmod(grosze, 100)
    if rest == 0:
        return count(whole, ZLOTY, language)
    if whole == 0:
        return count(rest, GROSZ, language)
    return _BETWEEN_PARTS[language].join([count(whole, ZLOTY, language), count(rest, GROSZ, language)])


def seconds(n: int, language: Language, case: CountCase = Case.NOMINATIVE) -> str:
    return count(n, SECOND, language, case)


def minutes(n: int, language: Language, case: CountCase = Case.NOMINATIVE) -> str:
    return count(n, MINUTE, language, case)


def hours(n: int, language: Language, case: CountCase = Case.NOMINATIVE) -> str:
    return count(n, HOUR, language, case)


def days(n: int, language: Language, case: CountCase = Case.NOMINATIVE) -> str:
    return count(n, DAY, language, case)


@rule("TG §4.2", "TG §5.2")
def duration(total_s: int, language: Language, case: CountCase = Case.NOMINATIVE) -> str:
    """The time that a caller has, never more than they have.

    Whole minutes, rounded down, with the hours apart; seconds when there is less than a minute.
    """
    if total_s < 60:
        return seconds(total_s, language, case)
    whole_hours, whole_minutes = divmod(total_s // 60, 60)
    parts = [hours(whole_hours, language, case)] if whole_hours else []
    if whole_minutes:
        parts.append(minutes(whole_minutes, language, case))
    return _BETWEEN_PARTS[language].join(parts)


MONTHS_PL = (  # genitive, as a date always has them
    *("stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca", "sierpnia"),
    *("września", "października", "listopada", "grudnia"),
)
MONTHS_EN = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)


def spoken_date(day: date, language: Language, case: Case = Case.NOMINATIVE) -> str:
    """``dwudziesty pierwszy listopada dwa tysiące dwudziestego szóstego roku``.

    ``case`` declines the day (``do dwudziestego pierwszego listopada``); the year is always in the
    genitive, and the accusative (``na dwudziesty pierwszy``) is the same as the nominative.
    """
    if language is Language.EN:
        return f"the {english_ordinal(day.day)} of {MONTHS_EN[day.month - 1]} {english_year(day.year)}"
    year = polish_ordinal(day.year, Case.GENITIVE)
    return f"{polish_ordinal(day.day, case)} {MONTHS_PL[day.month - 1]} {year} roku"


_E164 = re.compile(r"\+[1-9][0-9]{4,14}")
_DIGIT_STRING = re.compile(r"(\+?)([0-9]+(?:[ -]+[0-9]+)*)")
# ITU E.164: country codes have one digit in zones 1 and 7, two if listed here, and otherwise three.
_COUNTRY_CODE = re.compile("[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[0-9]{1,3}")
# The numbering plan of UKE, the Polish regulator: area codes, which tell landlines from other numbers.
_POLISH_AREA = re.compile("1[2-8]|2[2-69]|3[2-4]|4[1-46-8]|5[245689]|6[1-3578]|7[14-7]|8[1-79]|9[145]")


def digits(text: str) -> str:
    """A code or a telephone number, digit by digit, with a pause (a comma) between groups.

    Groups are the writer's own if ``text`` has spaces or hyphens, else the usual ones of a
    telephone number after ``+``, else threes: ``123456`` is ``1 2 3, 4 5 6``. The same in both
    languages, as both say ``plus``. Anything but digits in it is a ValueError, which doesn't
    repeat the text: it may be a PIN.
    """
    match = _DIGIT_STRING.fullmatch(text.strip())
    if match is None:
        raise ValueError("only digits, with spaces or hyphens between and a plus before, can be spelled")
    plus, body = match.groups()
    groups = re.split("[ -]+", body)
    if len(groups) == 1:
        groups = _international_groups(body) if plus else _threes(body)
    return f"plus {_spaced(groups)}" if plus else _spaced(groups)


def telephone(number: str) -> str:
    """A number in E.164 as a caller in Poland dials it: without ``+48``, abroad with ``plus`` and the code.

    ``+48222118066`` is ``2 2, 2 1 1, 8 0, 6 6``. ValueError for anything but E.164.
    """
    country, *national = telephone_groups(number)
    return _spaced(national) if country == "48" else digits(number)


def telephone_groups(number: str) -> list[str]:
    """The digits of a number in E.164 as they are usually grouped, the country code first."""
    if _E164.fullmatch(number) is None:
        raise ValueError("a telephone number is a plus and then digits only")
    return _international_groups(number[1:])


def _international_groups(body: str) -> list[str]:
    code = _COUNTRY_CODE.findall(body)[0]
    national = body.removeprefix(code)
    if code == "48" and len(national) == 9 and _POLISH_AREA.match(national):
        return [code, national[:2], national[2:5], national[5:7], national[7:]]
    return [code, *_threes(national)]


def _spaced(groups: list[str]) -> str:
    return ", ".join(" ".join(group) for group in groups)


def _threes(body: str) -> list[str]:
    """Groups of three; a lone last digit joins the group before it, as nobody says it alone."""
    groups = [body[start : start + 3] for start in range(0, len(body), 3)]
    if len(groups) > 1 and len(groups[-1]) == 1:
        groups[-2:] = [groups[-2] + groups[-1]]
    return groups

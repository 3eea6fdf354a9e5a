"""Numbers in words: Polish with its genders, cases and three plural forms, and British English."""

from enum import StrEnum
from typing import Literal

from telekarta.dialog.language import Language

MOST = 999_999_999
"""The greatest number that is said; no balance, duration or count comes near it."""


class Gender(StrEnum):
    """The gender of the counted noun: ``dwa złote``, ``dwie minuty``, ``jedno konto``."""

    MASCULINE = "masculine"
    FEMININE = "feminine"
    NEUTER = "neuter"


class Case(StrEnum):
    """The part that the words play in a Polish sentence. English has one form for all."""

    NOMINATIVE = "nominative"  # została jedna minuta; dziś jest pierwszy maja
    GENITIVE = "genitive"  # do pierwszego maja
    ACCUSATIVE = "accusative"  # masz jedną minutę; na pierwszy maja


CountCase = Literal[Case.NOMINATIVE, Case.ACCUSATIVE]


def plural(n: int, *forms: str, language: Language = Language.PL) -> str:
    """The form that goes with ``n``: of (one, few, many) in Polish, of (one, other) in English.

    The rule is CLDR's for integers. Polish: ``1 karta``, ``22 karty``, ``12 kart``, ``21 kart``.
    """
    if language is Language.EN:
        one, other = forms
        return one if n == 1 else other
    one, few, many = forms
    if n == 1:
        return one
    return few if 2 <= n % 10 <= 4 and not 12 <= n % 100 <= 14 else many


def number_words(
    n: int,
    gender: Gender = Gender.MASCULINE,
    language: Language = Language.PL,
    case: CountCase = Case.NOMINATIVE,
) -> str:
    """``n`` in words, to stand before a noun of ``gender``; 0 to ``MOST``, else ValueError."""
    if not 0 <= n <= MOST:
        raise ValueError(f"only 0 to {MOST} can be said")
    return _english(n) if language is Language.EN else _polish(n, gender, case)


# --- Polish ---

_UNITS_PL = (
    *("", "jeden", "dwa", "trzy", "cztery", "pięć", "sześć", "siedem", "osiem", "dziewięć"),
    *("dziesięć", "jedenaście", "dwanaście", "trzynaście", "czternaście", "piętnaście", "szesnaście"),
    *("siedemnaście", "osiemnaście", "dziewiętnaście"),
)
_TENS_PL = (
    *("", "", "dwadzieścia", "trzydzieści", "czterdzieści", "pięćdziesiąt", "sześćdziesiąt"),
    *("siedemdziesiąt", "osiemdziesiąt", "dziewięćdziesiąt"),
)
_HUNDREDS_PL = (
    *("", "sto", "dwieście", "trzysta", "czterysta", "pięćset", "sześćset"),
    *("siedemset", "osiemset", "dziewięćset"),
)
_POWERS_PL = (
    (1_000_000, ("milion", "miliony", "milionów")),
    (1_000, ("tysiąc", "tysiące", "tysięcy")),
)
# "One" agrees with its noun only when it stands alone: "jedna minuta", but "dwadzieścia jeden minut".
_ONE_PL = {
    Gender.MASCULINE: {Case.NOMINATIVE: "jeden", Case.ACCUSATIVE: "jeden"},
    Gender.FEMININE: {Case.NOMINATIVE: "jedna", Case.ACCUSATIVE: "jedną"},
    Gender.NEUTER: {Case.NOMINATIVE: "jedno", Case.ACCUSATIVE: "jedno"},
}


def _polish(n: int, gender: Gender, case: CountCase) -> str:
    if n == 0:
        return "zero"
    if n == 1:
        return _ONE_PL[gender][case]
    words: list[str] = []
    rest = n
    for power, forms in _POWERS_PL:
        how_many, rest = divmod(rest, power)
        if how_many > 1:  # a single one goes unsaid: "tysiąc", never "jeden tysiąc"
            words += _below_thousand_pl(how_many)
        if how_many:
            words.append(plural(how_many, *forms))
    words += _below_thousand_pl(rest)
    if gender is Gender.FEMININE and words[-1] == "dwa":  # "two" agrees wherever it comes last
        words[-1] = "dwie"
    return " ".join(words)


def _below_thousand_pl(n: int) -> list[str]:
    hundreds, rest = divmod(n, 100)
    tens, units = divmod(rest, 10) if rest >= 20 else (0, rest)
    return [word for word in (_HUNDREDS_PL[hundreds], _TENS_PL[tens], _UNITS_PL[units]) if word]


_UNITH_PL = (
    *("", "pierwszy", "drugi", "trzeci", "czwarty", "piąty", "szósty", "siódmy", "ósmy", "dziewiąty"),
    *("dziesiąty", "jedenasty", "dwunasty", "trzynasty", "czternasty", "piętnasty", "szesnasty"),
    *("siedemnasty", "osiemnasty", "dziewiętnasty"),
)
_TENTH_PL = (
    *("", "", "dwudziesty", "trzydziesty", "czterdziesty", "pięćdziesiąty", "sześćdziesiąty"),
    *("siedemdziesiąty", "osiemdziesiąty", "dziewięćdziesiąty"),
)
_HUNDREDTH_PL = (
    *("", "setny", "dwusetny", "trzechsetny", "czterechsetny", "pięćsetny", "sześćsetny"),
    *("siedemsetny", "osiemsetny", "dziewięćsetny"),
)
_THOUSANDTH_PL = (
    *("", "tysięczny", "dwutysięczny", "trzytysięczny", "czterotysięczny", "pięciotysięczny"),
    *("sześciotysięczny", "siedmiotysięczny", "ośmiotysięczny", "dziewięciotysięczny"),
)


def polish_ordinal(n: int, case: Case = Case.NOMINATIVE) -> str:
    """``n``-th, masculine, 1 to 9999: only the last round part is declined.

    So 2026 is ``dwa tysiące dwudziesty szósty``, 2100 ``dwa tysiące setny``, 2000 ``dwutysięczny``.
    """
    if n % 1000 == 0:
        head, tail = 0, [_THOUSANDTH_PL[n // 1000]]
    elif n % 100 == 0:
        head, tail = n - n % 1000, [_HUNDREDTH_PL[n // 100 % 10]]
    else:
        rest = n % 100
        tens, units = divmod(rest, 10) if rest >= 20 else (0, rest)
        head, tail = n - rest, [word for word in (_TENTH_PL[tens], _UNITH_PL[units]) if word]
    if case is Case.GENITIVE:
        tail = [word.removesuffix("y") + "ego" for word in tail]
    return " ".join([*([number_words(head)] if head else []), *tail])


# --- English ---

_UNITS_EN = (
    *("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS_EN = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_POWERS_EN = ((1_000_000, "million"), (1_000, "thousand"))
# The ordinals that are not the cardinal and "th".
_ORDINALS_EN = {
    **{"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth"},
    **{"nine": "ninth", "twelve": "twelfth", "twenty": "twentieth", "thirty": "thirtieth"},
}


def _english(n: int) -> str:
    if n == 0:
        return "zero"
    words: list[str] = []
    rest = n
    for power, name in _POWERS_EN:
        how_many, rest = divmod(rest, power)
        if how_many:
            words += [_below_thousand_en(how_many), name]
    if rest and rest < 100 and words:
        words.append("and")
    if rest:
        words.append(_below_thousand_en(rest))
    return " ".join(words)


def _below_thousand_en(n: int) -> str:
    hundreds, rest = divmod(n, 100)
    tens, units = divmod(rest, 10) if rest >= 20 else (0, rest)
    small = "-".join(word for word in (_TENS_EN[tens], _UNITS_EN[units]) if word)
    return " and ".join(
        part for part in (f"{_UNITS_EN[hundreds]} hundred" if hundreds else "", small) if part
    )


def english_ordinal(n: int) -> str:
    """``n``-th, 1 to 31: the days of a month."""
    head, dash, last = _english(n).rpartition("-")
    return head + dash + _ORDINALS_EN.get(last, last + "th")


def english_year(year: int) -> str:
    """The year as it is read out: ``twenty twenty-six``, ``two thousand and one``, ``nineteen oh five``."""
    century, rest = divmod(year, 100)
    if year < 1000 or (century % 10 == 0 and rest < 10):
        return _english(year)
    if rest == 0:
        return f"{_english(century)} hundred"
    return (
        f"{_english(century)} oh {_english(rest)}" if rest < 10 else f"{_english(century)} {_english(rest)}"
    )

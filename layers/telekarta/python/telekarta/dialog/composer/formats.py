"""What may stand in a placeholder of a template, and how it reads its value.

=======================================  =====  ================================================
placeholder                              value  what comes out
=======================================  =====  ================================================
``{room:text}``                          str    the value as it is
``{card:digits}``                        str    ``1 2 3, 4 5 6``
``{help:telephone}``                     str    E.164, as dialled in Poland: ``8 0 0, 0 0 7, 7 8 0``
``{brand:choose(a=Ala|b=Bolek)}``        str    the words for the value; for members of a StrEnum
``{amount:money}``                       int    grosze: ``dwa złote``
``{left_s:duration}``                    int    seconds: ``jedna godzina dwie minuty``
``{n:seconds}``, ``minutes``, ``hours``  int    ``dwie minuty``; and ``days``
``{n:number}``                           int    ``dwa``
``{n:plural(karta|karty|kart)}``         int    the noun alone; in English ``plural(card|cards)``
``{when:date}``                          date   ``pierwszy maja dwa tysiące ...``
``{amount:written_money}``               int    ``20,00 zł``
``{when:written_date}``                  date   ``21.11.2026``
``{help:written_telephone}``             str    ``+48 800 007 780``
=======================================  =====  ================================================

Polish templates may add ``accusative`` to times and numbers, ``genitive`` or ``accusative`` to dates,
and a gender to numbers: ``{n:number(feminine|accusative)}``. English has nothing to decline, so there
it is an error, as is anything else that the table doesn't know.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Protocol

from telekarta.dialog.composer.numerals import Case, CountCase, Gender, number_words, plural
from telekarta.dialog.composer.spoken import (
    days,
    digits,
    duration,
    hours,
    minutes,
    money,
    seconds,
    spoken_date,
    telephone,
)
from telekarta.dialog.composer.written import written_date, written_money, written_telephone
from telekarta.dialog.language import Language

Words = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Place:
    """A placeholder of a template: which value it needs, and the words that it makes of it.

    ``words`` may raise ValueError for a value that can't be said, such as a negative amount.
    """

    name: str
    kind: type[int | str | date]
    words: Words
    options: frozenset[str] = frozenset()

    def accepts(self, value: object) -> bool:
        """Whether ``value`` is of the kind: a bool is no number, and a moment is no date (in which zone?)."""
        return isinstance(value, self.kind) and not isinstance(value, bool | datetime)


@cache  # bounded by the templates there are
def parse(template: str, language: Language) -> tuple[str | Place, ...]:
    """The texts and the places of a template, in order. ValueError says what is wrong with it."""
    parts: list[str | Place] = []
    end = 0
    for match in _PLACE.finditer(template):
        parts += [template[end : match.start()], _place(match, language)]
        end = match.end()
    parts.append(template[end:])
    if any("{" in part or "}" in part for part in parts if isinstance(part, str)):
        raise ValueError("a brace that is not part of a {name:format}")
    return tuple(part for part in parts if part)


_PLACE = re.compile(r"\{(?P<name>[a-z]\w*):(?P<format>\w+)(?:\((?P<arguments>[^(){}]*)\))?\}")


def _place(match: re.Match[str], language: Language) -> Place:
    name, format_name, arguments_text = match["name"], match["format"], match["arguments"]
    arguments = () if arguments_text is None else tuple(arguments_text.split("|"))
    if format_name == "choose":
        return _choice(name, arguments)
    if format_name not in _FORMATS:
        raise ValueError(f"{{{name}}} has no such format: {format_name}")
    kind, bind = _FORMATS[format_name]
    try:
        return Place(name, kind, bind(language, arguments))
    except ValueError as error:
        raise ValueError(f"{{{name}:{format_name}}} {error}") from None


def _choice(name: str, arguments: tuple[str, ...]) -> Place:
    pairs = [argument.partition("=") for argument in arguments]
    table = {option: words for option, _, words in pairs}
    if not pairs or len(table) < len(pairs) or not all(equals for _, equals, _ in pairs):
        raise ValueError(f"{{{name}:choose}} takes distinct options, each option=words")

    def words(value: str) -> str:
        if value not in table:
            raise ValueError("not one of the options")
        return table[value]

    return Place(name, str, words, frozenset(table))


class _Declined(Protocol):
    def __call__(self, n: int, language: Language, case: CountCase, /) -> str: ...


Bind = Callable[[Language, tuple[str, ...]], Words]


def _plain(say: Callable[[Any, Language], str]) -> Bind:
    def bind(language: Language, arguments: tuple[str, ...]) -> Words:
        if arguments:
            raise ValueError("takes nothing in brackets")
        return lambda value: say(value, language)

    return bind


def _declined(say: _Declined) -> Bind:
    def bind(language: Language, arguments: tuple[str, ...]) -> Words:
        case = _count_case(_polish_only(language, arguments, {Case.ACCUSATIVE}))
        return lambda n: say(n, language, case)

    return bind


def _bind_number(language: Language, arguments: tuple[str, ...]) -> Words:
    chosen = _polish_only(language, arguments, {*Gender, Case.ACCUSATIVE})
    genders = [gender for gender in Gender if gender in chosen]
    if len(genders) > 1:
        raise ValueError("has more than one gender")
    gender = genders[0] if genders else Gender.MASCULINE
    return lambda n: number_words(n, gender, language, _count_case(chosen))


def _bind_date(language: Language, arguments: tuple[str, ...]) -> Words:
    chosen = _polish_only(language, arguments, {Case.GENITIVE, Case.ACCUSATIVE})
    if len(chosen) > 1:
        raise ValueError("has more than one case")
    case = Case(chosen[0]) if chosen else Case.NOMINATIVE
    return lambda day: spoken_date(day, language, case)


def _bind_plural(language: Language, forms: tuple[str, ...]) -> Words:
    wanted = {Language.PL: 3, Language.EN: 2}[language]
    if len(forms) != wanted:
        raise ValueError(f"takes {wanted} forms, not {len(forms)}")
    return lambda n: plural(n, *forms, language=language)


def _polish_only(language: Language, arguments: tuple[str, ...], known: set[str]) -> tuple[str, ...]:
    allowed = known if language is Language.PL else set()
    if unknown := [argument for argument in arguments if argument not in allowed]:
        raise ValueError(f"takes no {unknown[0]!r} in {language}")
    return arguments


def _count_case(chosen: tuple[str, ...]) -> CountCase:
    return Case.ACCUSATIVE if Case.ACCUSATIVE in chosen else Case.NOMINATIVE


_FORMATS: Mapping[str, tuple[type[int | str | date], Bind]] = {
    "text": (str, _plain(lambda value, _: str(value))),
    "digits": (str, _plain(lambda value, _: digits(value))),
    "telephone": (str, _plain(lambda value, _: telephone(value))),
    "money": (int, _plain(money)),
    "duration": (int, _declined(duration)),
    "seconds": (int, _declined(seconds)),
    "minutes": (int, _declined(minutes)),
    "hours": (int, _declined(hours)),
    "days": (int, _declined(days)),
    "number": (int, _bind_number),
    "plural": (int, _bind_plural),
    "date": (date, _bind_date),
    "written_money": (int, _plain(written_money)),
    "written_date": (date, _plain(written_date)),
    "written_telephone": (str, _plain(lambda value, _: written_telephone(value))),
}

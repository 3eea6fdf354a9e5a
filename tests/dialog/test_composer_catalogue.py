"""Phrases become sentences, and a catalogue that couldn't say one is caught before a caller hears it."""

from datetime import UTC, date, datetime
from enum import StrEnum

import pytest

from telekarta.dialog.composer import Catalogue, CatalogueError, Phrase, PhraseError, Value, say
from telekarta.dialog.language import Language
from telekarta.domain.brands import Brand

PL, EN = Language.PL, Language.EN
CHRISTMAS_EVE = date(2026, 12, 24)

POLISH = {
    "welcome": "Dzień dobry.",
    "balance": "Stan karty: {amount:money}.",
    "time_left": "Możesz rozmawiać {left_s:duration(accusative)}.",
    "valid_until": "Karta jest ważna do {when:date(genitive)}.",
    "valid_for": "Rezerwacja na {when:date(accusative)} jest ważna {n:days(accusative)}.",
    "today": "Dziś jest {when:date}.",
    "tries_left": "{n:plural(Została|Zostały|Zostało)} {n:number(feminine)} {n:plural(próba|próby|prób)}.",
    "one_card": "Masz {n:number(feminine|accusative)} {n:plural(kartę|karty|kart)}.",
    "rooms": "{n:plural(Wolne jest|Wolne są|Wolnych jest)} {n:number(neuter)} "
    "{n:plural(miejsce|miejsca|miejsc)}.",
    "waited": "Czekasz {h:hours(accusative)} {m:minutes(accusative)} {s:seconds(accusative)}.",
    "card_number": "Numer karty: {card:digits}.",
    "help": "Zadzwoń pod numer {help:telephone}.",
    "brand": "To karta {brand:choose(white_phone=White Phone|telegrosik=Telegrosik)}.",
    "sms": "Doładowano {amount:written_money} {when:written_date}. {card:text}, {help:written_telephone}",
}
ENGLISH = {
    "welcome": "Good morning.",
    "balance": "The card holds {amount:money}.",
    "time_left": "You can talk for {left_s:duration}.",
    "valid_until": "The card is valid until {when:date}.",
    "valid_for": "The reservation for {when:date} is valid for {n:days}.",
    "today": "Today is {when:date}.",
    "tries_left": "You have {n:number} more {n:plural(try|tries)}.",
    "one_card": "You have {n:number} {n:plural(card|cards)}.",
    "rooms": "There {n:plural(is|are)} {n:number} free {n:plural(place|places)}.",
    "waited": "You have waited {h:hours} {m:minutes} {s:seconds}.",
    "card_number": "Card number: {card:digits}.",
    "help": "Call {help:telephone}.",
    "brand": "This is a {brand:choose(telegrosik=Telegrosik|white_phone=White Phone)} card.",
    "sms": "{amount:written_money} added on {when:written_date}. {card:text}, {help:written_telephone}",
}
CATALOGUE = Catalogue({PL: POLISH, EN: ENGLISH})


@pytest.mark.parametrize(
    ("phrase", "polish", "english"),
    [
        (say("welcome"), "Dzień dobry.", "Good morning."),
        (
            say("balance", amount=2_000),
            "Stan karty: dwadzieścia złotych.",
            "The card holds twenty zlotys.",
        ),
        (
            say("time_left", left_s=61),
            "Możesz rozmawiać jedną minutę.",
            "You can talk for one minute.",
        ),
        (
            say("time_left", left_s=3_725),
            "Możesz rozmawiać jedną godzinę dwie minuty.",
            "You can talk for one hour and two minutes.",
        ),
        (
            say("valid_until", when=CHRISTMAS_EVE),
            "Karta jest ważna do dwudziestego czwartego grudnia dwa tysiące dwudziestego szóstego roku.",
            "The card is valid until the twenty-fourth of December twenty twenty-six.",
        ),
        (
            say("valid_for", n=7, when=date(2027, 5, 2)),
            "Rezerwacja na drugi maja dwa tysiące dwudziestego siódmego roku jest ważna siedem dni.",
            "The reservation for the second of May twenty twenty-seven is valid for seven days.",
        ),
        (
            say("today", when=CHRISTMAS_EVE),
            "Dziś jest dwudziesty czwarty grudnia dwa tysiące dwudziestego szóstego roku.",
            "Today is the twenty-fourth of December twenty twenty-six.",
        ),
        (say("tries_left", n=1), "Została jedna próba.", "You have one more try."),
        (say("tries_left", n=2), "Zostały dwie próby.", "You have two more tries."),
        (say("tries_left", n=5), "Zostało pięć prób.", "You have five more tries."),
        (say("tries_left", n=0), "Zostało zero prób.", "You have zero more tries."),
        (say("one_card", n=1), "Masz jedną kartę.", "You have one card."),
        (say("one_card", n=22), "Masz dwadzieścia dwie karty.", "You have twenty-two cards."),
        (say("one_card", n=31), "Masz trzydzieści jeden kart.", "You have thirty-one cards."),
        (say("rooms", n=1), "Wolne jest jedno miejsce.", "There is one free place."),
        (say("rooms", n=5), "Wolnych jest pięć miejsc.", "There are five free places."),
        (say("rooms", n=3), "Wolne są trzy miejsca.", "There are three free places."),
        (
            say("waited", h=1, m=2, s=21),
            "Czekasz jedną godzinę dwie minuty dwadzieścia jeden sekund.",
            "You have waited one hour two minutes twenty-one seconds.",
        ),
        (say("card_number", card="123456"), "Numer karty: 1 2 3, 4 5 6.", "Card number: 1 2 3, 4 5 6."),
        (
            say("help", help="+48322704889"),
            "Zadzwoń pod numer 3 2, 2 7 0, 4 8, 8 9.",
            "Call 3 2, 2 7 0, 4 8, 8 9.",
        ),
        (say("brand", brand=Brand.WHITE_PHONE), "To karta White Phone.", "This is a White Phone card."),
        (
            say("sms", amount=2_000, when=CHRISTMAS_EVE, card="Karta 7", help="+48800007780"),
            "Doładowano 20,00 zł 24.12.2026. Karta 7, +48 800 007 780",
            "PLN 20.00 added on 24 December 2026. Karta 7, +48 800 007 780",
        ),
    ],
)
def test_what_the_caller_hears(phrase: Phrase, polish: str, english: str) -> None:
    assert CATALOGUE.render(phrase, PL) == polish
    assert CATALOGUE.render(phrase, EN) == english


def test_a_sound_catalogue_passes_its_check() -> None:
    CATALOGUE.check([say("welcome"), say("balance", amount=1), say("brand", brand=Brand.TELEGROSIK)])


def test_a_catalogue_tells_what_it_can_say() -> None:
    assert CATALOGUE.keys() == POLISH.keys()
    assert CATALOGUE.places("waited") == {"h", "m", "s"}
    assert CATALOGUE.places("welcome") == frozenset()
    with pytest.raises(PhraseError):
        CATALOGUE.places("farewell")


def problems(polish: dict[str, str], english: dict[str, str], *said: Phrase) -> tuple[str, ...]:
    with pytest.raises(CatalogueError) as wrong:
        Catalogue({PL: polish, EN: english}).check(said)
    return wrong.value.problems


@pytest.mark.parametrize(
    ("polish", "english", "problem"),
    [
        ("{n:monies}", "{n:money}", "k: {n} has no such format: monies (pl)"),
        ("{n:money(feminine)}", "{n:money}", "k: {n:money} takes nothing in brackets (pl)"),
        ("{n:minutes(genitive)}", "{n:minutes}", "k: {n:minutes} takes no 'genitive' in pl (pl)"),
        ("{n:minutes}", "{n:minutes(accusative)}", "k: {n:minutes} takes no 'accusative' in en (en)"),
        ("{n:number(feminine|neuter)}", "{n:number}", "k: {n:number} has more than one gender (pl)"),
        ("{d:date(genitive|accusative)}", "{d:date}", "k: {d:date} has more than one case (pl)"),
        ("{n:plural(a|b)}", "{n:plural(a|b)}", "k: {n:plural} takes 3 forms, not 2 (pl)"),
        ("{n:plural(a|b|c)}", "{n:plural}", "k: {n:plural} takes 2 forms, not 0 (en)"),
        ("{b:choose}", "{b:choose(a=1)}", "k: {b:choose} takes distinct options, each option=words (pl)"),
        (
            "{b:choose(a=1|a=2)}",
            "{b:choose(a=1)}",
            "k: {b:choose} takes distinct options, each option=words (pl)",
        ),
        ("{b:choose(a)}", "{b:choose(a=1)}", "k: {b:choose} takes distinct options, each option=words (pl)"),
        ("{n}", "{n:money}", "k: a brace that is not part of a {name:format} (pl)"),
        ("{n:money", "{n:money}", "k: a brace that is not part of a {name:format} (pl)"),
        ("{n:money}}", "{n:money}", "k: a brace that is not part of a {name:format} (pl)"),
        (" ", "Hello", "k: no text in pl"),
        ("{n:money} {n:digits}", "{n:money} {n:digits}", "k: one name for values of different kinds (pl)"),
        ("{n:money}", "Hello", "k: different values in different languages (pl: n: int; en: none)"),
        ("{n:money}", "{m:money}", "k: different values in different languages (pl: n: int; en: m: int)"),
        ("{n:money}", "{n:digits}", "k: different values in different languages (pl: n: int; en: n: str)"),
        (
            "{b:choose(a=1|b=2)}",
            "{b:choose(a=1|c=2)}",
            "k: different values in different languages (pl: b: a|b; en: b: a|c)",
        ),
    ],
)
def test_a_wrong_text_is_found_before_it_is_said(polish: str, english: str, problem: str) -> None:
    assert problem in problems({"k": polish}, {"k": english})


def test_every_phrase_must_exist_in_every_language() -> None:
    assert problems({"only_pl": "Cześć"}, {"only_en": "Hello"}) == (
        "only_en: no text in pl",
        "only_pl: no text in en",
    )
    with pytest.raises(CatalogueError, match="k: no text in en"):
        Catalogue({PL: {"k": "Cześć"}}).check()


def test_all_problems_are_told_at_once() -> None:
    assert len(problems({"a": "{x}", "b": "{y:z}", "c": ""}, {"a": "", "b": "", "c": ""})) == 6


class Unheard(StrEnum):
    OF = "of"


@pytest.mark.parametrize(
    ("phrase", "problem"),
    [
        (say("farewell"), "farewell: no text in pl"),
        (say("balance"), "balance: amount is missing (pl)"),
        (say("welcome", amount=1), "welcome: no place for amount (pl)"),
        (say("balance", amount=1, b=2, a=3), "balance: no place for a, b (pl)"),
        (say("balance", amount="1"), "balance: amount is not of the kind int (pl)"),
        (say("balance", amount=True), "balance: amount is not of the kind int (pl)"),
        (say("balance", amount=-1), "balance: amount: only 0 to 999999999 can be said (pl)"),
        (say("card_number", card=123456), "card_number: card is not of the kind str (pl)"),
        (say("brand", brand=Unheard.OF), "brand: brand: not one of the options (pl)"),
        (
            say("today", when=datetime(2026, 12, 24, 23, tzinfo=UTC)),
            "today: when is not of the kind date (pl)",
        ),
    ],
)
def test_a_phrase_that_does_not_fit_is_refused(phrase: Phrase, problem: str) -> None:
    with pytest.raises(PhraseError) as refusal:
        CATALOGUE.render(phrase, PL)
    assert str(refusal.value) == problem
    assert problem in problems(POLISH, ENGLISH, phrase)


def test_a_broken_text_is_refused_when_said_unchecked() -> None:
    with pytest.raises(PhraseError, match="k: a brace"):
        Catalogue({PL: {"k": "{"}}).render(say("k"), PL)


@pytest.mark.parametrize("value", [6789, "6789", "PIN 6789"])
def test_a_refusal_and_a_repr_keep_the_value_to_themselves(value: Value) -> None:
    phrase = say("today", when=value)
    with pytest.raises(PhraseError) as refusal:
        CATALOGUE.render(phrase, PL)
    assert "6789" not in str(refusal.value)
    assert repr(phrase) == "say('today', when=...)"
    assert repr(say("welcome")) == "say('welcome')"


def test_phrases_are_values() -> None:
    assert say("a", x=1, y=2) == say("a", y=2, x=1)
    assert len({say("a", x=1), say("a", x=1), say("a", x=2)}) == 2
    assert say("a", key="k").values == (("key", "k"),)

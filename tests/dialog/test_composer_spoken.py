"""Money, time, dates and digits as callers hear them, and as they read them in an SMS."""

import re
from datetime import date

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from telekarta.dialog.composer import (
    Case,
    Noun,
    count,
    days,
    digits,
    duration,
    hours,
    minutes,
    money,
    number_words,
    plural,
    seconds,
    spoken_date,
    telephone,
    written_date,
    written_money,
    written_telephone,
)
from telekarta.dialog.composer.numerals import Gender
from telekarta.dialog.language import Language
from telekarta.domain.brands import HELP_LINES, LINES

PL, EN = Language.PL, Language.EN
amounts_grosze = st.one_of(st.integers(0, 30_000), st.integers(0, 99_999_999_999))


@pytest.mark.parametrize(
    ("grosze", "polish", "english"),
    [
        (0, "zero złotych", "zero zlotys"),
        (1, "jeden grosz", "one grosz"),
        (2, "dwa grosze", "two groszy"),
        (5, "pięć groszy", "five groszy"),
        (12, "dwanaście groszy", "twelve groszy"),
        (20, "dwadzieścia groszy", "twenty groszy"),
        (21, "dwadzieścia jeden groszy", "twenty-one groszy"),
        (99, "dziewięćdziesiąt dziewięć groszy", "ninety-nine groszy"),
        (100, "jeden złoty", "one zloty"),
        (101, "jeden złoty jeden grosz", "one zloty and one grosz"),
        (122, "jeden złoty dwadzieścia dwa grosze", "one zloty and twenty-two groszy"),
        (200, "dwa złote", "two zlotys"),
        (500, "pięć złotych", "five zlotys"),
        (1_234, "dwanaście złotych trzydzieści cztery grosze", "twelve zlotys and thirty-four groszy"),
        (2_000, "dwadzieścia złotych", "twenty zlotys"),
        (2_100, "dwadzieścia jeden złotych", "twenty-one zlotys"),
        (2_200, "dwadzieścia dwa złote", "twenty-two zlotys"),
        (10_400, "sto cztery złote", "one hundred and four zlotys"),
        (11_200, "sto dwanaście złotych", "one hundred and twelve zlotys"),
        (30_000, "trzysta złotych", "three hundred zlotys"),
        (100_000, "tysiąc złotych", "one thousand zlotys"),
        (100_100, "tysiąc jeden złotych", "one thousand and one zlotys"),
        (200_000, "dwa tysiące złotych", "two thousand zlotys"),
        (220_200, "dwa tysiące dwieście dwa złote", "two thousand two hundred and two zlotys"),
        (500_000, "pięć tysięcy złotych", "five thousand zlotys"),
        (100_000_000, "milion złotych", "one million zlotys"),
    ],
)
def test_money(grosze: int, polish: str, english: str) -> None:
    assert money(grosze, PL) == polish
    assert money(grosze, EN) == english


_WORTH = {number_words(n, gender): n for n in range(20) for gender in Gender}
_WORTH |= {number_words(n): n for n in (*range(20, 100, 10), *range(100, 1000, 100))}
_POWERS = dict.fromkeys(("tysiąc", "tysiące", "tysięcy"), 1000)
_POWERS |= dict.fromkeys(("milion", "miliony", "milionów"), 1000000)
_COINS = dict.fromkeys(("złoty", "złote", "złotych"), 100)
_COINS |= dict.fromkeys(("grosz", "grosze", "groszy"), 1)


def heard_grosze(words: str) -> int:
    """The amount that a listener makes of Polish words."""
    total = number = group = 0
    for word in words.split():
        if word in _WORTH:
            group += _WORTH[word]
        elif word in _POWERS:
            number += (group or 1) * _POWERS[word]
            group = 0
        else:
            total += (number + group) * _COINS[word]
            number = group = 0
    assert number == group == 0, "the amount ends with its coin"
    return total


@given(amounts_grosze)
def test_the_listener_hears_the_amount_that_was_meant(grosze: int) -> None:
    assert heard_grosze(money(grosze, PL)) == grosze


@given(amounts_grosze)
@example(0)
@example(100_000)
def test_zero_groszy_is_never_said(grosze: int) -> None:
    assert "zero groszy" not in money(grosze, PL)
    assert "zero groszy" not in money(grosze, EN)


@given(st.integers(max_value=-1), st.sampled_from(Language))
def test_a_debt_is_not_said_as_an_amount(grosze: int, language: Language) -> None:
    with pytest.raises(ValueError):
        money(grosze, language)


@pytest.mark.parametrize(
    ("n", "polish", "english"),
    [
        (0, "zero minut", "zero minutes"),
        (1, "jedna minuta", "one minute"),
        (2, "dwie minuty", "two minutes"),
        (5, "pięć minut", "five minutes"),
        (11, "jedenaście minut", "eleven minutes"),
        (12, "dwanaście minut", "twelve minutes"),
        (21, "dwadzieścia jeden minut", "twenty-one minutes"),
        (22, "dwadzieścia dwie minuty", "twenty-two minutes"),
        (101, "sto jeden minut", "one hundred and one minutes"),
        (1_000, "tysiąc minut", "one thousand minutes"),
        (1_002, "tysiąc dwie minuty", "one thousand and two minutes"),
    ],
)
def test_minutes(n: int, polish: str, english: str) -> None:
    assert minutes(n, PL) == polish
    assert minutes(n, EN) == english


@pytest.mark.parametrize(
    ("unit", "one", "one_accusative", "two", "five"),
    [
        (seconds, "jedna sekunda", "jedną sekundę", "dwie sekundy", "pięć sekund"),
        (minutes, "jedna minuta", "jedną minutę", "dwie minuty", "pięć minut"),
        (hours, "jedna godzina", "jedną godzinę", "dwie godziny", "pięć godzin"),
        (days, "jeden dzień", "jeden dzień", "dwa dni", "pięć dni"),
    ],
)
def test_units_of_time(unit, one: str, one_accusative: str, two: str, five: str) -> None:
    assert [unit(n, PL) for n in (1, 2, 5)] == [one, two, five]
    assert [unit(n, PL, Case.ACCUSATIVE) for n in (1, 2, 5)] == [one_accusative, two, five]


def test_a_noun_of_ones_own_is_counted() -> None:
    account = Noun(Gender.NEUTER, ("konto", "konta", "kont"), "konto", ("account", "accounts"))
    assert [count(n, account, PL) for n in (1, 2, 7)] == ["jedno konto", "dwa konta", "siedem kont"]
    assert [count(n, account, EN) for n in (1, 2)] == ["one account", "two accounts"]


@pytest.mark.rule("TG §4.2", "TG §5.2")
@pytest.mark.parametrize(
    ("total_s", "polish", "english"),
    [
        (0, "zero sekund", "zero seconds"),
        (1, "jedna sekunda", "one second"),
        (40, "czterdzieści sekund", "forty seconds"),
        (59, "pięćdziesiąt dziewięć sekund", "fifty-nine seconds"),
        (60, "jedna minuta", "one minute"),
        (119, "jedna minuta", "one minute"),
        (120, "dwie minuty", "two minutes"),
        (3_599, "pięćdziesiąt dziewięć minut", "fifty-nine minutes"),
        (3_600, "jedna godzina", "one hour"),
        (3_659, "jedna godzina", "one hour"),
        (3_720, "jedna godzina dwie minuty", "one hour and two minutes"),
        (7_260, "dwie godziny jedna minuta", "two hours and one minute"),
        (360_000, "sto godzin", "one hundred hours"),
    ],
)
def test_the_time_that_a_caller_has(total_s: int, polish: str, english: str) -> None:
    assert duration(total_s, PL) == polish
    assert duration(total_s, EN) == english


def test_the_time_as_an_object_of_the_sentence() -> None:
    assert duration(3_660, PL, Case.ACCUSATIVE) == "jedną godzinę jedną minutę"
    assert duration(1, PL, Case.ACCUSATIVE) == "jedną sekundę"


@given(st.integers(60, 1_000_000), st.sampled_from(Language))
def test_a_started_minute_is_not_promised(total_s: int, language: Language) -> None:
    assert duration(total_s, language) == duration(total_s - total_s % 60, language)


@pytest.mark.parametrize(
    ("day", "polish", "polish_until", "english"),
    [
        (
            date(2026, 11, 21),
            "dwudziesty pierwszy listopada dwa tysiące dwudziestego szóstego roku",
            "dwudziestego pierwszego listopada dwa tysiące dwudziestego szóstego roku",
            "the twenty-first of November twenty twenty-six",
        ),
        (
            date(2027, 1, 1),
            "pierwszy stycznia dwa tysiące dwudziestego siódmego roku",
            "pierwszego stycznia dwa tysiące dwudziestego siódmego roku",
            "the first of January twenty twenty-seven",
        ),
        (
            date(2028, 2, 29),
            "dwudziesty dziewiąty lutego dwa tysiące dwudziestego ósmego roku",
            "dwudziestego dziewiątego lutego dwa tysiące dwudziestego ósmego roku",
            "the twenty-ninth of February twenty twenty-eight",
        ),
        (
            date(2030, 3, 3),
            "trzeci marca dwa tysiące trzydziestego roku",
            "trzeciego marca dwa tysiące trzydziestego roku",
            "the third of March twenty thirty",
        ),
        (
            date(2000, 8, 12),
            "dwunasty sierpnia dwutysięcznego roku",
            "dwunastego sierpnia dwutysięcznego roku",
            "the twelfth of August two thousand",
        ),
        (
            date(2009, 9, 30),
            "trzydziesty września dwa tysiące dziewiątego roku",
            "trzydziestego września dwa tysiące dziewiątego roku",
            "the thirtieth of September two thousand and nine",
        ),
    ],
)
def test_dates(day: date, polish: str, polish_until: str, english: str) -> None:
    assert spoken_date(day, PL) == polish
    assert spoken_date(day, PL, Case.ACCUSATIVE) == polish
    assert spoken_date(day, PL, Case.GENITIVE) == polish_until
    assert spoken_date(day, EN) == english


def test_every_month_has_its_name() -> None:
    polish = [spoken_date(date(2026, month, 1), PL).split()[1] for month in range(1, 13)]
    assert polish == [
        *("stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca"),
        *("lipca", "sierpnia", "września", "października", "listopada", "grudnia"),
    ]
    english = [spoken_date(date(2026, month, 1), EN).split()[3] for month in range(1, 13)]
    assert english == [date(2026, month, 1).strftime("%B") for month in range(1, 13)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("7", "7"),
        ("123", "1 2 3"),
        ("6789", "6 7 8 9"),
        ("12345", "1 2 3, 4 5"),
        ("123456", "1 2 3, 4 5 6"),
        ("1234567", "1 2 3, 4 5 6 7"),
        ("0000123456", "0 0 0, 0 1 2, 3 4 5 6"),
        ("608 608 608", "6 0 8, 6 0 8, 6 0 8"),
        ("32 270 48 89", "3 2, 2 7 0, 4 8, 8 9"),
        ("02-284", "0 2, 2 8 4"),
        (" 12 34 ", "1 2, 3 4"),
        ("+48608608608", "plus 4 8, 6 0 8, 6 0 8, 6 0 8"),
        ("+48 608 608 608", "plus 4 8, 6 0 8, 6 0 8, 6 0 8"),
        ("+48222118066", "plus 4 8, 2 2, 2 1 1, 8 0, 6 6"),
        ("+48800007744", "plus 4 8, 8 0 0, 0 0 7, 7 4 4"),
        ("+4915112345678", "plus 4 9, 1 5 1, 1 2 3, 4 5 6, 7 8"),
        ("+380441234567", "plus 3 8 0, 4 4 1, 2 3 4, 5 6 7"),
        ("+12025550123", "plus 1, 2 0 2, 5 5 5, 0 1 2 3"),
    ],
)
def test_digits_are_said_one_by_one_in_groups(text: str, said: str) -> None:
    assert digits(text) == said


@given(st.text("0123456789", min_size=1, max_size=30), st.booleans())
def test_digits_lose_nothing_and_never_touch(number: str, plus: bool) -> None:
    said = digits(f"+{number}" if plus else number)
    assert re.search("[0-9]{2}", said) is None
    assert re.sub("[, ]", "", said) == ("plus" if plus else "") + number


@pytest.mark.parametrize("text", ["", "+", "anonymous", "12a", "1+2", "１２", "12\n34", "*12#"])
def test_what_is_not_digits_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError) as refusal:
        digits(text)
    assert not text or text == "+" or text not in str(refusal.value)


@pytest.mark.parametrize(
    ("number", "said", "written"),
    [
        ("+48800007780", "8 0 0, 0 0 7, 7 8 0", "+48 800 007 780"),
        ("+48322704889", "3 2, 2 7 0, 4 8, 8 9", "+48 32 270 48 89"),
        ("+48608608608", "6 0 8, 6 0 8, 6 0 8", "+48 608 608 608"),
        ("+493012345678", "plus 4 9, 3 0 1, 2 3 4, 5 6 7 8", "+49 301 234 5678"),
    ],
)
def test_telephone_numbers_are_said_as_they_are_dialled_in_poland(
    number: str, said: str, written: str
) -> None:
    assert telephone(number) == said
    assert written_telephone(number) == written


@pytest.mark.parametrize("number", [*LINES, *HELP_LINES.values()])
def test_all_our_numbers_can_be_said(number: str) -> None:
    assert re.sub("[, ]", "", telephone(number)) == number.removeprefix("+48")


@pytest.mark.parametrize("number", ["", "anonymous", "800007780", "+48 800 007 780", "+0123456"])
@pytest.mark.parametrize("form", [telephone, written_telephone])
def test_only_e164_is_a_telephone_number(form, number: str) -> None:
    with pytest.raises(ValueError):
        form(number)


@pytest.mark.parametrize("code", sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
def test_every_country_code_stands_apart(code: int) -> None:
    assert written_telephone(f"+{code}2345678").split()[0] == f"+{code}"


@pytest.mark.parametrize("prefix", [f"{n:02}" for n in range(100)])
def test_landlines_are_grouped_by_area(prefix: str) -> None:
    number = f"+48{prefix}2345678"
    landline = phonenumbers.number_type(phonenumbers.parse(number)) == phonenumbers.PhoneNumberType.FIXED_LINE
    assert written_telephone(number) == (f"+48 {prefix} 234 56 78" if landline else f"+48 {prefix}2 345 678")


@pytest.mark.parametrize(
    ("grosze", "polish", "english"),
    [
        (0, "0,00 zł", "PLN 0.00"),
        (5, "0,05 zł", "PLN 0.05"),
        (20, "0,20 zł", "PLN 0.20"),
        (2_000, "20,00 zł", "PLN 20.00"),
        (123_450, "1234,50 zł", "PLN 1,234.50"),
        (1_234_500, "12 345,00 zł", "PLN 12,345.00"),
        (-150, "-1,50 zł", "-PLN 1.50"),
    ],
)
def test_written_money(grosze: int, polish: str, english: str) -> None:
    assert written_money(grosze, PL) == polish
    assert written_money(grosze, EN) == english


@given(st.integers())
def test_written_money_reads_back(grosze: int) -> None:
    read = written_money(grosze, PL).removesuffix(" zł").replace(" ", "").replace(",", "")
    assert int(read) == grosze
    assert int(re.sub("[PLN ,.]", "", written_money(grosze, EN))) == grosze


def test_written_dates() -> None:
    assert written_date(date(2026, 11, 3), PL) == "03.11.2026"
    assert written_date(date(2026, 11, 3), EN) == "3 November 2026"


@given(amounts_grosze)
def test_the_coin_agrees_with_its_number(grosze: int) -> None:
    whole, rest = divmod(grosze, 100)
    said = money(grosze, PL)
    if whole:
        assert plural(whole, "złoty", "złote", "złotych") in said.split()
    if rest:
        assert said.endswith(" " + plural(rest, "grosz", "grosze", "groszy"))

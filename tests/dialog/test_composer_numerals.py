"""Numbers in words, compared with num2words, and the Polish agreement that it doesn't know."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from num2words import num2words

from telekarta.dialog.composer import MOST, Case, Gender, number_words, plural
from telekarta.dialog.composer.numerals import english_ordinal, english_year, polish_ordinal
from telekarta.dialog.language import Language

# Uniform numbers are nearly all long; callers hear short ones.
numbers = st.one_of(st.integers(0, 9_999), st.integers(0, MOST))


@given(numbers)
@example(0)
@example(1_000)
@example(1_000_000)
@example(1_001_001)
@example(MOST)
def test_cardinals_are_those_of_num2words(n: int) -> None:
    assert number_words(n, language=Language.PL) == num2words(n, lang="pl")
    assert number_words(n, language=Language.EN) == num2words(n, lang="en").replace(",", "")


@pytest.mark.parametrize("n", [-1, MOST + 1])
@pytest.mark.parametrize("language", Language)
def test_other_numbers_are_refused(n: int, language: Language) -> None:
    with pytest.raises(ValueError):
        number_words(n, language=language)


@pytest.mark.parametrize(
    ("n", "masculine", "feminine", "neuter"),
    [
        (0, "zero", "zero", "zero"),
        (1, "jeden", "jedna", "jedno"),
        (2, "dwa", "dwie", "dwa"),
        (3, "trzy", "trzy", "trzy"),
        (12, "dwanaście", "dwanaście", "dwanaście"),
        (21, "dwadzieścia jeden", "dwadzieścia jeden", "dwadzieścia jeden"),
        (22, "dwadzieścia dwa", "dwadzieścia dwie", "dwadzieścia dwa"),
        (102, "sto dwa", "sto dwie", "sto dwa"),
        (112, "sto dwanaście", "sto dwanaście", "sto dwanaście"),
        (1_001, "tysiąc jeden", "tysiąc jeden", "tysiąc jeden"),
        (2_000, "dwa tysiące", "dwa tysiące", "dwa tysiące"),
        (2_002, "dwa tysiące dwa", "dwa tysiące dwie", "dwa tysiące dwa"),
        (2_000_000, "dwa miliony", "dwa miliony", "dwa miliony"),
    ],
)
def test_polish_numbers_agree_with_the_gender(n: int, masculine: str, feminine: str, neuter: str) -> None:
    assert [number_words(n, gender) for gender in Gender] == [masculine, feminine, neuter]


@given(numbers, st.sampled_from(Gender))
def test_the_accusative_changes_only_a_single_feminine(n: int, gender: Gender) -> None:
    changed = number_words(n, gender, case=Case.ACCUSATIVE) != number_words(n, gender)
    assert changed == (n == 1 and gender is Gender.FEMININE)


@given(numbers)
def test_polish_plural_is_the_cldr_rule(n: int) -> None:
    if n == 1:
        expected = "karta"
    elif n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14):
        expected = "karty"
    else:
        expected = "kart"
    assert plural(n, "karta", "karty", "kart") == expected


@given(numbers)
def test_english_plural_is_for_all_but_one(n: int) -> None:
    assert plural(n, "card", "cards", language=Language.EN) == ("card" if n == 1 else "cards")


@given(st.integers(1, 9_999))
@example(100)
@example(300)
@example(1400)
@example(2000)
@example(2100)
def test_polish_ordinals_are_those_of_num2words(n: int) -> None:
    # Dictionaries have trzechsetny and czterechsetny; num2words glues its cardinals.
    expected = num2words(n, lang="pl", to="ordinal").replace("trzysetny", "trzechsetny")
    assert polish_ordinal(n) == expected.replace("czterysetny", "czterechsetny")


@pytest.mark.parametrize(
    ("n", "genitive"),
    [
        (1, "pierwszego"),
        (2, "drugiego"),
        (3, "trzeciego"),
        (8, "ósmego"),
        (13, "trzynastego"),
        (21, "dwudziestego pierwszego"),
        (30, "trzydziestego"),
        (1900, "tysiąc dziewięćsetnego"),
        (1999, "tysiąc dziewięćset dziewięćdziesiątego dziewiątego"),
        (2000, "dwutysięcznego"),
        (2005, "dwa tysiące piątego"),
        (2026, "dwa tysiące dwudziestego szóstego"),
        (2100, "dwa tysiące setnego"),
        (2113, "dwa tysiące sto trzynastego"),
        (3000, "trzytysięcznego"),
    ],
)
def test_polish_ordinals_decline_only_their_round_end(n: int, genitive: str) -> None:
    assert polish_ordinal(n, Case.GENITIVE) == genitive


@pytest.mark.parametrize("n", range(1, 32))
def test_english_ordinals_are_those_of_num2words(n: int) -> None:
    assert english_ordinal(n) == num2words(n, lang="en", to="ordinal")


@given(st.integers(1000, 9_999))
@example(1900)
@example(1905)
@example(2000)
@example(2009)
@example(2010)
@example(2100)
def test_english_years_are_those_of_num2words(year: int) -> None:
    assert english_year(year) == num2words(year, lang="en", to="year").replace("oh-", "oh ")

"""Prices of calls: to the second, rounded up to a grosz once, and from the list of the day."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telekarta.domain.brands import Brand
from telekarta.domain.money import NotMoney
from telekarta.domain.prices.tariff import (
    UNLIMITED_S,
    PriceBook,
    PriceList,
    Rate,
    TariffError,
    UnknownPriceListError,
)


def rate(units_per_min=290, prefix="48", units_per_grosz=10):
    return Rate(prefix, f"na {prefix}", f"to {prefix}", units_per_min, units_per_grosz)


def price_list(
    version="2026-09", since=date(2026, 9, 1), brand=Brand.WHITE_PHONE, rates=("48",), never=frozenset()
):
    return PriceList(brand, version, since, 10, {each: rate(prefix=each) for each in rates}, frozenset(never))


@pytest.mark.rule("WP §6.3", "TG §6.5")
@pytest.mark.parametrize(
    ("units_per_min", "duration_s", "price_grosze"),
    [
        # 0.29 zł a minute
        (290, 0, 0),
        (290, 1, 1),
        (290, 2, 1),
        (290, 3, 2),
        (290, 60, 29),
        (290, 61, 30),
        (290, 3600, 1740),
        # 0.095 zł a minute: half a grosz is never rounded away, and never rounded twice
        (95, 60, 10),
        (95, 120, 19),
        (95, 6, 1),
        (95, 7, 2),
        # nothing a minute
        (0, 3600, 0),
    ],
)
def test_a_call_is_charged_by_the_second_and_rounded_up_once(units_per_min, duration_s, price_grosze):
    assert rate(units_per_min).price_grosze(duration_s) == price_grosze


units = st.integers(0, 100_000)
scales = st.sampled_from([1, 10, 100, 1000])
seconds = st.integers(0, 4 * 60 * 60)


@pytest.mark.rule("WP §6.3", "TG §6.5")
@given(units, scales, seconds)
def test_the_price_is_never_below_the_exact_one_nor_a_whole_grosz_above_it(units_per_min, scale, duration_s):
    exact_grosze = Fraction(duration_s * units_per_min, 60 * scale)
    price_grosze = rate(units_per_min, units_per_grosz=scale).price_grosze(duration_s)
    assert exact_grosze <= price_grosze < exact_grosze + 1


@given(units, scales, seconds, seconds)
def test_one_call_never_costs_more_than_the_same_seconds_in_two(units_per_min, scale, first_s, second_s):
    priced = rate(units_per_min, units_per_grosz=scale).price_grosze
    assert priced(first_s + second_s) <= priced(first_s) + priced(second_s)


@pytest.mark.rule("WP §3.6.2")
@given(st.integers(1, 100_000), scales, st.integers(0, 100_000))
def test_the_longest_call_is_the_last_second_that_the_balance_covers(units_per_min, scale, balance_grosze):
    a_rate = rate(units_per_min, units_per_grosz=scale)
    longest_s = a_rate.longest_s(balance_grosze)
    assert a_rate.price_grosze(longest_s) <= balance_grosze < a_rate.price_grosze(longest_s + 1)


@pytest.mark.rule("WP §3.6.2", "TG §4.2")
@pytest.mark.parametrize(
    ("units_per_min", "balance_grosze", "longest_s"),
    [(290, 2000, 4137), (290, 0, 0), (95, 2000, 12631), (7200, 1, 0), (0, 0, UNLIMITED_S)],
)
def test_how_long_a_balance_lasts(units_per_min, balance_grosze, longest_s):
    assert rate(units_per_min).longest_s(balance_grosze) == longest_s


@pytest.mark.parametrize("duration_s", [-1, 1.0, True, None, "60"])
def test_a_duration_is_whole_seconds(duration_s):
    with pytest.raises(TariffError, match="duration_s"):
        rate().price_grosze(duration_s)


@pytest.mark.parametrize(
    ("balance_grosze", "error"), [(-1, TariffError), (20.0, NotMoney), (True, NotMoney), (None, NotMoney)]
)
def test_a_balance_is_whole_grosze_and_never_negative(balance_grosze, error):
    with pytest.raises(error):
        rate().longest_s(balance_grosze)


@pytest.mark.parametrize(
    "wrong",
    [
        {"units_per_min": -1},
        {"units_per_min": 29.0},
        {"units_per_min": True},
        {"units_per_grosz": 0},
        {"prefix": ""},
        {"prefix": "+48"},
        {"prefix": "٤٨"},
    ],
)
def test_a_rate_that_cannot_be_right_is_refused(wrong):
    with pytest.raises(TariffError):
        rate(**wrong)


@pytest.mark.rule("WP §3.4", "WP §6.2", "TG §6.6")
@pytest.mark.parametrize(
    ("e164", "prefix"),
    [
        ("+48222110000", "48"),
        ("+48602123456", "4860"),
        ("+77011234567", "77"),
        ("+79161234567", "7"),
        ("+48700123456", None),
        ("+48702123456", "48702"),
        ("+33123456789", None),
        ("+4", None),
        ("+", None),
    ],
)
def test_the_longest_prefix_prices_a_number_and_an_unsold_one_has_no_price(e164, prefix):
    prices = price_list(rates=("48", "4860", "7", "77", "48702"), never={"4870"})
    found = prices.rate_for(e164)
    assert (found and found.prefix) == prefix


few_digits = st.text("123", min_size=1, max_size=4)


@given(st.sets(few_digits, min_size=1), st.sets(few_digits), st.text("123", min_size=1, max_size=6))
def test_longest_prefix_is_what_a_search_through_all_prefixes_finds(priced, never, digits):
    never -= priced
    candidates = [each for each in priced | never if digits.startswith(each)]
    expected = max(candidates, key=len, default=None)
    found = price_list(rates=tuple(priced), never=never).rate_for("+" + digits)
    assert (found and found.prefix) == (expected if expected in priced else None)


def test_a_prefix_is_priced_or_never_connected_not_both():
    with pytest.raises(TariffError, match="both"):
        price_list(rates=("48",), never={"48"})


OLD = price_list("2024-11", date(2024, 11, 9))
NEW = price_list("2026-09", date(2026, 9, 1))
OTHER = price_list("2023-07", date(2023, 7, 8), brand=Brand.TELEGROSIK)
BOOK = PriceBook((NEW, OLD, OTHER))


@pytest.mark.rule("WP §6.1", "TG §6.4")
@pytest.mark.parametrize(
    ("brand", "on", "expected"),
    [
        (Brand.WHITE_PHONE, date(2024, 11, 9), OLD),
        (Brand.WHITE_PHONE, date(2026, 8, 31), OLD),
        (Brand.WHITE_PHONE, date(2026, 9, 1), NEW),
        (Brand.WHITE_PHONE, date(2036, 1, 1), NEW),
        (Brand.TELEGROSIK, date(2026, 9, 1), OTHER),
    ],
)
def test_a_price_list_is_in_force_until_the_next_one_begins(brand, on, expected):
    assert BOOK.current(brand, on) is expected


def test_before_the_first_price_list_nothing_is_sold():
    with pytest.raises(UnknownPriceListError, match="2024-11-08"):
        BOOK.current(Brand.WHITE_PHONE, date(2024, 11, 8))


def test_a_call_is_settled_by_the_list_it_was_quoted_from():
    assert BOOK.version(Brand.WHITE_PHONE, "2024-11") is OLD
    with pytest.raises(UnknownPriceListError, match="2023-07"):
        BOOK.version(Brand.WHITE_PHONE, "2023-07")


@pytest.mark.parametrize(
    ("clashing", "what"),
    [
        (price_list("2026-09", date(2027, 1, 1)), "version"),
        (price_list("2027-01", date(2026, 9, 1)), "valid_from"),
    ],
)
def test_two_lists_of_a_brand_share_neither_name_nor_first_day(clashing, what):
    with pytest.raises(TariffError, match=what):
        PriceBook((NEW, clashing))

"""The price lists that ship with the package."""

from datetime import date

import phonenumbers
import pytest
from phonenumbers import PhoneNumberType

from telekarta.adapters.files.tariffs import load_price_book
from telekarta.domain.brands import Brand
from telekarta.domain.prices.dialling import Category, Destination, parse_destination
from telekarta.domain.prices.price_files import read_price_list
from telekarta.domain.prices.tariff import TariffError

TODAY = date(2026, 11, 20)
BOOK = load_price_book()
ALL_LISTS = [pytest.param(each, id=f"{each.brand}-{each.version}") for each in BOOK.lists]

GOOD = """# a remark
valid_from,2026-09-01
units_per_grosz,10

prefix,name_pl,name_en,units_per_min
48,Polska,Poland,290
4870,Polska (nieobsługiwane),Poland (not connected),
"""


def test_a_file_is_read_with_its_heading_its_prices_and_its_unsold_prefixes():
    prices = read_price_list(Brand.WHITE_PHONE, "2026-09", GOOD)
    assert (prices.version, prices.valid_from, prices.units_per_grosz) == ("2026-09", date(2026, 9, 1), 10)
    assert prices.rate_for("+48222110000").name_pl == "Polska"
    assert prices.rate_for("+48700123456") is None


@pytest.mark.parametrize(
    ("was", "becomes", "complaint"),
    [
        ("valid_from,2026-09-01\n", "", "heading"),
        ("2026-09-01", "1 September", "row 2: valid_from must be a day"),
        ("units_per_grosz,10", "units_per_grosz,ten", "row 3: units_per_grosz"),
        ("units_per_min\n", "price\n", "columns"),
        ("48,Polska,Poland,290", "48,Polska,Poland,0.29", "row 6: units_per_min"),
        ("48,Polska,Poland,290", "48,Polska,Poland,-1", "units_per_min"),
        ("48,Polska,Poland,290", "+48,Polska,Poland,290", "prefix"),
        ("48,Polska,Poland,290", "48,Polska,290", "row 6: a row has 4 columns, not 3"),
        ("4870,", "48,", "twice"),
    ],
)
def test_a_malformed_file_is_refused_by_name(was, becomes, complaint):
    with pytest.raises(TariffError, match=complaint) as refused:
        read_price_list(Brand.WHITE_PHONE, "2026-09", GOOD.replace(was, becomes))
    assert "white_phone/2026-09.csv" in str(refused.value)


def test_the_book_is_read_once():
    assert load_price_book() is BOOK


@pytest.mark.rule("WP §6.1", "TG §6.4")
@pytest.mark.parametrize("brand", Brand)
def test_each_brand_has_a_price_list_today_and_had_another_before(brand):
    today = BOOK.current(brand, TODAY)
    assert today.version == "2026-09"
    assert BOOK.current(brand, date(2025, 1, 1)).version < today.version


@pytest.mark.rule("WP §3.4", "WP §6.2", "TG §6.6")
@pytest.mark.parametrize(
    ("brand", "keyed", "name_en", "minute_grosze"),
    [
        (Brand.WHITE_PHONE, "222110000", "Poland (fixed)", 29),
        (Brand.WHITE_PHONE, "602123456", "Poland (mobile)", 49),
        (Brand.WHITE_PHONE, "391234567", "Poland (internet telephony)", 29),
        (Brand.WHITE_PHONE, "801302302", "Poland (shared-cost lines)", 39),
        (Brand.WHITE_PHONE, "19999", "Poland (19xxx information lines)", 29),
        (Brand.TELEGROSIK, "222110000", "Poland (fixed)", 10),
        (Brand.TELEGROSIK, "0049301234567", "Germany (fixed)", 15),
        (Brand.TELEGROSIK, "004915123456789", "Germany (mobile)", 39),
        (Brand.WHITE_PHONE, "0077011234567", "Kazakhstan (mobile)", 149),
        (Brand.WHITE_PHONE, "0077172123456", "Kazakhstan (fixed)", 99),
        (Brand.WHITE_PHONE, "0079161234567", "Russia (mobile)", 149),
        (Brand.WHITE_PHONE, "00441481256789", "Guernsey (fixed)", 59),
        (Brand.WHITE_PHONE, "00447781123456", "Guernsey (mobile)", 129),
        (Brand.WHITE_PHONE, "00447624123456", "Isle of Man (mobile)", 129),
        (Brand.WHITE_PHONE, "00447912345678", "United Kingdom (mobile)", 89),
        (Brand.WHITE_PHONE, "0012423456789", "Bahamas", 249),
        (Brand.WHITE_PHONE, "0014165550123", "Canada", 49),
        (Brand.WHITE_PHONE, "0012125550123", "United States", 49),
    ],
)
def test_what_a_minute_costs_today(brand, keyed, name_en, minute_grosze):
    rate = BOOK.current(brand, TODAY).rate_for(parse_destination(keyed).e164)
    assert (rate.name_en, rate.price_grosze(60)) == (name_en, minute_grosze)


@pytest.mark.parametrize("prices", ALL_LISTS)
@pytest.mark.parametrize(
    "e164",
    [
        "+48700123456",
        "+48300123456",
        "+48213123456",
        "+447012345678",
        "+449098790123",
        "+19002345678",
        "+12684601234",
        "+870773123456",
        "+881612345678",
        "+88213012345",
        "+883510012345",
        "+979123456789",
        "+53712345678",
    ],
)
def test_no_broad_prefix_sells_premium_satellite_or_far_numbers_by_accident(prices, e164):
    assert prices.rate_for(e164) is None


def examples(kind):
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        number = phonenumbers.example_number_for_type(region, kind)
        if number is not None:
            yield region, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def priced_regions(prices):
    """Countries with a price: those whose fixed example has one."""
    return {region for region, e164 in examples(PhoneNumberType.FIXED_LINE) if prices.rate_for(e164)}


@pytest.mark.rule("WP §2.1", "WP §6.2", "TG §3.1", "TG §6.6")
@pytest.mark.parametrize("prices", ALL_LISTS)
def test_every_country_on_the_list_sells_its_fixed_lines_and_its_mobiles(prices):
    regions = priced_regions(prices)
    assert len(regions) >= 80
    for region, e164 in examples(PhoneNumberType.MOBILE):
        if region in regions:
            rate = prices.rate_for(e164)
            assert rate is not None, region
            assert "(fixed)" not in rate.name_en, (region, e164)
    for region, e164 in examples(PhoneNumberType.FIXED_LINE):
        if region in regions:
            assert "(mobile)" not in prices.rate_for(e164).name_en, (region, e164)


@pytest.mark.parametrize("prices", ALL_LISTS)
def test_what_the_parser_takes_for_a_mobile_in_poland_is_priced_as_one(prices):
    for start in range(100):
        destination = parse_destination(f"{start:02d}1234567")
        if isinstance(destination, Destination) and destination.category is Category.MOBILE:
            assert prices.rate_for(destination.e164).name_en == "Poland (mobile)", destination


@pytest.mark.parametrize("prices", ALL_LISTS)
def test_every_price_is_named_in_both_languages(prices):
    assert all(rate.name_pl and rate.name_en for rate in prices.rates.values())

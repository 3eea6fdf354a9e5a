"""What callers key, and what becomes of it."""

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from telekarta.domain.brands import LINES, Access, Brand
from telekarta.domain.prices.dialling import (
    Category,
    Destination,
    DialRefusal,
    hides_caller,
    is_registrable,
    parse_destination,
    refusal_for,
)

FIXED, MOBILE, VOIP = Category.FIXED, Category.MOBILE, Category.VOIP
INFO, SHARED = Category.INFORMATION_LINE, Category.SHARED_COST

CONNECTED = [
    # keyed, what it is
    # Poland, as on a card's back (TG §4.1.b, TG §4.1.c)
    ("222118066", "+48222118066", FIXED, "PL"),
    ("602123456#", "+48602123456", MOBILE, "PL"),
    ("720507507", "+48720507507", MOBILE, "PL"),
    ("451234567", "+48451234567", MOBILE, "PL"),
    ("391234567", "+48391234567", VOIP, "PL"),
    ("261234567", "+48261234567", FIXED, "PL"),
    # Radom's area code is Poland's country code too
    ("483123456", "+48483123456", FIXED, "PL"),
    ("48483123456", "+48483123456", FIXED, "PL"),
    ("0048483123456", "+48483123456", FIXED, "PL"),
    # old habits: the trunk zero, the country code without 00
    ("0222118066", "+48222118066", FIXED, "PL"),
    ("0602123456", "+48602123456", MOBILE, "PL"),
    ("48602123456", "+48602123456", MOBILE, "PL"),
    ("048602123456", "+48602123456", MOBILE, "PL"),
    ("0048602123456", "+48602123456", MOBILE, "PL"),
    ("00480602123456", "+48602123456", MOBILE, "PL"),
    # as an operator types it from a form
    ("+48 602 123 456", "+48602123456", MOBILE, "PL"),
    ("(22) 211-80-66", "+48222118066", FIXED, "PL"),
    # a star takes back what was keyed before it (TG §4.4)
    ("2221*602123456", "+48602123456", MOBILE, "PL"),
    ("*602123456", "+48602123456", MOBILE, "PL"),
    ("1*2*0049301234567#", "+49301234567", FIXED, "DE"),
    ("999*602123456#", "+48602123456", MOBILE, "PL"),
    # the second # says nothing
    ("602123456##", "+48602123456", MOBILE, "PL"),
    # information lines exist; whether they are connected is the card's matter (WP §2.8)
    ("800123456", "+48800123456", INFO, "PL"),
    ("804123456", "+48804123456", INFO, "PL"),
    ("801302302", "+48801302302", SHARED, "PL"),
    ("0801302302", "+48801302302", SHARED, "PL"),
    ("19999", "+4819999", INFO, "PL"),
    ("0048 19999", "+4819999", INFO, "PL"),
    ("2219115", "+482219115", INFO, "PL"),
    # abroad (TG §4.1.a)
    ("0049301234567#", "+49301234567", FIXED, "DE"),
    ("004915123456789", "+4915123456789", MOBILE, "DE"),
    ("00380501234567", "+380501234567", MOBILE, "UA"),
    ("00390612345678", "+390612345678", FIXED, "IT"),
    ("00393123456789", "+393123456789", MOBILE, "IT"),
    ("004402079460123", "+442079460123", FIXED, "GB"),
    # one country code, several countries
    ("0077011234567", "+77011234567", MOBILE, "KZ"),
    ("0079161234567", "+79161234567", MOBILE, "RU"),
    ("00441481256789", "+441481256789", FIXED, "GG"),
    ("00447781123456", "+447781123456", MOBILE, "GG"),
    ("00447624123456", "+447624123456", MOBILE, "IM"),
    ("0012423456789", "+12423456789", FIXED, "BS"),
    ("0014165550123", "+14165550123", FIXED, "CA"),
    ("0012125550123", "+12125550123", FIXED, "US"),
]


@pytest.mark.rule("WP §2.1", "TG §3.1", "TG §4.1", "TG §4.3", "TG §4.4", "TG §5.2")
@pytest.mark.parametrize(("keyed", "e164", "category", "country"), CONNECTED)
def test_a_number_is_understood_however_it_is_keyed(keyed, e164, category, country):
    assert parse_destination(keyed) == Destination(e164, category, country == "PL", country)


REFUSED = [
    # nothing keyed, or nothing left
    ("", DialRefusal.NO_SUCH_NUMBER),
    ("#", DialRefusal.NO_SUCH_NUMBER),
    ("602123456*", DialRefusal.NO_SUCH_NUMBER),
    ("602123456*#", DialRefusal.NO_SUCH_NUMBER),
    ("+", DialRefusal.NO_SUCH_NUMBER),
    # help is never reached by card
    ("112", DialRefusal.EMERGENCY_NUMBER),
    ("112#", DialRefusal.EMERGENCY_NUMBER),
    ("602*999", DialRefusal.EMERGENCY_NUMBER),
    ("0112", DialRefusal.EMERGENCY_NUMBER),
    ("+48112", DialRefusal.EMERGENCY_NUMBER),
    ("0048112", DialRefusal.EMERGENCY_NUMBER),
    ("997", DialRefusal.EMERGENCY_NUMBER),
    ("998", DialRefusal.EMERGENCY_NUMBER),
    ("999", DialRefusal.EMERGENCY_NUMBER),
    ("986", DialRefusal.EMERGENCY_NUMBER),
    ("985", DialRefusal.EMERGENCY_NUMBER),
    ("991", DialRefusal.EMERGENCY_NUMBER),
    ("0048999", DialRefusal.EMERGENCY_NUMBER),
    # short numbers
    ("116111", DialRefusal.SHORT_NUMBER),
    ("118913", DialRefusal.SHORT_NUMBER),
    ("0048116123", DialRefusal.SHORT_NUMBER),
    ("22112", DialRefusal.SHORT_NUMBER),
    ("7250", DialRefusal.SHORT_NUMBER),
    ("191234", DialRefusal.SHORT_NUMBER),
    # broken off
    ("2", DialRefusal.NUMBER_TOO_SHORT),
    ("0", DialRefusal.NUMBER_TOO_SHORT),
    ("00", DialRefusal.NUMBER_TOO_SHORT),
    ("0048", DialRefusal.NUMBER_TOO_SHORT),
    ("60212345", DialRefusal.NUMBER_TOO_SHORT),
    ("2221180", DialRefusal.NUMBER_TOO_SHORT),
    ("0049", DialRefusal.NUMBER_TOO_SHORT),
    ("00493", DialRefusal.NUMBER_TOO_SHORT),
    ("003805012", DialRefusal.NUMBER_TOO_SHORT),
    ("001212555", DialRefusal.NUMBER_TOO_SHORT),
    # an extra charge
    ("700123456", DialRefusal.PREMIUM_NUMBER),
    ("702123456", DialRefusal.PREMIUM_NUMBER),
    ("0708123456", DialRefusal.PREMIUM_NUMBER),
    ("0048709123456", DialRefusal.PREMIUM_NUMBER),
    ("300123456", DialRefusal.PREMIUM_NUMBER),
    ("400123456", DialRefusal.PREMIUM_NUMBER),
    ("00449098790123", DialRefusal.PREMIUM_NUMBER),
    ("0019002345678", DialRefusal.PREMIUM_NUMBER),
    ("00979123456789", DialRefusal.PREMIUM_NUMBER),
    # satellites, and other codes of no country
    ("00870773123456", DialRefusal.SATELLITE_NUMBER),
    ("00881612345678", DialRefusal.SATELLITE_NUMBER),
    ("0088213012345", DialRefusal.SATELLITE_NUMBER),
    ("00883510012345", DialRefusal.SATELLITE_NUMBER),
    ("0080012345678", DialRefusal.INFORMATION_LINE),
    ("0080812345678", DialRefusal.SHARED_COST_NUMBER),
    ("00878101234567890", DialRefusal.UNPRICED_DESTINATION),
    # personal numbers and pagers: neither honest fixed lines nor mobiles
    ("00447012345678", DialRefusal.UNPRICED_DESTINATION),
    ("641234567", DialRefusal.UNPRICED_DESTINATION),
    # no such number anywhere
    ("222118066123", DialRefusal.NO_SUCH_NUMBER),
    ("900123456", DialRefusal.NO_SUCH_NUMBER),
    ("806123456", DialRefusal.NO_SUCH_NUMBER),
    ("49301234567", DialRefusal.NO_SUCH_NUMBER),
    ("0001234567", DialRefusal.NO_SUCH_NUMBER),
    ("002101234567", DialRefusal.NO_SUCH_NUMBER),
    ("004930123456789012345", DialRefusal.NO_SUCH_NUMBER),
    ("1" * 200, DialRefusal.NO_SUCH_NUMBER),
    ("00" + "4" * 300, DialRefusal.NO_SUCH_NUMBER),
    # not keys at all
    ("ala ma kota", DialRefusal.NO_SUCH_NUMBER),
    ("602l23456", DialRefusal.NO_SUCH_NUMBER),
    ("٦٠٢١٢٣٤٥٦", DialRefusal.NO_SUCH_NUMBER),
    ("48+602123456", DialRefusal.NO_SUCH_NUMBER),
]


@pytest.mark.rule("WP §2.7", "TG §3.1")
@pytest.mark.parametrize(("keyed", "refusal"), REFUSED)
def test_a_number_that_is_never_connected_is_refused_by_its_own_reason(keyed, refusal):
    assert parse_destination(keyed) is refusal


@given(st.text(max_size=200) | st.text("0123456789*#+ -", max_size=200))
@example("+48" + "0" * 300)
def test_whatever_is_keyed_has_an_answer(keyed):
    assert isinstance(parse_destination(keyed), Destination | DialRefusal)


def real_numbers():
    """Keyed numbers that often exist: example numbers of every country, with their last digits changed."""
    kinds = [value for name, value in vars(phonenumbers.PhoneNumberType).items() if isinstance(value, int)]
    examples = {
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)[1:]
        for region in phonenumbers.SUPPORTED_REGIONS
        for kind in kinds
        if (number := phonenumbers.example_number_for_type(region, kind))
    }
    return st.builds(
        lambda number, tail: "00" + number[: len(number) - len(tail)] + tail,
        st.sampled_from(sorted(examples)),
        st.text("0123456789", max_size=4),
    )


@given(st.text("0123456789", min_size=7, max_size=15) | real_numbers())
def test_a_number_dialled_again_from_the_statement_is_the_same_number(keyed):
    first = parse_destination(keyed)
    if isinstance(first, Destination):
        assert parse_destination("00" + first.e164.removeprefix("+")) == first
        assert parse_destination(first.e164) == first


def number(keyed):
    destination = parse_destination(keyed)
    assert isinstance(destination, Destination), destination
    return destination


def refusal(keyed, *, brand=Brand.WHITE_PHONE, access=Access.FREE, registered=(), blocked=()):
    return refusal_for(
        number(keyed), registered_lines=registered, blocked_prefixes=blocked, access=access, brand=brand
    )


@pytest.mark.parametrize("brand", Brand)
@pytest.mark.parametrize("keyed", ["222110000", "602123456", "391234567", "0049301234567", "00380501234567"])
def test_ordinary_numbers_are_connected_from_the_free_way_in(brand, keyed):
    assert refusal(keyed, brand=brand) is None


@pytest.mark.rule("WP §2.7", "WP §2.8")
@pytest.mark.parametrize(
    ("keyed", "e164", "unregistered"),
    [
        ("800302302", "+48800302302", DialRefusal.INFORMATION_LINE),
        ("801302302", "+48801302302", DialRefusal.SHARED_COST_NUMBER),
        ("804123456", "+48804123456", DialRefusal.INFORMATION_LINE),
        ("19999", "+4819999", DialRefusal.INFORMATION_LINE),
    ],
)
def test_a_banks_line_is_connected_once_it_is_registered_for_the_white_phone_card(keyed, e164, unregistered):
    assert is_registrable(number(keyed))
    assert refusal(keyed) is unregistered
    assert refusal(keyed, registered={"+48800999999"}) is unregistered
    assert refusal(keyed, registered={e164}) is None
    assert refusal(keyed, registered={e164}, brand=Brand.TELEGROSIK) is unregistered


@pytest.mark.rule("WP §2.8")
@pytest.mark.parametrize("keyed", ["602123456", "222110000", "0018002345678", "800007744"])
def test_only_polish_information_lines_of_others_can_be_registered(keyed):
    assert not is_registrable(number(keyed))


@pytest.mark.rule("WP §2.7", "WP §2.8")
def test_a_line_that_cannot_be_registered_stays_refused_even_if_a_record_names_it():
    abroad = refusal("0018002345678", registered={"+18002345678"})
    assert abroad is DialRefusal.INFORMATION_LINE
    premium = Destination("+48700123456", Category.PREMIUM, domestic=True, country="PL")
    assert (
        refusal_for(
            premium,
            registered_lines={premium.e164},
            blocked_prefixes=(),
            access=Access.FREE,
            brand=Brand.WHITE_PHONE,
        )
        is DialRefusal.PREMIUM_NUMBER
    )


@pytest.mark.rule("WP §10.7")
@pytest.mark.parametrize(
    ("blocked", "keyed", "outcome"),
    [
        (["+48602123456"], "602123456", DialRefusal.BLOCKED_NUMBER),
        (["+48602123456"], "602123457", None),
        (["+22", "+486021"], "602123456", DialRefusal.BLOCKED_NUMBER),
        (["+49"], "0049301234567", DialRefusal.BLOCKED_NUMBER),
        (["+22"], "222110000", None),
        (["+48801302302"], "801302302", DialRefusal.BLOCKED_NUMBER),
    ],
)
def test_a_number_used_for_fraud_is_blocked_before_anything_else_is_asked(blocked, keyed, outcome):
    assert refusal(keyed, blocked=blocked, registered={"+48801302302"}) is outcome


@pytest.mark.parametrize("line", sorted(LINES))
@pytest.mark.parametrize("brand", Brand)
def test_our_own_access_numbers_are_not_called_by_card(line, brand):
    assert refusal(line, brand=brand, access=Access.LOCAL, registered={line}) is DialRefusal.OWN_NUMBER


@pytest.mark.rule("TG §4.2")
@pytest.mark.parametrize(
    ("brand", "access", "keyed", "outcome"),
    [
        (Brand.TELEGROSIK, Access.LOCAL, "602123456", DialRefusal.INTERNATIONAL_ONLY_HERE),
        (Brand.TELEGROSIK, Access.LOCAL, "222110000", DialRefusal.INTERNATIONAL_ONLY_HERE),
        (Brand.TELEGROSIK, Access.LOCAL, "0048222110000", DialRefusal.INTERNATIONAL_ONLY_HERE),
        (Brand.TELEGROSIK, Access.LOCAL, "0049301234567", None),
        (Brand.TELEGROSIK, Access.LOCAL, "004915123456789", None),
        (Brand.TELEGROSIK, Access.FREE, "602123456", None),
        (Brand.WHITE_PHONE, Access.LOCAL, "602123456", None),
        (Brand.TELEGROSIK, Access.LOCAL, "800123456", DialRefusal.INFORMATION_LINE),
    ],
)
def test_the_local_way_in_of_telegrosik_leads_abroad_only(brand, access, keyed, outcome):
    assert refusal(keyed, brand=brand, access=access) is outcome


@pytest.mark.rule("TG §3.10")
@pytest.mark.parametrize(
    ("brand", "keyed", "hidden"),
    [
        (Brand.TELEGROSIK, "222110000", False),
        (Brand.TELEGROSIK, "391234567", False),
        (Brand.TELEGROSIK, "602123456", True),
        (Brand.TELEGROSIK, "0049301234567", True),
        (Brand.TELEGROSIK, "004915123456789", True),
        (Brand.WHITE_PHONE, "222110000", True),
        (Brand.WHITE_PHONE, "602123456", True),
    ],
)
def test_whose_number_the_called_side_sees(brand, keyed, hidden):
    assert hides_caller(brand, number(keyed)) is hidden

"""Numbers that operators block, let go and ask the price of."""

import pytest

from telekarta.adapters.files.tariffs import load_price_book
from telekarta.domain.brands import Access, Brand
from telekarta.domain.calls.charging import LONGEST_CALL_S
from telekarta.domain.prices.dialling import DialRefusal
from telekarta.usecases.calls.numbers import (
    BlockListChanged,
    BlockListShown,
    BlockNumber,
    ListBlockedNumbers,
    QuoteRate,
    RateQuoted,
    UnblockNumber,
)
from telekarta.usecases.commands import CommandRefused, Outcome
from tests.kit.desk import ANNA, NOW, TG, WP, carry_out, desk, store_with


@pytest.mark.rule("WP §10.7")
def test_a_number_is_blocked_with_its_reason_and_let_go() -> None:
    store = store_with()
    block, unblock = BlockNumber("+48221234567", *ANNA), UnblockNumber("+48221234567", *ANNA)
    assert carry_out(desk(store), block) == BlockListChanged(Outcome.DONE, "+48221234567")
    assert carry_out(desk(store), block) == BlockListChanged(Outcome.UNCHANGED, "+48221234567")
    assert carry_out(desk(store), ListBlockedNumbers()) == BlockListShown({"+48221234567": ANNA[1]})
    assert carry_out(desk(store), unblock) == BlockListChanged(Outcome.DONE, "+48221234567")
    assert carry_out(desk(store), unblock) == BlockListChanged(Outcome.UNCHANGED, "+48221234567")
    assert carry_out(desk(store), ListBlockedNumbers()) == BlockListShown({})


@pytest.mark.rule("WP §10.7")
def test_letting_a_number_go_tells_of_prefixes_that_still_block_it() -> None:
    store = store_with()
    store.blocked |= {"+4822": "fala", "+48221234567": "nadużycie", "+4833": "inne"}
    answer = carry_out(desk(store), UnblockNumber("+48221234567", *ANNA))
    assert answer == BlockListChanged(Outcome.DONE, "+48221234567", ("+4822",))


@pytest.mark.rule("WP §6.1", "TG §6.4")
@pytest.mark.parametrize("brand", Brand)
def test_a_quoted_price_is_the_price_lists_own(brand: Brand) -> None:
    answer = carry_out(desk(store_with()), QuoteRate(brand, "600700866", duration_s=61, balance_grosze=1000))
    assert isinstance(answer, RateQuoted)
    prices = load_price_book().version(brand, answer.tariff_version)
    rate = prices.rate_for("+48600700866")
    assert prices == load_price_book().current(brand, NOW.date())
    assert rate == answer.rate
    assert (answer.price_grosze, answer.longest_s) == (rate.price_grosze(61), rate.longest_s(1000))


@pytest.mark.rule("WP §3.2")
@pytest.mark.parametrize(
    ("brand", "balance", "longest_s"),
    [(WP, 19, 0), (TG, 0, 0), (WP, 10_000_000, LONGEST_CALL_S), (TG, 10_000_000, LONGEST_CALL_S)],
)
def test_too_small_a_balance_buys_nothing_and_a_large_one_the_longest_call(
    brand: Brand, balance: int, longest_s: int
) -> None:
    answer = carry_out(desk(store_with()), QuoteRate(brand, "600700866", balance_grosze=balance))
    assert isinstance(answer, RateQuoted)
    assert answer.longest_s == longest_s


@pytest.mark.rule("WP §2.7", "WP §10.7", "TG §4.2")
@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (QuoteRate(WP, "112"), DialRefusal.EMERGENCY_NUMBER),
        (QuoteRate(WP, "700123456"), DialRefusal.PREMIUM_NUMBER),
        (QuoteRate(WP, "800302302"), DialRefusal.INFORMATION_LINE),
        (QuoteRate(WP, "+48221234567"), DialRefusal.BLOCKED_NUMBER),
        (QuoteRate(TG, "600700866", access=Access.LOCAL), DialRefusal.INTERNATIONAL_ONLY_HERE),
        (QuoteRate(TG, "+12645551234"), DialRefusal.NO_SUCH_NUMBER),
        (QuoteRate(TG, "+12644971234"), DialRefusal.UNPRICED_DESTINATION),
    ],
)
def test_what_is_not_connected_is_not_priced(command: QuoteRate, reason: DialRefusal) -> None:
    store = store_with()
    store.blocked |= {"+4822123": "nadużycie"}
    assert carry_out(desk(store), command) == CommandRefused(reason)

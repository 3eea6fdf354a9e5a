"""Topping up by telephone on the deployed stack: the real function, Plus's wire, two at once."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local.frontdoor import move_clock, stack_now
from local.network import CallRecords, PhoneNetwork, Timeline
from local.network.transport import HttpTransport
from local.stack import Stack
from tests.kit import browsing
from tests.kit.phone import Phone, PhoneCall

pytestmark = pytest.mark.emulator

WHITE_PHONE, TELEGROSIK = "+48800007744", "+48800901900"
BY_US = {"who": "test", "why": "top-ups by telephone"}


def issued(stack: Stack, brand: str, count: int = 1) -> list[Mapping[str, Any]]:
    order = {"command": "issue_cards", "brand": brand, "nominal_grosze": 2000, "count": count, **BY_US}
    cards: list[Mapping[str, Any]] = stack.invoke("desk", order)["cards"]
    return cards


def balance(stack: Stack, brand: str, card: Mapping[str, Any]) -> int:
    shown = stack.invoke("desk", {"command": "show_card", "brand": brand, "card": card["card"]})
    return int(shown["balance_grosze"])


def phone(stack: Stack) -> Phone:
    network = PhoneNetwork(
        HttpTransport(),
        base_url=stack.base_url,
        account_sid=stack.twilio_account_sid,
        auth_token=stack.twilio_auth_token,
        timeline=Timeline(stack_now(stack)),
        records=CallRecords(),
    )
    return Phone(network)


def at_top_up(stack: Stack, card: Mapping[str, Any]) -> PhoneCall:
    # Wrong codes of other tests count on other lines: no other test has the card.
    line = f"+48223{card['card']}"
    call = phone(stack).dials(WHITE_PHONE, line).hears("numer karty").presses(card["card"])
    return call.hears("PIN").presses(card["pin"]).hears("wybrać").presses("0#").hears("sześć").presses("6")


def at_plus(stack: Stack, **form: str) -> None:
    assert browsing.post(f"{stack.base_url}/sources", data=form).status_code == 303


def a_voucher(stack: Stack, card: Mapping[str, Any]) -> str:
    """The code of a new one; no other test has the card."""
    code = f"20000000{card['card']}"
    at_plus(stack, do="issue", code=code, amount_grosze="2000")
    return code


@pytest.mark.rule("WP §4.1.3")
def test_money_of_another_card_comes_here(stack: Stack) -> None:
    mine, other = issued(stack, "white_phone", 2)
    call = at_top_up(stack, mine).hears("innej karty").presses("1").hears("Ile złotych").presses("5#")
    call.hears("potwierdzić").presses(f"{other['card']}{other['pin']}#").hears(
        "pięć złotych", "dwadzieścia pięć"
    )
    assert (balance(stack, "white_phone", mine), balance(stack, "white_phone", other)) == (2500, 1500)


@pytest.mark.rule("WP §4.1.5")
def test_one_voucher_keyed_by_four_at_once_is_worth_one(stack: Stack) -> None:
    cards = issued(stack, "white_phone", 4)
    code = a_voucher(stack, cards[0])

    def keys(card: Mapping[str, Any]) -> None:
        at_top_up(stack, card).hears("Plus").presses("2").hears("kodu").presses(code).hears(".")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(keys, cards))
    assert sorted(balance(stack, "white_phone", card) for card in cards) == [2000, 2000, 2000, 4000]


@pytest.mark.rule("WP §4.1.5")
def test_a_voucher_whose_answer_got_lost_is_on_the_card_later(stack: Stack) -> None:
    (card,) = issued(stack, "white_phone")
    code = a_voucher(stack, card)
    at_plus(stack, do="mood", source="plus", mood="loses answers")
    try:
        at_top_up(stack, card).hears("Plus").presses("2").hears("kodu").presses(code).hears("same").hangs_up()
        move_clock(stack, 600)
        stack.invoke("timers", {"job": "finish_claims"})
        stack.invoke("timers", {"job": "finish_claims"})
    finally:
        at_plus(stack, do="mood", source="plus", mood="well")
    assert balance(stack, "white_phone", card) == 4000


@pytest.mark.rule("TG §2.19")
def test_a_telegrosik_card_gives_to_another_for_the_fee(stack: Stack) -> None:
    mine, other = issued(stack, "telegrosik", 2)
    call = phone(stack).dials(TELEGROSIK, "anonymous").hears("PIN").presses(mine["pin"]).hears("wybrać")
    call = call.presses("0#").hears("sześć").presses("6").hears("Ile").presses("5#").hears("seryjnego")
    call.presses(other["card"]).hears("Opłata: pięćdziesiąt groszy").presses("1").hears("Przelano")
    assert (balance(stack, "telegrosik", mine), balance(stack, "telegrosik", other)) == (1450, 2500)

"""Calls on the deployed stack: over HTTP, through the front door, as Twilio would make them."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local.network import Answers, Doing, HttpTransport, PhoneNetwork, Timeline
from local.stack import Stack
from tests.kit.phone import START, Phone, PhoneCall

pytestmark = pytest.mark.emulator

ISSUE = {"command": "issue_cards", "nominal_grosze": 2000, "count": 1, "who": "tests", "why": "a story"}


def a_network(stack: Stack) -> PhoneNetwork:
    return PhoneNetwork(
        HttpTransport(),
        base_url=stack.base_url,
        account_sid=stack.twilio_account_sid,
        auth_token=stack.twilio_auth_token,
        timeline=Timeline(START),
    )


@pytest.fixture
def phone(stack: Stack) -> Phone:
    return Phone(a_network(stack))


def issued(stack: Stack, brand: str) -> dict[str, str]:
    (card,) = stack.invoke("desk", ISSUE | {"brand": brand})["cards"]
    return card  # type: ignore[no-any-return]


def shown(stack: Stack, brand: str, card: str) -> dict[str, Any]:
    return stack.invoke("desk", {"command": "show_card", "brand": brand, "card": card})  # type: ignore[no-any-return]


def calls_on(card: dict[str, Any]) -> list[dict[str, Any]]:
    return [posting for posting in card["postings"] if posting["kind"] == "call"]


def test_a_white_phone_call(stack: Stack, phone: Phone) -> None:
    card = issued(stack, "white_phone")
    phone.knows("+48221112233", Answers(hangs_up_after_s=65))
    call = (
        phone.dials("+48800007744").hears("Witamy w White Phone").presses(card["card"]).presses(card["pin"])
    )
    call.hears("Na karcie: dwadzieścia złotych").presses("221112233#").talks_on()
    call.hears("Koszt rozmowy", "Pozostało").hangs_up()
    phone.network.settle()
    books = shown(stack, "white_phone", card["card"])
    (posting,) = calls_on(books)
    rate = posting["details"]["rate_units_per_min"]
    assert posting["amount_grosze"] == -(-65 * rate // 600)
    assert (books["balance_grosze"], books["held_grosze"]) == (2000 - posting["amount_grosze"], 0)
    assert [each["kind"] for each in books["postings"]] == ["call", "card_issued"]


def test_a_telegrosik_card_is_used_and_then_moved_onto_an_account(stack: Stack, phone: Phone) -> None:
    card = issued(stack, "telegrosik")
    phone.dials("+48800901900").presses(card["pin"]).presses("00493012345678#").talks(30).hangs_up()
    left = shown(stack, "telegrosik", card["card"])["balance_grosze"]
    line = "+48225550101"
    call = phone.dials("+48800801919", line).hears("nie ma jeszcze konta").presses("1").presses(card["pin"])
    call.hears("przelano").ends()
    account = shown(stack, "telegrosik", line)
    assert account["balance_grosze"] == left
    assert shown(stack, "telegrosik", card["card"])["status"] == "used_up"
    phone.dials("+48800901900", line).hears("Na koncie").presses("221112233#").talks(10).hangs_up()


def test_of_thirty_two_callers_with_one_card_one_talks(stack: Stack) -> None:
    card = issued(stack, "white_phone")

    def calls(n: int) -> PhoneCall:
        phone = Phone(a_network(stack))
        call = phone.dials("+48800007744", f"+4822555{n:04}").presses(card["card"]).presses(card["pin"])
        if "Na karcie" in call.hears("Na karcie|inna rozmowa").heard:
            call.presses("221112233#").hears("Czas na rozmowę")
        return call

    with ThreadPoolExecutor(32) as pool:
        made = list(pool.map(calls, range(32)))
    (talking,) = [call for call in made if call.call.doing is Doing.RINGING]
    others = [call for call in made if call is not talking]
    assert all("inna rozmowa" in call.heard for call in others)
    talking.talks(60).hangs_up()
    books = shown(stack, "white_phone", card["card"])
    (posting,) = calls_on(books)
    assert books["balance_grosze"] == 2000 - posting["amount_grosze"]
    assert books["held_grosze"] == 0


def test_a_blocked_card_hears_so_at_once_and_can_be_unblocked(stack: Stack, phone: Phone) -> None:
    card = issued(stack, "white_phone")
    order = {"brand": "white_phone", "card": card["card"], "who": "tests", "why": "lost"}
    stack.invoke("desk", {"command": "block_card", **order})
    phone.dials("+48800007744").presses(card["card"]).presses(card["pin"]).hears("zablokowana").ends()
    stack.invoke("desk", {"command": "unblock_card", **order})
    phone.dials("+48800007744").presses(card["card"]).presses(card["pin"]).hears("Na karcie")

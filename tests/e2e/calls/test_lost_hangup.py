"""A call whose end never reached the product, on the deployed stack: settled from the carrier's records."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest

from local.frontdoor import clock_offset_s, move_clock, stack_now
from local.network import Answers, CallRecords, ConnectError, HttpTransport, PhoneNetwork, Timeline, Transport
from local.stack import Stack
from tests.kit.phone import Phone
from tests.kit.waiting import until

pytestmark = pytest.mark.emulator

WHITE_PHONE, WARSAW = "+48800007744", "+48221112233"
TALKED_S = 65


class Line:
    """The way to the product, on which the webhooks of some nodes get lost."""

    def __init__(self) -> None:
        self.lost: set[str] = set()
        self._http = HttpTransport()

    def __call__(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, /
    ) -> tuple[int, Mapping[str, str], bytes]:
        if urlsplit(url).path.rpartition("/")[2] in self.lost:
            raise ConnectError("the line is cut")
        return self._http(method, url, headers, body)


@pytest.fixture
def card(stack: Stack) -> Mapping[str, Any]:
    """A White Phone card of 20 zł for this test alone."""
    order = {
        "command": "issue_cards",
        "brand": "white_phone",
        "nominal_grosze": 2000,
        "count": 1,
        "who": "test",
        "why": "a lost hang-up",
    }
    (issued,) = stack.invoke("desk", order)["cards"]
    return {"brand": "white_phone", **issued}


def shown(stack: Stack, card: Mapping[str, Any]) -> Mapping[str, Any]:
    answer: Mapping[str, Any] = stack.invoke(
        "desk", {"command": "show_card", "brand": card["brand"], "card": card["card"]}
    )
    return answer


def is_free_after_a_sweep(stack: Stack, card: Mapping[str, Any]) -> bool:
    stack.invoke("timers", {"job": "sweep_holds"})
    return bool(shown(stack, card)["held_grosze"] == 0)


def a_network(stack: Stack, records: CallRecords, transport: Transport) -> PhoneNetwork:
    return PhoneNetwork(
        transport,
        base_url=stack.base_url,
        account_sid=stack.twilio_account_sid,
        auth_token=stack.twilio_auth_token,
        timeline=Timeline(stack_now(stack)),
        records=records,
    )


def loses_its_hang_up(stack: Stack, card: Mapping[str, Any], records: CallRecords) -> str:
    """The call's sid, and a card whose money is still held."""
    line = Line()
    network = a_network(stack, records, line)
    phone = Phone(network, tolerant=True).knows(WARSAW, Answers(4))
    call = phone.dials(WHITE_PHONE).hears("numer karty").presses(card["card"]).hears("PIN")
    call.presses(card["pin"]).hears("wybrać numer").presses("221112233#").hears("Łączymy").talks(TALKED_S)
    line.lost = {"talking", "report"}
    call.hangs_up()
    assert shown(stack, card)["held_grosze"] > 0
    return call.call.sid


def test_a_lost_hang_up_is_settled_by_the_sweep_after_the_hold_has_expired(
    stack: Stack, card: Mapping[str, Any], carrier_records: CallRecords
) -> None:
    sid = loses_its_hang_up(stack, card, carrier_records)
    holds = stack.invoke("desk", {"command": "list_open_holds"})["holds"]
    (hold,) = [each["hold"] for each in holds if each["card"] == card["card"]]
    assert (hold["call_sid"], hold["destination"]) == (sid, WARSAW)

    assert all(each["hold"] != hold["id"] for each in stack.invoke("timers", {"job": "sweep_holds"})["holds"])
    move_clock(stack, hold["limit_s"] + 10 * 60)
    assert is_free_after_a_sweep(stack, card)
    after = shown(stack, card)
    (charge,) = [posting for posting in after["postings"] if posting["kind"] == "call"]
    assert charge["details"]["duration_s"] == TALKED_S
    assert after["balance_grosze"] == 2000 - charge["amount_grosze"]
    assert clock_offset_s(stack) > 0


def test_who_is_turned_away_because_of_it_finds_the_card_free_soon_after(
    stack: Stack, card: Mapping[str, Any], carrier_records: CallRecords
) -> None:
    loses_its_hang_up(stack, card, carrier_records)
    move_clock(stack, 120)
    line = Phone(a_network(stack, carrier_records, HttpTransport()))

    call = line.dials(WHITE_PHONE).hears("numer karty").presses(card["card"]).hears("PIN")
    call.presses(card["pin"]).hears("kar(t|cie)").hangs_up()
    # The timers look at the hold at once, in a process of their own.
    until(lambda: shown(stack, card)["held_grosze"] == 0)
    (charge,) = [each for each in shown(stack, card)["postings"] if each["kind"] == "call"]
    assert charge["details"]["duration_s"] == TALKED_S


def test_a_call_that_the_carrier_does_not_know_becomes_a_case(stack: Stack, card: Mapping[str, Any]) -> None:
    sid = loses_its_hang_up(stack, card, CallRecords())
    holds = stack.invoke("desk", {"command": "list_open_holds"})["holds"]
    (hold,) = [each["hold"] for each in holds if each["card"] == card["card"]]
    move_clock(stack, hold["limit_s"] + 10 * 60)
    assert is_free_after_a_sweep(stack, card)

    assert shown(stack, card)["balance_grosze"] == 2000
    (case,) = [
        each for each in stack.invoke("desk", {"command": "list_cases"})["cases"] if each["subject"] == sid
    ]
    closing = {"command": "close_case", "case": case["case"], "who": "test", "why": "the test made it up"}
    assert stack.invoke("desk", closing)["state"] == "closed"

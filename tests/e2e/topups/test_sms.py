"""Orders by text message through the deployed function: Twilio's shape, Lajt's wire, real duplicates."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from twilio.request_validator import RequestValidator

from local.frontdoor import move_clock
from local.partners.serving import ORDERS_NUMBER, texts_in
from local.stack import Stack
from tests.kit import browsing
from tests.kit.waiting import until

pytestmark = pytest.mark.emulator

BY_US = {"who": "test", "why": "sms"}


@pytest.fixture
def card(stack: Stack) -> str:
    order = {"command": "issue_cards", "brand": "white_phone", "nominal_grosze": 2000, "count": 1, **BY_US}
    (new,) = stack.invoke("desk", order)["cards"]
    return str(new["card"])


@pytest.fixture
def sender(stack: Stack, card: str) -> Iterator[str]:
    number = f"+48720{card}"  # no other test has the card
    at_lajt(stack, do="assign", msisdn=number, card=card, balance_grosze="5000")
    yield number
    at_lajt(stack, do="mood", source="lajt", mood="well")


def at_lajt(stack: Stack, **form: str) -> None:
    reply = browsing.post(f"{stack.base_url}/sources", data=form)
    assert reply.status_code == 303


def texts(stack: Stack, sender: str, text: str, sid: str, token: str = "") -> httpx.Response:
    url = f"{stack.base_url}/sms/incoming"
    form = {
        "MessageSid": sid,
        "AccountSid": stack.twilio_account_sid,
        "From": sender,
        "To": ORDERS_NUMBER,
        "Body": text,
        "NumMedia": "0",
    }
    signature = RequestValidator(token or stack.twilio_auth_token).compute_signature(url, form)
    headers = {"X-Twilio-Signature": signature}
    return browsing.post(url, data=form, headers=headers)


def sid_of(card: str) -> str:
    """The sid of the one message that a test sends for its card."""
    return f"SM{card:0>32}"


def balance(stack: Stack, card: str) -> int:
    shown: dict[str, Any] = stack.invoke(
        "desk", {"command": "show_card", "brand": "white_phone", "card": card}
    )
    assert shown["balance_grosze"] == sum(each["amount_grosze"] for each in shown["postings"])
    return int(shown["balance_grosze"])


@pytest.mark.rule("WP §4.1.4", "WP §5.3", "WP §5.5")
def test_twenty_five_duplicates_at_once_move_the_money_once(stack: Stack, card: str, sender: str) -> None:
    sid = sid_of(card)
    with ThreadPoolExecutor(25) as pool:
        replies = list(pool.map(lambda _: texts(stack, sender, f"{card} 20", sid), range(25)))
    said = {text for reply in replies if reply.status_code == 200 for text in texts_in(reply.text)}
    assert said == {f"Karta White Phone {card} zostala zasilona kwota 20 zl. Dziekujemy."}
    assert balance(stack, card) == 4000


def test_a_forged_message_moves_nothing(stack: Stack, card: str, sender: str) -> None:
    assert texts(stack, sender, f"{card} 20", sid_of(card), token="x").status_code == 403
    assert balance(stack, card) == 2000


@pytest.mark.rule("WP §5.4")
def test_an_answer_that_got_lost_is_asked_for_again_and_the_sender_hears_it(
    stack: Stack, card: str, sender: str
) -> None:
    at_lajt(stack, do="mood", source="lajt", mood="loses answers")
    (said,) = texts_in(texts(stack, sender, f"{card} 20", sid_of(card)).text)
    assert "48 godzin roboczych" in said
    move_clock(stack, 300)

    def heard() -> bool | None:
        stack.invoke("timers", {"job": "finish_claims"})
        outbox = browsing.get(f"{stack.base_url}/outbox").text
        return True if f"Karta White Phone {card} zostala zasilona" in outbox else None

    until(heard)
    assert balance(stack, card) == 4000


def test_the_pages_form_sends_like_twilio(stack: Stack, card: str, sender: str) -> None:
    at_lajt(stack, **{"do": "sms", "from": sender, "text": f"{card} 3 zl"})
    assert balance(stack, card) == 2300
    page = browsing.get(f"{stack.base_url}/sources").text
    assert sender in page

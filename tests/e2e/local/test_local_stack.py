"""The local stack keeps its promises: what it tells programs is true, and a restart is no new beginning."""

import json
from pathlib import Path

import httpx
import pytest

from local.stack import Stack
from tests.kit import browsing

pytestmark = pytest.mark.emulator


def get(stack: Stack, path: str) -> httpx.Response:
    return browsing.get(stack.base_url + path)


@pytest.mark.parametrize("path", ["/", "/phone", "/desk", "/time", "/outbox"])
def test_every_page_opens(stack: Stack, path: str) -> None:
    page = get(stack, path)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")


def shown(stack: Stack, brand: str, card: str) -> tuple[str, int]:
    answer = stack.invoke("desk", {"command": "show_card", "brand": brand, "card": card})
    return answer["status"], answer["balance_grosze"]


def test_the_demo_data_have_what_is_stated(stack: Stack) -> None:
    demo = stack.demo
    assert shown(stack, "white_phone", demo["white_phone"]["card"]) == ("active", 2000)
    assert shown(stack, "telegrosik", demo["telegrosik"]["card"]) == ("active", 2000)
    assert shown(stack, "telegrosik", demo["telegrosik_account"]["caller"]) == ("active", 1500)


def test_a_forged_webhook_is_refused(stack: Stack) -> None:
    forged = browsing.post(f"{stack.base_url}/voice/incoming", data={"CallSid": "CA1"})
    assert forged.status_code == 403


def test_the_apology_needs_nothing_of_us(stack: Stack) -> None:
    apology = browsing.post(f"{stack.base_url}/voice/fallback")
    assert apology.headers["content-type"].startswith("text/xml")
    assert "Przepraszamy" in apology.text
    assert "<Hangup/>" in apology.text


def test_what_was_sent_is_in_the_outbox(stack: Stack) -> None:
    ses, sns = stack.client("ses"), stack.client("sns")
    ses.verify_email_identity(EmailAddress="telekarta@example.com")
    ses.send_email(
        Source="telekarta@example.com",
        Destination={"ToAddresses": ["jan@example.com"]},
        Message={"Subject": {"Data": "Reklamacja <1>"}, "Body": {"Text": {"Data": "Dzień dobry"}}},
    )
    sns.publish(PhoneNumber="+48601002003", Message="Doładowano 20 zł")
    page = get(stack, "/outbox").text
    for text in (
        "Reklamacja &lt;1&gt;",
        "Dzień dobry",
        "jan@example.com",
        "+48601002003",
        "Doładowano 20 zł",
    ):
        assert text in page


def test_every_example_of_the_desk_gets_an_answer(stack: Stack) -> None:
    for payload in sorted(Path("events/desk").glob("*.json")):
        assert stack.invoke("desk", json.loads(payload.read_text())), payload.name

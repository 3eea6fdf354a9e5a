"""The operators' dashboard in a real browser: look, decide, and be told what came of it."""

import os
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from local.stack import Stack
from tests.kit import browsing
from tests.kit.browser import DOCS, Opens, must_be_accessible, stays
from tests.kit.waiting import until

pytestmark = pytest.mark.emulator


@pytest.fixture
def case(stack: Stack) -> str:
    """The case of an e-mail that has just come."""
    order = {"command": "issue_cards", "brand": "white_phone", "nominal_grosze": 2000, "count": 1}
    (card,) = stack.invoke("desk", {**order, "who": "test", "why": "desk pages"})["cards"]
    mail = {
        "from": "Jan Kowalski <jan@example.pl>",
        "subject": "Wniosek o zwrot",
        "text": f"Karta {card['card']}, PIN {card['pin']}. Proszę o zwrot środków.",
    }
    browsing.post(f"{stack.base_url}/write", data=mail)

    def opened() -> str | None:
        listed = stack.invoke("desk", {"command": "list_cases", "state": "open"})["cases"]
        found = [each["case"] for each in listed if each["subject"] == f"card:white_phone:{card['card']}"]
        return found[0] if found else None

    return until(opened)


def board(page: Page) -> Locator:
    """The dashboard, when all its widgets have answered."""
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/desk")
    expect(page.locator(".widget .tk")).to_have_count(4)
    return page.get_by_role("region", name="Cases")


def opens_case(cases: Locator, stack: Stack, case: str) -> None:
    shown = stack.invoke("desk", {"command": "show_case", "case": case})
    row = cases.get_by_role("row").filter(has_text=shown["subject"])
    stays(row.get_by_role("button", name=re.compile("Open")))
    expect(cases.get_by_role("heading", name="E-mail of a customer")).to_be_visible()


def test_an_operator_looks_at_a_case_and_closes_it_with_a_name_and_a_reason(
    stack: Stack, opens: Opens, case: str
) -> None:
    page = opens(width=1280)
    cases = board(page)
    must_be_accessible(page, "desk")
    opens_case(cases, stack, case)
    must_be_accessible(page, "case")
    if os.environ.get("KEEP_SCREENSHOTS"):
        page.screenshot(path=DOCS / "desk.png", full_page=False)
    stays(cases.get_by_role("button", name="Close the case"))
    expect(cases.get_by_role("status")).to_contain_text("nothing was done")
    cases.get_by_label("who", exact=False).first.fill("anna.kowalska")
    cases.get_by_label("why", exact=False).first.fill("Wprowadzono wniosek")
    stays(cases.get_by_role("button", name="Close the case"))
    expect(cases.get_by_role("status")).to_contain_text("Close the case: done.")
    closed = stack.invoke("desk", {"command": "show_case", "case": case})
    assert (closed["state"], closed["closed_by"]) == ("closed", "anna.kowalska")


def test_what_a_colleague_has_closed_is_not_closed_again(stack: Stack, opens: Opens, case: str) -> None:
    page = opens(width=1280)
    cases = board(page)
    opens_case(cases, stack, case)
    stack.invoke("desk", {"command": "close_case", "case": case, "who": "jan", "why": "sooner"})
    cases.get_by_label("who", exact=False).first.fill("anna")
    cases.get_by_label("why", exact=False).first.fill("later")
    stays(cases.get_by_role("button", name="Close the case"))
    expect(cases.get_by_role("status")).to_contain_text("not offered any more")
    assert stack.invoke("desk", {"command": "show_case", "case": case})["closed_by"] == "jan"


def test_a_keyboard_is_enough_and_plain_text_is_there(stack: Stack, opens: Opens) -> None:
    page = opens(width=1280, color_scheme="dark")
    board(page)
    card = page.get_by_role("region", name="Card")
    card.get_by_label("Card", exact=False).last.fill(stack.demo["white_phone"]["card"])
    stays(card.get_by_role("button", name="Show the card"), by="Enter")
    expect(card.get_by_text("Balance")).to_be_visible()
    must_be_accessible(page, "card, dark")
    cases = page.get_by_role("region", name="Cases")
    stays(cases.get_by_role("button", name="Plain text"), by="Enter")
    expect(cases.locator("pre")).to_contain_text("# Open cases")

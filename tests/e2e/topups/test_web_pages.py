"""The web pages in a real browser, on the deployed stack: a grandmother tops a card up.

Debian's Chromium, driven by Playwright; axe looks at every page. `make screenshots` keeps their pictures
in docs/screenshots.
"""

import os
import re

import pytest
from playwright.sync_api import Page, expect

from local.frontdoor import move_clock
from local.stack import Stack
from tests.kit.browser import Opens, goes, looks, stays
from tests.kit.waiting import until

pytestmark = pytest.mark.emulator

BY_US = {"who": "test", "why": "web pages"}
EMAIL = "babcia@example.pl"
LATE_S = 10 * 60 + 1  # a late payment comes ten minutes after the payer chose it, by the stack's clock


@pytest.fixture
def card(stack: Stack) -> str:
    order = {"command": "issue_cards", "brand": "white_phone", "nominal_grosze": 2000, "count": 1, **BY_US}
    (new,) = stack.invoke("desk", order)["cards"]
    return str(new["card"])


def balance(stack: Stack, card: str) -> int:
    answer = stack.invoke("desk", {"command": "show_card", "brand": "white_phone", "card": card})
    return int(answer["balance_grosze"])


def presses(page: Page, name: str) -> None:
    goes(page.get_by_role("button", name=re.compile(name)).first)


def answers(page: Page, card: str, method: str = "BLIK", email: str = "", amount: str = "20") -> None:
    """Everything up to the last page."""
    page.goto("/topup")
    presses(page, "White Phone")
    page.get_by_label("Numer karty").fill(card)
    presses(page, "Dalej")
    page.get_by_label("Inna kwota").fill(amount)
    presses(page, "Dalej")
    presses(page, f"^{method}")
    page.get_by_label("Adres e-mail").fill(email)
    presses(page, "Dalej")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sprawdź i zapłać")


def pays(page: Page, action: str) -> None:
    if action == "blik":
        page.locator("[name=code]").fill("123456")
    goes(page.locator(f"button[value={action}]").first)


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(text))


DONE = "karta jest doładowana"


@pytest.mark.rule("WP §4.1.2")
@pytest.mark.parametrize(
    ("method", "email", "action", "script"),
    [
        ("PayU", "", "pay", True),
        ("BLIK", "", "blik", True),
        ("Przelewy24", EMAIL, "pay", True),
        ("Przelewy24", EMAIL, "pay", False),
    ],
)
def test_a_payer_pays(
    stack: Stack, opens: Opens, card: str, method: str, email: str, action: str, script: bool
) -> None:
    page = opens(java_script_enabled=script)
    answers(page, card, method, email)
    presses(page, "Zapłać 20,00")
    pays(page, action)
    page.wait_for_url("**/topup/payment/*")
    heading(page, DONE)
    assert balance(stack, card) == 4000


def test_who_cancels_pays_again_and_types_nothing_anew(stack: Stack, opens: Opens, card: str) -> None:
    page = opens()
    answers(page, card, "PayU")
    presses(page, "Zapłać 20,00")
    pays(page, "cancel")
    page.wait_for_url("**/topup/payment/*")
    goes(page.get_by_role("link", name="Zapłać jeszcze raz"))
    presses(page, "^PayU")
    if "email" in page.url:
        presses(page, "Dalej")
    presses(page, "Zapłać 20,00")
    pays(page, "pay")
    heading(page, DONE)
    assert balance(stack, card) == 4000


def test_who_pays_late_sees_the_page_renew_itself(stack: Stack, opens: Opens, card: str) -> None:
    page = opens()
    answers(page, card, "PayU")
    presses(page, "Zapłać 20,00")
    pays(page, "pay_late")
    heading(page, "Czekamy")
    move_clock(stack, LATE_S)
    heading(page, DONE)
    assert balance(stack, card) == 4000


def test_a_double_click_is_one_payment(stack: Stack, opens: Opens, card: str) -> None:
    page = opens(java_script_enabled=False)
    answers(page, card, "PayU")
    stays(page.get_by_role("button", name=re.compile("Zapłać")), twice=True)
    page.wait_for_url(re.compile("/pay/payu|/topup/payment/"))
    if "/topup/payment/" in page.url:
        goes(page.get_by_role("link", name="Wróć do płatności"))
    pays(page, "pay")
    page.wait_for_url("**/topup/payment/*")
    until(lambda: page.reload() and page.get_by_role("heading", name=DONE).count() > 0)
    assert balance(stack, card) == 4000


def test_who_goes_back_finds_what_was_typed_and_the_same_payment(opens: Opens, card: str) -> None:
    page = opens()
    answers(page, card, "PayU")
    presses(page, "Zapłać 20,00")
    page.wait_for_url("**/pay/**")
    first = page.url
    page.go_back()
    heading(page, "Sprawdź i zapłać")
    presses(page, "Zapłać 20,00")
    page.wait_for_url("**/pay/**")
    assert page.url == first
    page.go_back()
    goes(page.get_by_role("link", name="Zmień kwotę"))
    expect(page.get_by_label("Inna kwota")).to_have_value("20,00")


def test_two_tabs_do_not_mix(stack: Stack, opens: Opens, card: str) -> None:
    first = opens()
    answers(first, card, "PayU", amount="20")
    second = first.context.new_page()
    answers(second, card, "PayU", amount="30")
    for page, amount in ((first, "20,00"), (second, "30,00")):
        presses(page, f"Zapłać {amount}")
        pays(page, "pay")
        heading(page, DONE)
    assert balance(stack, card) == 7000


def test_an_expired_visit_keeps_what_may_be_kept(stack: Stack, opens: Opens, card: str) -> None:
    page = opens()
    answers(page, card, "PayU")
    move_clock(stack, 31 * 60)
    presses(page, "Zapłać 20,00")
    expect(page.get_by_role("status")).to_contain_text("30 minut")
    page.get_by_label("Numer karty").fill(card)
    presses(page, "Dalej")
    presses(page, "Dalej")
    heading(page, "Sprawdź i zapłać")
    expect(page.get_by_role("button", name=re.compile("Zapłać 20,00"))).to_be_visible()


def test_a_keyboard_is_enough(stack: Stack, opens: Opens, card: str) -> None:
    page = opens()
    page.goto("/topup")

    def reach(selector: str) -> None:
        for _ in range(20):
            page.keyboard.press("Tab")
            if page.evaluate("s => document.activeElement.matches(s)", selector):
                return
        raise AssertionError(f"Tab does not lead to {selector}")

    reach("[value=white_phone]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/number?*")
    reach("#number")
    page.keyboard.type(card)
    page.keyboard.press("Enter")
    page.wait_for_url("**/amount?*")
    reach("#amount")
    page.keyboard.type("20")
    page.keyboard.press("Enter")
    page.wait_for_url("**/method?*")
    reach("[value=blik]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/email?*")
    reach("#email")
    page.keyboard.press("Enter")
    page.wait_for_url("**/check?*")
    reach("#check")
    page.keyboard.press("Enter")
    page.wait_for_url("**/pay/**")


@pytest.mark.rule("WP §15.3")
@pytest.mark.parametrize(
    ("width", "colours", "language"),
    [(320, "light", "pl"), (1280, "light", "pl"), (320, "dark", "en"), (1280, "dark", "en")],
)
def test_every_page_is_accessible_and_fits(
    stack: Stack, opens: Opens, card: str, width: int, colours: str, language: str
) -> None:
    keep = bool(os.environ.get("KEEP_SCREENSHOTS")) and (colours, language) == ("light", "pl")
    page = opens(width=width, color_scheme=colours)

    def see(name: str) -> None:
        looks(page, name, keep)

    page.goto(f"/topup?lang={language}")
    see("1-card")
    goes(page.locator("[value=white_phone]"))
    see("2-number")
    page.locator("#number").fill("12")
    goes(page.locator("main button"))
    page.wait_for_selector(".summary")
    see("2-number-error")
    assert page.locator("#number").input_value() == "12"
    page.locator("#number").fill(card)
    goes(page.locator("main button"))
    page.wait_for_url("**/amount?*")
    see("3-amount")
    page.locator("#amount").fill("50")
    goes(page.locator("main form").nth(1).locator("button"))
    page.wait_for_url("**/method?*")
    see("4-method")
    goes(page.locator("[value=payu]"))
    page.wait_for_url("**/email?*")
    see("5-email")
    page.locator("#email").fill(EMAIL)
    goes(page.locator("main button"))
    page.wait_for_url("**/check?*")
    see("6-check")
    # What follows has nothing new for the other pairs of width and colours, and takes its time.
    if not keep and (width, colours) not in {(320, "light"), (1280, "dark")}:
        return
    goes(page.locator("#check"))
    pays(page, "pay_late")
    page.wait_for_selector("[data-waiting]")
    see("7-waiting")
    move_clock(stack, LATE_S)
    page.wait_for_selector("[data-stage=credited]")
    see("8-credited")
    for name in ("prices", "terms"):
        page.goto(f"/{name}/white_phone?lang={language}")
        see(name)
        page.goto(f"/{name}/telegrosik?lang={language}&print=large")
        looks(page, name, keep=False)
    page.goto("/topup/nothing")
    looks(page, "not-found", keep=False)

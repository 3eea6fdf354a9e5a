"""A small shop with the real clients, against the sandboxes over HTTP: what payers and providers do to it."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.payments import Book, merchant, routes, serving
from local.payments.serving import HABITS
from telekarta.adapters.payments import PayU, PayUCredentials, Przelewy24, Przelewy24Credentials
from telekarta.usecases.topups.ports import (
    Confirmation,
    GatewayRefusal,
    GatewayRefused,
    NotificationRefusal,
    Ordered,
    PaymentGateway,
    PaymentState,
    ProviderPayment,
    ProviderRefund,
    RefundOrder,
    RefundState,
)
from tests.kit import browsing
from tests.kit.payments import ORDER
from tests.kit.waiting import until
from tests.network.fake_server import running

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
BOTH = ("payu", "przelewy24")


@dataclass
class Clock:
    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    def forward(self, minutes: float) -> None:
        self.at += timedelta(minutes=minutes)


@dataclass
class Shop:
    """Takes notifications as the product will: reads, confirms, credits once by the provider's order id."""

    gateways: dict[str, PaymentGateway] = field(default_factory=dict)
    answers: int = 200
    confirms: bool = True
    heard: list[Any] = field(default_factory=list)
    credited: dict[str, int] = field(default_factory=dict)
    orders: dict[str, Ordered] = field(default_factory=dict)

    def take(self, provider: str, request: Request, body: bytes) -> Response:
        told = self.gateways[provider].read_notification(request.headers, body)
        self.heard.append(told)
        if isinstance(told, ProviderPayment) and self.confirms:
            self.settle(provider, told)
        return Response(status_code=self.answers)

    def settle(self, provider: str, told: ProviderPayment) -> Confirmation:
        outcome = self.gateways[provider].confirm(self.orders[told.order_id], told)
        if outcome is Confirmation.COMPLETED:
            self.credited[told.provider_order_id] = told.amount_grosze
        return outcome


@dataclass
class Town:
    """The shop, the sandboxes, the payer's browser and the clock."""

    base_url: str
    shop: Shop
    book: Book
    clock: Clock
    browser: httpx.Client

    def orders(self, provider: str, **changes: Any) -> Ordered:
        """Start a payment; the shop stores what it must know of it."""
        order = replace(
            ORDER,
            notify_url=f"{self.base_url}/shop/{provider}",
            continue_url=f"{self.base_url}/back?id=1",
            **changes,
        )
        started = self.shop.gateways[provider].start(order)
        ordered = Ordered(order.id, order.amount_grosze, started.provider_order_id)
        self.shop.orders[order.id] = ordered
        self.page = self.browser.get(started.redirect_url, follow_redirects=True)
        assert self.page.status_code == 200
        return ordered

    def presses(self, action: str, **fields: str) -> httpx.Response:
        """What the payer sees next, after the notifications of that moment were carried."""
        address = str(self.page.url)
        answer = self.browser.post(address, data={"action": action, **fields})
        self.post()
        return answer

    def post(self) -> int:
        return self.book.run_due()

    def states(self) -> list[PaymentState]:
        return [told.state for told in self.shop.heard]


@pytest.fixture(scope="module")
def street() -> Iterator[tuple[Starlette, str]]:
    async def take(request: Request) -> Response:
        body = await request.body()
        shop: Shop = request.app.state.shop
        return await run_in_threadpool(shop.take, request.path_params["provider"], request, body)

    application = Starlette(routes=[*routes, Route("/shop/{provider}", take, methods=["POST"])])
    with running(application) as address:
        yield application, f"http://{address}"


@pytest.fixture
def town(street: tuple[Starlette, str]) -> Iterator[Town]:
    application, base_url = street
    clock = Clock()
    p24 = {name: int(kept) if name.endswith("_id") else kept for name, kept in merchant.PRZELEWY24.items()}
    shop = Shop(
        {
            "payu": PayU(lambda: PayUCredentials(**merchant.PAYU), base_url + merchant.PAYU_PATH),
            "przelewy24": Przelewy24(
                lambda: Przelewy24Credentials(**p24), base_url + merchant.PRZELEWY24_PATH
            ),
        }
    )
    application.state.shop = shop
    application.state.payments = book = Book(HABITS, now=clock.now, by_itself=False)
    with browsing.browser() as browser:
        yield Town(base_url, shop, book, clock, browser)


# ---- what payers do


@pytest.mark.parametrize("provider", BOTH)
def test_who_pays_is_credited_once_and_goes_back_to_the_shop(town: Town, provider: str) -> None:
    ordered = town.orders(provider)
    answer = town.presses("pay")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{town.base_url}/back?id=1")
    assert list(town.shop.credited.values()) == [2500]
    assert town.shop.gateways[provider].look_up(ordered).state is PaymentState.COMPLETED
    town.clock.forward(600)
    assert town.post() == 0


@pytest.mark.parametrize("provider", BOTH)
def test_blik_asks_for_six_digits_and_keeps_what_was_typed(town: Town, provider: str) -> None:
    town.orders(provider, blik=True)
    answer = town.presses("blik", code="12345")
    assert answer.status_code == 422
    assert 'value="12345"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert town.shop.credited == {}
    assert town.presses("blik", code="777 123").status_code == 303
    assert list(town.shop.credited.values()) == [2500]


def test_cancelled_at_payu(town: Town) -> None:
    ordered = town.orders("payu")
    assert town.presses("cancel").headers["location"].endswith("/back?id=1&error=501")
    assert town.states() == [PaymentState.CANCELED]
    assert town.shop.gateways["payu"].look_up(ordered).state is PaymentState.CANCELED
    assert town.presses("pay").status_code == 409
    assert town.shop.credited == {}


def test_cancelled_at_przelewy24_nobody_hears_of_it_and_the_payer_may_come_back(town: Town) -> None:
    ordered = town.orders("przelewy24")
    assert town.presses("cancel").headers["location"].endswith("/back?id=1")
    assert town.shop.heard == []
    assert town.shop.gateways["przelewy24"].look_up(ordered).state is PaymentState.UNKNOWN
    town.presses("pay")
    assert list(town.shop.credited.values()) == [2500]


@pytest.mark.parametrize("provider", BOTH)
def test_who_pays_late_is_credited_when_the_stacks_clock_says_so(town: Town, provider: str) -> None:
    ordered = town.orders(provider)
    town.presses("pay_late", minutes="2880")
    town.clock.forward(2879)
    town.post()
    assert town.shop.credited == {}
    assert town.shop.gateways[provider].look_up(ordered).state is not PaymentState.COMPLETED
    town.clock.forward(1)
    town.post()
    assert list(town.shop.credited.values()) == [2500]


@pytest.mark.parametrize("provider", BOTH)
def test_the_payer_is_back_before_the_money(town: Town, provider: str) -> None:
    town.orders(provider)
    town.presses("pay_after")
    assert town.shop.credited == {}
    town.clock.forward(0.1)
    town.post()
    assert list(town.shop.credited.values()) == [2500]


@pytest.mark.parametrize("minutes", ["", "soon", "-1", "9999999"])
def test_late_is_a_number_of_minutes(town: Town, minutes: str) -> None:
    town.orders("payu")
    assert town.presses("pay_late", minutes=minutes).status_code == 422


def test_payu_takes_money_once_and_says_so_twice(town: Town) -> None:
    town.orders("payu")
    town.presses("pay_twice")
    assert town.states() == [PaymentState.PENDING] * 2 + [PaymentState.COMPLETED] * 2
    assert len(town.shop.credited) == 1


def test_przelewy24_takes_money_twice_under_two_numbers(town: Town) -> None:
    town.orders("przelewy24")
    town.presses("pay_twice")
    assert len(town.shop.credited) == 2
    assert all(int(number) > 2**32 for number in town.shop.credited)


def test_payu_may_tell_old_news_last(town: Town) -> None:
    ordered = town.orders("payu")
    town.presses("pay_disordered")
    assert town.states() == [PaymentState.COMPLETED, PaymentState.PENDING, PaymentState.CANCELED]
    assert town.shop.gateways["payu"].look_up(ordered).state is PaymentState.COMPLETED


@pytest.mark.parametrize("provider", BOTH)
def test_a_payment_that_nobody_tells_of_is_found_by_asking(town: Town, provider: str) -> None:
    ordered = town.orders(provider)
    town.presses("pay_unannounced")
    assert town.shop.heard == []
    found = town.shop.gateways[provider].look_up(ordered)
    assert town.shop.settle(provider, found) is Confirmation.COMPLETED
    assert list(town.shop.credited.values()) == [2500]


def test_a_payment_that_waits_for_the_shop_is_captured(town: Town) -> None:
    town.orders("payu")
    town.presses("pay_unconfirmed")
    town.post()
    assert town.states() == [
        PaymentState.PENDING,
        PaymentState.WAITING_FOR_CONFIRMATION,
        PaymentState.COMPLETED,
    ]
    assert list(town.shop.credited.values()) == [2500]


@pytest.mark.parametrize("provider", BOTH)
def test_left_pending_it_stays_so_for_ever(town: Town, provider: str) -> None:
    ordered = town.orders(provider)
    town.presses("leave_pending")
    town.clock.forward(365 * 24 * 60)
    town.post()
    unpaid = {"payu": PaymentState.PENDING, "przelewy24": PaymentState.UNKNOWN}[provider]
    assert town.shop.gateways[provider].look_up(ordered).state is unpaid
    assert town.shop.credited == {}


# ---- how providers repeat themselves


def test_payu_repeats_for_three_days_until_it_hears_200(town: Town) -> None:
    town.shop.answers = 500
    town.orders("payu")
    town.presses("leave_pending")
    hours = []
    while len(town.shop.heard) < 20:
        before = len(town.shop.heard)
        town.clock.forward(1)
        town.post()
        if len(town.shop.heard) > before:
            hours.append((town.clock.at - NOON) / timedelta(hours=1))
    assert hours[-1] == 72
    town.clock.forward(10_000)
    assert town.post() == 0


def test_payu_falls_silent_at_the_first_200(town: Town) -> None:
    town.shop.answers = 503
    town.orders("payu")
    town.presses("leave_pending")
    town.shop.answers = 200
    for _ in range(3):
        town.clock.forward(60)
        town.post()
    assert len(town.shop.heard) == 2


def test_przelewy24_repeats_itself_after_200_until_it_is_asked_to_verify(town: Town) -> None:
    town.shop.confirms = False
    ordered = town.orders("przelewy24")
    town.presses("pay")
    town.clock.forward(3)
    town.post()
    assert town.states() == [PaymentState.WAITING_FOR_CONFIRMATION] * 2
    assert town.shop.gateways["przelewy24"].look_up(ordered).state is PaymentState.WAITING_FOR_CONFIRMATION
    town.shop.confirms = True
    for _ in range(10):
        town.clock.forward(500)
        town.post()
    assert len(town.shop.heard) == 3
    assert list(town.shop.credited.values()) == [2500]


def test_przelewy24_gives_up_after_eight_tries(town: Town) -> None:
    town.shop.confirms = False
    town.orders("przelewy24")
    town.presses("pay")
    for _ in range(20):
        town.clock.forward(500)
        town.post()
    assert len(town.shop.heard) == 8


@pytest.mark.parametrize("provider", BOTH)
def test_a_provider_tells_again_what_it_told(town: Town, provider: str) -> None:
    town.orders(provider)
    town.presses("pay")
    last = town.shop.heard[-1]
    town.presses("tell_again")
    assert town.shop.heard[-1] == last
    assert len(town.shop.credited) == 1


# ---- what they refuse


@pytest.mark.parametrize("provider", BOTH)
def test_an_order_id_serves_once(town: Town, provider: str) -> None:
    town.orders(provider)
    with pytest.raises(GatewayRefused) as refusal:
        town.orders(provider)
    # Przelewy24 has no word of its own for it.
    named = {"payu": GatewayRefusal.ORDER_NOT_UNIQUE, "przelewy24": GatewayRefusal.INVALID}
    assert refusal.value.reason is named[provider]


def test_przelewy24_verifies_again_but_never_another_amount_or_number(town: Town) -> None:
    gateway = town.shop.gateways["przelewy24"]
    ordered = town.orders("przelewy24")
    town.presses("pay")
    (told,) = town.shop.heard
    assert gateway.confirm(ordered, told) is Confirmation.COMPLETED
    lowered = Ordered(ordered.id, 2400)
    assert gateway.confirm(lowered, replace(told, amount_grosze=2400)) is Confirmation.REFUSED
    assert gateway.confirm(ordered, replace(told, provider_order_id="1")) is Confirmation.REFUSED


@pytest.mark.parametrize("provider", BOTH)
def test_strangers_are_turned_away(town: Town, provider: str) -> None:
    payu = replace(PayUCredentials(**merchant.PAYU), client_secret="guessed")
    p24 = Przelewy24Credentials(290001, 290002, "guessed", "sandbox-crc")
    town.shop.gateways = {
        "payu": PayU(lambda: payu, town.base_url + merchant.PAYU_PATH),
        "przelewy24": Przelewy24(lambda: p24, town.base_url + merchant.PRZELEWY24_PATH),
    }
    with pytest.raises(GatewayRefused) as refusal:
        town.orders(provider)
    assert refusal.value.reason is GatewayRefusal.CREDENTIALS


def test_a_wrong_sign_registers_nothing(town: Town) -> None:
    p24 = Przelewy24Credentials(290001, 290002, "sandbox-api-key", "guessed")
    town.shop.gateways["przelewy24"] = Przelewy24(lambda: p24, town.base_url + merchant.PRZELEWY24_PATH)
    with pytest.raises(GatewayRefused):
        town.orders("przelewy24")


def test_przelewy24_wants_an_e_mail_address_and_payu_does_not(town: Town) -> None:
    town.orders("payu", email="")
    with pytest.raises(GatewayRefused):
        town.orders("przelewy24", email="")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"totalAmount": "2600"}, "ERROR_VALUE_INVALID"),
        ({"totalAmount": 2500}, "ERROR_VALUE_INVALID"),
        ({"totalAmount": "0"}, "ERROR_VALUE_INVALID"),
        ({"currencyCode": "EUR"}, "ERROR_VALUE_INVALID"),
        ({"customerIp": ""}, "ERROR_VALUE_MISSING"),
        ({"merchantPosId": "1"}, "ERROR_UNKNOWN_MERCHANT_POS"),
    ],
)
def test_payu_checks_an_order(town: Town, changed: dict[str, object], code: str) -> None:
    base_url = town.base_url + merchant.PAYU_PATH
    form = {"grant_type": "client_credentials"} | {
        name: merchant.PAYU[name] for name in ("client_id", "client_secret")
    }
    token = town.browser.post(f"{base_url}/pl/standard/user/oauth/authorize", data=form).json()
    order = {
        "customerIp": "203.0.113.7",
        "merchantPosId": "390001",
        "description": "x",
        "currencyCode": "PLN",
        "totalAmount": "2500",
        "products": [{"name": "x", "unitPrice": "2500", "quantity": "1"}],
    }
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    answer = town.browser.post(f"{base_url}/api/v2_1/orders", json=order | changed, headers=bearer)
    assert answer.json()["status"]["statusCode"] == code


def test_payus_tokens_end_and_the_client_gets_another(town: Town) -> None:
    town.orders("payu")
    town.clock.forward(13 * 60)
    town.orders("payu", id="tk-2")
    town.book.tokens.clear()
    town.orders("payu", id="tk-3")


# ---- giving back


@pytest.mark.parametrize("provider", BOTH)
def test_money_is_given_back_up_to_what_was_paid(town: Town, provider: str) -> None:
    gateway = town.shop.gateways[provider]
    ordered = town.orders(provider)
    town.presses("pay")
    (number,) = town.shop.credited
    refund = RefundOrder("rf-1", ordered.id, number, 2000, "Zwrot", f"{town.base_url}/shop/{provider}")
    begun = gateway.refund(refund)
    assert begun.state is RefundState.PENDING
    town.post()
    assert town.shop.heard[-1] == ProviderRefund(
        ordered.id, number, begun.provider_refund_id, RefundState.DONE, 2000
    )
    for more in (refund, replace(refund, id="rf-2", amount_grosze=501)):
        with pytest.raises(GatewayRefused):
            gateway.refund(more)
    gateway.refund(replace(refund, id="rf-3", amount_grosze=500))


@pytest.mark.parametrize("provider", BOTH)
@pytest.mark.parametrize(
    ("habit", "at_once", "later"),
    [
        ("refund_untold", RefundState.DONE, RefundState.DONE),
        ("refund_late", RefundState.PENDING, RefundState.DONE),
        ("refund_refused_late", RefundState.PENDING, RefundState.REFUSED),
    ],
)
def test_a_refund_can_be_asked_about(
    town: Town, provider: str, habit: str, at_once: RefundState, later: RefundState
) -> None:
    gateway = town.shop.gateways[provider]
    ordered = town.orders(provider)
    town.presses("pay")
    town.presses(habit)
    (number,) = town.shop.credited
    refund = RefundOrder("rf-1", ordered.id, number, 2000, "Zwrot", f"{town.base_url}/shop/{provider}")
    assert gateway.look_up_refund(refund) is None
    gateway.refund(refund)
    assert gateway.look_up_refund(replace(refund, id="rf-2")) is None
    for state in (at_once, later):
        looked_up = gateway.look_up_refund(refund)
        assert looked_up is not None
        assert (looked_up.state, looked_up.amount_grosze) == (state, 2000)
        town.clock.forward(3 * 24 * 3600)
    town.post()
    told = [heard for heard in town.shop.heard if isinstance(heard, ProviderRefund)]
    assert told == ([] if habit == "refund_untold" else [looked_up])


# ---- the pages


class Page(HTMLParser):
    """Buttons, labels and ids of a page, and where each label leads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.buttons: list[str] = []
        self.ids: list[str] = []
        self.labelled: list[str] = []
        self.fields: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "button":
            self.buttons.append(given["value"] or "")
        if given.get("id"):
            self.ids.append(given["id"] or "")
        if tag == "label":
            self.labelled.append(given["for"] or "")
        if tag == "input" and given.get("type") != "hidden":
            self.fields.append(given["id"] or "")


SHARED = ["pay", "blik", "cancel", "pay_after", "pay_late", "pay_twice", "pay_disordered", "pay_unannounced"]


@pytest.mark.parametrize(
    ("provider", "buttons"),
    [
        ("payu", [*SHARED, "pay_unconfirmed", "leave_pending"]),
        ("przelewy24", [*SHARED, "leave_pending"]),
    ],
)
def test_the_payment_page(town: Town, provider: str, buttons: list[str]) -> None:
    town.orders(provider, description="<b>żółw</b>")
    page = Page(town.page.text)
    assert page.buttons == buttons
    assert page.labelled == page.fields
    assert "25,00 zł" in town.page.text
    assert "&lt;b&gt;żółw" in town.page.text
    assert '<html lang="pl">' in town.page.text


def test_all_payments_are_listed_with_their_buttons(town: Town) -> None:
    town.orders("payu")
    town.presses("pay", back="list")
    town.orders("przelewy24")
    listed = town.browser.get(f"{town.base_url}/pay")
    page = Page(listed.text)
    assert len(page.ids) == len(set(page.ids))
    refunding = ["refund_refused", "refund_late", "refund_refused_late", "refund_untold"]
    assert page.buttons == [*SHARED, "leave_pending", "tell_again", *refunding]
    address = re.findall(r'action="(/pay/przelewy24/page/[^"]+)"', listed.text)[0]
    answer = town.browser.post(town.base_url + address, data={"action": "pay", "back": "list"})
    assert answer.headers["location"] == "/pay"
    town.post()
    assert len(town.shop.credited) == 2


def test_what_there_is_not(town: Town) -> None:
    town.orders("payu")
    (payment,) = town.book.payments()
    for path in ("/pay/payu/page/NONE", f"/pay/przelewy24/page/{payment.id}"):
        assert town.browser.get(town.base_url + path).status_code == 404
        assert town.browser.post(town.base_url + path, data={"action": "pay"}).status_code == 404
    assert town.presses("capture").status_code == 409


def test_pages_of_other_origins_pay_nothing(town: Town) -> None:
    town.orders("payu")
    answer = town.browser.post(
        str(town.page.url), data={"action": "pay"}, headers={"Origin": "https://elsewhere.test"}
    )
    assert answer.status_code == 403


# ---- over a restart


def test_the_book_is_kept_in_a_file(town: Town, street: tuple[Starlette, str], tmp_path: Path) -> None:
    application, file = street[0], tmp_path / "payments.json"
    application.state.payments = town.book = Book(HABITS, file, town.clock.now, by_itself=False)
    town.orders("przelewy24")
    town.presses("pay_late", minutes="10")
    assert json.loads(file.read_text())["turns"]
    application.state.payments = town.book = Book(HABITS, file, town.clock.now, by_itself=False)
    town.clock.forward(10)
    town.post()
    assert list(town.shop.credited.values()) == [2500]
    assert Book(HABITS, file, town.clock.now).payments() == town.book.payments()


def test_by_itself_a_postman_carries_what_is_due(
    street: tuple[Starlette, str], town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "ROUND_S", 0.01)
    application = street[0]
    application.state.payments = town.book = Book(HABITS, now=town.clock.now)
    town.orders("payu")
    town.browser.post(str(town.page.url), data={"action": "pay"})
    until(lambda: town.browser.get(f"{town.base_url}/pay") and bool(town.shop.credited))
    assert list(town.shop.credited.values()) == [2500]
    assert NotificationRefusal.FORGED not in town.shop.heard

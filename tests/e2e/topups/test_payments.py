"""Payments on the deployed stack: a payer at the sandboxes' pages, the notifications, the card, the receipt.

And many tellings at once, on the emulator, whose writes are atomic.
"""

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import httpx
import pytest

from local.frontdoor import emulator_inspection, move_clock, stack_now
from local.payments import merchant
from local.processes import Emulator
from local.stack import Stack
from telekarta.adapters.dynamodb import DynamoStore
from telekarta.adapters.dynamodb.payments import DynamoPayments
from telekarta.adapters.payments import PayU, PayUCredentials, Przelewy24, Przelewy24Credentials
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Ref
from telekarta.domain.ledger.postings import balance_of
from telekarta.domain.topups.payments import Method, Payment, PaymentStage, Provider
from telekarta.usecases.ports import StoreUnavailable
from telekarta.usecases.topups.payment_start import PaymentRequest, start_payment
from telekarta.usecases.topups.payments import NotificationOutcome, PaymentDeps
from tests.kit import browsing
from tests.kit.chance import SeededChance
from tests.kit.paying import COMPLETED, NOW, Till
from tests.kit.store import issued, new_tables, tables_of
from tests.kit.waiting import until

pytestmark = pytest.mark.emulator

DUPLICATES = 200
BY_US = {"who": "test", "why": "payments"}
EMAIL = "babcia@example.pl"
CHANCE = SeededChance("payments on the stack")  # one for the whole run: ids are told apart


class StackClock:
    def __init__(self, stack: Stack) -> None:
        self.stack = stack

    def now(self) -> Any:
        return stack_now(self.stack)


def web(stack: Stack) -> PaymentDeps:
    """What the web page has of payments, on the stack's own tables and sandboxes."""
    payu = PayUCredentials(**merchant.PAYU)
    shop = merchant.PRZELEWY24
    przelewy24 = Przelewy24Credentials(
        int(shop["merchant_id"]), int(shop["pos_id"]), shop["api_key"], shop["crc"]
    )
    tables = tables_of(stack)
    return PaymentDeps(
        payments=DynamoPayments(tables),
        store=DynamoStore(tables),
        gateways={
            Provider.PAYU: PayU(lambda: payu, stack.base_url + merchant.PAYU_PATH),
            Provider.PRZELEWY24: Przelewy24(lambda: przelewy24, stack.base_url + merchant.PRZELEWY24_PATH),
        },
        clock=StackClock(stack),
        chance=CHANCE,
        promotions=(),
        base_url=stack.base_url,
    )


@pytest.fixture
def card(stack: Stack) -> Ref:
    order = {"command": "issue_cards", "brand": "white_phone", "nominal_grosze": 2000, "count": 1, **BY_US}
    (new,) = stack.invoke("desk", order)["cards"]
    return Ref.card(Brand.WHITE_PHONE, new["card"])


def started(stack: Stack, card: Ref, method: Method) -> Payment:
    request = PaymentRequest(card, 1500, method, "pl", EMAIL, "203.0.113.7", receipt=True)
    payment = start_payment(web(stack), request)
    assert isinstance(payment, Payment)
    return payment


def chooses(payment: Payment, action: str, **more: str) -> httpx.Response:
    """The payer follows the link to the provider's page, and presses a button there."""
    with browsing.browser(follow_redirects=True) as browser:
        page = browser.get(payment.redirect_url).raise_for_status()
        return browser.post(str(page.url), data={"action": action, **more}, follow_redirects=False)


def shown(stack: Stack, payment: Payment) -> Mapping[str, Any]:
    answer: Mapping[str, Any] = stack.invoke("desk", {"command": "show_payment", "payment": payment.id})
    return answer


def becomes(stack: Stack, payment: Payment, stage: PaymentStage) -> Mapping[str, Any]:
    def found() -> Mapping[str, Any] | None:
        answer = shown(stack, payment)
        return answer if answer["stage"] == stage and not answer["receipts_due"] else None

    return until(found)


def balance(stack: Stack, card: Ref) -> int:
    answer = stack.invoke("desk", {"command": "show_card", "brand": card.brand, "card": card.number})
    assert answer["balance_grosze"] == sum(posting["amount_grosze"] for posting in answer["postings"]), (
        "the card has what its postings say"
    )
    return int(answer["balance_grosze"])


def mails_of(stack: Stack, payment: Payment) -> list[str]:
    mails = emulator_inspection(stack, "/_ministack/ses/messages", "messages")
    return [mail["BodyText"] for mail in mails if payment.id in mail["BodyText"]]


@pytest.mark.rule("WP §4.1.2")
@pytest.mark.parametrize(
    ("method", "action", "more"),
    [
        (Method.PAYU, "pay", {}),
        (Method.BLIK, "blik", {"code": "123456"}),
        (Method.PRZELEWY24, "pay", {}),
        (Method.PAYU, "pay_twice", {}),
        (Method.PAYU, "pay_disordered", {}),
        (Method.PAYU, "pay_unconfirmed", {}),
    ],
)
def test_a_payer_pays_and_the_card_has_it_once(
    stack: Stack, aws: None, card: Ref, method: Method, action: str, more: dict[str, str]
) -> None:
    payment = started(stack, card, method)
    back = chooses(payment, action, **more)
    assert back.headers["location"] == f"{stack.base_url}/topup/payment/{payment.id}"
    told = becomes(stack, payment, PaymentStage.CREDITED)
    assert told["posting"] == f"topup:{method.source}:{payment.id}"
    assert balance(stack, card) == 3500
    [mail] = mails_of(stack, payment)
    assert "Kwota: 15,00 zł" in mail
    outbox = browsing.get(f"{stack.base_url}/outbox").text
    assert re.search(payment.id, outbox)


def test_a_canceled_payment_brings_nothing(stack: Stack, aws: None, card: Ref) -> None:
    payment = started(stack, card, Method.PAYU)
    chooses(payment, "cancel")
    becomes(stack, payment, PaymentStage.CANCELED)
    assert balance(stack, card) == 2000


@pytest.mark.rule("WP §4.1.2")
@pytest.mark.parametrize("method", [Method.PAYU, Method.PRZELEWY24])
def test_a_payment_that_nobody_tells_of_is_asked_for(
    stack: Stack, aws: None, card: Ref, method: Method
) -> None:
    payment = started(stack, card, method)
    chooses(payment, "pay_unannounced")
    move_clock(stack, 600)

    def asked() -> Mapping[str, Any] | None:
        stack.invoke("timers", {"job": "ask_about_payments"})
        answer = shown(stack, payment)
        return answer if answer["stage"] == PaymentStage.CREDITED else None

    until(asked)
    assert balance(stack, card) == 3500


def test_a_forged_notification_is_turned_away_at_the_door(stack: Stack, aws: None, card: Ref) -> None:
    payment = started(stack, card, Method.PAYU)
    answer = browsing.post(
        f"{stack.base_url}/payments/payu",
        json={"order": {"extOrderId": payment.id, "status": "COMPLETED", "totalAmount": "1500"}},
        headers={"OpenPayu-Signature": "sender=checkout;signature=00;algorithm=MD5;content=DOCUMENT"},
    )
    assert answer.status_code == 403
    assert shown(stack, payment)["stage"] == PaymentStage.PENDING


# ---------------------------------------------------------------------- many at once


@pytest.fixture
def dynamo(emulator: Emulator, aws: None) -> tuple[DynamoStore, DynamoPayments]:
    tables = new_tables("cards", "postings", "desk", "payments", endpoint_url=emulator.endpoint_url)
    tables.prepare()
    return DynamoStore(tables), DynamoPayments(tables)


@pytest.mark.rule("WP §4.1.2")
@pytest.mark.parametrize("method", [Method.PAYU, Method.PRZELEWY24])
def test_200_duplicates_at_once_credit_once_and_send_one_receipt(
    dynamo: tuple[DynamoStore, DynamoPayments], method: Method
) -> None:
    store, payments = dynamo
    card = issued(store, Brand.WHITE_PHONE, "123456" if method is Method.PAYU else "654321")
    till = TillOnDynamo(store, payments)
    payment = till.start(method, ref=card.ref)
    start = Barrier(DUPLICATES)
    unanswered: list[int] = []

    def tell(number: int) -> NotificationOutcome:
        start.wait()
        while True:
            try:
                return till.tell(payment, COMPLETED)
            except StoreUnavailable:
                unanswered.append(number)  # answered with 503, and told again

    with ThreadPoolExecutor(DUPLICATES) as crowd:
        outcomes = list(crowd.map(tell, range(DUPLICATES)))
    # Whoever credited it and was not answered, on a busy machine, hears "before" when it is told again.
    credited = [number for number, each in enumerate(outcomes) if each is NotificationOutcome.CREDITED]
    assert len(credited) == 1 or (not credited and unanswered)
    assert set(outcomes) <= {NotificationOutcome.CREDITED, NotificationOutcome.CREDITED_BEFORE}
    after = store.card(card.ref)
    assert after is not None
    assert after.balance_grosze == 4500 == balance_of(str(card.ref), store.postings(card.ref))
    assert len(till.mail.sent) == 1
    assert payments.pending_payments(10) == ()


class TillOnDynamo(Till):
    """The till of the stories, with tables under it."""

    def __init__(self, store: DynamoStore, payments: DynamoPayments) -> None:
        super().__init__(moment=NOW)
        self.tables = store, payments

    @property
    def deps(self) -> PaymentDeps:
        store, payments = self.tables
        return replace(super().deps, store=store, payments=payments)

"""A payment from its start to the money on the card, whatever happens on the way."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Ref, Status
from telekarta.domain.cards.issuing import new_account
from telekarta.domain.ledger.postings import balance_of
from telekarta.domain.topups.payments import Channel, Method, Payment, PaymentStage, Provider
from telekarta.domain.topups.promotions import Promotion
from telekarta.usecases.ports import StoreUnavailable
from telekarta.usecases.topups.payment_start import PaymentRequest, StartRefusal, payment, start_payment
from telekarta.usecases.topups.payments import NotificationOutcome
from telekarta.usecases.topups.ports import GatewayRefusal, GatewayRefused, NotificationRefusal
from telekarta.usecases.topups.receipts import Undeliverable, Unsent
from tests.kit.memory_store import When
from tests.kit.paying import (
    BASE_URL,
    CANCELED,
    CARD,
    COMPLETED,
    EMAIL,
    NOW,
    PENDING,
    WAITING,
    Till,
    unavailable,
)

O = NotificationOutcome  # noqa: E741 - the tables below are read better so
AUTUMN = Promotion(
    "autumn", Brand.WHITE_PHONE, date(2026, 10, 1), date(2026, 12, 31), 2000, "Jesień", "Autumn", 10
)
METHODS = list(Method)


@pytest.fixture
def till() -> Till:
    return Till()


def request(**changes: object) -> PaymentRequest:
    wanted = PaymentRequest(CARD, 2500, Method.PAYU, "pl", EMAIL, "203.0.113.7", receipt=True)
    return replace(wanted, **changes)  # type: ignore[arg-type]


# ---------------------------------------------------------------------- starting


@pytest.mark.parametrize("method", METHODS)
def test_the_payer_is_sent_to_the_provider_and_the_provider_knows_where_to_tell(
    till: Till, method: Method
) -> None:
    started = till.start(method)
    [order] = till.gateway(method).starts
    assert started.redirect_url == f"https://provider.test/{started.id}"
    assert (order.id, order.amount_grosze, order.blik) == (started.id, 2500, method is Method.BLIK)
    assert order.notify_url == f"{BASE_URL}/payments/{method.provider}"
    assert order.continue_url == f"{BASE_URL}/topup/payment/{started.id}"
    assert payment(till.deps, started.id) == started
    assert started.stage is PaymentStage.PENDING


def test_what_the_payer_reads_at_the_provider_shows_only_the_end_of_the_number(till: Till) -> None:
    till.start()
    till.start(language="en")
    assert [order.description for order in till.payu.starts] == [
        "Doładowanie White Phone ***456",
        "White Phone top-up ***456",
    ]


@pytest.mark.rule("WP §4.1.2")
@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"amount_grosze": 499}, StartRefusal.TOO_LITTLE),
        ({"amount_grosze": 30_001}, StartRefusal.TOO_MUCH),
        ({"ref": Ref.card(Brand.WHITE_PHONE, "999999")}, StartRefusal.UNKNOWN_CARD),
        ({"method": Method.PRZELEWY24, "email": ""}, StartRefusal.EMAIL_NEEDED),
    ],
)
def test_what_can_not_be_paid_is_not_started(
    till: Till, changes: dict[str, object], refusal: StartRefusal
) -> None:
    assert start_payment(till.deps, request(**changes)) is refusal
    assert not till.store.paying
    assert not till.payu.starts


@pytest.mark.rule("WP §4.4")
def test_no_money_is_asked_for_a_card_that_can_not_take_it(till: Till) -> None:
    card = till.store.cards[CARD]
    till.store.cards[CARD] = replace(card, status=Status.USED_UP)
    assert start_payment(till.deps, request()) is StartRefusal.USED_UP
    till.store.cards[CARD] = replace(card, last_active_at=NOW - timedelta(days=400))
    assert start_payment(till.deps, request()) is StartRefusal.EXPIRED


def test_a_payment_is_kept_before_the_provider_hears_of_it(till: Till) -> None:
    till.payu.start_fault = RuntimeError("the process dies")
    with pytest.raises(RuntimeError):
        start_payment(till.deps, request())
    [kept] = till.store.paying.values()
    assert kept.stage is PaymentStage.STARTED


def test_a_provider_that_does_not_answer_may_have_the_order_and_is_asked_later(till: Till) -> None:
    till.przelewy24.start_fault = unavailable()
    answer = start_payment(till.deps, request(method=Method.PRZELEWY24))
    assert answer is StartRefusal.GATEWAY_UNAVAILABLE
    [kept] = till.store.paying.values()
    till.knows(kept, WAITING)
    till.wait(minutes=3)
    till.ask()
    assert till.balance() == 4500


def test_a_provider_that_refuses_is_not_asked_again(till: Till) -> None:
    till.payu.start_fault = GatewayRefused(GatewayRefusal.INVALID)
    assert start_payment(till.deps, request()) is StartRefusal.GATEWAY_UNAVAILABLE
    [kept] = till.store.paying.values()
    assert (kept.stage, kept.needs_work) == (PaymentStage.FAILED, False)


def test_nobody_is_sent_away_before_the_order_id_is_kept(till: Till) -> None:
    def fail(when: When, operation: str) -> None:
        if when is When.BEFORE and operation == "change_payment":
            raise StoreUnavailable

    till.store.faults = fail
    with pytest.raises(StoreUnavailable):
        start_payment(till.deps, request())


# ---------------------------------------------------------------------- being told


@pytest.mark.rule("WP §4.1.2", "TG §2.6")
@pytest.mark.parametrize("method", METHODS)
def test_money_is_credited_on_the_provider_s_word_and_once(till: Till, method: Method) -> None:
    started = till.start(method)
    assert till.tell(started, COMPLETED) is O.CREDITED
    assert [till.tell(started, COMPLETED) for _ in range(3)] == [O.CREDITED_BEFORE] * 3
    assert till.balance() == 4500
    [posting] = [posting for posting in till.store.postings(CARD) if posting.kind == "top_up"]
    assert posting.id == f"topup:{method.source}:{started.id}"
    assert till.now_is(started).stage is PaymentStage.CREDITED


STORIES = [
    ("paid", [COMPLETED], [O.CREDITED], 4500),
    ("in progress, then paid", [PENDING, COMPLETED], [O.NOT_YET, O.CREDITED], 4500),
    ("reordered", [COMPLETED, PENDING], [O.CREDITED, O.NOTHING_NEW], 4500),
    ("canceled", [CANCELED], [O.CANCELED], 2000),
    ("canceled twice", [CANCELED, CANCELED], [O.CANCELED, O.NOTHING_NEW], 2000),
    ("canceled, paid after all", [CANCELED, COMPLETED], [O.CANCELED, O.CREDITED], 4500),
    ("paid, then canceled", [COMPLETED, CANCELED], [O.CREDITED, O.NOTHING_NEW], 4500),
    ("canceled, then in progress", [CANCELED, PENDING], [O.CANCELED, O.NOT_YET], 2000),
]


@pytest.mark.rule("WP §4.1.2")
@pytest.mark.parametrize(
    ("states", "outcomes", "balance"), [s[1:] for s in STORIES], ids=[s[0] for s in STORIES]
)
def test_whatever_the_order_only_completion_is_money(
    till: Till, states: list, outcomes: list, balance: int
) -> None:
    started = till.start()
    assert [till.tell(started, state) for state in states] == outcomes
    assert till.balance() == balance
    assert till.cases() == []


@settings(max_examples=50)
@given(st.lists(st.sampled_from([PENDING, CANCELED, COMPLETED, "ask", "wait"]), max_size=8))
def test_in_any_order_completion_credits_once_and_nothing_else_does(events: list) -> None:
    """WP §4.1.2: the money is added after the confirmation that the transaction is completed."""
    till = Till()
    started = till.start()
    for event in events:
        if event == "ask":
            till.ask()
        elif event == "wait":
            till.wait(hours=13)
        else:
            till.knows(started, event)
            till.tell(started, event)
    assert till.balance() == (4500 if COMPLETED in events else 2000)


def test_a_forged_notification_changes_nothing(till: Till) -> None:
    started = till.start()
    assert till.tell(started, COMPLETED, signature="forged") is O.FORGED
    assert till.now_is(started) == started
    assert till.balance() == 2000


def test_a_notification_of_nothing_that_is_known_writes_nothing(till: Till) -> None:
    started = till.start()
    told = list(till.store.told)
    stranger = replace(started, id="f" * 32)
    assert till.tell(stranger, COMPLETED) is O.UNKNOWN_PAYMENT
    assert till.store.told == [*told, "payment"]


def test_one_provider_can_not_tell_of_the_other_s_payment(till: Till) -> None:
    started = till.start(Method.PRZELEWY24)
    body = json.dumps(
        {"order_id": started.id, "provider_order_id": "1", "state": "completed", "amount_grosze": 2500}
    ).encode()
    assert till.tell_raw(Provider.PAYU, body) is O.UNKNOWN_PAYMENT
    assert till.balance() == 2000


@pytest.mark.parametrize("amount", [1, 2499, 2501, 250_000])
def test_another_amount_is_a_case_and_not_money(till: Till, amount: int) -> None:
    started = till.start()
    assert till.tell(started, COMPLETED, amount=amount) is O.DIFFERENT
    assert till.tell(started, COMPLETED, amount=amount) is O.DIFFERENT
    assert till.balance() == 2000
    assert till.cases() == ["payment_differs"]


@pytest.mark.parametrize("why", ["wrong_merchant", "wrong_currency", "wrong_amount"])
def test_what_the_provider_signed_for_somebody_else_is_a_case(till: Till, why: str) -> None:
    body = json.dumps({"refusal": NotificationRefusal(why)}).encode()
    assert till.tell_raw(Provider.PRZELEWY24, body) is O.DIFFERENT
    assert till.tell_raw(Provider.PRZELEWY24, body) is O.DIFFERENT
    [case] = till.store.found.values()
    assert case.facts == {"provider": "przelewy24", "reason": why}


@pytest.mark.parametrize("method", METHODS)
def test_a_second_payment_for_the_same_order_is_a_case_and_not_money(till: Till, method: Method) -> None:
    started = till.start(method)
    till.tell(started, COMPLETED)
    assert till.tell(started, COMPLETED, order="P-another") is O.PAID_TWICE
    assert till.balance() == 4500
    assert till.cases() == ["payment_paid_twice"]


def test_money_that_was_given_back_is_a_case(till: Till) -> None:
    started = till.start()
    till.tell(started, COMPLETED)
    told = {
        "order_id": started.id,
        "provider_order_id": f"P-{started.id}",
        "provider_refund_id": "R1",
        "amount_grosze": 2500,
    }
    for state, outcome in (("pending", O.REFUND_TOLD), ("done", O.GIVEN_BACK), ("done", O.GIVEN_BACK)):
        assert till.tell_raw(Provider.PAYU, json.dumps(told | {"refund": state}).encode()) is outcome
    assert till.cases() == ["payment_given_back"]
    assert till.balance() == 4500


def test_what_can_not_be_confirmed_now_shall_be_told_again(till: Till) -> None:
    started = till.start(Method.PRZELEWY24)
    till.przelewy24.ask_fault = unavailable()
    assert till.tell(started, WAITING) is O.UNAVAILABLE
    till.przelewy24.ask_fault = None
    assert till.tell(started, WAITING) is O.CREDITED


def test_a_payment_is_confirmed_with_what_was_kept(till: Till) -> None:
    started = till.start(Method.PRZELEWY24)
    till.tell(started, WAITING)
    [(ordered, _)] = till.przelewy24.confirmed
    assert (ordered.id, ordered.amount_grosze) == (started.id, 2500)


@pytest.mark.rule("WP §4.4")
def test_money_that_the_card_can_not_take_any_more_is_a_case_and_said_once(till: Till) -> None:
    started = till.start()
    till.store.cards[CARD] = replace(till.store.cards[CARD], last_active_at=NOW - timedelta(days=400))
    assert till.tell(started, COMPLETED) is O.NOT_CREDITED
    assert till.tell(started, COMPLETED) is O.NOTHING_NEW
    assert till.now_is(started).stage is PaymentStage.NOT_CREDITED
    [case] = till.store.found.values()
    assert (case.kind, case.subject) == ("payment_not_credited", str(CARD))
    assert (case.facts["refusal"], case.facts["amount_grosze"]) == ("expired", 2500)
    assert EMAIL not in str(case)


@pytest.mark.rule("WP §1.2.7")
def test_a_bonus_is_kept_with_the_payment_even_if_the_answer_got_lost(till: Till) -> None:
    till.promotions = (AUTUMN,)
    started = till.start()

    def lose_the_answer(when: When, operation: str) -> None:
        if when is When.AFTER and operation == "book_all":
            till.store.faults = lambda when, operation: None
            raise StoreUnavailable

    till.store.faults = lose_the_answer
    with pytest.raises(StoreUnavailable):
        till.tell(started, COMPLETED)
    assert till.now_is(started).stage is PaymentStage.PAID
    assert till.tell(started, COMPLETED) is O.CREDITED
    assert till.now_is(started).bonus_grosze == 250
    assert till.balance() == 2000 + 2500 + 250


OPERATIONS = ["payment", "change_payment", "card", "book_all"]


@pytest.mark.parametrize("when", list(When))
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_store_that_fails_anywhere_loses_nothing_and_doubles_nothing(
    till: Till, operation: str, when: When, nth: int
) -> None:
    started = till.start()
    seen = 0

    def fail(moment: When, name: str) -> None:
        nonlocal seen
        seen += moment is when and name == operation
        if seen == nth and moment is when and name == operation:
            raise StoreUnavailable

    till.store.faults = fail
    try:
        till.tell(started, COMPLETED)
    except StoreUnavailable:
        till.store.faults = lambda when, operation: None
        till.knows(started, COMPLETED)
        till.wait(minutes=10)
        till.ask()
    till.wait(minutes=10)
    till.ask()
    assert till.now_is(started).stage is PaymentStage.CREDITED
    assert till.balance() == 4500 == balance_of(str(CARD), till.store.postings(CARD))
    assert not till.now_is(started).needs_work
    assert len(till.mail.sent) in ((1, 2) if operation == "change_payment" else (1,))


# ---------------------------------------------------------------------- asking


@pytest.mark.rule("WP §4.1.2")
@pytest.mark.parametrize("method", METHODS)
def test_a_payment_that_nobody_told_of_is_credited_when_we_ask(till: Till, method: Method) -> None:
    started = till.start(method)
    till.knows(started, COMPLETED if method.provider is Provider.PAYU else WAITING)
    till.wait(minutes=1)
    assert till.ask().outcomes == {}  # the payer is still at it
    till.wait(minutes=2)
    assert till.ask().outcomes == {O.CREDITED: 1}
    assert till.ask().outcomes == {}
    assert till.balance() == 4500


def test_a_payment_that_nobody_paid_expires_and_is_credited_if_it_is_paid_later(till: Till) -> None:
    started = till.start()
    till.knows(started, PENDING)
    till.wait(hours=23)
    asked = till.ask()
    assert (asked.outcomes, asked.oldest_age_s) == ({O.NOT_YET: 1}, 23 * 3600)
    till.wait(hours=1)
    assert till.ask().outcomes == {"expired": 1}
    assert till.now_is(started).stage is PaymentStage.EXPIRED
    assert till.ask().outcomes == {}
    till.wait(days=2)
    assert till.tell(started, COMPLETED) is O.CREDITED
    assert till.balance() == 4500


def test_a_payment_that_the_provider_never_heard_of_expires_too(till: Till) -> None:
    started = till.start(Method.PRZELEWY24)
    till.wait(hours=24)
    till.ask()
    assert till.now_is(started).stage is PaymentStage.EXPIRED


def test_a_canceled_payment_is_seen_when_we_ask(till: Till) -> None:
    started = till.start()
    till.knows(started, CANCELED)
    till.wait(minutes=5)
    assert till.ask().outcomes == {O.CANCELED: 1}
    assert till.now_is(started).stage is PaymentStage.CANCELED


def test_money_that_the_provider_does_not_let_go_is_a_case_after_a_day(till: Till) -> None:
    started = till.start(Method.PRZELEWY24)
    till.knows(started, WAITING)
    till.przelewy24.refuses_to_confirm = True
    till.wait(hours=23)
    till.ask()
    assert till.cases() == []
    till.wait(hours=2)
    asked = till.ask()
    assert asked.oldest_age_s == 25 * 3600
    assert till.cases() == ["payment_unresolved"]
    till.przelewy24.refuses_to_confirm = False
    assert till.ask().outcomes == {O.CREDITED: 1}


def test_nothing_is_asked_about_for_ever(till: Till) -> None:
    refused, different = till.start(Method.PRZELEWY24), till.start()
    till.knows(refused, WAITING)
    till.knows(different, COMPLETED, amount=1)
    till.przelewy24.refuses_to_confirm = True
    till.wait(days=8)
    assert till.ask().outcomes == {"expired": 2}
    assert till.ask().outcomes == {}
    assert till.cases() == ["payment_unresolved", "payment_differs"]


def test_a_provider_that_does_not_answer_is_not_asked_on_and_the_other_one_is(till: Till) -> None:
    for _ in range(5):
        till.start(Method.PAYU)
    other = till.start(Method.PRZELEWY24)
    till.knows(other, WAITING)
    till.payu.ask_fault = unavailable()
    till.wait(days=2)
    asked = till.ask()
    assert asked.outcomes == {O.UNAVAILABLE: 3, O.CREDITED: 1}
    assert asked.oldest_age_s == 2 * 24 * 3600
    assert len(till.payu.looked_up) == 3


def test_one_payment_that_can_not_be_looked_at_does_not_keep_the_others_waiting(till: Till) -> None:
    till.start(Method.PAYU)
    other = till.start(Method.PRZELEWY24)
    till.knows(other, WAITING)
    till.payu.ask_fault = ZeroDivisionError()
    till.wait(minutes=5)
    asked = till.ask()
    assert asked.outcomes == {"failed": 1, O.CREDITED: 1}
    assert [fault.split(" at ")[0] for fault in asked.faults.values()] == ["ZeroDivisionError"]


# ---------------------------------------------------------------------- receipts


def test_a_receipt_says_what_was_paid_and_not_whose_card(till: Till) -> None:
    till.promotions = (AUTUMN,)
    started = till.start()
    till.tell(started, COMPLETED)
    [mail] = till.mail.sent
    assert (mail.to, mail.subject) == (EMAIL, "Potwierdzenie doładowania White Phone")
    assert mail.body.splitlines()[:5] == [
        "Dziękujemy. Doładowanie jest już na karcie White Phone ***456.",
        "Kwota: 25,00 zł",
        "Bonus: 2,50 zł",
        "Data: 21.11.2026",
        f"Numer płatności: {started.id}",
    ]
    assert till.now_is(started).email == ""


def test_a_receipt_in_english(till: Till) -> None:
    till.tell(till.start(language="en"), COMPLETED)
    [mail] = till.mail.sent
    assert mail.subject == "White Phone top-up receipt"
    assert mail.body.startswith("Thank you. The top-up is on White Phone card ***456.\nAmount: PLN 25.00\n")
    assert "Bonus" not in mail.body


def test_nobody_gets_a_receipt_that_they_did_not_ask_for(till: Till) -> None:
    till.tell(till.start(receipt=False), COMPLETED)
    assert till.mail.sent == till.sms.sent == []


def test_the_line_of_an_account_gets_an_sms(till: Till) -> None:
    account = new_account("+48600100200", NOW)
    assert till.store.open_account(account)
    till.tell(till.start(ref=account.ref, receipt=False), COMPLETED)
    [sms] = till.sms.sent
    assert (sms.to, sms.subject) == ("+48600100200", "")
    assert sms.body == "Telegrosik: doladowano 25,00 zl, 21.11.2026. Dziekujemy."
    assert len(sms.body) <= 160


def test_a_receipt_that_did_not_leave_is_sent_later_and_once(till: Till) -> None:
    started = till.start()
    till.mail.fault = Unsent("busy")
    assert till.tell(started, COMPLETED) is O.CREDITED
    till.mail.fault = None
    till.wait(minutes=4)
    assert till.ask().outcomes == {}  # somebody may still be at it
    till.wait(minutes=1)
    assert till.ask().outcomes == {"receipt_sent": 1}
    till.wait(minutes=10)
    assert till.ask().outcomes == {}
    assert len(till.mail.sent) == 1


def test_an_address_that_does_not_exist_is_tried_once(till: Till) -> None:
    started = till.start()
    till.mail.fault = Undeliverable("rejected")
    till.tell(started, COMPLETED)
    assert till.now_is(started).receipts_due == frozenset()
    assert till.now_is(started).stage is PaymentStage.CREDITED


def test_a_receipt_that_never_leaves_is_given_up_after_three_days(till: Till) -> None:
    started = till.start()
    till.mail.fault = Unsent("busy")
    till.tell(started, COMPLETED)
    till.wait(days=2)
    assert till.ask().outcomes == {"receipt_unsent": 1}
    till.wait(days=1)
    assert till.ask().outcomes == {"receipt_given_up": 1}
    assert till.ask().outcomes == {}


def test_a_late_receipt_does_not_count_as_an_open_payment(till: Till) -> None:
    till.mail.fault = Unsent("busy")
    started = till.start()
    till.tell(started, COMPLETED)
    till.wait(days=2)
    assert till.ask().oldest_age_s == 0
    assert till.now_is(started).receipts_due == {Channel.EMAIL}


ATTEMPT = "a" * 32
WANTED = PaymentRequest(CARD, 2500, Method.PAYU, "pl", EMAIL, "203.0.113.7", receipt=True)


def test_a_button_that_is_pressed_twice_starts_one_payment(till: Till) -> None:
    first, second = (start_payment(till.deps, WANTED, ATTEMPT) for _ in range(2))
    assert isinstance(first, Payment)
    assert (first, first.id) == (second, ATTEMPT)
    assert len(till.payu.starts) == 1


def test_of_two_that_start_one_attempt_at_once_one_tells_the_provider(till: Till) -> None:
    first = start_payment(till.deps, WANTED, ATTEMPT)
    # The second one looked before the first had kept it.
    till.store.payment = lambda _payment_id: None  # type: ignore[method-assign]
    assert start_payment(till.deps, WANTED, ATTEMPT) == first
    assert len(till.payu.starts) == 1

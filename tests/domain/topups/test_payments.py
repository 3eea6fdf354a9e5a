"""The stages of a payment: what leads where, and that nothing leads back from the money."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Ref
from telekarta.domain.ledger.postings import Source
from telekarta.domain.topups.payments import (
    RECEIPT_LEASE,
    UNPAID,
    Channel,
    Method,
    Payment,
    PaymentError,
    PaymentStage,
    is_too_little,
    is_too_much,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BOTH = frozenset(Channel)
STARTED = Payment(
    "a" * 32,
    Ref.card(Brand.WHITE_PHONE, "123456"),
    Method.BLIK,
    2500,
    PaymentStage.STARTED,
    NOW,
    email="babcia@example.pl",
    receipt=True,
)

STEPS = {
    (PaymentStage.STARTED, PaymentStage.PENDING),
    (PaymentStage.STARTED, PaymentStage.PAID),
    (PaymentStage.STARTED, PaymentStage.CANCELED),
    (PaymentStage.STARTED, PaymentStage.EXPIRED),
    (PaymentStage.STARTED, PaymentStage.FAILED),
    (PaymentStage.PENDING, PaymentStage.PAID),
    (PaymentStage.PENDING, PaymentStage.CANCELED),
    (PaymentStage.PENDING, PaymentStage.EXPIRED),
    (PaymentStage.PAID, PaymentStage.CREDITED),
    (PaymentStage.PAID, PaymentStage.NOT_CREDITED),
    (PaymentStage.CANCELED, PaymentStage.PAID),
    (PaymentStage.EXPIRED, PaymentStage.PAID),
    (PaymentStage.EXPIRED, PaymentStage.CANCELED),
    (PaymentStage.FAILED, PaymentStage.PAID),
    (PaymentStage.NOT_CREDITED, PaymentStage.CREDITED),
}


@pytest.mark.parametrize(("here", "there"), list(product(PaymentStage, PaymentStage)))
def test_a_stage_leads_to_some_and_to_no_others(here: PaymentStage, there: PaymentStage) -> None:
    payment = replace(STARTED, stage=here, version=7)
    assert payment.may_become(there) == ((here, there) in STEPS)
    if (here, there) in STEPS:
        moved = payment.to(there)
        assert (moved.stage, moved.version) == (there, 8)
    else:
        with pytest.raises(PaymentError):
            payment.to(there)


@pytest.mark.parametrize("stage", sorted(UNPAID))
def test_confirmed_money_is_taken_at_every_stage_before_it(stage: PaymentStage) -> None:
    assert replace(STARTED, stage=stage).paid("P1", NOW).stage is PaymentStage.PAID


@pytest.mark.rule("WP §4.1.2")
@pytest.mark.parametrize(
    ("method", "source"),
    [
        (Method.PAYU, Source.PAYU),
        (Method.BLIK, Source.PAYU),
        (Method.PRZELEWY24, Source.PRZELEWY24),
    ],
)
def test_paid_money_is_a_top_up_with_an_id_of_the_payment(method: Method, source: Source) -> None:
    paid = replace(STARTED, method=method).paid("P1", NOW)
    assert paid.money().posting_id == f"topup:{source}:{paid.id}"
    assert (paid.money().amount_grosze, paid.money().at) == (2500, NOW)


def test_what_nobody_confirmed_is_no_money() -> None:
    with pytest.raises(PaymentError):
        STARTED.money()


@pytest.mark.rule("WP §4.1.2")
@pytest.mark.parametrize(
    ("grosze", "too_little", "too_much"),
    [(499, True, False), (500, False, False), (30_000, False, False), (30_001, False, True)],
)
def test_from_5_to_300_zlotys(grosze: int, too_little: bool, too_much: bool) -> None:
    assert (is_too_little(grosze), is_too_much(grosze)) == (too_little, too_much)


def test_an_address_is_kept_until_the_receipt_has_left() -> None:
    credited = STARTED.paid("P1", NOW).credited(100, BOTH, NOW)
    assert credited.receipts_due == {Channel.EMAIL}
    assert credited.needs_work
    done = credited.receipts_done(frozenset({Channel.EMAIL}))
    assert (done.email, done.receipts_due, done.needs_work) == ("", frozenset(), False)


def test_an_account_gets_an_sms_unasked_for_its_number_is_known() -> None:
    account = replace(STARTED, ref=Ref.account("+48600100200"), receipt=False)
    assert account.paid("P1", NOW).credited(0, BOTH, NOW).receipts_due == {Channel.SMS}


def test_a_channel_that_is_not_there_is_not_waited_for() -> None:
    assert not STARTED.paid("P1", NOW).credited(0, frozenset(), NOW).needs_work


def test_only_one_sends_at_a_time() -> None:
    credited = STARTED.paid("P1", NOW).credited(0, BOTH, NOW)
    assert not credited.may_send_receipts(NOW + RECEIPT_LEASE - timedelta(seconds=1))
    assert credited.may_send_receipts(NOW + RECEIPT_LEASE)


def test_nothing_personal_shows_in_a_repr() -> None:
    assert "babcia" not in repr(STARTED)

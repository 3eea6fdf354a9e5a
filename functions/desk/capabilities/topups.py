"""Top-ups: a payment by PayU or Przelewy24, and the voucher that paid for a top-up."""

from collections.abc import Mapping
from enum import StrEnum

from desk import fields
from desk.answers import Json, seconds
from desk.capabilities.cards import WHY_CARD_REFUSED
from desk.fields import Field
from desk.spec import Spec
from telekarta.domain.calendar.deadlines import as_text, day_of
from telekarta.domain.topups.payments import PaymentStage
from telekarta.usecases.commands import Outcome
from telekarta.usecases.desk.topups import (
    CheckVoucherCode,
    PaymentShown,
    ShowPayment,
    TopUpDeskRefusal,
    VoucherFound,
    check_voucher_code,
    show_payment,
)

_WHY_NOT_KNOWN: Mapping[StrEnum, str] = {
    **WHY_CARD_REFUSED,
    TopUpDeskRefusal.UNKNOWN_PAYMENT: "There is no such payment. Its number is on the payer's receipt.",
    TopUpDeskRefusal.OTHER_VOUCHER: "No voucher with this code topped up the card. Read the photo once more.",
}
_A_PAYMENT = "0123456789abcdef0123456789abcdef"


def _found(answer: VoucherFound) -> Json:
    posting = answer.posting
    return {
        "outcome": Outcome.DONE,
        "posting": posting.id,
        "amount_grosze": posting.amount_grosze,
        "booked_at": as_text(posting.booked_at),
        "message": f"The code is that of {posting.id}, booked on {day_of(posting.booked_at)}.",
    }


def _payment(answer: PaymentShown) -> Json:
    """Without the address and the way to the provider's page: both are the payer's own."""
    payment = answer.payment
    return {
        "outcome": Outcome.DONE,
        "payment": payment.id,
        "stage": payment.stage,
        "brand": payment.ref.brand,
        "card": payment.ref.number,
        "kind": payment.ref.kind,
        "method": payment.method,
        "provider": payment.provider,
        "provider_order_id": payment.provider_order_id,
        "amount_grosze": payment.amount_grosze,
        "bonus_grosze": payment.bonus_grosze,
        "created_at": as_text(payment.created_at),
        "age_s": seconds(answer.now - payment.created_at),
        "paid_at": as_text(payment.paid_at) if payment.paid_at else None,
        "settled_at": as_text(payment.settled_at) if payment.settled_at else None,
        "posting": payment.money().posting_id if payment.stage is PaymentStage.CREDITED else None,
        "receipts_due": sorted(payment.receipts_due),
    }


SPECS = (
    Spec(
        "check_voucher_code",
        CheckVoucherCode,
        (
            fields.brand,
            fields.card_of_brand,
            Field("code", fields.voucher_code, "the 14 digits on the voucher; kept nowhere", is_secret=True),
        ),
        "Says which of the card's top-ups was paid with the Plus voucher that has this code, as on a photo"
        " that came with an application: `posting` is what `accept_proof` wants. `other_voucher`: none was."
        " Changes nothing and keeps nothing, so it asks for no reason. (WP §7.3.4)",
        {"brand": "white_phone", "card": "123456", "code": "12345678901234"},
        carry_out=check_voucher_code,
        respond=_found,
        label="Compare the code on a photo with the vouchers",
        refusals=_WHY_NOT_KNOWN,
    ),
    Spec(
        "show_payment",
        ShowPayment,
        (fields.payment,),
        "Shows a payment by PayU or Przelewy24: for which card, how far it is, the provider's number for it,"
        " and the posting of its money. Who paid is not shown: the provider knows. (WP §4.1.2, TG §2.6)",
        {"payment": _A_PAYMENT},
        carry_out=show_payment,
        respond=_payment,
        refusals=_WHY_NOT_KNOWN,
    ),
)

"""What an operator is told about each kind of case: what it is, what to find out, and what may be done.

`days` is our own promise, in calendar days from the opening, for cases to which no law sets a limit:
somebody's money is not where it should be. A case with a limit of its own shows that one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from telekarta.domain.cases import CaseKind


@dataclass(frozen=True, slots=True)
class Guide:
    """`commands` are offered on the case's page, besides closing it."""

    title: str
    means: str
    do: str
    days: int
    commands: tuple[str, ...] = ()


_BY_POSTING = ("correct_call", "reverse_posting")

GUIDES: Mapping[CaseKind, Guide] = {
    CaseKind.UNKNOWN_CALL: Guide(
        "Call unknown to the carrier",
        "Money was held for a call that the carrier does not know. It was let go, and nothing was charged.",
        "Look the call's id up at Twilio. If there was a call after all, tell the engineers.",
        7,
    ),
    CaseKind.CALL_WITHOUT_END: Guide(
        "Call without an end",
        "The carrier still shows no end of a call long after its limit. Its price stays set aside.",
        "Ask Twilio to end the call. The money is settled by itself from their record.",
        1,
    ),
    CaseKind.CHARGE_DIFFERS: Guide(
        "Charge differs from the carrier's record",
        "A call was charged for another duration than the carrier recorded (WP §6.3, TG §6.5).",
        "Correct the call to the carrier's duration.",
        3,
        _BY_POSTING,
    ),
    CaseKind.CALL_NOT_CHARGED: Guide(
        "Call not charged",
        "The carrier recorded a call for which there is no charge.",
        "See whether the call was a free one. Nothing is charged later than the next day.",
        7,
    ),
    CaseKind.POSTING_WITHOUT_CALL: Guide(
        "Charge without a call",
        "A call was charged that the carrier does not know.",
        "If Twilio confirms that there was none, reverse the posting.",
        3,
        _BY_POSTING,
    ),
    CaseKind.BALANCE_DIFFERS: Guide(
        "Balance differs from its postings",
        "The books do not add up for one account. This should never happen.",
        "Block the card and call the engineers. Nothing is put right by hand.",
        1,
        ("block_card",),
    ),
    CaseKind.PAYMENT_NOT_CREDITED: Guide(
        "Paid, and not on the card",
        "The provider has confirmed a payment, but the card has expired or was used up meanwhile.",
        "Give the money back in the provider's panel, or ask the payer for another card (WP §4.1.2).",
        3,
    ),
    CaseKind.PAYMENT_DIFFERS: Guide(
        "Payment told differently",
        "A provider told of another amount, currency, order or shop than was kept. Nothing was credited.",
        "Compare with the provider's panel. Give back there what does not belong to us.",
        3,
    ),
    CaseKind.PAYMENT_PAID_TWICE: Guide(
        "Paid twice",
        "An order was paid for a second time. Only the first payment is on the card.",
        "Give the second payment back in the provider's panel.",
        3,
    ),
    CaseKind.PAYMENT_GIVEN_BACK: Guide(
        "Payment given back",
        "The provider gave the money back while it is on the card.",
        "Reverse the top-up as far as it is unspent, or close with the reason why not.",
        3,
        ("reverse_posting",),
    ),
    CaseKind.PAYMENT_UNRESOLVED: Guide(
        "Payment without an end",
        "The provider has had the payer's money for a day and neither gives nor returns it.",
        "Ask the provider. What comes late is credited by itself.",
        3,
    ),
}


def guide_of(kind: CaseKind) -> Guide:
    return GUIDES[kind]

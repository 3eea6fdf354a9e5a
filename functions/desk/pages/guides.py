"""What an operator is told about each kind of case: what it is, what to find out, and what may be done.

`days` is our own promise, in calendar days from the opening, for cases to which no law sets a limit:
somebody's money is not where it should be. A case with a limit of its own shows that one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from telekarta.domain.cards.terms import SHORTEST_TERM_DAYS
from telekarta.domain.cases.case import CaseKind


@dataclass(frozen=True, slots=True)
class Guide:
    """`commands` are offered on the case's page, besides closing it. `do` is BY_STAGE where both follow from
    how far the refund or the transfer is (refund_stages, transfer_stages)."""

    title: str
    means: str
    do: str
    days: int
    commands: tuple[str, ...] = ()


BY_STAGE = ""
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
    CaseKind.SUSPENSION_WARNED: Guide(
        "Holder called on to stop a breach",
        "The holder of a Telegrosik card was called on to stop what `breach` says, and has time until the day"
        " before `decide_by` (TG §10.5).",
        "When that day has come, see whether it goes on. If so, suspend the card; if not, close the case.",
        SHORTEST_TERM_DAYS,
        ("suspend_card",),
    ),
    CaseKind.TRANSFER_WAITS: Guide(
        "Bank transfer without a card",
        "A transfer came, and no single card of ours can have it: `reason` and `numbers` say why (WP §4.9).",
        BY_STAGE,
        7,
    ),
    CaseKind.TRANSFER_TAKEN_BACK: Guide(
        "Transfer taken back by the bank",
        "The bank has taken back money that it had told as a transfer to us.",
        "See whether the money was credited; if so, block the card and ask the bank for its grounds.",
        3,
        ("block_card",),
    ),
    CaseKind.STATEMENT_NOT_READ: Guide(
        "Bank statement not taken",
        "A file in the folder of statements could not be read or is doubtful. Nothing of it was credited.",
        "Its report says what is wrong. Have the statement fetched from the bank again and put there; what"
        " was credited from other files stays as it is.",
        2,
    ),
    CaseKind.CLAIM_STRANDED: Guide(
        "Voucher without a card",
        "A Plus voucher was redeemed, and its card expired or was used up in that moment (WP §4.1.5).",
        "Ask the holder for another card and credit the amount there, or have Plus make the voucher good.",
        3,
    ),
    CaseKind.CLAIM_LATE: Guide(
        "Order by SMS nearly late",
        "An order from Lajt mobile is not at its end, and its 48 working hours pass soon (WP §5.4).",
        "Ask Lajt mobile whether they answer. The order goes on by itself as soon as they do.",
        1,
    ),
    CaseKind.LETTER_TO_SEND: Guide(
        "Letter to print and post",
        "An answer on paper lies in the bucket of documents: in normal print, in large print and as text.",
        "Print it (large for who has asked for it), post it, and close this case with the day and, for a"
        " registered letter, its number.",
        2,
    ),
    CaseKind.MAIL_RECEIVED: Guide(
        "E-mail of a customer",
        "A customer wrote to us. `documents` is the folder with the words and the attachments. Codes in it"
        " were compared when it came and are kept nowhere: `codes` says what came of them (WP §7.3.2).",
        "Read it. An application for a refund is entered with the day on which it came, and with this case as"
        " its mail, so that right codes need not be asked for again. Then close this case.",
        3,
        ("apply_for_refund",),
    ),
    CaseKind.REFUND: Guide(
        "Application for unused money",
        "Somebody has asked for their money back. It is set aside, and they must have an answer within"
        " 30 days from the arrival of the application (WP §7.10). This case closes by itself.",
        BY_STAGE,
        30,
    ),
    CaseKind.REFUND_DUE: Guide(
        "Refund nearly due",
        "The day comes near on which an application must be decided and answered (WP §7.10). This case closes"
        " by itself when the refund is over.",
        BY_STAGE,
        2,
    ),
    CaseKind.REFUND_OVERDUE: Guide(
        "Refund overdue",
        "The 30 days have passed without a decision (WP §7.10): a late one counts as well. This case closes"
        " by itself when the refund is over.",
        BY_STAGE,
        1,
    ),
    CaseKind.PAYOUT_TO_ORDER: Guide(
        "Transfer to order at the bank",
        "A refund was granted, and its order lies in the bucket of payouts. The 30 days are for carrying it"
        " out as well (WP §7.10).",
        "Take the file to the bank and close this case. When the statement shows the transfer, the refund"
        " closes by itself.",
        1,
    ),
    CaseKind.REFUND_UNPAID: Guide(
        "Refund not confirmed",
        "A refund was sent out, and for a week nobody has confirmed it: look its reference up on the"
        " statement or at the provider. Or a payout came back, and for a week nobody has said where else to.",
        BY_STAGE,
        3,
    ),
    CaseKind.REFUND_RETURNED: Guide(
        "Refund came back",
        "The bank has returned a transfer, or the provider refuses to give the money back.",
        BY_STAGE,
        7,
    ),
    CaseKind.REFUND_ANSWER_UNDELIVERED: Guide(
        "Answer not delivered",
        "There is no such e-mail address, so that the applicant does not know of the answer.",
        "Send the answer by post, or ask for the address by telephone.",
        3,
        ("show_refund",),
    ),
    CaseKind.REFUND_STUCK: Guide(
        "Refund's workflow given up",
        "A step of a refund failed for good. Nothing is lost: its money is where the case says.",
        "Have the engineers look at the step in the log of the function tasks, then resume the refund.",
        1,
        ("resume_refund",),
    ),
    CaseKind.PAYOUT_DIFFERS: Guide(
        "Payout and statement differ",
        "The bank's statement has a payout's reference with another amount than was sent.",
        "Ask the bank. When it is clear, confirm the payout or mark it returned: that closes this case.",
        3,
        ("confirm_payout", "mark_payout_returned"),
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

"""Refunds of unused money: the applications, their decision and their payouts (WP §7)."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from desk import fields
from desk.capabilities import refund_fields as asked
from desk.capabilities.refund_answers import WHY_REFUND_REFUSED, answered, application_answered
from desk.fields import Field, choice, text
from desk.spec import Spec
from telekarta.usecases.desk.deps import DeskDeps
from telekarta.usecases.refunds.commands import (
    AcceptProof,
    ApplyForRefund,
    CompleteApplication,
    ConfirmPayout,
    DecideRefund,
    MarkPayoutReturned,
    RefundAnswer,
    ResumeRefund,
    ShowRefund,
    TakeBackProof,
    Verdict,
    WithdrawRefund,
    entered,
)
from telekarta.usecases.refunds.desk.applying import apply_for_refund
from telekarta.usecases.refunds.desk.changing import RefundDeskDeps
from telekarta.usecases.refunds.desk.completing import accept_proof, complete_application, take_back_proof
from telekarta.usecases.refunds.desk.deciding import decide_refund
from telekarta.usecases.refunds.desk.telling import (
    confirm_payout,
    mark_payout_returned,
    resume_refund,
    show_refund,
)
from telekarta.usecases.refunds.desk.withdrawing import withdraw_refund

_A_REFUND = "refund-wniosek-2026-117"
_SIGNATURE = {"who": "anna.kowalska", "why": "Wniosek z 20 listopada 2026"}
_PROOF = {
    "posting": "topup:bank:2026-11-02/1",
    "kind": "transfer",
    "document": "wnioski/2026/117/potwierdzenie.pdf",
}


Command = TypeVar("Command")


def _of_refunds(
    verb: Callable[[RefundDeskDeps, Command], RefundAnswer],
) -> Callable[[DeskDeps, Command], RefundAnswer]:
    """The use case with the part of the desk that it takes."""

    @wraps(verb)
    def carried_out(desk: DeskDeps, command: Command) -> RefundAnswer:
        return verb(desk.refunds, command)

    return carried_out


SPECS = (
    Spec[ApplyForRefund, RefundAnswer](
        "apply_for_refund",
        ApplyForRefund,
        asked.OF_APPLICATION,
        "Enters an application for unused money. The money asked for leaves the card at once and is held for"
        " the case; what is missing is asked for by one letter or e-mail. A card has one application at"
        " a time: `refund_is_open` names it. (WP §7.1, WP §7.2, WP §7.3)",
        {
            "brand": "white_phone",
            "card": "123456",
            "request_id": "wniosek-2026-117",
            "arrived": "letter",
            "received_on": "2026-11-16",
            "amount_grosze": 5000,
            "pin": "12345678",
            "proofs": [_PROOF],
            "account": "61 1090 1014 0000 0712 1981 2874",
            "owner": "Jan Kowalski",
            "signed": True,
            "answer_by": "letter",
            "address": "Jan Kowalski, ul. Polna 1, 00-001 Warszawa",
            **_SIGNATURE,
        },
        carry_out=_of_refunds(apply_for_refund),
        made_by=entered,
        respond=application_answered,
        label="Enter an application for a refund",
        refusals=WHY_REFUND_REFUSED,
    ),
    Spec[CompleteApplication, RefundAnswer](
        "complete_application",
        CompleteApplication,
        (
            asked.refund,
            asked.amount,
            asked.pin,
            asked.puk,
            asked.given_proofs,
            asked.account_to_pay,
            asked.owner,
            asked.signed,
            asked.unfit,
            asked.unfit_because,
            asked.answer_by,
            asked.new_address,
            *fields.SIGNED,
        ),
        "Adds to an application what came later. After a transfer came back it names another account, and the"
        " money is sent there. (WP §7.3)",
        {"case": _A_REFUND, "owner": "Jan Kowalski", **_SIGNATURE},
        carry_out=_of_refunds(complete_application),
        respond=answered,
        label="Complete the application",
        tells_next=True,
        refusals=WHY_REFUND_REFUSED,
    ),
    Spec[AcceptProof, RefundAnswer](
        "accept_proof",
        AcceptProof,
        (
            asked.refund,
            fields.posting,
            Field("document", text(200), "where the document lies that was read"),
            *fields.SIGNED,
        ),
        "Notes that a document proves a top-up: the money of that posting can be refunded. The page of the"
        " case has a button for each document and each top-up that no proof is about. (WP §7.3.4, WP §7.4)",
        {
            "case": _A_REFUND,
            "posting": "topup:bank:2026-11-02/1",
            "document": "wnioski/2026/117/potwierdzenie.pdf",
            **_SIGNATURE,
        },
        carry_out=_of_refunds(accept_proof),
        respond=answered,
        tells_next=True,
        refusals=WHY_REFUND_REFUSED,
    ),
    Spec[TakeBackProof, RefundAnswer](
        "take_back_proof",
        TakeBackProof,
        (asked.refund, fields.posting, *fields.SIGNED),
        "Undoes a proof that was accepted by mistake: its document waits to be read again. (WP §7.4)",
        {"case": _A_REFUND, "posting": "topup:bank:2026-11-02/1", **_SIGNATURE},
        carry_out=_of_refunds(take_back_proof),
        respond=answered,
        tells_next=True,
        refusals=WHY_REFUND_REFUSED,
    ),
    Spec[DecideRefund, RefundAnswer](
        "decide_refund",
        DecideRefund,
        (
            asked.refund,
            Field("decision", choice(Verdict), "`grant` or `refuse`", choices=tuple(Verdict)),
            Field(
                "reasons",
                text(1000),
                "words for the applicant, in Polish; needed to refuse what the terms do not rule out",
                required=False,
            ),
            *fields.SIGNED,
        ),
        "Grants or refuses a refund. What the terms rule out can't be granted: `unmet` names the conditions."
        " A refusal names them to the applicant by itself. The day is 30 days from arrival; a later decision"
        " counts all the same. (WP §7.4 to §7.10)",
        {"case": _A_REFUND, "decision": "grant", **_SIGNATURE},
        carry_out=_of_refunds(decide_refund),
        respond=answered,
        tells_next=True,
        refusals=WHY_REFUND_REFUSED,
    ),
    Spec[WithdrawRefund, RefundAnswer](
        "withdraw_refund",
        WithdrawRefund,
        (asked.refund, *fields.SIGNED),
        "Ends an application that its applicant takes back, before it is decided; the money goes back on the"
        " card. After a transfer came back it puts that money back on the card. (WP §7.1)",
        {"case": _A_REFUND, **_SIGNATURE},
        carry_out=_of_refunds(withdraw_refund),
        respond=answered,
        label="The applicant withdraws",
        tells_next=True,
        refusals=WHY_REFUND_REFUSED,
    ),
    Spec[ResumeRefund, RefundAnswer](
        "resume_refund",
        ResumeRefund,
        (asked.refund, *fields.SIGNED),
        "Starts the workflow of a refund anew, after a case `refund_stuck`: it goes on from what is kept, and"
        " does nothing twice.",
        {"case": _A_REFUND, **_SIGNATURE},
        carry_out=_of_refunds(resume_refund),
        respond=answered,
        label="Go on with the refund",
        tells_next=True,
        refusals=WHY_REFUND_REFUSED,
    ),
    Spec[ConfirmPayout, RefundAnswer](
        "confirm_payout",
        ConfirmPayout,
        (asked.reference, *fields.SIGNED),
        "Notes that a payout is on the bank's statement, or that the provider has given the money back."
        " Statements that are read in do it by themselves.",
        {"reference": "ZW0123456789AB", **_SIGNATURE},
        carry_out=_of_refunds(confirm_payout),
        respond=answered,
        label="Confirm the payout",
        tells_next=True,
        refusals=WHY_REFUND_REFUSED,
    ),
    Spec[MarkPayoutReturned, RefundAnswer](
        "mark_payout_returned",
        MarkPayoutReturned,
        (asked.reference, *fields.SIGNED),
        "Notes that a transfer came back: its case is open again, until another account is named"
        " (`complete_application`) or the money is put back on the card (`withdraw_refund`).",
        {"reference": "ZW0123456789AB", **_SIGNATURE},
        carry_out=_of_refunds(mark_payout_returned),
        respond=answered,
        label="The payout came back",
        tells_next=True,
        refusals=WHY_REFUND_REFUSED,
    ),
    Spec[ShowRefund, RefundAnswer](
        "show_refund",
        ShowRefund,
        (asked.refund,),
        "Shows an application, what is missing, the calculation line by line with its clauses, the payouts,"
        " the days and the history. The account is shown masked; owner and address are not shown.",
        {"case": _A_REFUND},
        carry_out=_of_refunds(show_refund),
        respond=answered,
        refusals=WHY_REFUND_REFUSED,
    ),
)

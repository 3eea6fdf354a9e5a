"""Bank transfers that wait for a person (WP §4.9)."""

from collections.abc import Mapping
from enum import StrEnum

from desk import fields
from desk.answers import Json, outcome_of, refused
from desk.fields import Field, shaped
from desk.spec import Spec
from telekarta.domain.calendar.deadlines import as_text
from telekarta.domain.ledger.postings import PostingKind
from telekarta.usecases.bank.commands import (
    AssignTransfer,
    NotDecided,
    ReturnTransfer,
    TransferAnswer,
    TransferCommand,
    TransferRefused,
)
from telekarta.usecases.bank.transfers import carry_out_transfer
from telekarta.usecases.desk.deps import DeskDeps

WHY_TRANSFER_REFUSED: Mapping[StrEnum, str] = {
    NotDecided.NO_TRANSFER_CASE: "There is no such case of a bank transfer. list_cases shows them.",
    NotDecided.NOT_IN_ZLOTYS: "The transfer is not in złotys, so no card can have it. Settle it with the"
    " bank, then close the case; what the bank exchanges comes as a transfer of its own.",
    NotDecided.ALREADY_CREDITED: "The money is on a card already. If it is the wrong one, reverse that"
    " posting first.",
    NotDecided.ALREADY_RETURNED: "The transfer was returned to its sender. It can't be credited.",
    NotDecided.UNKNOWN_CARD: "There is no such card or account. Check the number and the brand.",
    NotDecided.CARD_USED_UP: "The card was used up onto an account. Assign the money to that account.",
    NotDecided.CARD_EXPIRED: "The card has expired, and takes no money (WP §4.4).",
}
_A_TRANSFER = "transfer_waits:75109000046599000000001010/2026112000417/2000"
_SIGNATURE = {"who": "anna.kowalska", "why": "Nadawca podał numer karty telefonicznie"}

_case = Field(
    "case",
    shaped("transfer_waits:[!-~]{1,180}", "a case `transfer_waits:...`"),
    "its name, as `list_cases` shows it",
)


def _decide(desk: DeskDeps, command: TransferCommand) -> TransferAnswer:
    return carry_out_transfer(desk.transfers, command)


def _answered(answer: TransferAnswer) -> Json:
    """What the posting says became of the transfer, and the case as it is now."""
    if isinstance(answer, TransferRefused):
        where = {"card": answer.card} if answer.card else {}
        return {**refused(answer.reason, WHY_TRANSFER_REFUSED), **where}
    posting, case = answer.posting, answer.case
    returned = posting.kind is PostingKind.TRANSFER_RETURNED
    return {
        "outcome": outcome_of(answer.done),
        "case": case.id,
        "state": case.state,
        "transfer": "returned" if returned else "credited",
        **({} if returned else {"account": posting.credit}),
        "amount_grosze": posting.amount_grosze,
        "posting": posting.id,
        "booked_at": as_text(posting.booked_at),
    }


_Spec = Spec[TransferCommand, TransferAnswer]

SPECS = (
    _Spec(
        "assign_transfer",
        AssignTransfer,
        (_case, fields.brand, fields.card_of_brand, fields.who, fields.why),
        "Puts a bank transfer that waits on a card, once, and closes its case. Given again it changes nothing"
        " (`unchanged`); what was returned, or is on another card, is refused. (WP §4.1.1, WP §4.9, TG §2.6)",
        {"case": _A_TRANSFER, "brand": "white_phone", "card": "123456", **_SIGNATURE},
        carry_out=_decide,
        respond=_answered,
        label="Put the money on a card",
        tells_next=True,
        refusals=WHY_TRANSFER_REFUSED,
    ),
    _Spec(
        "return_transfer",
        ReturnTransfer,
        (_case, fields.who, fields.why),
        "Notes that a bank transfer goes back to its sender, and closes its case: it can never be credited"
        " any more. The transfer back is ordered at the bank, by the reference in the case. What is on a card"
        " already is refused. (WP §4.9)",
        {
            "case": _A_TRANSFER,
            "who": "anna.kowalska",
            "why": "Nadawca poprosił o zwrot 21 listopada 2026",
        },
        carry_out=_decide,
        respond=_answered,
        label="Return the money to its sender",
        tells_next=True,
        refusals=WHY_TRANSFER_REFUSED,
    ),
)

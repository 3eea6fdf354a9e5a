"""What became of a bank transfer, as JSON for operators."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from telekarta.domain.calendar.deadlines import as_text
from telekarta.domain.ledger.postings import PostingKind
from telekarta.usecases.bank.commands import NotDecided, TransferDecided, TransferRefused

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


def refused(answer: TransferRefused) -> dict[str, Any]:
    where = {"card": answer.card} if answer.card else {}
    return {"reason": answer.reason, "message": WHY_TRANSFER_REFUSED[answer.reason], **where}


def decided(answer: TransferDecided) -> dict[str, Any]:
    """What the posting says became of it, and the case as it is now."""
    posting, case = answer.posting, answer.case
    returned = posting.kind is PostingKind.TRANSFER_RETURNED
    return {
        "case": case.id,
        "state": case.state,
        "transfer": "returned" if returned else "credited",
        **({} if returned else {"account": posting.credit}),
        "amount_grosze": posting.amount_grosze,
        "posting": posting.id,
        "booked_at": as_text(posting.booked_at),
    }

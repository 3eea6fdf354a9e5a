"""What an operator decides about a transfer that waits, and the answers (WP §4.9)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from telekarta.domain.brands import Brand
from telekarta.domain.cases.case import Case
from telekarta.domain.ledger.postings import Posting


@dataclass(frozen=True, slots=True)
class AssignTransfer:
    case: str
    brand: Brand
    card: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class ReturnTransfer:
    case: str
    who: str
    why: str


TransferCommand = AssignTransfer | ReturnTransfer


class NotDecided(StrEnum):
    """Why a transfer can't be assigned or returned."""

    NO_TRANSFER_CASE = "no_transfer_case"
    NOT_IN_ZLOTYS = "not_in_zlotys"
    ALREADY_CREDITED = "already_credited"
    ALREADY_RETURNED = "already_returned"
    UNKNOWN_CARD = "unknown_card"
    CARD_USED_UP = "card_used_up"
    CARD_EXPIRED = "card_expired"


@dataclass(frozen=True, slots=True)
class TransferRefused:
    """`card` is where the money is, if it is on one."""

    reason: NotDecided
    card: str = ""


@dataclass(frozen=True, slots=True)
class TransferDecided:
    """What became of the transfer, as the posting tells it. Not `done` if it was so before."""

    case: Case
    posting: Posting
    now: datetime
    done: bool


TransferAnswer = TransferRefused | TransferDecided

"""What operators and the refund form command about refunds, and what they are answered."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Ref
from telekarta.domain.refunds.application import AnswerBy, Application, ProofKind, read_account
from telekarta.domain.refunds.calculation import Unmet
from telekarta.domain.refunds.refund import Refund


@dataclass(frozen=True, slots=True)
class GivenProof:
    """A proof as an operator enters it: the posting of the top-up, and where the document is filed."""

    posting: str
    kind: ProofKind
    document: str


@dataclass(frozen=True, slots=True)
class ApplyForRefund:
    """An application, and what it came with: codes to be compared, and documents that somebody has read.
    `mail` is the case of the e-mail that it came by, whose codes were compared then."""

    request_id: str
    application: Application
    who: str
    why: str
    pin: str = field(default="", repr=False)
    puk: str = field(default="", repr=False)
    mail: str = ""
    proofs: tuple[GivenProof, ...] = ()

    @property
    def ref(self) -> Ref:
        return self.application.ref


def entered(
    *,
    brand: Brand,
    card: str,
    request_id: str,
    who: str,
    why: str,
    amount_grosze: int | None = None,
    account: str = "",
    answer_by: AnswerBy = AnswerBy.LETTER,
    pin: str = "",
    puk: str = "",
    mail: str = "",
    proofs: tuple[GivenProof, ...] = (),
    **applied: Any,
) -> ApplyForRefund:
    """The command, of what an operator enters: `card` is a card's number or an account's line, `account` as
    the applicant wrote it. `applied` are further fields of the application, as it names them."""
    nrb, is_wrong = read_account(account)
    application = Application(
        ref=Ref.account(card) if card.startswith("+") else Ref.card(brand, card),
        asked_grosze=amount_grosze,
        nrb=nrb,
        nrb_is_wrong=is_wrong,
        answer_by=answer_by,
        **applied,
    )
    return ApplyForRefund(request_id, application, who, why, pin, puk, mail, proofs)


@dataclass(frozen=True, slots=True)
class CompleteApplication:
    """What came later; a field that is left out stays as it was, proofs are added."""

    case: str
    who: str
    why: str
    amount_grosze: int | None = None
    pin: str = field(default="", repr=False)
    puk: str = field(default="", repr=False)
    proofs: tuple[GivenProof, ...] = ()
    account: str = field(default="", repr=False)
    owner: str = field(default="", repr=False)
    signed: bool | None = None
    answer_by: AnswerBy | None = None
    address: str = field(default="", repr=False)
    unfit: bool = False  # what was enclosed does not do, or not for all: more is asked for
    reasons: str = ""  # why it does not, in words for the applicant
    enclosed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TakeBackProof:
    """It was taken for a proof and is none: the document waits to be read again."""

    case: str
    posting: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class AcceptProof:
    """An operator has read the document: it proves the top-up of this posting."""

    case: str
    posting: str
    document: str
    who: str
    why: str


class Verdict(StrEnum):
    GRANT = "grant"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class DecideRefund:
    """`reasons` are words for the applicant; `why` is for the record."""

    case: str
    decision: Verdict
    who: str
    why: str
    reasons: str = ""


@dataclass(frozen=True, slots=True)
class WithdrawRefund:
    case: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class ResumeRefund:
    case: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class ConfirmPayout:
    reference: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class MarkPayoutReturned:
    reference: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class ShowRefund:
    case: str


class RefundRefusal(StrEnum):
    """Why a command about a refund can't be carried out."""

    UNKNOWN_CARD = "unknown_card"
    CARD_USED_UP = "card_used_up"
    MAIL_WITHOUT_CODES = "mail_without_codes"  # no such e-mail, of another card, or with wrong codes
    UNKNOWN_REFUND = "unknown_refund"
    UNKNOWN_PAYOUT = "unknown_payout"
    REFUND_IS_OPEN = "refund_is_open"
    REQUEST_TAKEN = "request_taken"
    NOT_RECEIVED_YET = "not_received_yet"
    PROOF_UNKNOWN = "proof_unknown"
    PROOF_DOES_NOT_FIT = "proof_does_not_fit"
    NOT_LOOKED_AT_YET = "not_looked_at_yet"
    INCOMPLETE = "incomplete"
    DOCUMENTS_UNREAD = "documents_unread"  # they may prove what is not proven yet
    PROOFS_NOT_ASKED_FOR = "proofs_not_asked_for"  # of a part: a second application would cost a second fee
    PROOFS_AWAITED = "proofs_awaited"
    REASONS_MISSING = "reasons_missing"
    CONDITIONS_UNMET = "conditions_unmet"
    DECIDED_BEFORE = "decided_before"
    TOO_LATE_TO_WITHDRAW = "too_late_to_withdraw"
    NOTHING_TO_COMPLETE = "nothing_to_complete"
    WRONG_STATE = "wrong_state"
    TOO_MANY_DOCUMENTS = "too_many_documents"


@dataclass(frozen=True, slots=True)
class RefundRefused:
    """`case` is the one that the refusal is about, if it is not the one that was named."""

    reason: RefundRefusal
    case: str = ""
    unmet: tuple[Unmet, ...] = ()


@dataclass(frozen=True, slots=True)
class RefundShown:
    """The case as it is, or as the command left it; `done` tells whether there was anything to do."""

    refund: Refund
    now: datetime
    done: bool = False


RefundAnswer = RefundShown | RefundRefused

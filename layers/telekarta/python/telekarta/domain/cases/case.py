"""Cases: what the books can't decide by themselves, kept for a person to look at.

A case is the smallest honest record: what was found, when, about what, and every word said on it since. It
moves no money: what an operator decides is a posting of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum


class CaseKind(StrEnum):
    """What was found; each kind names what an operator has to find out."""

    UNKNOWN_CALL = "unknown_call"  # money was held for a call that the carrier does not know
    CALL_WITHOUT_END = "call_without_end"  # the carrier still shows no end long after the call's limit
    CHARGE_DIFFERS = "charge_differs"
    CALL_NOT_CHARGED = "call_not_charged"
    POSTING_WITHOUT_CALL = "posting_without_call"
    BALANCE_DIFFERS = "balance_differs"
    PAYMENT_NOT_CREDITED = "payment_not_credited"  # the provider has the money, the card can't take it
    PAYMENT_DIFFERS = "payment_differs"  # told with another amount, currency, shop or order than was kept
    PAYMENT_PAID_TWICE = "payment_paid_twice"  # a second payment for one order; only the first is credited
    PAYMENT_GIVEN_BACK = "payment_given_back"  # the provider paid it back while it is on the card
    PAYMENT_UNRESOLVED = "payment_unresolved"  # a day old, and the provider neither gives nor returns it
    CLAIM_STRANDED = "claim_stranded"  # money that a voucher brought, and that its card can't take any more
    CLAIM_LATE = "claim_late"  # an order by SMS nears the end of its 48 working hours (WP §5.4)
    LETTER_TO_SEND = "letter_to_send"  # printed and posted by a person, who then closes the case
    MAIL_RECEIVED = "mail_received"  # a customer wrote by e-mail: what it asks is for an operator to see
    REFUND = "refund"  # an application for unused money waits for a decision; open as long as its case is
    REFUND_DUE = "refund_due"  # its day comes near (WP §7.10)
    REFUND_OVERDUE = "refund_overdue"  # its day has passed without a decision
    PAYOUT_TO_ORDER = "payout_to_order"  # a file for the bank, which a person takes there
    REFUND_UNPAID = "refund_unpaid"  # paid out, and nobody has confirmed it
    REFUND_RETURNED = "refund_returned"  # the money came back, or the provider refused to give it back
    REFUND_ANSWER_UNDELIVERED = "refund_answer_undelivered"  # there is no such e-mail address
    REFUND_STUCK = "refund_stuck"  # its workflow gave up; resume_refund goes on from where it was
    PAYOUT_DIFFERS = "payout_differs"  # the bank's statement and the payout differ in the amount
    SUSPENSION_WARNED = "suspension_warned"  # called on to stop a breach (TG §10.5)
    TRANSFER_WAITS = "transfer_waits"  # a bank transfer whose card a person has to find (WP §4.9)
    TRANSFER_TAKEN_BACK = "transfer_taken_back"  # the bank has taken back what it had told as money
    STATEMENT_NOT_READ = "statement_not_read"  # a file in the statements' folder that credited nothing


class CaseState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class CaseEventKind(StrEnum):
    OPENED = "opened"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One line of a case's history; `who` is an operator, or the job that found it."""

    kind: CaseEventKind
    at: datetime
    who: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One finding. `id` is made of what was found, so the same finding made twice is one case.

    `subject` is a card's `Ref` as text, or the carrier's id of a call. `facts` are what was known then; they
    hold no PIN and no digest of one. `history` only ever grows.
    """

    id: str
    kind: CaseKind
    subject: str
    opened_at: datetime
    facts: Mapping[str, str | int] = field(default_factory=dict)
    state: CaseState = CaseState.OPEN
    history: tuple[CaseEvent, ...] = ()

    @property
    def closing(self) -> CaseEvent | None:
        """When, by whom and why it was closed; None while it is open."""
        return self.history[-1] if self.state is CaseState.CLOSED else None

    def closed(self, who: str, why: str, now: datetime) -> "Case":
        event = CaseEvent(CaseEventKind.CLOSED, now, who, why)
        return replace(self, state=CaseState.CLOSED, history=(*self.history, event))


def new_case(
    kind: CaseKind,
    of: str,
    subject: str,
    facts: Mapping[str, str | int],
    found_by: str,
    now: datetime,
    why: str = "",
) -> Case:
    """An open case. `of` names the finding within its kind: a hold's id, a posting's, an account and day."""
    opened = CaseEvent(CaseEventKind.OPENED, now, found_by, why)
    return Case(f"{kind}:{of}", kind, subject, now, facts, history=(opened,))

"""A refund: one application for unused money, and all that came of it (WP §7).

::

    OPEN ──> GRANTED ──> PAYING ──> CLOSED
      │                    ^ └─ a transfer came back: a new account, or back on the card (also after the end)
      └────> REFUSED, WITHDRAWN, LAPSED ──> CLOSED

What it needs next is told by `next_action`, its numbers are in `terms`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise

from telekarta.domain.cards.card import Ref
from telekarta.domain.ledger.postings import Lot
from telekarta.domain.refunds.application import AnswerBy, Application, Arrival, Missing, missing, policy_for
from telekarta.domain.refunds.calculation import (
    Calculation,
    Part,
    awaited,
    calculate,
    is_proven,
    set_aside,
    spent_bonuses,
    total,
)
from telekarta.domain.refunds.money_found import MoneyFound
from telekarta.domain.refunds.policy import Policy
from telekarta.domain.refunds.terms import FORGOTTEN_AFTER
from telekarta.domain.rules import rule

# Among what was answered, beside the stages.
ACKNOWLEDGED = "acknowledged"


class RefundStage(StrEnum):
    OPEN = "open"
    GRANTED = "granted"
    PAYING = "paying"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    CLOSED = "closed"


class Way(StrEnum):
    """How money goes out."""

    BANK = "bank"
    PAYU = "payu"
    PRZELEWY24 = "przelewy24"


class PayoutState(StrEnum):
    PLANNED = "planned"
    SENDING = "sending"  # a provider is being told; whether it heard is not known
    SENT = "sent"
    PAID = "paid"
    REFUSED = "refused"  # by the provider; another payout replaces it
    RETURNED = "returned"  # by the bank; replaced by another, or put back on the card


OVER = frozenset({PayoutState.PAID, PayoutState.REFUSED, PayoutState.RETURNED})
FAILED = frozenset({PayoutState.REFUSED, PayoutState.RETURNED})


@dataclass(frozen=True, slots=True)
class Payout:
    """One payment of a refund. `reference` is in the transfer's title, and the refund's id at a provider."""

    number: int
    way: Way
    amount_grosze: int
    reference: str
    state: PayoutState = PayoutState.PLANNED
    payment: str = ""  # ours, that the provider gives back
    file: str = ""  # with the order for the bank
    provider_refund_id: str = ""
    sent_at: datetime | None = None
    replaced: bool = False  # what failed was dealt with
    tellings: int = 0  # of the provider: noted before each


def reference_of(case_id: str, number: int) -> str:
    """Letters and digits that survive a bank's breaking of lines, the same each time they are made."""
    return f"ZW{sha256(f'{case_id}/{number}'.encode()).hexdigest()[:12].upper()}"


class Event(StrEnum):
    """What a line of a refund's history says."""

    RECEIVED = "received"
    HELD = "held"
    HELD_ANEW = "held_anew"  # other money, after a proof or an amount came
    ACKNOWLEDGED = "acknowledged"
    CALLED_TO_COMPLETE = "called_to_complete"
    COMPLETED = "completed"
    ACCOUNT_CHANGED = "account_changed"  # after a payout failed
    DOCUMENTS_SENT = "documents_sent"  # by the applicant
    DOCUMENTS_UNFIT = "documents_unfit"
    PROOF_ACCEPTED = "proof_accepted"
    PROOF_TAKEN_BACK = "proof_taken_back"
    REMINDED = "reminded"
    OVERDUE = "overdue"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    RELEASED = "released"
    PAYING = "paying"
    SENT = "sent"
    PAID = "paid"
    PAYOUT_REFUSED = "payout_refused"
    PAYOUT_RETURNED = "payout_returned"
    ANSWERED = "answered"
    INFORMED = "informed"
    RESUMED = "resumed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """`who` is an operator or the step that did it; `why` holds no personal data."""

    event: Event
    at: datetime
    who: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Refund:
    """One application and all that came of it. `version` grows with every change."""

    id: str
    application: Application
    entered_at: datetime
    stage: RefundStage = RefundStage.OPEN
    found: MoneyFound | None = None  # None: nothing was set aside yet
    held: tuple[Part, ...] = ()
    released: bool = False
    reasons: str = ""  # of the decision, in the operator's words
    complete_until: date | None = None  # None: not asked yet, or to be asked anew
    asked_why: str = ""  # why what came does not do, in an operator's words
    proofs_wanted: bool = False  # by an operator, though the application could be granted in part
    reminders: int = 0
    reminded_at: datetime | None = None
    answered: tuple[str, ...] = ()  # what was answered so far, by name
    payouts: tuple[Payout, ...] = ()
    put_back: tuple[Part, ...] = ()  # of what was granted, since it came back unpaid
    put_back_told_grosze: int = 0
    settled_at: datetime | None = None
    token: str = field(default="", repr=False)  # of the task that waits, to wake it
    runs: int = 1  # executions started for it
    history: tuple[HistoryLine, ...] = ()
    version: int = 1

    @property
    def ref(self) -> Ref:
        return self.application.ref

    @property
    def policy(self) -> Policy:
        """As it was on the day of arrival."""
        return policy_for(self.ref.brand, self.application.received_on)

    @property
    def missing(self) -> tuple[Missing, ...]:
        return missing(self.application)

    @property
    def calculation(self) -> Calculation | None:
        """None until the card was looked at."""
        if self.found is None:
            return None
        return calculate(self.policy, self.application, self.found)

    @property
    @rule("WP §7.3.3", "WP §7.4")
    def is_to_hold(self) -> bool:
        """Whether other money is to be set aside than is, since a proof came, or an amount."""
        return self.found is None or set_aside(self.policy, self.application, self.found) != self.held

    @property
    @rule("WP §7.8")
    def bonuses_taken_back(self) -> Mapping[str, int]:
        """What was deducted of bonuses, by their top-ups: a later refund deducts the rest."""
        calculation = self.calculation
        if self.settled_at is None or self.fee_given_back or self.found is None or calculation is None:
            return {}
        return spent_bonuses(self.policy, calculation.draws, self.found)

    @property
    @rule("WP §7.4")
    def unproven(self) -> tuple[Lot, ...]:
        """The money of top-ups that no proof is about yet, though one would make it refundable."""
        return tuple(
            lot
            for lot in (self.found.lots if self.found else ())
            if lot.source in self.policy.refundable and not is_proven(lot, self.application.proofs)
        )

    @property
    @rule("WP §7.4")
    def awaited(self) -> tuple[Lot, ...]:
        """The money of `unproven` top-ups that is asked back: without a proof it is not refunded."""
        return awaited(self.policy, self.application, self.found) if self.found else ()

    @property
    @rule("WP §7.3", "WP §7.4")
    def wanted(self) -> tuple[Missing, ...]:
        """What the applicant is asked for: all that is missing, and proofs for all that is asked back. An
        applicant who has not shown that they know the codes is not asked for proofs: it would tell a stranger
        what is on the card."""
        more = self.awaited and not self.application.enclosed and self.application.knows_codes
        return (*self.missing, Missing.PROOF) if more and Missing.PROOF not in self.missing else self.missing

    @property
    @rule("WP §7.10")
    def decide_by(self) -> date:
        """The last day of answering. Ours, so that no holiday moves it."""
        return self.application.received_on + timedelta(days=self.policy.answer_within_days)

    @property
    def answered_by(self) -> AnswerBy:
        """How the applicant is answered: by letter if they gave no address, which an operator then has to
        find."""
        return self.application.answer_by if self.application.address else AnswerBy.LETTER

    @property
    def is_to_acknowledge(self) -> bool:
        """Whether the applicant is still to be told that the application is there: those who wrote on a
        screen are told by e-mail, once all that is needed has come."""
        by_screen = self.application.arrived in (Arrival.WEB, Arrival.EMAIL)
        by_mail = self.application.answer_by is AnswerBy.EMAIL and bool(self.application.address)
        return by_screen and by_mail and ACKNOWLEDGED not in self.answered

    @property
    def held_grosze(self) -> int:
        return total(self.held)

    @property
    def releases(self) -> int:
        """How often money went back on the card so far."""
        return sum(line.event in (Event.RELEASED, Event.HELD_ANEW) for line in self.history)

    @property
    def holds(self) -> int:
        """How often money was set aside so far."""
        return sum(line.event in (Event.HELD, Event.HELD_ANEW) for line in self.history)

    @property
    def stranded(self) -> tuple[Payout, ...]:
        """The payouts that failed and wait for another account."""
        return tuple(each for each in self.payouts if each.state in FAILED and not each.replaced)

    @property
    @rule("WP §7.6", "WP §7.8")
    def fee_given_back(self) -> bool:
        """Whether fee and bonus are on the card again: no payout stands, so nothing was refunded."""
        return bool(self.payouts) and all(payout.replaced for payout in self.payouts)

    @property
    def paid_grosze(self) -> int:
        """What really went out, as far as it is confirmed."""
        return sum(each.amount_grosze for each in self.payouts if each.state is PayoutState.PAID)

    @property
    def is_over(self) -> bool:
        return self.stage is RefundStage.CLOSED

    @property
    def began_at(self) -> datetime:
        """When the execution that carries it began: an execution lives a year at most, and the next one as
        long."""
        begins = [self.entered_at]
        for before, line in pairwise(self.history):
            if line.event is Event.RESUMED or before.event is Event.CLOSED:
                begins.append(line.at)
        return begins[-1]

    @property
    def forget_at(self) -> datetime | None:
        """When the record may be deleted; None while the refund is not over."""
        return self.history[-1].at + FORGOTTEN_AFTER if self.is_over else None

    @property
    def was_over(self) -> bool:
        """Whether the refund had its end before a transfer came back. Its card may have another refund by
        now."""
        return any(line.event is Event.CLOSED for line in self.history)

    def noted(self, event: Event, at: datetime, who: str, why: str = "", **changes: object) -> "Refund":
        """The refund one version later, with the changes and a line of history."""
        line = HistoryLine(event, at, who, why)
        changed = replace(self, **changes)  # type: ignore[arg-type]
        return replace(changed, history=(*self.history, line), version=self.version + 1)

    def with_payout(self, payout: Payout) -> tuple[Payout, ...]:
        """The payouts with this one in the place of its number."""
        return tuple(payout if each.number == payout.number else each for each in self.payouts)

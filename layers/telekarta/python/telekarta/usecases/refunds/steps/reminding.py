"""The steps of the clock: what operators are reminded of, and an application that nobody completed."""

from datetime import datetime

from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.cases.case import CaseKind
from telekarta.domain.refunds.next_action import Do, next_action, reminder_days
from telekarta.domain.refunds.refund import Event, PayoutState, Refund, RefundStage
from telekarta.domain.rules import rule
from telekarta.usecases.refunds.payouts import BY_US
from telekarta.usecases.refunds.steps.running import (
    Change,
    RefundStepDeps,
    answer,
    do_once,
    open_case,
    refund_of,
)
from telekarta.usecases.workflow import StepAnswer


def lapse(work: RefundStepDeps, case_id: str) -> StepAnswer:
    """Lay aside an application that nobody completed in time; it may be made again (WP §7.9)."""

    def lapsed(refund: Refund, now: datetime) -> Change:
        return refund.noted(Event.LAPSED, now, BY_US, stage=RefundStage.LAPSED), (), None

    return do_once(work, case_id, Do.LAPSE, lapsed)


@rule("WP §7.10")
def remind(work: RefundStepDeps, case_id: str) -> StepAnswer:
    """Open a case that tells operators that the day comes near. It is opened before it is noted: done again
    it is the same case, by its id."""
    return _reminded(work, case_id, Do.REMIND, CaseKind.REFUND_DUE, Event.REMINDED, "RefundDue")


@rule("WP §7.10")
def escalate(work: RefundStepDeps, case_id: str) -> StepAnswer:
    """The day has passed, or another week has: seen by an operator, and the decision may still come."""
    return _reminded(work, case_id, Do.ESCALATE, CaseKind.REFUND_OVERDUE, Event.OVERDUE, "RefundOverdue")


def _reminded(
    work: RefundStepDeps, case_id: str, wanted: Do, kind: CaseKind, event: Event, metric: str
) -> StepAnswer:
    refund, now = refund_of(work, case_id), work.clock.now()
    if next_action(refund, now).do is not wanted:
        return answer(work, refund)
    passed = sum(moment <= now for moment in reminder_days(refund))
    facts: dict[str, str | int] = {"refund": refund.id, "decide_by": refund.decide_by.isoformat()}
    open_case(work, kind, f"{refund.id}:{day_of(now)}", refund, facts, now)

    def noted(seen: Refund, at: datetime) -> Change:
        return seen.noted(event, at, BY_US, reminders=passed, reminded_at=at), (), None

    return do_once(work, case_id, wanted, noted, ("CaseOpened", metric))


def payment_overdue(work: RefundStepDeps, case_id: str) -> StepAnswer:
    """Nobody has confirmed the payout, or nobody has named another account: an operator sees it."""
    refund, now = refund_of(work, case_id), work.clock.now()
    if next_action(refund, now).do is not Do.PAYMENT_OVERDUE:
        return answer(work, refund)
    open_ones = [
        payout.reference
        for payout in refund.payouts
        if payout.state is PayoutState.SENT or payout in refund.stranded
    ]
    facts: dict[str, str | int] = {"refund": refund.id, "payouts": " ".join(open_ones)}
    open_case(work, CaseKind.REFUND_UNPAID, f"{refund.id}:{day_of(now)}", refund, facts, now)

    def noted(seen: Refund, at: datetime) -> Change:
        return seen.noted(Event.OVERDUE, at, BY_US, reminded_at=at), (), None

    return do_once(work, case_id, Do.PAYMENT_OVERDUE, noted, ("CaseOpened", "RefundUnpaid"))

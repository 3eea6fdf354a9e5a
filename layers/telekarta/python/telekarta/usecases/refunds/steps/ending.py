"""The steps at the end: money that goes back on the card, lists that are cleared, and giving up."""

from datetime import datetime

from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.cases.case import CaseKind
from telekarta.domain.refunds.movements import release
from telekarta.domain.refunds.next_action import Do, next_action
from telekarta.domain.refunds.refund import Event, Refund, RefundStage
from telekarta.usecases.refunds.payouts import BY_US, rule_of
from telekarta.usecases.refunds.ports import keeper_of
from telekarta.usecases.refunds.steps.running import (
    Change,
    RefundStepDeps,
    answer,
    close_listed,
    do_once,
    open_case,
    refund_of,
)
from telekarta.usecases.workflow import StepAnswer


def release_money(work: RefundStepDeps, case_id: str) -> StepAnswer:
    """Refused, withdrawn or lapsed: all that was held goes back on the card, also on one that has expired."""

    def released(refund: Refund, now: datetime) -> Change:
        card = keeper_of(work.store, refund.ref)
        after, posting = release(card, refund.id, refund.held, rule_of(refund), now, refund.releases + 1)
        return refund.noted(Event.RELEASED, now, BY_US, released=True), [posting], (card, after)

    return do_once(work, case_id, Do.RELEASE, released)


def close(work: RefundStepDeps, case_id: str) -> StepAnswer:
    """The end: the card may be applied for again. The operators' lists are cleared first, since nobody would
    come back for them afterwards."""
    refund = refund_of(work, case_id)
    if next_action(refund, work.clock.now()).do is Do.CLOSE:
        _clear_lists(work, refund)

    def closed(refund: Refund, now: datetime) -> Change:
        return refund.noted(Event.CLOSED, now, BY_US, stage=RefundStage.CLOSED, token=""), (), None

    return do_once(work, case_id, Do.CLOSE, closed)


_LISTED_FOR = {
    Event.REMINDED: (CaseKind.REFUND_DUE,),
    Event.OVERDUE: (CaseKind.REFUND_OVERDUE, CaseKind.REFUND_UNPAID),
}


def _clear_lists(work: RefundStepDeps, refund: Refund) -> None:
    case_id = refund.id
    names = [f"{CaseKind.REFUND}:{case_id}"]
    names += [
        f"{kind}:{case_id}:{day_of(line.at)}"
        for line in refund.history
        for kind in _LISTED_FOR.get(line.event, ())
    ]
    names += [f"{CaseKind.REFUND_RETURNED}:{case_id}:{payout.number}" for payout in refund.payouts]
    names += [f"{CaseKind.PAYOUT_TO_ORDER}:{case_id}:{payout.number}" for payout in refund.payouts]
    names += [f"{CaseKind.REFUND_STUCK}:{case_id}:{run}" for run in range(1, refund.runs + 1)]
    close_listed(work, names, "the refund is over")


def give_up(work: RefundStepDeps, case_id: str) -> StepAnswer:
    """A step failed for good: the workflow ends, and an operator sees why it can't go on by itself."""
    refund, now = refund_of(work, case_id), work.clock.now()
    facts: dict[str, str | int] = {"refund": refund.id, "stage": refund.stage.value, "run": refund.runs}
    open_case(work, CaseKind.REFUND_STUCK, f"{refund.id}:{refund.runs}", refund, facts, now)
    return answer(work, refund, metrics=("CaseOpened", "RefundStuck"))

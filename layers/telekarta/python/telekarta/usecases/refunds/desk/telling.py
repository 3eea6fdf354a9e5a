"""Showing a refund, starting its workflow anew, and what an operator was told of its payouts."""

from datetime import datetime

from telekarta.domain.refunds.refund import Event, PayoutState, Refund
from telekarta.usecases.refunds.commands import (
    ConfirmPayout,
    MarkPayoutReturned,
    RefundAnswer,
    RefundRefusal,
    RefundRefused,
    RefundShown,
    ResumeRefund,
    ShowRefund,
)
from telekarta.usecases.refunds.desk.changing import Decided, RefundDeskDeps, change, record
from telekarta.usecases.refunds.payouts import BEFORE, close_differing, move, payout_of, wake


def show_refund(desk: RefundDeskDeps, command: ShowRefund) -> RefundAnswer:
    """The refund as it is. Raises StoreUnavailable."""
    shown = desk.refunds.refund(command.case)
    if shown is None:
        return RefundRefused(RefundRefusal.UNKNOWN_REFUND)
    return RefundShown(shown, desk.clock.now(), done=True)


def confirm_payout(desk: RefundDeskDeps, command: ConfirmPayout) -> RefundAnswer:
    """An operator has read on a statement that the payout was paid. Raises StoreUnavailable."""
    return _told_by_operator(desk, "confirm_payout", command, PayoutState.PAID)


def mark_payout_returned(desk: RefundDeskDeps, command: MarkPayoutReturned) -> RefundAnswer:
    """An operator has read on a statement that the payout came back. Raises StoreUnavailable."""
    return _told_by_operator(desk, "mark_payout_returned", command, PayoutState.RETURNED)


def resume_refund(desk: RefundDeskDeps, command: ResumeRefund) -> RefundAnswer:
    """Start a new execution, after the first one was given up: it goes on from what is kept."""

    def decide(refund: Refund, now: datetime) -> Decided:
        if refund.is_over:
            return refund
        return refund.noted(Event.RESUMED, now, command.who, command.why, runs=refund.runs + 1)

    answer = change(desk, command.case, "resume_refund", command, decide)
    if isinstance(answer, RefundShown) and not answer.refund.is_over:
        desk.workflow.start(answer.refund.id, answer.refund.runs)
    return answer


def _told_by_operator(
    desk: RefundDeskDeps, name: str, command: ConfirmPayout | MarkPayoutReturned, to: PayoutState
) -> RefundAnswer:
    """What an operator read on a statement, or heard from a provider."""
    now = desk.clock.now()
    record(desk, name, command, command.reference, now)
    found = payout_of(desk, command.reference)
    if found is None:
        return RefundRefused(RefundRefusal.UNKNOWN_PAYOUT)
    refund, payout = found
    if payout.state is to:
        close_differing(desk, payout.reference, command.who, command.why)
        return RefundShown(refund, now)
    states = BEFORE[to]
    changed = move(desk, refund.id, payout.number, states, to, who=command.who, why=command.why)
    if changed is None:
        return RefundRefused(RefundRefusal.WRONG_STATE)
    wake(desk.workflow, refund)
    close_differing(desk, payout.reference, command.who, command.why)
    return RefundShown(changed, now, done=True)

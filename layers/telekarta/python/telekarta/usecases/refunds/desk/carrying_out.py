"""Carrying out any command about a refund."""

from datetime import datetime

from telekarta.domain.refunds.refund import Event, PayoutState, Refund
from telekarta.usecases.refunds.commands import (
    AcceptProof,
    ApplyForRefund,
    CompleteApplication,
    ConfirmPayout,
    DecideRefund,
    MarkPayoutReturned,
    RefundAnswer,
    RefundCommand,
    RefundRefusal,
    RefundRefused,
    RefundShown,
    ResumeRefund,
    ShowRefund,
    TakeBackProof,
    WithdrawRefund,
)
from telekarta.usecases.refunds.desk.applying import apply_for_refund
from telekarta.usecases.refunds.desk.changing import Decided, RefundDeskDeps, change, record
from telekarta.usecases.refunds.desk.completing import accept_proof, complete_application, take_back_proof
from telekarta.usecases.refunds.desk.deciding import decide_refund
from telekarta.usecases.refunds.desk.withdrawing import withdraw_refund
from telekarta.usecases.refunds.payouts import BEFORE, close_differing, move, payout_of, wake


def carry_out_refund(desk: RefundDeskDeps, command: RefundCommand) -> RefundAnswer:
    """Carry the command out. Raises StoreUnavailable and WorkflowUnavailable: it may be given again."""
    match command:
        case ApplyForRefund():
            return apply_for_refund(desk, command)
        case CompleteApplication():
            return complete_application(desk, command)
        case AcceptProof():
            return accept_proof(desk, command)
        case TakeBackProof():
            return take_back_proof(desk, command)
        case DecideRefund():
            return decide_refund(desk, command)
        case WithdrawRefund():
            return withdraw_refund(desk, command)
        case ResumeRefund():
            return resume_refund(desk, command)
        case ConfirmPayout():
            return _told_by_operator(desk, command, PayoutState.PAID)
        case MarkPayoutReturned():
            return _told_by_operator(desk, command, PayoutState.RETURNED)
        case ShowRefund():
            shown = desk.refunds.refund(command.case)
            now = desk.clock.now()
            if shown is None:
                return RefundRefused(RefundRefusal.UNKNOWN_REFUND)
            return RefundShown(shown, now, done=True)


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
    desk: RefundDeskDeps, command: ConfirmPayout | MarkPayoutReturned, to: PayoutState
) -> RefundAnswer:
    """What an operator read on a statement, or heard from a provider."""
    now = desk.clock.now()
    name = "confirm_payout" if to is PayoutState.PAID else "mark_payout_returned"
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

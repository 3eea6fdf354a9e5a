"""What every command about a refund has in common: it is recorded, decided on the refund as it is, and
written.

Every command reads the refund, decides from it, writes it on condition of what it saw, then wakes the
workflow (`usecases/refunds/steps`), which does the rest. So a command may be given again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from telekarta.domain.refunds.refund import Refund
from telekarta.usecases.ports import Clock, CommandRecord, Pepper, StoreUnavailable
from telekarta.usecases.refunds.commands import (
    CompleteApplication,
    DecideRefund,
    RefundAnswer,
    RefundRefusal,
    RefundRefused,
    RefundShown,
    ResumeRefund,
    TakeBackProof,
    WithdrawRefund,
)
from telekarta.usecases.refunds.payouts import new_names, wake
from telekarta.usecases.refunds.ports import RefundRecords, RefundStore
from telekarta.usecases.workflow import ROUNDS, Executions


@dataclass(frozen=True, slots=True)
class RefundDeskDeps:
    """The outside, as operators' commands about refunds need it."""

    store: RefundRecords
    refunds: RefundStore
    workflow: Executions
    clock: Clock
    pepper: Pepper


# The refund as the command leaves it (the same one: there was nothing to do), or why it can't be carried out.
Decided = Refund | RefundRefused
Decision = Callable[[Refund, datetime], Decided]


def change(
    desk: RefundDeskDeps,
    case_id: str,
    name: str,
    command: CompleteApplication | TakeBackProof | DecideRefund | WithdrawRefund | ResumeRefund,
    decide: Decision,
) -> RefundAnswer:
    """Write what is decided on the refund as it is, and wake its workflow. The waking may get lost: the wait
    ends by itself at the next reminder, and the next step is looked up in the record."""
    now = desk.clock.now()
    record(desk, name, command, case_id, now)
    for _ in range(ROUNDS):
        refund = desk.refunds.refund(case_id)
        if refund is None:
            return RefundRefused(RefundRefusal.UNKNOWN_REFUND)
        decided = decide(refund, now)
        if isinstance(decided, RefundRefused):
            return decided
        if decided == refund:
            go_on(desk, refund)
            return RefundShown(refund, now)
        # The token stays: was the waking lost, the command given again wakes it, and so does the watch.
        if desk.refunds.change_refund(refund, decided, names=new_names(refund, decided)) is None:
            go_on(desk, decided)
            return RefundShown(decided, now, done=True)
    raise StoreUnavailable("the refund kept changing")


def go_on(desk: RefundDeskDeps, refund: Refund) -> None:
    """Wake the execution that waits, or start one for a refund that was opened again after its end."""
    if refund.was_over and not refund.is_over:
        desk.workflow.start(refund.id, refund.runs)
    wake(desk.workflow, refund)


def record(desk: RefundDeskDeps, name: str, command: object, subject: str, now: datetime) -> None:
    """Keep the command before it acts, without what was applied with."""
    who, why = getattr(command, "who", ""), getattr(command, "why", "")
    record_id = f"{name}:{subject}:{now.isoformat()}:{who}"
    desk.store.record(CommandRecord(record_id, name, who, why, now, subject))

"""The refund's workflow: its record, what it needs next, and the step for each of that (WP §7).

`functions/tasks/refunds.py` has the states of its machine.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from telekarta.domain.refunds.next_action import WORKFLOW, Do, next_action
from telekarta.domain.refunds.refund import Refund
from telekarta.usecases.refunds.steps.ending import close, give_up, release_money
from telekarta.usecases.refunds.steps.holding import hold_money
from telekarta.usecases.refunds.steps.paying import send_payouts, settle
from telekarta.usecases.refunds.steps.reminding import escalate, lapse, payment_overdue, remind
from telekarta.usecases.refunds.steps.running import RefundStepDeps, refund_of
from telekarta.usecases.refunds.steps.writing import acknowledge, call_to_complete, inform, send_answer
from telekarta.usecases.workflow import StepAnswer, Workflow

STEPS: Mapping[str, Callable[[RefundStepDeps, str], StepAnswer]] = {
    Do.HOLD: hold_money,
    Do.ACKNOWLEDGE: acknowledge,
    Do.CALL_TO_COMPLETE: call_to_complete,
    Do.LAPSE: lapse,
    Do.REMIND: remind,
    Do.ESCALATE: escalate,
    Do.SETTLE: settle,
    Do.SEND: send_payouts,
    Do.ANSWER: send_answer,
    Do.INFORM: inform,
    Do.PAYMENT_OVERDUE: payment_overdue,
    Do.RELEASE: release_money,
    Do.CLOSE: close,
    Do.GIVE_UP: give_up,
}


def _keep_token(work: RefundStepDeps, seen: Refund, token: str) -> bool:
    waiting = replace(seen, token=token, version=seen.version + 1)
    return work.refunds.change_refund(seen, waiting) is None


REFUND: Workflow[RefundStepDeps, Refund] = Workflow(WORKFLOW, refund_of, next_action, _keep_token, STEPS)

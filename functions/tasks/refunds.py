"""The refund of unused money as a state machine (WP §7)."""

from functools import cache

from tasks.states import End, GiveUp, Look, Machine, Pause, Route, Step, Stuck, WaitForPerson
from telekarta.adapters.environment import Environment
from telekarta.domain.refunds.next_action import Do
from telekarta.usecases.refunds.steps.running import RefundStepDeps
from telekarta.usecases.refunds.workflow import REFUND
from telekarta.wiring.refunds import NEEDED, refund_work


@cache
def connect() -> RefundStepDeps:
    """What the steps need of the outside, put together once for each warm environment."""
    return refund_work(Environment.from_os(*NEEDED))


REFUNDS = Machine(
    REFUND,
    connect,
    "The refund of unused money (WP §7.1): one execution a case, named by it. Every wait ends by"
    " itself and looks again, so that nothing depends on a single signal.",
    (
        Look(
            "Look",
            "What does the case need now? The record and the clock decide"
            " (domain/refunds/next_action.py), so a restart goes on from there.",
        ),
        Route(
            "Route",
            "Each step is a state of its own, and what it leaves is routed anew.",
        ),
        Pause(
            "WaitForEndOfCall",
            "Money can't be moved while a call may spend it; a call lasts minutes.",
            seconds=120,
        ),
        Step(
            "HoldMoney",
            "Money asked back leaves the card at once, so that it can't be talked away (WP §7.3.3); other"
            " money, when a proof or an amount came.",
            Do.HOLD,
        ),
        Step(
            "Acknowledge",
            "That the application is there, what was set aside and the day of the answer (WP §7.10): by"
            " e-mail, to an applicant who wrote on a screen.",
            Do.ACKNOWLEDGE,
        ),
        Step(
            "CallToComplete",
            "The one call to complete: all that WP §7.3 asks for and is missing, and a day that is at"
            " least a week away.",
            Do.CALL_TO_COMPLETE,
        ),
        WaitForPerson(
            "AwaitCompletion",
            "Until the applicant completes (WP §7.3), or the next clock: a reminder of WP §7.10, or the"
            " last day to complete.",
            Do.AWAIT_COMPLETION,
        ),
        Step(
            "Lapse",
            "Not completed in time: the application is left without a decision, and may be made again (WP"
            " §7.9).",
            Do.LAPSE,
        ),
        WaitForPerson(
            "AwaitDecision",
            "An operator decides (decide_refund); the wait ends at each reminder, and at the limit of 30"
            " days (WP §7.10).",
            Do.AWAIT_DECISION,
        ),
        Step(
            "Remind",
            "Before the limit: a case refund_due that operators see (WP §7.10).",
            Do.REMIND,
        ),
        Step(
            "Escalate",
            "The 30 days have passed (WP §7.10): a case refund_overdue, and another each week; the"
            " decision may still come.",
            Do.ESCALATE,
        ),
        Step(
            "Settle",
            "Fee (WP §7.6) and spent bonus (WP §7.8) are kept, what is not granted goes back, payouts are"
            " planned: one transaction.",
            Do.SETTLE,
        ),
        Step(
            "SendPayouts",
            "To the account that was named (WP §7.3.5): a file for the bank, or the provider's refund;"
            " each is named by its payout, so that a repeat is no second one.",
            Do.SEND,
        ),
        Step(
            "Answer",
            "By e-mail or letter: the amount, the fee, the reasons and the clauses (WP §7.10).",
            Do.ANSWER,
        ),
        Step(
            "Inform",
            "A payout failed: another account is asked for (WP §7.3.5), or the money is told to be on the"
            " card again.",
            Do.INFORM,
        ),
        WaitForPerson(
            "AwaitPayment",
            "Until the statement, the provider or an operator confirms the payout, or a week has passed"
            " (WP §7.10).",
            Do.AWAIT_PAYMENT,
        ),
        WaitForPerson(
            "AwaitAccount",
            "A payout came back or was refused: until another account is named (WP §7.3.5), or the money"
            " is put back on the card.",
            Do.AWAIT_ACCOUNT,
        ),
        Step(
            "PaymentOverdue",
            "Nobody has confirmed: a case refund_unpaid that operators see (WP §7.10).",
            Do.PAYMENT_OVERDUE,
        ),
        Step(
            "Release",
            "Refused, withdrawn or lapsed: what was held goes back on the card, with the sources and days"
            " that it had (WP §7.4).",
            Do.RELEASE,
        ),
        Step(
            "Close",
            "The card may be applied for again (WP §7.1).",
            Do.CLOSE,
        ),
        End(
            "Finished",
            "Answered, and paid or put back (WP §7.10).",
            Do.FINISHED,
        ),
        GiveUp(
            "GiveUp",
            "A step failed for good: a case refund_stuck that operators see; resume_refund starts anew.",
            Do.GIVE_UP,
        ),
        Stuck(
            "Stuck",
            "The alarm RefundsFailed tells of it too, should even the case not have been opened.",
            cause="A step failed for good; the desk's resume_refund goes on from what is kept.",
        ),
    ),
)

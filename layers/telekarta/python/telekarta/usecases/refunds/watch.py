"""The hourly look at every open refund: whatever got lost, it goes on, or a person sees it.

The state machine carries a refund through months, and three things can get lost on the way: an execution
(stopped by hand, or by an outage), the waking of one that waits, and a provider's word of a payout. Neither
is in the record, so this looks for what should have happened and did not.

Every round may run twice or stop half-way: an execution is begun by its name, a new one is noted on condition
of what was seen, and waking and asking change nothing by themselves.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from telekarta.domain.cases.case import CaseKind, new_case
from telekarta.domain.refunds.next_action import RESUMED_AT_MOST, WATCH, is_overdue, resumed_in_vain
from telekarta.domain.refunds.refund import Event, Payout, PayoutState, Refund, Way
from telekarta.domain.rules import rule
from telekarta.domain.topups.payments import Provider
from telekarta.usecases.faults import described
from telekarta.usecases.ports import Clock, StoreUnavailable
from telekarta.usecases.refunds.payouts import RefundNoticeDeps, refund_at_provider
from telekarta.usecases.refunds.ports import KnownPayments, RefundRecords, RefundStore
from telekarta.usecases.topups.ports import GatewayError, PaymentGateway, RefundState
from telekarta.usecases.workflow import Executions, RunState

# A command or a step that changes a refund wakes or starts its execution at once: what is younger than this
# is left to it.
LEFT_ALONE = timedelta(hours=1)
# The longest that a step of the machine is tried again is 13 hours.
AT_A_STANDSTILL = timedelta(days=1)
# A provider that does not answer is not asked on: each question may take until its timeout.
UNANSWERED_AT_MOST = 3


@dataclass(frozen=True, slots=True)
class RefundWatchDeps:
    """The outside, as the hourly look needs it."""

    store: RefundRecords
    refunds: RefundStore
    workflow: Executions
    clock: Clock
    payments: KnownPayments
    gateways: Mapping[Provider, PaymentGateway]
    base_url: str

    @property
    def notices(self) -> RefundNoticeDeps:
        return RefundNoticeDeps(self.refunds, self.store, self.workflow, self.clock)


class Seen(StrEnum):
    """What was found of a refund's execution, and done about it."""

    STARTED = "started"  # it had never begun, or was forgotten
    RESUMED = "resumed"  # it had ended before its time: a new one goes on from the record
    WOKEN = "woken"
    CASE_OPENED = "case_opened"  # a person has to look
    FAILED = "failed"  # a fault of ours


class PayoutAnswer(StrEnum):
    """What a provider said of a payout."""

    PAID = "payout_paid"
    REFUSED = "payout_refused"
    PENDING = "payout_pending"
    UNKNOWN = "payout_unknown"  # it knows of none, or of one with another amount
    UNAVAILABLE = "provider_unavailable"


_ASKED = {
    RefundState.DONE: PayoutAnswer.PAID,
    RefundState.REFUSED: PayoutAnswer.REFUSED,
    RefundState.PENDING: PayoutAnswer.PENDING,
}


@dataclass(frozen=True, slots=True)
class Watched:
    """What a round did: how often each outcome came, the cases that stand still for a day, and our faults by
    case (`faults`)."""

    open: int
    outcomes: Mapping[str, int]
    still: tuple[str, ...] = ()
    faults: Mapping[str, str] = field(default_factory=dict)


@rule("WP §7.10")
def watch_refunds(watch: RefundWatchDeps, left_alone: timedelta = LEFT_ALONE) -> Watched:
    """Look at every open refund that nobody has touched for so long. Raises StoreUnavailable and
    WorkflowUnavailable: the next round goes on.

    A refund that stands still is counted before it is helped: one that stands at every round needs a person.
    """
    outcomes: Counter[str] = Counter()
    unanswered: Counter[Provider] = Counter()
    faults: dict[str, str] = {}
    refunds = watch.refunds.open_refunds()
    now = watch.clock.now()
    still = tuple(refund.id for refund in refunds if is_overdue(refund, now, AT_A_STANDSTILL))
    for refund in refunds:
        if now - refund.history[-1].at < left_alone:
            continue
        try:
            outcomes.update(_asked(watch, refund, unanswered))
            outcomes.update(_seen(watch, refund, now, left_alone))
        except StoreUnavailable:
            raise
        except Exception as fault:
            # One that can't be looked at must not keep the others waiting; it is counted, and an alarm.
            outcomes[Seen.FAILED] += 1
            faults[refund.id] = described(fault)
    return Watched(len(refunds), dict(outcomes), still, faults)


# ---------------------------------------------------------------- executions


def _seen(watch: RefundWatchDeps, asked: Refund, now: datetime, left_alone: timedelta) -> Iterator[Seen]:
    # A provider's word may have changed it a moment ago.
    refund = watch.refunds.refund(asked.id)
    if refund is None or refund.is_over:
        return
    match watch.workflow.state(refund.id, refund.runs):
        case RunState.RUNNING:
            if not is_overdue(refund, now, left_alone):
                return
            if refund.token:
                _wake(watch, refund)
                yield Seen.WOKEN
            elif is_overdue(refund, now, AT_A_STANDSTILL) and _open_stuck(watch, refund, now, "stands_still"):
                yield Seen.CASE_OPENED
        case RunState.UNKNOWN:
            watch.workflow.start(refund.id, refund.runs)
            yield Seen.STARTED
        case RunState.GAVE_UP:
            # It has opened the case by itself, if it could.
            if _open_stuck(watch, refund, now, "gave_up"):
                yield Seen.CASE_OPENED
        case RunState.ENDED:
            if resumed_in_vain(refund) >= RESUMED_AT_MOST:
                if _open_stuck(watch, refund, now, "ended_again"):
                    yield Seen.CASE_OPENED
            elif _resumed(watch, refund, now):
                yield Seen.RESUMED


def _wake(watch: RefundWatchDeps, refund: Refund) -> None:
    """Wake the task that waits, once: if it was there, it waits again with a token of its own. If the refund
    has changed meanwhile, that is what happened."""
    watch.workflow.wake(refund.token)
    watch.refunds.change_refund(refund, replace(refund, token="", version=refund.version + 1))


def _resumed(watch: RefundWatchDeps, refund: Refund, now: datetime) -> bool:
    """A new execution, noted before it is started: died in between, it is one that was never begun, which
    the next round starts."""
    resumed = refund.noted(
        Event.RESUMED, now, WATCH, f"run {refund.runs} ended", runs=refund.runs + 1, token=""
    )
    if watch.refunds.change_refund(refund, resumed) is not None:
        return False
    watch.workflow.start(resumed.id, resumed.runs)
    return True


def _open_stuck(watch: RefundWatchDeps, refund: Refund, now: datetime, because: str) -> bool:
    """Whether the case `refund_stuck` is new: an execution has one, opened by its machine or by this look."""
    facts: dict[str, str | int] = {
        "refund": refund.id,
        "stage": refund.stage.value,
        "run": refund.runs,
        "because": because,
    }
    stuck = new_case(CaseKind.REFUND_STUCK, f"{refund.id}:{refund.runs}", str(refund.ref), facts, WATCH, now)
    return watch.store.open_case(stuck)


# ---------------------------------------------------------------- providers


def _asked(watch: RefundWatchDeps, refund: Refund, unanswered: Counter[Provider]) -> Iterator[PayoutAnswer]:
    """Ask about each payout that its provider was told of and said nothing about. What it says is taken as
    if it had told it by itself."""
    for payout in refund.payouts:
        if payout.way is Way.BANK or payout.state not in (PayoutState.SENDING, PayoutState.SENT):
            continue
        provider = Provider(payout.way.value)
        if unanswered[provider] >= UNANSWERED_AT_MOST:
            continue
        try:
            yield _ask(watch, payout, provider)
        except GatewayError:
            unanswered[provider] += 1
            yield PayoutAnswer.UNAVAILABLE


def _ask(watch: RefundWatchDeps, payout: Payout, provider: Provider) -> PayoutAnswer:
    payment = watch.payments.payment(payout.payment)
    if payment is None:
        return PayoutAnswer.UNKNOWN
    told = watch.gateways[provider].look_up_refund(refund_at_provider(payment, payout, watch.base_url))
    if told is None or not watch.notices.take(payment, told):
        return PayoutAnswer.UNKNOWN
    return _ASKED[told.state]

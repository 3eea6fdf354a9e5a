"""What a refund needs next (WP §7.10), told from its record and the clock alone.

So everything that asks gets the same answer: a step that died half-way, an execution that was started anew
and one that slept too long all go on from what is kept.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum

from telekarta.domain.calendar.deadlines import midnight
from telekarta.domain.calendar.working_days import customers_last_day
from telekarta.domain.refunds.application import AnswerBy
from telekarta.domain.refunds.calculation import last_day_to_apply, total
from telekarta.domain.refunds.policy import Policy
from telekarta.domain.refunds.refund import Event, Payout, PayoutState, Refund, RefundStage
from telekarta.domain.rules import rule
from telekarta.domain.workflow import NextAction

# The name of its workflow: in the events, the machine's file and its errors.
WORKFLOW = "refund"
# A transfer is on a statement by the next working day; a provider's refund may take its week.
CONFIRMED_WITHIN = timedelta(days=7)
REMIND_EVERY = timedelta(days=7)
# A standard execution lives a year at most: before that a person takes it over.
GIVEN_UP_AFTER = timedelta(days=300)
# The hourly look (usecases/refunds/watch.py) starts a lost execution anew: so often in a row with nothing
# done in between, and then an operator has to look.
WATCH = "refund watch"
RESUMED_AT_MOST = 3


class Do(StrEnum):
    """The steps of the state machine: each is a verb of `functions/tasks`, or a wait."""

    HOLD = "hold"
    ACKNOWLEDGE = "acknowledge"
    CALL_TO_COMPLETE = "call_to_complete"
    AWAIT_COMPLETION = "await_completion"
    LAPSE = "lapse"
    AWAIT_DECISION = "await_decision"
    REMIND = "remind"
    ESCALATE = "escalate"
    SETTLE = "settle"
    SEND = "send"
    ANSWER = "answer"
    INFORM = "inform"
    AWAIT_PAYMENT = "await_payment"
    PAYMENT_OVERDUE = "payment_overdue"
    AWAIT_ACCOUNT = "await_account"
    RELEASE = "release"
    CLOSE = "close"
    GIVE_UP = "give_up"
    FINISHED = "finished"


WAITS = frozenset({Do.AWAIT_COMPLETION, Do.AWAIT_DECISION, Do.AWAIT_PAYMENT, Do.AWAIT_ACCOUNT})


def end_of(day: date) -> datetime:
    return midnight(day + timedelta(days=1))


@rule("WP §7.10")
def next_action(refund: Refund, now: datetime) -> NextAction[Do]:
    """What the refund needs now. Every wait ends by itself, and an operator sees what is due then."""
    if refund.stage is RefundStage.CLOSED:
        return NextAction(Do.FINISHED)
    if now - refund.began_at >= GIVEN_UP_AFTER:
        return NextAction(Do.GIVE_UP)
    if refund.stage is RefundStage.OPEN:
        return _open(refund, now)
    if refund.stage is RefundStage.GRANTED:
        return NextAction(Do.SETTLE)
    if refund.stage is RefundStage.PAYING:
        return _paying(refund, now)
    if refund.held and not refund.released:
        return NextAction(Do.RELEASE)
    return NextAction(Do.CLOSE if refund.stage in refund.answered else Do.ANSWER)


def _open(refund: Refund, now: datetime) -> NextAction[Do]:
    """The clock goes first, so that an operator sees an application that got stuck by its last day at the
    latest."""
    clock = _next_clock(refund, now)
    if clock.until is None:
        return clock
    if refund.is_to_hold:
        return NextAction(Do.HOLD)
    if refund.complete_until is None and (refund.missing or (refund.proofs_wanted and refund.wanted)):
        return NextAction(Do.CALL_TO_COMPLETE)
    if not refund.missing:
        return NextAction(Do.ACKNOWLEDGE) if refund.is_to_acknowledge else clock
    until = _lapses_at(refund)
    if until is None:
        return clock
    return NextAction(Do.LAPSE) if now >= until else NextAction(Do.AWAIT_COMPLETION, min(until, clock.until))


@rule("WP §7.9")
def _lapses_at(refund: Refund) -> datetime | None:
    """When an application that was not completed is laid aside: some days after the last day to complete, in
    which operators enter what came in time. None if the applicant could not apply again after it (WP §7.9):
    then it is never laid aside, and an operator decides."""
    assert refund.complete_until is not None  # they were asked
    on = refund.complete_until + timedelta(days=refund.policy.entered_within_days)
    topped_up = refund.found.last_top_up_at if refund.found else None
    last_day = last_day_to_apply(refund.policy, topped_up) if topped_up else None
    if last_day is not None and last_day < on + timedelta(days=refund.policy.complete_within_days):
        return None
    return end_of(on)


def reminder_days(refund: Refund) -> tuple[datetime, ...]:
    """When operators are reminded before the limit; the last moment is the limit itself."""
    before = (refund.decide_by - timedelta(days=days) for days in refund.policy.remind_days_before)
    return (*map(midnight, before), end_of(refund.decide_by))


@rule("WP §7.10")
def _next_clock(refund: Refund, now: datetime) -> NextAction[Do]:
    """The reminder, the limit or the wait for either. After the limit the decision may still come; it is
    asked for every week."""
    moments = reminder_days(refund)
    # If several have passed only the last one is done: an application may have been entered late.
    passed = sum(moment <= now for moment in moments)
    if passed > refund.reminders:
        return NextAction(Do.ESCALATE if passed == len(moments) else Do.REMIND)
    if passed < len(moments):
        return NextAction(Do.AWAIT_DECISION, moments[passed])
    again = (refund.reminded_at or now) + REMIND_EVERY
    return NextAction(Do.ESCALATE) if now >= again else NextAction(Do.AWAIT_DECISION, again)


def _paying(refund: Refund, now: datetime) -> NextAction[Do]:
    if any(payout.state in (PayoutState.PLANNED, PayoutState.SENDING) for payout in refund.payouts):
        return NextAction(Do.SEND)
    if RefundStage.GRANTED not in refund.answered:
        return NextAction(Do.ANSWER)
    if news_of(refund):
        return NextAction(Do.INFORM)
    waiting = [payout for payout in refund.payouts if payout.state is PayoutState.SENT]
    if not refund.stranded and not waiting:
        return NextAction(Do.CLOSE)
    until = _payment_clock(refund, waiting, now)
    if now >= until:
        return NextAction(Do.PAYMENT_OVERDUE)
    return NextAction(Do.AWAIT_ACCOUNT if refund.stranded else Do.AWAIT_PAYMENT, until)


PUT_BACK = "put_back"


def letter_about(payout: Payout) -> str:
    """The name of the letter that asks for another account."""
    return f"account:{payout.number}"


def news_of(refund: Refund) -> str:
    """What the applicant has to be told about payouts that failed, by the letter's name; "" for nothing."""
    for payout in refund.stranded:
        if letter_about(payout) not in refund.answered:
            return letter_about(payout)
    return PUT_BACK if total(refund.put_back) > refund.put_back_told_grosze else ""


def _payment_clock(refund: Refund, waiting: list[Payout], now: datetime) -> datetime:
    """When the missing confirmation, or the missing account, is told to an operator the next time."""
    since = max((payout.sent_at or now for payout in waiting), default=refund.settled_at or now)
    if refund.reminded_at is not None and refund.reminded_at > since:
        return refund.reminded_at + REMIND_EVERY
    return since + CONFIRMED_WITHIN


def is_overdue(refund: Refund, now: datetime, by: timedelta) -> bool:
    """Whether something should have been done for longer than that, and was not: the refund is as it was
    then, and needed more than waiting then."""
    then = now - by
    return refund.history[-1].at <= then and next_action(refund, then).do not in (*WAITS, Do.FINISHED)


def resumed_in_vain(refund: Refund) -> int:
    """How often an execution was started anew by the watch since anything else happened."""
    count = 0
    for line in reversed(refund.history):
        if line.event is not Event.RESUMED or line.who != WATCH:
            break
        count += 1
    return count


def complete_until(policy: Policy, called_on: date, by: AnswerBy) -> date:
    """The last day of completing: a customer's limit, so a holiday moves it. Letters travel."""
    by_letter = by is AnswerBy.LETTER
    days = policy.complete_by_letter_within_days if by_letter else policy.complete_within_days
    return customers_last_day(called_on + timedelta(days=days))

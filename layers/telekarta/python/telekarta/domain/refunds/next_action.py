"""What a refund needs next (WP §7.10), told from its record and the clock alone.

So whoever asks gets the same answer: a step that died half-way, an execution that was started anew and one
that slept too long all go on from what is kept.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from telekarta.domain.calendar.deadlines import midnight
from telekarta.domain.calendar.working_days import customers_last_day
from telekarta.domain.refunds.application import AnswerBy
from telekarta.domain.refunds.calculation import last_day_to_apply, total
from telekarta.domain.refunds.refund import Event, Payout, PayoutState, Refund, RefundStage
from telekarta.domain.refunds.terms import Policy
from telekarta.domain.rules import rule

# A transfer is on a statement by the next working day; a provider's refund may take its week.
CONFIRMED_WITHIN = timedelta(days=7)
REMIND_EVERY = timedelta(days=7)
# A standard execution lives a year at most: before that a person takes it over.
GIVEN_UP_AFTER = timedelta(days=300)
# Whoever starts lost executions anew; so often in a row, with nothing done in between, and then a person.
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


@dataclass(frozen=True, slots=True)
class NextAction:
    """What to do now; for a wait, until when at most."""

    do: Do
    until: datetime | None = None

    def wait_s(self, now: datetime) -> int:
        """Whole seconds, at least one."""
        return max(1, int((self.until - now).total_seconds()) + 1) if self.until else 0


def end_of(day: date) -> datetime:
    return midnight(day + timedelta(days=1))


@rule("WP §7.10")
def next_action(case: Refund, now: datetime) -> NextAction:
    """What the case needs now. Every wait ends, and what is then due is seen by an operator."""
    if case.stage is RefundStage.CLOSED:
        return NextAction(Do.FINISHED)
    if now - case.began_at >= GIVEN_UP_AFTER:
        return NextAction(Do.GIVE_UP)
    if case.stage is RefundStage.OPEN:
        return _open(case, now)
    if case.stage is RefundStage.GRANTED:
        return NextAction(Do.SETTLE)
    if case.stage is RefundStage.PAYING:
        return _paying(case, now)
    if case.held and not case.released:
        return NextAction(Do.RELEASE)
    return NextAction(Do.CLOSE if case.stage in case.answered else Do.ANSWER)


def _open(case: Refund, now: datetime) -> NextAction:
    """The clock goes first: an application that gets stuck on its way is seen by its day at the latest."""
    clock = _next_clock(case, now)
    if clock.until is None:
        return clock
    if case.is_to_hold:
        return NextAction(Do.HOLD)
    if case.complete_until is None and (case.missing or (case.proofs_wanted and case.wanted)):
        return NextAction(Do.CALL_TO_COMPLETE)
    if not case.missing:
        return NextAction(Do.ACKNOWLEDGE) if case.is_to_acknowledge else clock
    until = _lapses_at(case)
    if until is None:
        return clock
    return NextAction(Do.LAPSE) if now >= until else NextAction(Do.AWAIT_COMPLETION, min(until, clock.until))


@rule("WP §7.9")
def _lapses_at(case: Refund) -> datetime | None:
    """When an application that was not completed is laid aside: some days after the last one, in which we
    enter what came in time. Never (None) if its applicant could not well apply again: a person decides."""
    assert case.complete_until is not None  # they were asked
    on = case.complete_until + timedelta(days=case.policy.entered_within_days)
    topped_up = case.found.last_top_up_at if case.found else None
    last_day = last_day_to_apply(case.policy, topped_up) if topped_up else None
    if last_day is not None and last_day < on + timedelta(days=case.policy.complete_within_days):
        return None
    return end_of(on)


def reminder_days(case: Refund) -> tuple[datetime, ...]:
    """When operators are reminded before the limit; the last moment is the limit itself."""
    before = (case.decide_by - timedelta(days=days) for days in case.policy.remind_days_before)
    return (*map(midnight, before), end_of(case.decide_by))


@rule("WP §7.10")
def _next_clock(case: Refund, now: datetime) -> NextAction:
    """The reminder, the limit or the wait for either. After the limit the decision may still come; it is
    asked for every week."""
    moments = reminder_days(case)
    # Of several that have passed only the last one tells: an application may have been entered late.
    passed = sum(moment <= now for moment in moments)
    if passed > case.reminders:
        return NextAction(Do.ESCALATE if passed == len(moments) else Do.REMIND)
    if passed < len(moments):
        return NextAction(Do.AWAIT_DECISION, moments[passed])
    again = (case.reminded_at or now) + REMIND_EVERY
    return NextAction(Do.ESCALATE) if now >= again else NextAction(Do.AWAIT_DECISION, again)


def _paying(case: Refund, now: datetime) -> NextAction:
    if any(payout.state in (PayoutState.PLANNED, PayoutState.SENDING) for payout in case.payouts):
        return NextAction(Do.SEND)
    if RefundStage.GRANTED not in case.answered:
        return NextAction(Do.ANSWER)
    if news_of(case):
        return NextAction(Do.INFORM)
    waiting = [payout for payout in case.payouts if payout.state is PayoutState.SENT]
    if not case.stranded and not waiting:
        return NextAction(Do.CLOSE)
    until = _payment_clock(case, waiting, now)
    if now >= until:
        return NextAction(Do.PAYMENT_OVERDUE)
    return NextAction(Do.AWAIT_ACCOUNT if case.stranded else Do.AWAIT_PAYMENT, until)


PUT_BACK = "put_back"


def letter_about(payout: Payout) -> str:
    """The name of the letter that asks for another account."""
    return f"account:{payout.number}"


def news_of(case: Refund) -> str:
    """What the applicant has to be told about payouts that failed, by the letter's name; "" for nothing."""
    for payout in case.stranded:
        if letter_about(payout) not in case.answered:
            return letter_about(payout)
    return PUT_BACK if total(case.put_back) > case.put_back_told_grosze else ""


def _payment_clock(case: Refund, waiting: list[Payout], now: datetime) -> datetime:
    """When the missing confirmation, or the missing account, is told to an operator the next time."""
    since = max((payout.sent_at or now for payout in waiting), default=case.settled_at or now)
    if case.reminded_at is not None and case.reminded_at > since:
        return case.reminded_at + REMIND_EVERY
    return since + CONFIRMED_WITHIN


def is_overdue(case: Refund, now: datetime, by: timedelta) -> bool:
    """Whether something should have been done for longer than that, and was not: the case is as it was then,
    and needed more than waiting then."""
    then = now - by
    return case.history[-1].at <= then and next_action(case, then).do not in (*WAITS, Do.FINISHED)


def resumed_in_vain(case: Refund) -> int:
    """How often an execution was started anew by the watch since anything else happened."""
    count = 0
    for line in reversed(case.history):
        if line.event is not Event.RESUMED or line.who != WATCH:
            break
        count += 1
    return count


def complete_until(policy: Policy, called_on: date, by: AnswerBy) -> date:
    """The last day of completing: a customer's limit, so a holiday moves it. Letters travel."""
    by_letter = by is AnswerBy.LETTER
    days = policy.complete_by_letter_within_days if by_letter else policy.complete_within_days
    return customers_last_day(called_on + timedelta(days=days))

"""Granting and refusing."""

from datetime import date, datetime

from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.refunds.calculation import MENDABLE
from telekarta.domain.refunds.refund import Event, Refund, RefundStage
from telekarta.domain.refunds.terms import DECIDED_AHEAD
from telekarta.domain.rules import rule
from telekarta.usecases.refunds.commands import (
    DecideRefund,
    RefundAnswer,
    RefundRefusal,
    RefundRefused,
    Verdict,
)
from telekarta.usecases.refunds.desk.changing import Decided, RefundDeskDeps, change


@rule("WP §7.4", "WP §7.5", "WP §7.7", "WP §7.9", "WP §7.10")
def decide_refund(desk: RefundDeskDeps, command: DecideRefund) -> RefundAnswer:
    """Grant or refuse. What the terms rule out can't be granted; a late decision is one all the same."""

    def decide(refund: Refund, now: datetime) -> Decided:
        wanted = RefundStage.GRANTED if command.decision is Verdict.GRANT else RefundStage.REFUSED
        event = Event.GRANTED if wanted is RefundStage.GRANTED else Event.REFUSED
        if refund.stage is not RefundStage.OPEN:
            same_again = any(line.event is event for line in refund.history)
            return refund if same_again else RefundRefused(RefundRefusal.DECIDED_BEFORE)
        refusal = (
            not_grantable(refund, day_of(now))
            if wanted is RefundStage.GRANTED
            else _not_refusable(refund, command.reasons)
        )
        if refusal is not None:
            return refusal
        return refund.noted(event, now, command.who, command.why, stage=wanted, reasons=command.reasons)

    return change(desk, command.case, "decide_refund", command, decide)


@rule("WP §7.3.4", "WP §7.4", "WP §7.10")
def not_grantable(refund: Refund, today: date) -> RefundRefused | None:
    """Why it can't be granted now. While some of what is asked back is not proven, its proofs are asked for
    first: what they would prove later would cost a second fee."""
    unmet = refund.calculation.unmet if refund.calculation else ()
    reason: RefundRefusal | None = RefundRefusal.CONDITIONS_UNMET if unmet else None
    if refund.is_to_hold:
        reason = RefundRefusal.NOT_LOOKED_AT_YET
    elif refund.missing:
        reason = RefundRefusal.INCOMPLETE
    elif refund.awaited and MENDABLE.issuperset(unmet):
        if refund.application.enclosed:
            reason = RefundRefusal.DOCUMENTS_UNREAD
        elif refund.complete_until is None:
            reason = RefundRefusal.PROOFS_NOT_ASKED_FOR
        elif today <= min(refund.complete_until, refund.decide_by - DECIDED_AHEAD):
            reason = RefundRefusal.PROOFS_AWAITED
    return RefundRefused(reason, unmet=unmet) if reason else None


def _not_refusable(refund: Refund, reasons: str) -> RefundRefused | None:
    """Why it can't be refused now; None if it can. An operator who gives reasons has read what came."""
    unmet = refund.calculation.unmet if refund.calculation else ()
    if refund.is_to_hold:
        return RefundRefused(RefundRefusal.NOT_LOOKED_AT_YET)
    if reasons:
        return None
    if refund.awaited and refund.application.enclosed and MENDABLE.issuperset(unmet):
        return RefundRefused(RefundRefusal.DOCUMENTS_UNREAD)
    return None if unmet else RefundRefused(RefundRefusal.REASONS_MISSING)

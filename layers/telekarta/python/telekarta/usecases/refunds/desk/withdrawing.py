"""Withdrawing an application, or putting money that came back onto the card again."""

from dataclasses import replace
from datetime import datetime

from telekarta.domain.ledger.postings import Posting
from telekarta.domain.refunds.movements import give_back_kept, release, without
from telekarta.domain.refunds.refund import Event, Refund, RefundStage
from telekarta.usecases.ports import StoreUnavailable
from telekarta.usecases.refunds.commands import (
    RefundAnswer,
    RefundRefusal,
    RefundRefused,
    RefundShown,
    WithdrawRefund,
)
from telekarta.usecases.refunds.desk.changing import Decided, RefundDeskDeps, change, go_on, record
from telekarta.usecases.refunds.payouts import parts_back, rule_of
from telekarta.usecases.refunds.ports import keeper_of
from telekarta.usecases.workflow import ROUNDS


def withdraw_refund(desk: RefundDeskDeps, command: WithdrawRefund) -> RefundAnswer:
    """The applicant has thought better of it; or a returned transfer shall go back on the card."""
    seen = desk.refunds.refund(command.case)
    if seen is not None and seen.stage is RefundStage.PAYING:
        return _back_on_card(desk, seen, command)

    def decide(refund: Refund, now: datetime) -> Decided:
        if refund.stage is RefundStage.WITHDRAWN:
            return refund
        if refund.stage is not RefundStage.OPEN:
            return RefundRefused(RefundRefusal.TOO_LATE_TO_WITHDRAW)
        return refund.noted(Event.WITHDRAWN, now, command.who, command.why, stage=RefundStage.WITHDRAWN)

    return change(desk, command.case, "withdraw_refund", command, decide)


def _back_on_card(desk: RefundDeskDeps, seen: Refund, command: WithdrawRefund) -> RefundAnswer:
    """Money of failed payouts goes back on the card. If nothing of the refund was paid out, fee and bonus go
    with it: the fee is for a refund that was made (WP §7.6)."""
    record(desk, "withdraw_refund", command, command.case, desk.clock.now())
    refund: Refund | None = seen
    for _ in range(ROUNDS):
        now = desk.clock.now()
        if refund is not None and refund.put_back and not refund.stranded:
            # It was put back before; perhaps nobody was told to go on.
            go_on(desk, refund)
            return RefundShown(refund, now)
        if refund is None or not refund.stranded or refund.calculation is None:
            return RefundRefused(RefundRefusal.TOO_LATE_TO_WITHDRAW)
        payouts = tuple(replace(p, replaced=True) if p in refund.stranded else p for p in refund.payouts)
        changed = refund.noted(Event.RELEASED, now, command.who, command.why, payouts=payouts)
        kept: tuple[Posting, ...] = ()
        parts = parts_back(refund, refund.calculation, refund.stranded)
        if changed.fee_given_back:
            kept = give_back_kept(refund.id, refund.ref.brand, refund.calculation, now)
            parts = without(refund.calculation.draws, refund.put_back)
        changed = replace(changed, put_back=(*refund.put_back, *parts))
        card = keeper_of(desk.store, refund.ref)
        after, posting = release(card, refund.id, parts, rule_of(refund), now, refund.releases + 1)
        if desk.refunds.change_refund(refund, changed, [*kept, posting], (card, after)) is None:
            go_on(desk, changed)
            return RefundShown(changed, now, done=True)
        refund = desk.refunds.refund(seen.id)
    raise StoreUnavailable("the refund kept changing")

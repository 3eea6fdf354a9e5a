"""The step that sets money aside for a refund, and exchanges it when a proof or another amount came (WP
§7.3.3)."""

from datetime import datetime

from telekarta.domain.cards.card import Card, Status
from telekarta.domain.refunds.calculation import set_aside
from telekarta.domain.refunds.money_found import MoneyFound, look_at
from telekarta.domain.refunds.movements import hold, put_back, release, without
from telekarta.domain.refunds.next_action import (
    Do,
    next_action,
)
from telekarta.domain.refunds.refund import Event, Refund
from telekarta.usecases.refunds.payouts import (
    BY_US,
    rule_of,
)
from telekarta.usecases.refunds.ports import (
    bonuses_taken_back,
    card_of,
    keeper_of,
)
from telekarta.usecases.refunds.steps.running import Change, RefundStepDeps, answer, refund_of
from telekarta.usecases.workflow import ROUNDS, NotChanged, StepAnswer


def hold_money(work: RefundStepDeps, case_id: str) -> StepAnswer:
    """Set aside the money that is asked back (WP §7.3.3), so that it can't be talked away meanwhile. When a
    proof or an amount came, the money that is asked back now takes the place of what was set aside before.
    While a call goes on the card's money can't be moved: the machine asks again when the call is over."""
    for _ in range(ROUNDS):
        refund, now = refund_of(work, case_id), work.clock.now()
        if next_action(refund, now).do is not Do.HOLD:
            return answer(work, refund)
        card = card_of(work.store, refund.ref)
        if card is not None and card.hold is not None:
            return answer(work, refund, in_a_call=True)
        changed, postings, cards = _held(work, refund, card, now)
        if work.refunds.change_refund(refund, changed, postings, cards) is None:
            return answer(work, changed, metrics=("RefundHeld",) if postings else ())
    raise NotChanged("the card kept changing")


def _held(work: RefundStepDeps, refund: Refund, card: Card | None, now: datetime) -> Change:
    """The refund with the money that is set aside now, the postings that exchange it for what was, and the
    card before and after. Money that stays set aside is not moved. Of a card that was used up since nothing
    more can be taken, and what is let go lands on the account where its holder can use it."""
    before = put_back(card, refund.held) if card else None
    postings = work.store.postings(refund.ref)
    found = MoneyFound(now, ())
    if before is not None and (before.status is not Status.USED_UP or refund.held):
        taken_back = bonuses_taken_back(work.refunds, postings)
        found = look_at(before, postings, now, taken_back, refund.application.received_on)
    if refund.found is not None:
        found = found.after(refund.found, was_held=bool(refund.held))
    parts = set_aside(refund.policy, refund.application, found)
    event = Event.HELD if refund.found is None else Event.HELD_ANEW
    changed = refund.noted(event, now, BY_US, found=found, held=parts)
    let_go, taken = without(refund.held, parts), without(parts, refund.held)
    if card is None or not (let_go or taken):
        return changed, (), None
    keeper = keeper_of(work.store, refund.ref) if card.status is Status.USED_UP else card
    after, moved = keeper, []
    if let_go:
        after, posting = release(after, refund.id, let_go, rule_of(refund), now, refund.releases + 1)
        moved.append(posting)
    if taken:
        after, posting = hold(after, refund.id, taken, rule_of(refund), now, refund.holds + 1)
        moved.append(posting)
    return changed, moved, (keeper, after)

"""The steps that pay: what is kept, what goes back on the card, and what is sent to the bank or a
provider."""

from datetime import datetime, timedelta

from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.cards.card import Card
from telekarta.domain.cases.case import CaseKind
from telekarta.domain.refunds.movements import keep, release, without
from telekarta.domain.refunds.next_action import Do
from telekarta.domain.refunds.payment_orders import order_file
from telekarta.domain.refunds.refund import Event, Payout, PayoutState, Refund, RefundStage, Way
from telekarta.domain.rules import rule
from telekarta.domain.topups.payments import Provider
from telekarta.usecases.refunds.payouts import (
    BY_US,
    move,
    plan_payouts,
    refund_at_provider,
    rule_of,
    transfer_of,
)
from telekarta.usecases.refunds.ports import keeper_of
from telekarta.usecases.refunds.steps.running import (
    Change,
    RefundStepDeps,
    answer,
    do_once,
    open_case,
    refund_of,
)
from telekarta.usecases.topups.ports import GatewayRefused, RefundState
from telekarta.usecases.workflow import StepAnswer


@rule("WP §7.6", "WP §7.6.1", "WP §7.6.2", "WP §7.7", "WP §7.8")
def settle(work: RefundStepDeps, case_id: str) -> StepAnswer:
    """Keep the fee and the spent bonus, put back what was not granted, plan the payouts: one transaction."""

    def settled(refund: Refund, now: datetime) -> Change:
        found = refund.calculation
        assert found is not None  # granted on it
        postings = [*keep(refund.id, refund.ref.brand, found, now)]
        rest = without(refund.held, found.draws)
        change: tuple[Card, Card] | None = None
        if rest:
            card = keeper_of(work.store, refund.ref)
            after, posting = release(card, refund.id, rest, rule_of(refund), now, refund.releases + 1)
            change = card, after
            postings.append(posting)
        payouts = plan_payouts(refund, found.draws, found.payable_grosze)
        event = Event.RELEASED if rest else Event.PAYING
        changed = refund.noted(
            event, now, BY_US, stage=RefundStage.PAYING, payouts=payouts, settled_at=now, reminded_at=None,
            released=bool(rest),
        )  # fmt: skip
        return changed, postings, change

    return do_once(work, case_id, Do.SETTLE, settled)


def send_payouts(work: RefundStepDeps, case_id: str) -> StepAnswer:
    """Send what is planned. Raises GatewayUnavailable and ReportsUnavailable: the step is done again."""
    refund = refund_of(work, case_id)
    for payout in refund.payouts:
        if payout.state in (PayoutState.PLANNED, PayoutState.SENDING):
            if payout.way is Way.BANK:
                _to_bank(work, case_id, payout)
            else:
                _to_provider(work, case_id, payout)
    return answer(work, refund_of(work, case_id))


# What is granted today is ordered at the bank by tomorrow.
ORDERED_WITHIN = timedelta(days=1)


def _to_bank(work: RefundStepDeps, case_id: str, payout: Payout) -> None:
    """Put the order into a file, then open a case for the operator who takes it to the bank. Both are named
    by the payout and made of the record, so that done twice they are one."""
    refund = refund_of(work, case_id)
    name, content = order_file(work.order_format, transfer_of(refund, payout))
    work.files.put(name, content)
    now = work.clock.now()
    facts: dict[str, str | int] = {
        "refund": refund.id,
        "payout": payout.reference,
        "file": name,
        "amount_grosze": payout.amount_grosze,
        # The 30 days are for carrying it out as well (WP §7.10).
        "decide_by": min(refund.decide_by, day_of(now) + ORDERED_WITHIN).isoformat(),
    }
    open_case(work, CaseKind.PAYOUT_TO_ORDER, f"{refund.id}:{payout.number}", refund, facts, now)
    move(work, case_id, payout.number, (PayoutState.PLANNED,), PayoutState.SENT, file=name)


def _to_provider(work: RefundStepDeps, case_id: str, payout: Payout) -> None:
    """Ask the provider to give the payment back, under an id of ours, so that it knows a second request.

    A refusal is believed only if the provider was asked once: to a second request it may say no because it
    did what the first one asked. Else its notification decides, or an operator. Each request is noted before
    it is made (`tellings`), so that two runs of this step that overlap both see that there were two."""
    payment = work.payments.payment(payout.payment)
    provider = Provider(payout.way.value)
    if payment is None:
        move(work, case_id, payout.number, (PayoutState.PLANNED,), PayoutState.REFUSED)
        return
    untold = (PayoutState.PLANNED, PayoutState.SENDING)
    if move(work, case_id, payout.number, untold, PayoutState.SENDING) is None:
        return
    try:
        told = work.gateways[provider].refund(refund_at_provider(payment, payout, work.base_url))
    except GatewayRefused:
        state, provider_id = RefundState.REFUSED, ""
    else:
        state, provider_id = told.state, told.provider_refund_id
    sending, refused = (PayoutState.SENDING,), state is RefundState.REFUSED
    if refused and move(work, case_id, payout.number, sending, PayoutState.REFUSED, told_once=True):
        return
    move(work, case_id, payout.number, sending, PayoutState.SENT, provider_id=provider_id)
    if state is RefundState.DONE:
        move(work, case_id, payout.number, (PayoutState.SENT,), PayoutState.PAID)

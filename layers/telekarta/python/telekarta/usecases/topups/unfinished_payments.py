"""The timers ask the providers about payments that nobody finished."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from telekarta.domain.cases.case import CaseKind
from telekarta.domain.rules import rule
from telekarta.domain.topups.payments import (
    EXPIRES_AFTER,
    RECEIPT_GIVEN_UP_AFTER,
    Payment,
    PaymentStage,
    Provider,
)
from telekarta.usecases.faults import described
from telekarta.usecases.ports import StoreUnavailable
from telekarta.usecases.topups.payments import (
    MONEY,
    NotificationOutcome,
    PaymentDeps,
    act_on,
    as_ordered,
    change_stage,
    facts_told,
    note_receipts,
    open_case,
    send_receipts,
    settle_payment,
)
from telekarta.usecases.topups.ports import GatewayError, PaymentState, ProviderPayment

# So many a round: at a provider's usual pace they fit into the function's time with room to spare.
ASKED_AT_MOST = 200


# The payer is still at it; the notification usually comes while they are on their way back.
LEFT_ALONE = timedelta(minutes=2)


# A provider that does not answer is not asked on: each question may take until its timeout.
UNANSWERED_AT_MOST = 3


# Money that the provider has and does not let go: so long it is asked for, with a case open after a day.
GIVEN_UP_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class PaymentsAsked:
    """What a round of questions brought, how old the oldest payment is that is still open (0: none), and our
    faults by payment (`faults`)."""

    outcomes: Mapping[str, int]
    oldest_age_s: int
    faults: Mapping[str, str] = field(default_factory=dict)


@rule("WP §4.1.2")
def ask_about_payments(deps: PaymentDeps) -> PaymentsAsked:
    """Finish what nobody finished. Raises StoreUnavailable; the next round goes on.

    A notification may never come, a payer may never come back, a process may stop anywhere. What the
    provider has no money for after a day is expired here, and credited all the same if it comes later.
    """
    now = deps.clock.now()
    outcomes: Counter[str] = Counter()
    unanswered: Counter[Provider] = Counter()
    faults: dict[str, str] = {}
    oldest_age_s = 0
    for seen in deps.payments.pending_payments(ASKED_AT_MOST):
        age = now - seen.created_at
        if age < LEFT_ALONE:
            continue
        if seen.stage is PaymentStage.CREDITED:
            outcomes.update(_receipts_again(deps, seen, now))
            continue
        if unanswered[seen.provider] < UNANSWERED_AT_MOST:
            try:
                outcome = _ask(deps, seen, now)
            except GatewayError:
                outcome = NotificationOutcome.UNAVAILABLE
            except StoreUnavailable:
                raise
            except Exception as fault:
                # One payment that can't be finished must not keep the others waiting.
                outcome, faults[seen.id] = FAILED, described(fault)
            outcomes[outcome] += 1
            unanswered[seen.provider] += outcome == NotificationOutcome.UNAVAILABLE
            if outcome not in _LEFT_OPEN:
                continue
        oldest_age_s = max(oldest_age_s, int(age.total_seconds()))
    return PaymentsAsked(dict(outcomes), oldest_age_s, faults)


EXPIRED, FAILED = "expired", "failed"


RECEIPT_SENT, RECEIPT_UNSENT, RECEIPT_GIVEN_UP = "receipt_sent", "receipt_unsent", "receipt_given_up"


_LEFT_OPEN = frozenset(
    {
        NotificationOutcome.NOT_YET,
        NotificationOutcome.NOT_CONFIRMED,
        NotificationOutcome.DIFFERENT,
        NotificationOutcome.UNAVAILABLE,
        FAILED,
    }
)


def _ask(deps: PaymentDeps, seen: Payment, now: datetime) -> str:
    if seen.stage is PaymentStage.PAID:
        told = ProviderPayment(seen.id, seen.provider_order_id, PaymentState.COMPLETED, seen.amount_grosze)
        return settle_payment(deps, seen, told, now)
    gateway = deps.gateways.get(seen.provider)
    if gateway is None:
        return NotificationOutcome.UNAVAILABLE
    told = gateway.look_up(as_ordered(seen))
    age = now - seen.created_at
    if told.state in MONEY or told.state is PaymentState.CANCELED:
        outcome = act_on(deps, gateway, seen, told, now)
    else:
        outcome = NotificationOutcome.NOT_YET
    if age < EXPIRES_AFTER or outcome not in _LEFT_OPEN:
        return outcome
    if told.state in MONEY and outcome is not NotificationOutcome.DIFFERENT:
        # The provider has the payer's money, and neither gives it to us nor back.
        open_case(deps, CaseKind.PAYMENT_UNRESOLVED, seen, now, facts_told(told))
        if age < GIVEN_UP_AFTER:
            return outcome
    return EXPIRED if change_stage(deps, seen, PaymentStage.EXPIRED) else NotificationOutcome.NOTHING_NEW


def _receipts_again(deps: PaymentDeps, seen: Payment, now: datetime) -> dict[str, int]:
    """Only one of several at once writes the try, and only that one sends."""
    if not seen.may_send_receipts(now):
        return {}
    tried = seen.receipts_tried(now)
    if deps.payments.change_payment(seen, tried) is not None:
        return {}
    due = len(tried.receipts_due)
    sent = send_receipts(deps, tried)
    fresh = deps.payments.payment(seen.id)
    still_due = fresh.receipts_due if fresh else frozenset()
    counted = {
        RECEIPT_SENT: sent,
        RECEIPT_UNSENT: len(still_due),
        RECEIPT_GIVEN_UP: due - sent - len(still_due),
    }
    if still_due and seen.settled_at is not None and now - seen.settled_at >= RECEIPT_GIVEN_UP_AFTER:
        note_receipts(deps, tried, still_due)
        counted |= {RECEIPT_UNSENT: 0, RECEIPT_GIVEN_UP: due - sent}
    return {name: number for name, number in counted.items() if number}

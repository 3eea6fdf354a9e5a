"""A provider tells of a payment or of a refund."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from telekarta.domain.cases.case import CaseKind, new_case
from telekarta.domain.rules import rule
from telekarta.domain.topups.payments import Payment, Provider
from telekarta.usecases.topups.payments import FOUND_BY, NotificationOutcome, PaymentDeps, act_on, open_case
from telekarta.usecases.topups.ports import GatewayError, NotificationRefusal, ProviderRefund, RefundState

_REFUSED = {
    NotificationRefusal.FORGED: NotificationOutcome.FORGED,
    NotificationRefusal.MALFORMED: NotificationOutcome.MALFORMED,
}


@rule("WP §4.1.2")
def take_notification(
    deps: PaymentDeps, provider: Provider, headers: Mapping[str, str], raw_body: bytes
) -> NotificationOutcome:
    """What the provider tells, checked and acted upon. Raises StoreUnavailable: it shall tell again."""
    gateway = deps.gateways.get(provider)
    if gateway is None:
        return NotificationOutcome.UNAVAILABLE
    now = deps.clock.now()
    try:
        told = gateway.read_notification(headers, raw_body)
        if isinstance(told, NotificationRefusal):
            return _REFUSED.get(told) or _open_wrong(deps, provider, told, raw_body, now)
        known = deps.payments.payment(told.order_id)
        if known is None or known.provider is not provider:
            return NotificationOutcome.UNKNOWN_PAYMENT
        if isinstance(told, ProviderRefund):
            return _refunded(deps, known, told, now)
        return act_on(deps, gateway, known, told, now)
    except GatewayError:
        return NotificationOutcome.UNAVAILABLE


def _open_wrong(
    deps: PaymentDeps, provider: Provider, why: NotificationRefusal, raw_body: bytes, now: datetime
) -> NotificationOutcome:
    """The provider signed it, but for another shop, currency or amount: told again, it is the same case."""
    told = sha256(raw_body).hexdigest()[:16]
    facts: dict[str, str | int] = {"provider": provider.value, "reason": why.value}
    case = new_case(
        CaseKind.PAYMENT_DIFFERS, f"{provider}:{told}", f"{provider}:{told}", facts, FOUND_BY, now
    )
    deps.store.open_case(case)
    return NotificationOutcome.DIFFERENT


def _refunded(deps: PaymentDeps, known: Payment, told: ProviderRefund, now: datetime) -> NotificationOutcome:
    """Money that went back to the payer while it is on the card is for a person to look at."""
    if deps.refunds is not None and deps.refunds.take(known, told):
        return NotificationOutcome.REFUND_TOLD
    if told.state is not RefundState.DONE:
        return NotificationOutcome.REFUND_TOLD
    refund: dict[str, str | int] = {"refund": told.provider_refund_id, "refund_grosze": told.amount_grosze}
    open_case(
        deps, CaseKind.PAYMENT_GIVEN_BACK, known, now, refund, of=f"{known.id}:{told.provider_refund_id}"
    )
    return NotificationOutcome.GIVEN_BACK

"""A payer starts a payment on the web.

The payment is kept before the provider hears of it, so that a crash leaves a record to ask about.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from telekarta.dialog.language import Language
from telekarta.domain.brands import NAMES
from telekarta.domain.cards.card import Ref
from telekarta.domain.money import grosze
from telekarta.domain.rules import rule
from telekarta.domain.topups.payments import (
    Method,
    Payment,
    PaymentStage,
    Provider,
    is_too_little,
    is_too_much,
)
from telekarta.domain.topups.topup import TopUpRefusal, refusal_to_top_up
from telekarta.usecases.topups.crediting import find
from telekarta.usecases.topups.payments import PaymentDeps, change_stage
from telekarta.usecases.topups.ports import GatewayError, GatewayRefused, Order
from telekarta.usecases.topups.receipts import masked_number


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """What a payer wants. `language` is `pl` or `en`; `email` may be "" except with Przelewy24."""

    ref: Ref
    amount_grosze: int
    method: Method
    language: str
    email: str = field(repr=False)
    customer_ip: str = field(repr=False)
    receipt: bool


class StartRefusal(StrEnum):
    """Why no payment was started; nothing has been asked of the payer."""

    UNKNOWN_CARD = "unknown_card"
    USED_UP = "used_up"
    EXPIRED = "expired"
    TOO_LITTLE = "too_little"
    TOO_MUCH = "too_much"
    GATEWAY_UNAVAILABLE = "gateway_unavailable"
    EMAIL_NEEDED = "email_needed"


_DESCRIPTION = {Language.PL: "Doładowanie {brand} {number}", Language.EN: "{brand} top-up {number}"}


@rule("WP §4.1.2", "TG §2.6")
def start_payment(deps: PaymentDeps, request: PaymentRequest, payment_id: str = "") -> Payment | StartRefusal:
    """Keep a new payment and tell the provider of it; the payer goes to its `redirect_url`.

    `payment_id` is a token that was chosen when the page with the button was made: pressed twice, it finds
    the payment of the first press, which may still be on its way (STARTED, and nowhere to go yet).

    Raises StoreUnavailable: nobody was sent anywhere, and the payer may try again.
    """
    gateway = deps.gateways.get(request.method.provider)
    now = deps.clock.now()
    if payment_id and (begun := deps.payments.payment(payment_id)):
        return begun
    if refusal := _refusal(deps, request, now):
        return refusal
    if gateway is None:
        return StartRefusal.GATEWAY_UNAVAILABLE
    new = Payment(
        id=payment_id or deps.chance.token(),
        ref=request.ref,
        method=request.method,
        amount_grosze=request.amount_grosze,
        stage=PaymentStage.STARTED,
        created_at=now,
        language=Language(request.language).value,
        email=request.email,
        receipt=request.receipt,
    )
    if sooner := deps.payments.add_payment(new):
        return sooner
    try:
        started = gateway.start(_order(deps, new, request.customer_ip))
    except GatewayRefused:
        change_stage(deps, new, PaymentStage.FAILED)
        return StartRefusal.GATEWAY_UNAVAILABLE
    except GatewayError:
        # Whether there is an order is not known. The payer starts anew; this one is asked about.
        return StartRefusal.GATEWAY_UNAVAILABLE
    sent = new.sent(started.provider_order_id, started.redirect_url)
    newer = deps.payments.change_payment(new, sent)
    return replace(newer, redirect_url=started.redirect_url) if newer else sent


def _refusal(deps: PaymentDeps, request: PaymentRequest, now: datetime) -> StartRefusal | None:
    amount_grosze = grosze(request.amount_grosze)
    if is_too_little(amount_grosze):
        return StartRefusal.TOO_LITTLE
    if is_too_much(amount_grosze):
        return StartRefusal.TOO_MUCH
    if request.method.provider is Provider.PRZELEWY24 and not request.email:
        return StartRefusal.EMAIL_NEEDED
    card = find(deps.store, request.ref)
    refusal = refusal_to_top_up(card, now) if card else TopUpRefusal.UNKNOWN_CARD
    return StartRefusal(refusal.value) if refusal else None


def _order(deps: PaymentDeps, new: Payment, customer_ip: str) -> Order:
    description = _DESCRIPTION[Language(new.language)].format(
        brand=NAMES[new.ref.brand], number=masked_number(new.ref.number)
    )
    return Order(
        id=new.id,
        amount_grosze=new.amount_grosze,
        description=description,
        language=new.language,
        notify_url=f"{deps.base_url}/payments/{new.provider}",
        continue_url=f"{deps.base_url}/topup/payment/{new.id}",
        customer_ip=customer_ip,
        email=new.email,
        blik=new.method is Method.BLIK,
    )


def payment(deps: PaymentDeps, payment_id: str) -> Payment | None:
    """The payment as it is now. Raises StoreUnavailable."""
    return deps.payments.payment(payment_id)

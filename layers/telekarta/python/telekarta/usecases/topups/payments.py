"""Payments on the web: started, confirmed by the provider alone, credited once, receipted.

Every step may run twice, stop half-way, come late or be forged. What protects:

- the payment is kept before the provider hears of it, so that a crash leaves a record to ask about;
- the payer is sent away only after the provider's order id is kept;
- money is taken at the provider's confirmed word, compared with what was kept, never with what was sent;
- the posting's id is made of the payment's, so the money is booked once however many tell of it;
- each stage is written on condition of the version that was seen: who comes second reads again.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from telekarta.dialog.language import Language
from telekarta.domain.brands import NAMES
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.cards.card import Ref
from telekarta.domain.cases.case import CaseKind, new_case
from telekarta.domain.money import grosze
from telekarta.domain.rules import rule
from telekarta.domain.topups.payments import (
    EXPIRES_AFTER,
    RECEIPT_GIVEN_UP_AFTER,
    Channel,
    Method,
    Payment,
    PaymentStage,
    Provider,
    is_too_little,
    is_too_much,
)
from telekarta.domain.topups.promotions import Promotion, bonuses
from telekarta.domain.topups.topup import TopUpRefusal, bonus_id, refusal_to_top_up
from telekarta.usecases.faults import described
from telekarta.usecases.ports import CaseStore, Chance, Clock, MovementStore, StoreUnavailable
from telekarta.usecases.topups.crediting import TopUps, credit, find
from telekarta.usecases.topups.ports import (
    Confirmation,
    GatewayError,
    GatewayRefused,
    NotificationRefusal,
    Order,
    Ordered,
    PaymentGateway,
    PaymentState,
    ProviderPayment,
    ProviderRefund,
    RefundState,
)
from telekarta.usecases.topups.receipts import Messenger, Undeliverable, Unsent, masked_number, receipt

__all__ = [
    "Channel",
    "Method",
    "NotificationOutcome",
    "Payment",
    "PaymentDeps",
    "PaymentRequest",
    "PaymentStage",
    "PaymentStore",
    "PaymentsAsked",
    "Provider",
    "StartRefusal",
    "ask_about_payments",
    "payment",
    "start_payment",
    "take_notification",
]


# So many a round: at a provider's usual pace they fit into the function's time with room to spare.
ASKED_AT_MOST = 200
# The payer is still at it; the notification usually comes while they are on their way back.
LEFT_ALONE = timedelta(minutes=2)
# A provider that does not answer is not asked on: each question may take until its timeout.
UNANSWERED_AT_MOST = 3
# Money that the provider has and does not let go: so long it is asked for, with a case open after a day.
GIVEN_UP_AFTER = timedelta(days=7)
# Each round is lost to another telling of the same payment, and every telling brings it a stage on.
ROUNDS = 6
FOUND_BY = "payments"


class PaymentStore(Protocol):
    """Payments. All methods may raise StoreUnavailable."""

    def payment(self, payment_id: str) -> Payment | None: ...

    def add_payment(self, new: Payment) -> Payment | None:
        """Keep a new payment: None. If there is one with its id, nothing is changed, and it is the answer."""
        ...

    def change_payment(self, seen: Payment, changed: Payment) -> Payment | None:
        """Write the changed payment if it is still at the version that was seen: None. Else nothing is
        changed, and the answer is the payment as it is."""
        ...

    def pending_payments(self, limit: int) -> tuple[Payment, ...]:
        """Payments that are not at their end, the oldest first, each read afresh."""
        ...


class CreditStore(MovementStore, CaseStore, Protocol):
    """Cards, movements and cases."""


class RefundTaker(Protocol):
    """What is done with a provider's word of a refund."""

    def take(self, payment: Payment, told: ProviderRefund) -> bool:
        """Whether we have asked for the refund. Raises StoreUnavailable: it shall be told again."""
        ...


@dataclass(frozen=True, slots=True)
class PaymentDeps:
    """The outside. A method without a gateway is not offered, a channel without a messenger not used."""

    payments: PaymentStore
    store: CreditStore
    gateways: Mapping[Provider, PaymentGateway]
    clock: Clock
    chance: Chance
    promotions: Sequence[Promotion]
    base_url: str  # scheme and host of ours, no closing slash
    messengers: Mapping[Channel, Messenger] = field(default_factory=dict)
    refunds: RefundTaker | None = None


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


class NotificationOutcome(StrEnum):
    """What came of a notification."""

    CREDITED = "credited"
    CREDITED_BEFORE = "credited_before"
    NOT_CREDITED = "not_credited"  # paid, the card can't take it; a case is open
    NOT_YET = "not_yet"
    CANCELED = "canceled"
    NOTHING_NEW = "nothing_new"  # late or reordered: what is known already is newer
    NOT_CONFIRMED = "not_confirmed"  # the provider does not stand by what it told
    DIFFERENT = "different"  # another amount, currency, shop or order than was kept; a case is open
    PAID_TWICE = "paid_twice"  # a second payment for the same order; a case is open
    GIVEN_BACK = "given_back"  # the provider gave the money back; a case is open
    REFUND_TOLD = "refund_told"  # a refund is on its way, or was refused
    UNKNOWN_PAYMENT = "unknown_payment"
    FORGED = "forged"
    MALFORMED = "malformed"
    UNAVAILABLE = "unavailable"  # the provider could not be asked: it shall tell again


@dataclass(frozen=True, slots=True)
class PaymentsAsked:
    """What a round of questions brought, how old the oldest payment is that is still open (0: none), and our
    faults by payment (`faults`)."""

    outcomes: Mapping[str, int]
    oldest_age_s: int
    faults: Mapping[str, str] = field(default_factory=dict)


# ---------------------------------------------------------------------- starting


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
        _move(deps, new, PaymentStage.FAILED)
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


# ---------------------------------------------------------------------- being told


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
        return _act(deps, gateway, known, told, now)
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
    _open(deps, CaseKind.PAYMENT_GIVEN_BACK, known, now, refund, of=f"{known.id}:{told.provider_refund_id}")
    return NotificationOutcome.GIVEN_BACK


_MONEY = frozenset({PaymentState.COMPLETED, PaymentState.WAITING_FOR_CONFIRMATION})


def _act(
    deps: PaymentDeps, gateway: PaymentGateway, known: Payment, told: ProviderPayment, now: datetime
) -> NotificationOutcome:
    """What was told of a known payment. Raises GatewayError and StoreUnavailable: telling again is right."""
    if known.is_paid:
        # It was confirmed before, so that nothing but the crediting can be left to do.
        if told.state in _MONEY:
            return _settle(deps, known, told, now)
        return NotificationOutcome.NOTHING_NEW
    match gateway.confirm(_ordered(known), told):
        case Confirmation.COMPLETED:
            return _settle(deps, known, told, now)
        case Confirmation.CANCELED:
            canceled = _move(deps, known, PaymentStage.CANCELED)
            return NotificationOutcome.CANCELED if canceled else NotificationOutcome.NOTHING_NEW
        case Confirmation.DIFFERENT:
            _open(deps, CaseKind.PAYMENT_DIFFERS, known, now, _told(told))
            return NotificationOutcome.DIFFERENT
        case Confirmation.REFUSED:
            return NotificationOutcome.NOT_CONFIRMED
        case Confirmation.NOT_YET:
            return NotificationOutcome.NOT_YET


def _ordered(known: Payment) -> Ordered:
    return Ordered(known.id, known.amount_grosze, known.provider_order_id)


def _told(told: ProviderPayment) -> dict[str, str | int]:
    return {"told_order": told.provider_order_id, "told_grosze": told.amount_grosze, "told": told.state.value}


def _move(deps: PaymentDeps, known: Payment, stage: PaymentStage) -> bool:
    """Bring an unpaid payment to the stage, unless something newer has been written meanwhile."""
    return known.may_become(stage) and deps.payments.change_payment(known, known.to(stage)) is None


# ---------------------------------------------------------------------- crediting


def _settle(deps: PaymentDeps, seen: Payment, told: ProviderPayment, now: datetime) -> NotificationOutcome:
    """Put confirmed money on the card, from wherever the last try stopped."""
    is_on_card = False
    for _ in range(ROUNDS):
        if not seen.is_paid:
            paid = seen.paid(told.provider_order_id, now)
            seen = deps.payments.change_payment(seen, paid) or paid
        elif seen.provider_order_id != told.provider_order_id:
            _open(
                deps,
                CaseKind.PAYMENT_PAID_TWICE,
                seen,
                now,
                _told(told),
                of=f"{seen.id}:{told.provider_order_id}",
            )
            return NotificationOutcome.PAID_TWICE
        elif seen.stage is PaymentStage.CREDITED:
            return NotificationOutcome.CREDITED_BEFORE
        elif seen.stage is PaymentStage.NOT_CREDITED and not is_on_card:
            return NotificationOutcome.NOTHING_NEW
        else:
            changed, outcome = _credited(deps, seen, now)
            fresh = deps.payments.change_payment(seen, changed)
            if fresh is None:
                if changed.receipts_due:
                    _send_receipts(deps, changed)
                return outcome
            # Of two at once one may have been refused by the card when the other had just filled it.
            is_on_card = changed.stage is PaymentStage.CREDITED
            seen = fresh
    raise StoreUnavailable("the payment kept changing")


@rule("WP §4.1.2", "TG §2.6")
def _credited(deps: PaymentDeps, paid: Payment, now: datetime) -> tuple[Payment, NotificationOutcome]:
    """The money on the card, or a case; and the payment as it is to be written then."""
    answer = credit(TopUps(deps.store, deps.promotions), paid.ref, paid.money(), now)
    if isinstance(answer, TopUpRefusal):
        # Before the stage is written: stopped in between, the next try finds the case there already.
        _open(deps, CaseKind.PAYMENT_NOT_CREDITED, paid, now, {"refusal": answer.value})
        return paid.not_credited(now), NotificationOutcome.NOT_CREDITED
    bonus_grosze = _bonus_grosze(deps, paid) if answer.was_booked else answer.bonus_grosze
    channels = frozenset(deps.messengers)
    return paid.credited(bonus_grosze, channels, now), NotificationOutcome.CREDITED


def _bonus_grosze(deps: PaymentDeps, paid: Payment) -> int:
    """The bonuses that were booked with the money, when the answer that said so got lost."""
    money = paid.money()
    card = find(deps.store, paid.ref)
    if card is None:
        return 0
    earned = bonuses(deps.promotions, paid.ref.brand, money.source, money.amount_grosze, day_of(money.at))
    booked = (deps.store.posting(bonus_id(card, promotion, money)) for promotion, _ in earned)
    return sum(
        each.amount_grosze for each in booked if each and each.details.get("top_up") == money.posting_id
    )


def _open(
    deps: PaymentDeps,
    kind: CaseKind,
    of_payment: Payment,
    now: datetime,
    facts: Mapping[str, str | int],
    of: str = "",
) -> None:
    known: dict[str, str | int] = {
        "payment": of_payment.id,
        "provider": of_payment.provider.value,
        "provider_order_id": of_payment.provider_order_id,
        "amount_grosze": of_payment.amount_grosze,
        "stage": of_payment.stage.value,
    }
    subject = str(of_payment.ref)
    deps.store.open_case(new_case(kind, of or of_payment.id, subject, known | dict(facts), FOUND_BY, now))


# ---------------------------------------------------------------------- receipts


def _send_receipts(deps: PaymentDeps, due: Payment) -> int:
    """Send what is due, and note what has left: how many did.

    Who calls this has written when it was tried, and so is the only one for `RECEIPT_LEASE`. A receipt is
    sent again only if the process dies, or the answer or the note gets lost, after it has left: neither SES
    nor Twilio takes a key by which they could know it again.
    """
    done: set[Channel] = set()
    left = 0
    for channel in sorted(due.receipts_due):
        messenger = deps.messengers.get(channel)
        try:
            if messenger is None:
                continue
            messenger.send(receipt(due, channel))
        except Unsent:
            continue
        except Undeliverable:
            done.add(channel)
        else:
            done.add(channel)
            left += 1
    if done:
        _note_receipts(deps, due, frozenset(done))
    return left


def _note_receipts(deps: PaymentDeps, due: Payment, channels: frozenset[Channel]) -> None:
    seen: Payment | None = due
    for _ in range(ROUNDS):
        if seen is None or not seen.receipts_due & channels:
            return
        seen = deps.payments.change_payment(seen, seen.receipts_done(channels))


# ---------------------------------------------------------------------- asking


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
        return _settle(deps, seen, told, now)
    gateway = deps.gateways.get(seen.provider)
    if gateway is None:
        return NotificationOutcome.UNAVAILABLE
    told = gateway.look_up(_ordered(seen))
    age = now - seen.created_at
    if told.state in _MONEY or told.state is PaymentState.CANCELED:
        outcome = _act(deps, gateway, seen, told, now)
    else:
        outcome = NotificationOutcome.NOT_YET
    if age < EXPIRES_AFTER or outcome not in _LEFT_OPEN:
        return outcome
    if told.state in _MONEY and outcome is not NotificationOutcome.DIFFERENT:
        # The provider has the payer's money, and neither gives it to us nor back.
        _open(deps, CaseKind.PAYMENT_UNRESOLVED, seen, now, _told(told))
        if age < GIVEN_UP_AFTER:
            return outcome
    return EXPIRED if _move(deps, seen, PaymentStage.EXPIRED) else NotificationOutcome.NOTHING_NEW


def _receipts_again(deps: PaymentDeps, seen: Payment, now: datetime) -> dict[str, int]:
    """Only one of several at once writes the try, and only that one sends."""
    if not seen.may_send_receipts(now):
        return {}
    tried = seen.receipts_tried(now)
    if deps.payments.change_payment(seen, tried) is not None:
        return {}
    due = len(tried.receipts_due)
    sent = _send_receipts(deps, tried)
    fresh = deps.payments.payment(seen.id)
    still_due = fresh.receipts_due if fresh else frozenset()
    counted = {
        RECEIPT_SENT: sent,
        RECEIPT_UNSENT: len(still_due),
        RECEIPT_GIVEN_UP: due - sent - len(still_due),
    }
    if still_due and seen.settled_at is not None and now - seen.settled_at >= RECEIPT_GIVEN_UP_AFTER:
        _note_receipts(deps, tried, still_due)
        counted |= {RECEIPT_UNSENT: 0, RECEIPT_GIVEN_UP: due - sent}
    return {name: number for name, number in counted.items() if number}

"""Payments on the web: started, confirmed by the provider alone, credited once, receipted.

Every step may run twice, stop half-way, come late or be forged. What protects:

- the payment is kept before the provider hears of it, so that a crash leaves a record to ask about;
- the payer is sent away only after the provider's order id is kept;
- money is taken at the provider's confirmed word, compared with what was kept, never with what was sent;
- the posting's id is made of the payment's, so the money is booked once however many tell of it;
- each stage is written on condition of the version that was seen: who comes second reads again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.cases.case import CaseKind, new_case
from telekarta.domain.rules import rule
from telekarta.domain.topups.payments import Channel, Payment, PaymentStage, Provider
from telekarta.domain.topups.promotions import Promotion, bonuses
from telekarta.domain.topups.topup import TopUpRefusal, bonus_id
from telekarta.usecases.ports import Chance, Clock, StoreUnavailable
from telekarta.usecases.topups.crediting import TopUps, credit, find
from telekarta.usecases.topups.ports import (
    Confirmation,
    CreditStore,
    Ordered,
    PaymentGateway,
    PaymentState,
    PaymentStore,
    ProviderPayment,
    RefundTaker,
)
from telekarta.usecases.topups.receipts import Messenger, Undeliverable, Unsent, receipt

# Each round is lost to another telling of the same payment, and every telling brings it a stage on.
ROUNDS = 6
FOUND_BY = "payments"


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


MONEY = frozenset({PaymentState.COMPLETED, PaymentState.WAITING_FOR_CONFIRMATION})


def act_on(
    deps: PaymentDeps, gateway: PaymentGateway, known: Payment, told: ProviderPayment, now: datetime
) -> NotificationOutcome:
    """What was told of a known payment. Raises GatewayError and StoreUnavailable: telling again is right."""
    if known.is_paid:
        # It was confirmed before, so that nothing but the crediting can be left to do.
        if told.state in MONEY:
            return settle_payment(deps, known, told, now)
        return NotificationOutcome.NOTHING_NEW
    match gateway.confirm(as_ordered(known), told):
        case Confirmation.COMPLETED:
            return settle_payment(deps, known, told, now)
        case Confirmation.CANCELED:
            canceled = change_stage(deps, known, PaymentStage.CANCELED)
            return NotificationOutcome.CANCELED if canceled else NotificationOutcome.NOTHING_NEW
        case Confirmation.DIFFERENT:
            open_case(deps, CaseKind.PAYMENT_DIFFERS, known, now, facts_told(told))
            return NotificationOutcome.DIFFERENT
        case Confirmation.REFUSED:
            return NotificationOutcome.NOT_CONFIRMED
        case Confirmation.NOT_YET:
            return NotificationOutcome.NOT_YET


def as_ordered(known: Payment) -> Ordered:
    """The payment as the provider was told of it."""
    return Ordered(known.id, known.amount_grosze, known.provider_order_id)


def facts_told(told: ProviderPayment) -> dict[str, str | int]:
    """What the provider says, as facts of a case."""
    return {"told_order": told.provider_order_id, "told_grosze": told.amount_grosze, "told": told.state.value}


def change_stage(deps: PaymentDeps, known: Payment, stage: PaymentStage) -> bool:
    """Bring an unpaid payment to the stage, unless something newer has been written meanwhile."""
    return known.may_become(stage) and deps.payments.change_payment(known, known.to(stage)) is None


def settle_payment(
    deps: PaymentDeps, seen: Payment, told: ProviderPayment, now: datetime
) -> NotificationOutcome:
    """Put confirmed money on the card, from wherever the last try stopped."""
    is_on_card = False
    for _ in range(ROUNDS):
        if not seen.is_paid:
            paid = seen.paid(told.provider_order_id, now)
            seen = deps.payments.change_payment(seen, paid) or paid
        elif seen.provider_order_id != told.provider_order_id:
            open_case(
                deps,
                CaseKind.PAYMENT_PAID_TWICE,
                seen,
                now,
                facts_told(told),
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
                    send_receipts(deps, changed)
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
        open_case(deps, CaseKind.PAYMENT_NOT_CREDITED, paid, now, {"refusal": answer.value})
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


def open_case(
    deps: PaymentDeps,
    kind: CaseKind,
    of_payment: Payment,
    now: datetime,
    facts: Mapping[str, str | int],
    of: str = "",
) -> None:
    """Open a case about the payment, named by `of` or else by the payment's id."""
    known: dict[str, str | int] = {
        "payment": of_payment.id,
        "provider": of_payment.provider.value,
        "provider_order_id": of_payment.provider_order_id,
        "amount_grosze": of_payment.amount_grosze,
        "stage": of_payment.stage.value,
    }
    subject = str(of_payment.ref)
    deps.store.open_case(new_case(kind, of or of_payment.id, subject, known | dict(facts), FOUND_BY, now))


def send_receipts(deps: PaymentDeps, due: Payment) -> int:
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
        note_receipts(deps, due, frozenset(done))
    return left


def note_receipts(deps: PaymentDeps, due: Payment, channels: frozenset[Channel]) -> None:
    seen: Payment | None = due
    for _ in range(ROUNDS):
        if seen is None or not seen.receipts_due & channels:
            return
        seen = deps.payments.change_payment(seen, seen.receipts_done(channels))

"""Payments in the simulated world: the providers with what really was paid, and everybody who tells of it.

A provider loses its answers after it has acted, tells late, twice and in another order, lets people pay after
they canceled, pay twice, and pay a day late. Przelewy24 (`names_orders` false) names a payment only when the
money is there, and keeps it the payer's until we confirm.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from telekarta.domain.cards.card import Ref
from telekarta.domain.cases.case import CaseKind
from telekarta.domain.topups.payments import EXPIRES_AFTER, Method, Payment, PaymentStage, Provider
from telekarta.usecases.ports import StoreUnavailable
from telekarta.usecases.topups.payment_notifications import take_notification
from telekarta.usecases.topups.payment_start import PaymentRequest, start_payment
from telekarta.usecases.topups.payments import NotificationOutcome, PaymentDeps
from telekarta.usecases.topups.ports import (
    Confirmation,
    GatewayRefusal,
    GatewayRefused,
    GatewayUnavailable,
    NotificationRefusal,
    Order,
    Ordered,
    PaymentState,
    ProviderPayment,
    ProviderRefund,
    RefundOrder,
    RefundState,
    Started,
)
from telekarta.usecases.topups.unfinished_payments import ask_about_payments
from tests.simulation.auditor import Law, must
from tests.simulation.cloud import Attempt, Died, smooth

if TYPE_CHECKING:
    from tests.simulation.world import World

METHODS = tuple(Method)
_COMPLETED, _CANCELED, _WAITING = (
    PaymentState.COMPLETED,
    PaymentState.CANCELED,
    PaymentState.WAITING_FOR_CONFIRMATION,
)
_ASKED_EVERY = timedelta(minutes=5)  # as the template schedules it
_ASKED_UNTIL = EXPIRES_AFTER - timedelta(hours=1)
# Later a notification is the only way to learn of money, and it is told until somebody answers.
_ASKED_STAGES = (PaymentStage.STARTED, PaymentStage.PENDING, PaymentStage.PAID)
_GIVEN_UP_WITHIN = EXPIRES_AFTER - timedelta(hours=4)


@dataclass(slots=True)
class Sale:
    """One order as its provider knows it."""

    order: Order
    number: int
    since: datetime
    names: list[str] = field(default_factory=list)  # of the money that was paid for it
    state: PaymentState = PaymentState.PENDING

    @property
    def is_paid(self) -> bool:
        return bool(self.names)


@dataclass(frozen=True, slots=True)
class News:
    """A notification on its way."""

    provider: Provider
    told: ProviderPayment | ProviderRefund
    number: int

    @property
    def words(self) -> str:
        told = self.told
        return f"{self.provider} tells of {told.order_id[:6]} {told.state} as {told.provider_order_id}"


class SimulatedProvider:
    """The gateway that the product speaks to, and what the payers have done behind it."""

    def __init__(self, world: "World", provider: Provider) -> None:
        self._world, self.provider = world, provider
        self.names_orders = provider is Provider.PAYU
        self.sales: dict[str, Sale] = {}
        self.given_back: dict[str, ProviderRefund] = {}  # by the id that we gave the refund

    def start(self, order: Order) -> Started:
        self._maybe_fails()
        self.sales[order.id] = Sale(order, self._world.number, self._world.now)
        self._maybe_fails()
        return Started(f"N-{order.id[:8]}" if self.names_orders else "", "https://provider.test/")

    def read_notification(
        self, headers: Mapping[str, str], raw_body: bytes
    ) -> ProviderPayment | ProviderRefund | NotificationRefusal:
        if headers.get("signature") != "signed":
            return NotificationRefusal.FORGED
        told = json.loads(raw_body)
        if "provider_refund_id" in told:
            return ProviderRefund(**(told | {"state": RefundState(told["state"])}))
        return ProviderPayment(**(told | {"state": PaymentState(told["state"])}))

    def confirm(self, ordered: Ordered, told: ProviderPayment) -> Confirmation:
        self._maybe_fails()
        sale = self.sales[ordered.id]
        known = ordered.provider_order_id or told.provider_order_id
        if (ordered.amount_grosze, known) != (told.amount_grosze, told.provider_order_id):
            return Confirmation.DIFFERENT
        if told.provider_order_id not in sale.names:
            canceled = sale.state is _CANCELED and told.state is _CANCELED
            return Confirmation.CANCELED if canceled else Confirmation.NOT_YET
        sale.state = _COMPLETED
        self._maybe_fails()
        return Confirmation.COMPLETED

    def look_up(self, ordered: Ordered) -> ProviderPayment:
        self._maybe_fails()
        sale = self.sales.get(ordered.id)
        if sale is None or (self.names_orders and not ordered.provider_order_id):
            return ProviderPayment(ordered.id, ordered.provider_order_id, PaymentState.UNKNOWN, 0)
        name = sale.names[0] if sale.names else self._name(sale)
        return ProviderPayment(ordered.id, name, sale.state, sale.order.amount_grosze)

    def refund(self, refund: RefundOrder) -> ProviderRefund:
        """Takes a refund once, for money that was paid and not given back yet; some it will not."""
        self._maybe_fails(3)
        world, sale = self._world, self.sales.get(refund.order_id)
        if refund.id in self.given_back:
            raise GatewayRefused(GatewayRefusal.INVALID, "exists")
        if sale is None or refund.provider_order_id not in sale.names:
            raise GatewayRefused(GatewayRefusal.NOT_FOUND)
        gone = sum(
            each.amount_grosze
            for each in self.given_back.values()
            if each.provider_order_id == refund.provider_order_id and each.state is not RefundState.REFUSED
        )
        if gone + refund.amount_grosze > sale.order.amount_grosze or world.chance.random() < 0.1:
            raise GatewayRefused(GatewayRefusal.INVALID)
        # PayU has a name of its own for it, Przelewy24 repeats ours.
        name = f"R{len(self.given_back)}-{world.number}" if self.names_orders else refund.id
        state = RefundState.DONE if world.chance.random() < 0.15 else RefundState.PENDING
        taken = ProviderRefund(refund.order_id, refund.provider_order_id, name, state, refund.amount_grosze)
        self.given_back[refund.id] = taken
        payment = f"topup:{self.provider}:{refund.order_id}"
        world.refunding.check_given_back(refund.id, refund.amount_grosze, payment)
        self._maybe_fails(3)
        return taken

    def look_up_refund(self, refund: RefundOrder) -> ProviderRefund | None:
        self._maybe_fails()
        return self.given_back.get(refund.id)

    def pending_refunds(self) -> list[str]:
        return [name for name, each in self.given_back.items() if each.state is RefundState.PENDING]

    def refund_ends(self, name: str, state: RefundState) -> News:
        self.given_back[name] = replace(self.given_back[name], state=state)
        self._world.tell(f"{self.provider} says of the refund {name}: {state}")
        return News(self.provider, self.given_back[name], self._world.number)

    # ------------------------------------------------------------------ what payers do

    def paid(self, sale: Sale) -> News:
        """Money comes. Who pays an order of PayU's again pays nothing; Przelewy24 takes it."""
        if not sale.is_paid or not self.names_orders:
            sale.names.append(self._name(sale, len(sale.names)))
        sale.state = _COMPLETED if self.names_orders else _WAITING
        return self.news(sale, len(sale.names) - 1)

    def canceled(self, sale: Sale) -> News | None:
        """Only PayU tells of it; nobody takes back what was paid."""
        if sale.is_paid:
            return None
        sale.state = _CANCELED if self.names_orders else sale.state
        return self.news(sale, -1) if self.names_orders else None

    def news(self, sale: Sale, which: int) -> News:
        """What the provider tells of the order, or of one of its payments."""
        name = sale.names[which] if which >= 0 else self._name(sale)
        state = _COMPLETED if which >= 0 else sale.state
        told = ProviderPayment(sale.order.id, name, state, sale.order.amount_grosze)
        return News(self.provider, told, self._world.number)

    def _name(self, sale: Sale, which: int = 0) -> str:
        return f"N-{sale.order.id[:8]}" + (f"-{which}" if which else "")

    def _maybe_fails(self, of: int = 6) -> None:
        self._world.turns.hand_over()
        if self._world.chance.random() < self._world.hostility / of:
            self._world.attempt.struck.append("the provider")
            raise GatewayUnavailable("no answer")


class Paying:
    """All that the world does about payments on the web."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.providers = {provider: SimulatedProvider(world, provider) for provider in Provider}
        self.posted: list[News] = []
        self.told: list[News] = []
        self._asked_at = world.now

    @property
    def _deps(self) -> PaymentDeps:
        world = self._world
        return PaymentDeps(
            world.line,
            world.line,
            self.providers,
            world.clock,
            world.digits,
            world.promotions,
            "",
            refunds=world.refunding.notices,
        )

    def sales(self) -> list[Sale]:
        return [sale for provider in self.providers.values() for sale in provider.sales.values()]

    def open_sales(self) -> list[Sale]:
        """Orders whose payers were sent to the provider, and may still do something there."""
        sent = (sale for sale in self.sales() if self._world.store.paying[sale.order.id].redirect_url)
        return [sale for sale in sent if len(sale.names) < 2]

    def provider_of(self, sale: Sale) -> SimulatedProvider:
        return next(each for each in self.providers.values() if sale.order.id in each.sales)

    # ------------------------------------------------------------------ what happens

    def start(self, ref: Ref, method: Method, amount_grosze: int, attempt: Attempt) -> None:
        world = self._world
        world.attempt = attempt
        request = PaymentRequest(ref, amount_grosze, method, "pl", "a@example.pl", "", receipt=False)
        try:
            started = start_payment(self._deps, request)
        except (StoreUnavailable, Died):
            self._excused(attempt, "who starts a payment")
            world.tell("a payer is not sent anywhere")
            return
        words = f"is sent to {method}" if isinstance(started, Payment) else f"hears {started}"
        world.tell(f"a payer of {amount_grosze} grosze for {ref} {words}")

    def pays(self, sale: Sale) -> None:
        world = self._world
        provider = self.provider_of(sale)
        news = provider.paid(sale)
        world.money[f"topup:{provider.provider}:{sale.order.id}"] = sale.order.amount_grosze
        world.tell(f"{sale.order.id[:6]} is paid as {news.told.provider_order_id}")
        self.posted.append(news)

    def cancels(self, sale: Sale) -> None:
        news = self.provider_of(sale).canceled(sale)
        self._world.tell(f"the payer of {sale.order.id[:6]} cancels")
        if news is not None:
            self.posted.append(news)

    def deliver(self, news: News, attempt: Attempt) -> None:
        """Told until it is answered."""
        world = self._world
        world.attempt = attempt
        body = asdict(news.told)
        try:
            outcome = take_notification(
                self._deps, news.provider, {"signature": "signed"}, json.dumps(body).encode()
            )
        except (StoreUnavailable, Died):
            self._excused(attempt, "who is told of a payment")
            self._not_answered(news)
            return
        world.tell(f"{news.words}: {outcome}")
        self.told.append(news)
        if outcome is NotificationOutcome.UNAVAILABLE:
            must(bool(attempt.struck), Law.NO_FAULT, news.words, "can't be confirmed")
            self._not_answered(news)
        must(outcome in _KNOWN_OUTCOMES, Law.NO_FAULT, news.words, outcome)

    def _not_answered(self, news: News) -> None:
        """It is told again later. PayU may give up too, of what we go on asking about; Przelewy24 tells
        until the payment is verified."""
        world, provider = self._world, self.providers[news.provider]
        sale, payment = provider.sales[news.told.order_id], world.store.paying[news.told.order_id]
        is_asked = payment.stage in _ASKED_STAGES and world.now - sale.since < _GIVEN_UP_WITHIN
        # Nobody asks about a refund: an operator sees that nobody confirms it.
        is_asked = is_asked or isinstance(news.told, ProviderRefund)
        given_up = provider.names_orders and is_asked and world.chance.random() < world.hostility
        world.tell(f"{news.words}: nobody answers" + (", and it is never told again" if given_up else ""))
        if not given_up:
            self.posted.append(news)

    def ask(self, attempt: Attempt) -> None:
        world = self._world
        world.attempt = attempt
        try:
            asked = ask_about_payments(self._deps)
        except (StoreUnavailable, Died):
            self._excused(attempt, "who asks about payments")
            world.tell("the questions about payments broke off")
            return
        must("failed" not in asked.outcomes, Law.NO_FAULT, asked)
        if asked.outcomes:
            world.tell(f"asked about payments: {dict(asked.outcomes)}")

    def pass_time(self, until: datetime) -> None:
        """The rounds of questions in that time, as far as they can bring something: after the first of them
        only a day's end changes what they find."""
        world = self._world
        if not any(payment.needs_work for payment in world.store.paying.values()):
            self._asked_at = until
            return
        for pause, attempt in ((_ASKED_EVERY, None), (_ASKED_UNTIL, smooth()), (EXPIRES_AFTER, None)):
            at = self._asked_at + pause
            if at <= until:
                world.now = max(world.now, at)
                self.ask(attempt or world.new_attempt())
        if until >= self._asked_at + _ASKED_EVERY:
            self._asked_at = until

    def end_refunds(self) -> None:
        """The providers give back what they took, and everybody hears of it."""
        for provider in self.providers.values():
            for name in provider.pending_refunds():
                self.posted.append(provider.refund_ends(name, RefundState.DONE))
        while self.posted:
            self.deliver(self.posted.pop(0), smooth())

    def come_to_rest(self) -> None:
        while self.posted:
            self.deliver(self.posted.pop(0), smooth())
        self._world.now += EXPIRES_AFTER
        self.ask(smooth())
        self._check()

    # ------------------------------------------------------------------ what must be

    def _check(self) -> None:
        """Whoever paid has the money on the card, once; or a person is looking at it."""
        store = self._world.store
        for sale in self.sales():
            order, provider = sale.order, self.provider_of(sale).provider
            payment = store.paying[order.id]
            must(not payment.needs_work, Law.PAYMENT_ENDS, order.id, "is left", payment.stage)
            booked = f"topup:{provider}:{order.id}" in store.booked
            must(
                booked == (payment.stage is PaymentStage.CREDITED), Law.PAYMENT_ENDS, order.id, payment.stage
            )
            if sale.is_paid and not booked:
                case = f"{CaseKind.PAYMENT_NOT_CREDITED}:{order.id}"
                must(case in store.found, Law.PAYMENT_ENDS, order.id, "is paid, and nobody knows")
            for name in sale.names:
                second = f"{CaseKind.PAYMENT_PAID_TWICE}:{order.id}:{name}"
                known = name == payment.provider_order_id or second in store.found
                must(known, Law.PAYMENT_ENDS, order.id, "is paid twice, and nobody knows of", name)

    def _excused(self, attempt: Attempt, who: str) -> None:
        must(bool(attempt.struck) or not self._world.alone, Law.NO_FAULT, who, "gave up")


_KNOWN_OUTCOMES = frozenset(
    {
        NotificationOutcome.CREDITED,
        NotificationOutcome.CREDITED_BEFORE,
        NotificationOutcome.NOT_CREDITED,
        NotificationOutcome.NOT_YET,
        NotificationOutcome.CANCELED,
        NotificationOutcome.NOTHING_NEW,
        NotificationOutcome.PAID_TWICE,
        NotificationOutcome.DIFFERENT,
        NotificationOutcome.UNAVAILABLE,
        NotificationOutcome.REFUND_TOLD,
    }
)

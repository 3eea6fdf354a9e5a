"""A provider in one process, and payments over a store in memory: what stories of payments are told with."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Ref
from telekarta.domain.cards.issuing import issue
from telekarta.domain.cases.case import CaseState
from telekarta.domain.topups.payments import Channel, Method, Payment, Provider
from telekarta.domain.topups.promotions import Promotion
from telekarta.usecases.topups.payment_notifications import take_notification
from telekarta.usecases.topups.payment_start import PaymentRequest, start_payment
from telekarta.usecases.topups.payments import NotificationOutcome, PaymentDeps
from telekarta.usecases.topups.ports import (
    Confirmation,
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
from telekarta.usecases.topups.receipts import Message
from telekarta.usecases.topups.unfinished_payments import PaymentsAsked, ask_about_payments
from tests.kit.memory_store import MemoryStore

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CARD = Ref.card(Brand.WHITE_PHONE, "123456")
BASE_URL = "https://telekarta.test"
EMAIL = "babcia@example.pl"

COMPLETED, CANCELED = PaymentState.COMPLETED, PaymentState.CANCELED
PENDING, WAITING = PaymentState.PENDING, PaymentState.WAITING_FOR_CONFIRMATION

_CONFIRMED = {
    COMPLETED: Confirmation.COMPLETED,
    WAITING: Confirmation.COMPLETED,  # as Przelewy24: verified, and ours
    CANCELED: Confirmation.CANCELED,
}


@dataclass
class FakeGateway:
    """A provider that believes who writes `signed` in the header, and knows what it `knows`."""

    names_orders: bool = True  # PayU names an order at its start, Przelewy24 with its money
    starts: list[Order] = field(default_factory=list)
    knows: dict[str, ProviderPayment] = field(default_factory=dict)
    confirmed: list[tuple[Ordered, ProviderPayment]] = field(default_factory=list)
    looked_up: list[Ordered] = field(default_factory=list)
    start_fault: Exception | None = None
    ask_fault: Exception | None = None
    refuses_to_confirm: bool = False

    def start(self, order: Order) -> Started:
        self.starts.append(order)
        if self.start_fault:
            raise self.start_fault
        return Started(f"P-{order.id}" if self.names_orders else "", f"https://provider.test/{order.id}")

    def read_notification(
        self, headers: Mapping[str, str], raw_body: bytes
    ) -> ProviderPayment | ProviderRefund | NotificationRefusal:
        if headers.get("signature") != "signed":
            return NotificationRefusal.FORGED
        told = json.loads(raw_body)
        if refusal := told.get("refusal"):
            return NotificationRefusal(refusal)
        if state := told.pop("refund", None):
            return ProviderRefund(**told, state=RefundState(state))
        return ProviderPayment(**(told | {"state": PaymentState(told["state"])}))

    def confirm(self, ordered: Ordered, told: ProviderPayment) -> Confirmation:
        self._answer()
        self.confirmed.append((ordered, told))
        same_order = told.provider_order_id == (ordered.provider_order_id or told.provider_order_id)
        if (told.order_id, told.amount_grosze) != (ordered.id, ordered.amount_grosze) or not same_order:
            return Confirmation.DIFFERENT
        if self.refuses_to_confirm:
            return Confirmation.REFUSED
        return _CONFIRMED.get(told.state, Confirmation.NOT_YET)

    def look_up(self, ordered: Ordered) -> ProviderPayment:
        self.looked_up.append(ordered)
        self._answer()
        unknown = ProviderPayment(ordered.id, ordered.provider_order_id, PaymentState.UNKNOWN, 0)
        return self.knows.get(ordered.id, unknown)

    def refund(self, refund: RefundOrder) -> ProviderRefund:
        raise NotImplementedError

    def _answer(self) -> None:
        if self.ask_fault:
            raise self.ask_fault


@dataclass
class FakeMessenger:
    """Keeps what it sends, or fails."""

    sent: list[Message] = field(default_factory=list)
    fault: Exception | None = None

    def send(self, message: Message) -> None:
        if self.fault:
            raise self.fault
        self.sent.append(message)


class Counting:
    """`Chance`: ids that can be told apart."""

    def __init__(self) -> None:
        self.count = 0

    def digits(self, length: int, *, leading_zero: bool) -> str:
        raise NotImplementedError

    def token(self) -> str:
        self.count += 1
        return f"{self.count:032x}"


@dataclass
class Till:
    """Payments with everything around them, and words for stories."""

    store: MemoryStore = field(default_factory=MemoryStore)
    payu: FakeGateway = field(default_factory=FakeGateway)
    przelewy24: FakeGateway = field(default_factory=lambda: FakeGateway(names_orders=False))
    mail: FakeMessenger = field(default_factory=FakeMessenger)
    sms: FakeMessenger = field(default_factory=FakeMessenger)
    promotions: Sequence[Promotion] = ()
    moment: datetime = NOW

    def __post_init__(self) -> None:
        assert self.store.issue(*issue(CARD, 2000, "digest", "A", None, NOW))
        self.chance = Counting()

    def now(self) -> datetime:
        return self.moment

    def wait(self, *, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        self.moment += timedelta(minutes=minutes, hours=hours, days=days)

    @property
    def deps(self) -> PaymentDeps:
        return PaymentDeps(
            payments=self.store,
            store=self.store,
            gateways={Provider.PAYU: self.payu, Provider.PRZELEWY24: self.przelewy24},
            clock=self,
            chance=self.chance,
            promotions=self.promotions,
            base_url=BASE_URL,
            messengers={Channel.EMAIL: self.mail, Channel.SMS: self.sms},
        )

    def gateway(self, method: Method) -> FakeGateway:
        return self.payu if method.provider is Provider.PAYU else self.przelewy24

    def start(
        self, method: Method = Method.PAYU, amount: int = 2500, ref: Ref = CARD, **changes: object
    ) -> Payment:
        request = PaymentRequest(ref, amount, method, "pl", EMAIL, "203.0.113.7", receipt=True)
        started = start_payment(self.deps, replace(request, **changes))  # type: ignore[arg-type]
        assert isinstance(started, Payment), started
        return started

    def tell(
        self,
        payment: Payment,
        state: PaymentState,
        *,
        amount: int | None = None,
        order: str = "",
        signature: str = "signed",
    ) -> NotificationOutcome:
        """The provider tells of the payment; to be asked, it then knows the same."""
        told = {
            "order_id": payment.id,
            "provider_order_id": order or f"P-{payment.id}",
            "state": state.value,
            "amount_grosze": payment.amount_grosze if amount is None else amount,
        }
        return self.tell_raw(payment.provider, json.dumps(told).encode(), signature)

    def tell_raw(self, provider: Provider, body: bytes, signature: str = "signed") -> NotificationOutcome:
        return take_notification(self.deps, provider, {"signature": signature}, body)

    def knows(
        self, payment: Payment, state: PaymentState, *, amount: int | None = None, order: str = ""
    ) -> None:
        """What the provider answers when it is asked."""
        told = ProviderPayment(
            payment.id, order or f"P-{payment.id}", state, payment.amount_grosze if amount is None else amount
        )
        self.gateway(payment.method).knows[payment.id] = told

    def ask(self) -> PaymentsAsked:
        return ask_about_payments(self.deps)

    def now_is(self, payment: Payment) -> Payment:
        found = self.store.paying[payment.id]
        assert found is not None
        return found

    def balance(self, ref: Ref = CARD) -> int:
        return self.store.cards[ref].balance_grosze

    def cases(self) -> list[str]:
        return [case.kind.value for case in self.store.found.values() if case.state is CaseState.OPEN]


def unavailable() -> Exception:
    return GatewayUnavailable("no answer")


Fault = Callable[[], Exception]

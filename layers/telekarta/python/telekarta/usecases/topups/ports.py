"""What top-ups need from outside: the stores, and a payment provider with the values that cross over to it.

    GatewayError
      GatewayUnavailable   no answer, or none that makes sense: what the provider did is not known
      GatewayRefused       the provider answered that it will not do it; `reason` says why

Amounts are grosze and the currency is PLN throughout: an adapter lets no other one through.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from telekarta.domain.topups.payments import Payment
from telekarta.usecases.ports import CaseStore, MovementStore


class GatewayError(Exception):
    """A provider did not do what it was asked. The message quotes nothing that it or a payer sent."""


class GatewayUnavailable(GatewayError):
    """Ask again later. A payment that was being started may or may not exist: start anew with a new id."""


class GatewayRefusal(StrEnum):
    """Why a provider will not do what it was asked."""

    ORDER_NOT_UNIQUE = "order_not_unique"
    CREDENTIALS = "credentials"
    NOT_FOUND = "not_found"
    INVALID = "invalid"


class GatewayRefused(GatewayError):
    """Asking again changes nothing. `code` is the provider's own word for it, for an operator to read."""

    def __init__(self, reason: GatewayRefusal, code: str = "") -> None:
        super().__init__(f"{reason} {code}".rstrip())
        self.reason = reason
        self.code = code


@dataclass(frozen=True, slots=True)
class Order:
    """A payment to be started. `id` is ours and new for each attempt, at most 100 letters, digits and `-`;
    `language` is `pl` or `en`. PayU does without an e-mail address, Przelewy24 does not."""

    id: str
    amount_grosze: int
    description: str
    language: str
    notify_url: str
    continue_url: str
    customer_ip: str = field(repr=False)
    email: str = field(default="", repr=False)
    blik: bool = False

    def __post_init__(self) -> None:
        if self.amount_grosze <= 0:
            raise ValueError("a payment brings something")


@dataclass(frozen=True, slots=True)
class Started:
    """Where to send the payer. Przelewy24 makes its order ids when money comes, so it has none yet: ""."""

    provider_order_id: str
    redirect_url: str


@dataclass(frozen=True, slots=True)
class Ordered:
    """What we stored of an order when it was started; `provider_order_id` as in `Started`."""

    id: str
    amount_grosze: int
    provider_order_id: str = ""


class PaymentState(StrEnum):
    """How far a payment is, in PayU's words. Nothing but COMPLETED is money of ours."""

    PENDING = "pending"
    WAITING_FOR_CONFIRMATION = "waiting_for_confirmation"  # the payer paid; the money comes if we confirm
    COMPLETED = "completed"
    CANCELED = "canceled"
    UNKNOWN = "unknown"  # the provider knows of none, or says a word that we don't know


@dataclass(frozen=True, slots=True)
class ProviderPayment:
    """What the provider says of a payment, in a notification or when it was asked. `order_id` is ours."""

    order_id: str
    provider_order_id: str
    state: PaymentState
    amount_grosze: int


class RefundState(StrEnum):
    PENDING = "pending"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """Money of a completed payment to be given back. `id` is ours, at most 35 letters, digits and `-`.

    Przelewy24 tells the end of it at `notify_url`, PayU where it told of the payment."""

    id: str
    order_id: str
    provider_order_id: str
    amount_grosze: int
    description: str
    notify_url: str


@dataclass(frozen=True, slots=True)
class ProviderRefund:
    """What the provider says of a refund. `provider_refund_id` is PayU's own; Przelewy24 repeats ours."""

    order_id: str
    provider_order_id: str
    provider_refund_id: str
    state: RefundState
    amount_grosze: int


class NotificationRefusal(StrEnum):
    """Why a notification counts for nothing."""

    FORGED = "forged"
    MALFORMED = "malformed"
    WRONG_MERCHANT = "wrong_merchant"
    WRONG_CURRENCY = "wrong_currency"
    WRONG_AMOUNT = "wrong_amount"  # the payer paid another amount than was asked for


class Confirmation(StrEnum):
    """What came of confirming a payment. Only COMPLETED may be credited."""

    COMPLETED = "completed"
    NOT_YET = "not_yet"  # a later notification, or a look-up, tells more
    CANCELED = "canceled"
    DIFFERENT = "different"  # it is not the order that we stored, or not its amount
    REFUSED = "refused"  # the provider does not confirm it


class PaymentGateway(Protocol):
    """One provider. Every method may raise GatewayUnavailable, and where it says so GatewayRefused."""

    def start(self, order: Order) -> Started:
        """Tell the provider of the order. GatewayRefused(ORDER_NOT_UNIQUE): there is one with this id."""
        ...

    def read_notification(
        self, headers: Mapping[str, str], raw_body: bytes
    ) -> ProviderPayment | ProviderRefund | NotificationRefusal:
        """What the provider says, if it is the provider. `raw_body` is the very bytes that were sent."""
        ...

    def confirm(self, ordered: Ordered, told: ProviderPayment) -> Confirmation:
        """Compare what was told with what was stored, and take the money if it waits for that.

        Safe to repeat, and `told` may as well be the answer of `look_up`: a lost notification and a lost
        answer are both made good by asking again.
        """
        ...

    def look_up(self, ordered: Ordered) -> ProviderPayment:
        """How far the payment is. UNKNOWN if the provider knows of none: Przelewy24 may say so until money
        comes, and PayU can't be asked for an order whose provider's id never reached us."""
        ...

    def refund(self, refund: RefundOrder) -> ProviderRefund:
        """Have the money given back. GatewayRefused if the provider will not."""
        ...

    def look_up_refund(self, refund: RefundOrder) -> ProviderRefund | None:
        """How far a refund is that was asked for. None if the provider knows of none with its id."""
        ...


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
    """Cards, movements and cases. All methods may raise StoreUnavailable."""


class RefundTaker(Protocol):
    """What is done with a provider's word of a refund."""

    def take(self, payment: Payment, told: ProviderRefund) -> bool:
        """Whether we have asked for the refund. Raises StoreUnavailable: it shall be told again."""
        ...

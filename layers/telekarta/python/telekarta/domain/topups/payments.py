"""A payment on the web, from its start to the money on the card: its stages and the ways between them.

    STARTED ──> PENDING ──> PAID ──> CREDITED
       │           │         ^ └───> NOT_CREDITED
       └> FAILED   ├> CANCELED ┤
                   └> EXPIRED ─┘

A provider's word that money came is believed at any stage before PAID, since providers repeat, reorder and
come late; nothing but such a word leads there, and nothing leads back.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from telekarta.domain.cards.card import Kind, Ref
from telekarta.domain.ledger.postings import Source
from telekarta.domain.rules import rule
from telekarta.domain.topups.terms import ONLINE_LEAST_GROSZE, ONLINE_MOST_GROSZE
from telekarta.domain.topups.topup import TopUp

# PayU ends an order that nobody paid after a day; Przelewy24 never does, so that we end both.
EXPIRES_AFTER = timedelta(hours=24)
# A receipt that could not be sent for so long is news no more.
RECEIPT_GIVEN_UP_AFTER = timedelta(days=3)
# Whoever was sending the receipt has failed by then, or is done: the function's own time is shorter.
RECEIPT_LEASE = timedelta(minutes=5)


class PaymentError(Exception):
    """A step that the stages do not know: a bug of ours, never a provider's or a payer's doing."""


class Provider(StrEnum):
    PAYU = "payu"
    PRZELEWY24 = "przelewy24"


class Method(StrEnum):
    """What the payer chooses."""

    PAYU = "payu"
    BLIK = "blik"  # through PayU
    PRZELEWY24 = "przelewy24"

    @property
    def provider(self) -> Provider:
        return Provider.PRZELEWY24 if self is Method.PRZELEWY24 else Provider.PAYU

    @property
    def source(self) -> Source:
        """What the money is in the books."""
        return Source(self.provider.value)


class PaymentStage(StrEnum):
    STARTED = "started"  # kept, and perhaps told to the provider
    PENDING = "pending"  # the payer was sent to the provider
    PAID = "paid"  # the provider confirmed the money, and it is not on the card yet
    CREDITED = "credited"
    CANCELED = "canceled"
    EXPIRED = "expired"  # nobody paid in time
    NOT_CREDITED = "not_credited"  # paid, but the card can't take it: a case is open
    FAILED = "failed"  # the provider refused to start it


_NEXT: dict[PaymentStage, frozenset[PaymentStage]] = {
    PaymentStage.STARTED: frozenset(
        {
            PaymentStage.PENDING,
            PaymentStage.PAID,
            PaymentStage.CANCELED,
            PaymentStage.EXPIRED,
            PaymentStage.FAILED,
        },
    ),
    PaymentStage.PENDING: frozenset({PaymentStage.PAID, PaymentStage.CANCELED, PaymentStage.EXPIRED}),
    PaymentStage.PAID: frozenset({PaymentStage.CREDITED, PaymentStage.NOT_CREDITED}),
    PaymentStage.CREDITED: frozenset(),
    PaymentStage.CANCELED: frozenset({PaymentStage.PAID}),
    PaymentStage.EXPIRED: frozenset({PaymentStage.PAID, PaymentStage.CANCELED}),
    # What is on the card is on the card: of two who tried at once, one may have been refused too early.
    PaymentStage.NOT_CREDITED: frozenset({PaymentStage.CREDITED}),
    PaymentStage.FAILED: frozenset({PaymentStage.PAID}),
}

UNPAID = frozenset(
    {
        PaymentStage.STARTED,
        PaymentStage.PENDING,
        PaymentStage.CANCELED,
        PaymentStage.EXPIRED,
        PaymentStage.FAILED,
    }
)
ASKED_ABOUT = frozenset({PaymentStage.STARTED, PaymentStage.PENDING})


class Channel(StrEnum):
    """A way to tell the payer, or the holder, that the money is there."""

    EMAIL = "email"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class Payment:
    """One attempt to pay. `id` is ours, random and unguessable: it names the result page, and it is the
    order's id at the provider. `version` grows with every change."""

    id: str
    ref: Ref
    method: Method
    amount_grosze: int
    stage: PaymentStage
    created_at: datetime
    language: str = "pl"
    email: str = field(default="", repr=False)
    receipt: bool = False  # the payer wants one by e-mail
    provider_order_id: str = ""
    redirect_url: str = field(default="", repr=False)
    paid_at: datetime | None = None  # when we learned of it
    settled_at: datetime | None = None  # when the money was put on the card, or refused by it
    bonus_grosze: int = 0
    receipts_due: frozenset[Channel] = frozenset()
    receipt_tried_at: datetime | None = None
    version: int = 1

    @property
    def provider(self) -> Provider:
        return self.method.provider

    @property
    def needs_work(self) -> bool:
        """Whether it is not at its end: the provider, the card or the receipts are still to be seen to."""
        return self.stage in ASKED_ABOUT or self.stage is PaymentStage.PAID or bool(self.receipts_due)

    @property
    def is_paid(self) -> bool:
        """Whether the provider has confirmed the money."""
        return self.stage not in UNPAID

    def to(self, stage: PaymentStage) -> "Payment":
        """The payment one stage on. Raises PaymentError."""
        if stage not in _NEXT[self.stage]:
            raise PaymentError(f"{self.stage} does not lead to {stage}")
        return replace(self, stage=stage, version=self.version + 1)

    def may_become(self, stage: PaymentStage) -> bool:
        return stage in _NEXT[self.stage]

    def sent(self, provider_order_id: str, redirect_url: str) -> "Payment":
        """Told to the provider; the payer can be sent there."""
        return replace(
            self.to(PaymentStage.PENDING), provider_order_id=provider_order_id, redirect_url=redirect_url
        )

    def paid(self, provider_order_id: str, now: datetime) -> "Payment":
        return replace(self.to(PaymentStage.PAID), provider_order_id=provider_order_id, paid_at=now)

    def credited(self, bonus_grosze: int, channels: frozenset[Channel], now: datetime) -> "Payment":
        """On the card. Whoever writes this is the one to send the receipts, so it counts as the first try."""
        due = channels & self.wanted_receipts
        return replace(
            self.to(PaymentStage.CREDITED),
            bonus_grosze=bonus_grosze,
            settled_at=now,
            receipts_due=due,
            receipt_tried_at=now if due else None,
        )

    def not_credited(self, now: datetime) -> "Payment":
        return replace(self.to(PaymentStage.NOT_CREDITED), settled_at=now)

    @property
    def wanted_receipts(self) -> frozenset[Channel]:
        """An e-mail if the payer wants it, an SMS if the number is known: an account's name is its line's."""
        wanted = {Channel.EMAIL} if self.receipt and self.email else set()
        return frozenset(wanted | ({Channel.SMS} if self.ref.kind is Kind.ACCOUNT else set()))

    def receipts_tried(self, now: datetime) -> "Payment":
        return replace(self, receipt_tried_at=now, version=self.version + 1)

    def receipts_done(self, channels: frozenset[Channel]) -> "Payment":
        """Nothing is left to be sent by these channels; an address that is needed no more is forgotten."""
        left = self.receipts_due - channels
        email = self.email if Channel.EMAIL in left else ""
        return replace(self, receipts_due=left, email=email, version=self.version + 1)

    def may_send_receipts(self, now: datetime) -> bool:
        """Whether receipts are due and nobody is at it."""
        tried = self.receipt_tried_at
        return bool(self.receipts_due) and (tried is None or now - tried >= RECEIPT_LEASE)

    @rule("WP §4.1.2", "TG §2.6")
    def money(self) -> TopUp:
        """The top-up that the paid money is; its posting's id is made of the payment's. Raises PaymentError
        for a payment that nobody has confirmed."""
        if self.paid_at is None:
            raise PaymentError("not paid")
        details: dict[str, str | int] = {
            "payment": self.id,
            "method": self.method.value,
            "provider_order_id": self.provider_order_id,
        }
        return TopUp(self.method.source, self.id, self.amount_grosze, self.paid_at, details)


@rule("WP §4.1.2")
def is_too_little(amount_grosze: int) -> bool:
    return amount_grosze < ONLINE_LEAST_GROSZE


@rule("WP §4.1.2")
def is_too_much(amount_grosze: int) -> bool:
    return amount_grosze > ONLINE_MOST_GROSZE

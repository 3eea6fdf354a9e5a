"""What operators ask about top-ups: a payment, and which top-up a voucher paid for."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from telekarta.domain.brands import Brand
from telekarta.domain.cards.codes import same
from telekarta.domain.ledger.postings import Posting, Source
from telekarta.domain.rules import rule
from telekarta.domain.topups.claims import voucher_posting_id
from telekarta.domain.topups.payments import Payment
from telekarta.usecases.cards.changing import CardDeskDeps, CardRefusal, ref_of
from telekarta.usecases.commands import CommandRefused
from telekarta.usecases.ports import Clock, Pepper


class TopUpDeskRefusal(StrEnum):
    """Why a question about top-ups has no answer."""

    UNKNOWN_PAYMENT = "unknown_payment"
    OTHER_VOUCHER = "other_voucher"  # none of the card's vouchers had this code


class KnownPayments(Protocol):
    """The payments, as far as operators look at them. Raises StoreUnavailable."""

    def payment(self, payment_id: str) -> Payment | None: ...


class PaymentDeskDeps(Protocol):
    """What looking at a payment needs from outside."""

    @property
    def payments(self) -> KnownPayments: ...
    @property
    def clock(self) -> Clock: ...


class VoucherDeskDeps(CardDeskDeps, Protocol):
    """What comparing a voucher's code needs from outside."""

    @property
    def pepper(self) -> Pepper: ...


@dataclass(frozen=True, slots=True)
class ShowPayment:
    payment: str


@dataclass(frozen=True, slots=True)
class CheckVoucherCode:
    """Which top-up of the card was paid with the Plus voucher that has this code."""

    brand: Brand
    card: str
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PaymentShown:
    """The payment as it is `now`."""

    payment: Payment
    now: datetime


@dataclass(frozen=True, slots=True)
class VoucherFound:
    """The top-up by a voucher with the code that was asked about."""

    posting: Posting


def show_payment(
    deps: PaymentDeskDeps, command: ShowPayment
) -> PaymentShown | CommandRefused[TopUpDeskRefusal]:
    """The payment of that number. Raises StoreUnavailable."""
    known = deps.payments.payment(command.payment)
    if known is None:
        return CommandRefused(TopUpDeskRefusal.UNKNOWN_PAYMENT)
    return PaymentShown(known, deps.clock.now())


@rule("WP §7.3.4")
def check_voucher_code(
    deps: VoucherDeskDeps, command: CheckVoucherCode
) -> VoucherFound | CommandRefused[CardRefusal | TopUpDeskRefusal]:
    """Compare the code on a photo with the vouchers that topped the card up, by its digest: of other cards'
    vouchers nothing is told. The code is kept nowhere."""
    ref = ref_of(command.brand, command.card)
    card = deps.store.card(ref)
    if card is None:
        return CommandRefused(CardRefusal.UNKNOWN_CARD)
    # Money that came from another card keeps the name of its top-up.
    came = (posting.grants for posting in deps.store.postings(ref) if posting.credit == str(ref))
    lots = (lot for grants in (card.lots, *came) for lot in grants)
    top_ups = {lot.top_up for lot in lots if lot.source is Source.PLUS_VOUCHER}
    wanted = voucher_posting_id(deps.pepper.pepper(), command.code)
    found = next((each for each in sorted(top_ups) if same(each, wanted)), None)
    posting = deps.store.posting(found) if found else None
    return VoucherFound(posting) if posting else CommandRefused(TopUpDeskRefusal.OTHER_VOUCHER)

"""Lots, purses, holds and postings: where every grosz came from and where it went (DESIGN §2).

A card owes its holder money, so its account is a liability: a credit makes it larger, a debit smaller.
Money on a card lies in lots, each with its source, because the refund rules (WP §7) are decided for each
złoty. A purse is the part of a card that a call needs: the lots in spending order and the version that
they were read at. It is small enough to ride in a signed URL, which saves a read at every step of a call.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from telekarta.domain.money import grosze


class Source(StrEnum):
    """Where the money of a lot came from."""

    CANTEEN = "canteen"  # the nominal of a White Phone card (WP §2.5-2.6)
    RETAIL = "retail"  # the nominal of a Telegrosik card (TG §2.9)
    BANK = "bank"
    PAYU = "payu"
    PRZELEWY24 = "przelewy24"
    PLUS_VOUCHER = "plus_voucher"
    CARD_TRANSFER = "card_transfer"
    LAJT = "lajt"
    PROMOTION = "promotion"
    COMPENSATION = "compensation"
    CARRIED_OVER = "carried_over"


# Promotion first, then what can't be refunded, then vouchers, then bank money: what the holder could
# ask back (WP §7.7) is spent last.
_SPENT_IN_ORDER = (
    {Source.PROMOTION},
    {
        Source.CANTEEN,
        Source.RETAIL,
        Source.CARD_TRANSFER,
        Source.LAJT,
        Source.COMPENSATION,
        Source.CARRIED_OVER,
    },
    {Source.PLUS_VOUCHER},
    {Source.BANK, Source.PAYU, Source.PRZELEWY24},
)
_SPENT_AT = {source: place for place, sources in enumerate(_SPENT_IN_ORDER) for source in sources}


class LedgerError(Exception):
    """A movement that the ledger can't contain: a bug of ours, never a caller's doing."""


@dataclass(frozen=True, slots=True)
class Lot:
    """Money of one source that came at one time. `id` is unique within its card.

    `paid_in` is the posting by which it came in the first place, where that is not `origin`: money that was
    moved, corrected or released keeps it, and a bonus names the top-up that earned it.
    """

    id: str
    source: Source
    left_grosze: int
    granted_at: datetime
    origin: str  # the id of the posting that brought it
    paid_in: str | None = None

    @property
    def top_up(self) -> str:
        """The id of the posting by which the money was paid in, wherever it went since (WP §7.4)."""
        return self.paid_in or self.origin

    def moved_by(self, posting_id: str) -> "Lot":
        """The same money, brought to where it lies now by this posting."""
        return replace(self, origin=posting_id, paid_in=self.top_up)

    def __post_init__(self) -> None:
        if grosze(self.left_grosze) < 0:
            raise LedgerError(f"lot {self.id} would be left with {self.left_grosze}")


def spending_order(lots: Iterable[Lot]) -> tuple[Lot, ...]:
    """The lots in the order in which they are spent; within a class the oldest first, then by id."""
    return tuple(sorted(lots, key=lambda lot: (_SPENT_AT[lot.source], lot.granted_at, lot.id)))


@dataclass(frozen=True, slots=True)
class Draw:
    """What one movement takes out of one lot."""

    lot: str
    amount_grosze: int
    left_grosze: int


@dataclass(frozen=True, slots=True)
class Purse:
    """A card's lots (id, grosze left) in spending order, as they were at a version of the card."""

    version: int
    lots: tuple[tuple[str, int], ...]

    @property
    def balance_grosze(self) -> int:
        return sum(left for _, left in self.lots)

    def spend(self, amount_grosze: int) -> tuple["Purse", tuple[Draw, ...]]:
        """The purse one version later without the amount, and the draws that took it.

        Raises LedgerError for an amount below zero or above the balance.
        """
        if not 0 <= grosze(amount_grosze) <= self.balance_grosze:
            raise LedgerError(f"{amount_grosze} can't be taken from {self.balance_grosze}")
        due, draws, rest = amount_grosze, [], []
        for lot, left in self.lots:
            taken = min(due, left)
            due -= taken
            if taken:
                draws.append(Draw(lot, taken, left - taken))
            if left > taken:
                rest.append((lot, left - taken))
        return Purse(self.version + 1, tuple(rest)), tuple(draws)

    def touched(self) -> "Purse":
        """The same money one version later: a hold was placed or let go."""
        return Purse(self.version + 1, self.lots)


@dataclass(frozen=True, slots=True)
class Hold:
    """What a call may cost at most, set aside before it is connected; one at a time on a card.

    `id` is the call's sid and the attempt within it, so a repeated webhook meets its own hold.
    The quoted terms are kept whole: a lost hang-up is settled from here.
    """

    id: str
    amount_grosze: int
    placed_at: datetime
    expires_at: datetime
    call_sid: str
    destination: str
    tariff_version: str
    rate_prefix: str
    limit_s: int


class PostingKind(StrEnum):
    CARD_ISSUED = "card_issued"
    CALL = "call"
    CARD_TO_ACCOUNT = "card_to_account"
    CARD_TRANSFER = "card_transfer"
    TRANSFER_FEE = "transfer_fee"
    TOP_UP = "top_up"
    BONUS = "bonus"
    CORRECTION = "correction"  # of the posting that its details name, either way
    REFUND_HELD = "refund_held"  # asked back: off the card, into the case's own account (WP §7)
    REFUND_RELEASED = "refund_released"  # back on the card
    REFUND_KEPT = "refund_kept"  # the fee, and bonuses that are taken back
    TRANSFER_RETURNED = "transfer_returned"  # a bank transfer that went back to its sender (WP §4.9)
    REFUND_PAID = "refund_paid"  # on its way out, out, or returned


@dataclass(frozen=True, slots=True)
class Posting:
    """One immutable movement from the debited account to the credited one.

    `id` is made by the movement's origin, so the same movement told twice is one posting.
    `draws` are the lots it took from (a debited card), `grants` the lots it made (a credited card).
    """

    id: str
    kind: PostingKind
    debit: str
    credit: str
    amount_grosze: int
    rule: str
    booked_at: datetime
    draws: tuple[Draw, ...] = ()
    grants: tuple[Lot, ...] = ()
    details: Mapping[str, str | int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if grosze(self.amount_grosze) <= 0:
            raise LedgerError(f"posting {self.id} moves {self.amount_grosze}")
        if self.debit == self.credit:
            raise LedgerError(f"posting {self.id} moves from {self.debit} to itself")
        for name, parts in (
            ("draws", [draw.amount_grosze for draw in self.draws]),
            ("grants", [lot.left_grosze for lot in self.grants]),
        ):
            if parts and sum(parts) != self.amount_grosze:
                raise LedgerError(f"posting {self.id} moves {self.amount_grosze} but its {name} {sum(parts)}")


def newest_first(account: str, postings: Iterable[Posting]) -> tuple[Posting, ...]:
    """An account's postings, the last one first; the same postings always stand in the same order.

    Several may be booked at one moment. What came onto the account then is older than what left it, so that
    no balance on the way is lower than it was; a bonus is newer than its top-up and a fee newer than its
    transfer, as the kinds stand in `PostingKind`; what is left is told apart by its id.
    """
    kinds = list(PostingKind)

    def age(posting: Posting) -> tuple[datetime, bool, int, str]:
        return posting.booked_at, posting.debit == account, kinds.index(posting.kind), posting.id

    return tuple(sorted(postings, key=age, reverse=True))


def balance_of(account: str, postings: Iterable[Posting]) -> int:
    """What the postings leave on an account, in grosze; a card's balance always equals this."""
    return sum(
        posting.amount_grosze * ((posting.credit == account) - (posting.debit == account))
        for posting in postings
    )


def call_revenue(brand: str) -> str:
    """The account that earns the price of calls."""
    return f"revenue:calls:{brand}"


def nominal_sales(brand: str) -> str:
    """The account that pays in the nominal of issued cards."""
    return f"sales:nominals:{brand}"

"""Money that comes to a card: what may come, by which way, and what it leaves in the books."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from telekarta.domain.cards.card import Card, Status, is_expired
from telekarta.domain.ledger.postings import Lot, Posting, PostingKind, Source
from telekarta.domain.money import grosze
from telekarta.domain.rules import rule
from telekarta.domain.topups.promotions import Promotion

_CLAUSE = {
    Source.BANK: "WP §4.1.1",
    Source.PAYU: "WP §4.1.2",
    Source.PRZELEWY24: "WP §4.1.2",
    Source.CARD_TRANSFER: "WP §4.1.3",
    Source.LAJT: "WP §4.1.4",
    Source.PLUS_VOUCHER: "WP §4.1.5",
}


class TopUpRefusal(StrEnum):
    """Why a card can take no money."""

    UNKNOWN_CARD = "unknown_card"
    USED_UP = "used_up"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class TopUp:
    """Money that has really come, at the moment `at`.

    `origin` names the movement outside (a payment's order id, a bank's reference, a voucher's digest):
    together with the source it is the posting's id, so the same money told twice is booked once, whatever
    card the second telling names.
    """

    source: Source
    origin: str
    amount_grosze: int
    at: datetime
    details: Mapping[str, str | int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if grosze(self.amount_grosze) <= 0:
            raise ValueError("a top-up brings something")

    @property
    def posting_id(self) -> str:
        return f"topup:{self.source}:{self.origin}"


@rule("WP §4.4", "TG §5.3")
def refusal_to_top_up(card: Card, now: datetime) -> TopUpRefusal | None:
    """Why the card can take no money now. A blocked card can: what is on it stays its holder's."""
    if card.status is Status.USED_UP:
        return TopUpRefusal.USED_UP
    return TopUpRefusal.EXPIRED if is_expired(card, now) else None


def _grant(
    card: Card, source: Source, amount_grosze: int, at: datetime, posting_id: str, paid_in: str | None = None
) -> tuple[Card, Lot]:
    lot = Lot(card.next_lot_id(), source, amount_grosze, at, posting_id, paid_in)
    return replace(card, lots=(*card.lots, lot)), lot


@rule("WP §1.2.6", "WP §1.2.7", "WP §4.2", "WP §4.4", "WP §4.6.2", "TG §2.6")
def top_up(
    card: Card, money: TopUp, now: datetime, earned: Sequence[tuple[Promotion, int]] = ()
) -> tuple[Card, tuple[Posting, ...]]:
    """The card with the money and its bonuses on it, one version later, and their postings.

    They are booked now, whenever the money came: a day that is closed gets no more postings. The lots keep
    the day on which it came. Each bonus lies in a lot of its own, for a refund leaves it out (WP §7.8), and
    its posting's id makes a promotion that is granted once per card be granted once. A top-up is activity
    (WP §4.4, §4.6.2).
    """
    richer, lot = _grant(card, money.source, money.amount_grosze, money.at, money.posting_id)
    postings = [
        Posting(
            id=money.posting_id,
            kind=PostingKind.TOP_UP,
            debit=f"incoming:{money.source}",
            credit=str(card.ref),
            amount_grosze=money.amount_grosze,
            rule=_CLAUSE[money.source],
            booked_at=now,
            grants=(lot,),
            details=money.details,
        )
    ]
    for promotion, bonus_grosze in earned:
        posting_id = bonus_id(card, promotion, money)
        richer, lot = _grant(richer, Source.PROMOTION, bonus_grosze, money.at, posting_id, money.posting_id)
        postings.append(
            Posting(
                id=posting_id,
                kind=PostingKind.BONUS,
                debit=f"promotions:{promotion.id}",
                credit=str(card.ref),
                amount_grosze=bonus_grosze,
                rule="WP §1.2.7",
                booked_at=now,
                grants=(lot,),
                details={"top_up": money.posting_id, "promotion": promotion.id},
            )
        )
    return replace(richer, version=card.version + 1, last_active_at=now), tuple(postings)


def bonus_id(card: Card, promotion: Promotion, money: TopUp) -> str:
    """The id of a bonus's posting: made of the card for a promotion granted once, else of the top-up."""
    return f"bonus:{promotion.id}:{card.ref if promotion.once_per_card else money.posting_id}"

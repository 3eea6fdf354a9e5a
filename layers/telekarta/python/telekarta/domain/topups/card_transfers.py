"""Money from one telephone card to another of the group (WP §4.1.3, TG §2.19).

What moves can never be asked back (WP §7.7.1), so it lies on the other card as moved money, from now on.
Bonus money keeps being bonus: it moves first, as it is spent first, and stays what it is, so that no detour
over a second card makes it anything better.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from telekarta.domain.brands import Brand
from telekarta.domain.calendar.dated import in_force
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.cards.card import Card, Status, is_expired
from telekarta.domain.ledger.postings import Draw, Lot, Posting, PostingKind, Source
from telekarta.domain.rules import rule
from telekarta.domain.topups.terms import CARD_TRANSFER_FEES_GROSZE, CARD_TRANSFER_LEAST_GROSZE


class CardTransferRefusal(StrEnum):
    """Why no money moves."""

    SAME_CARD = "same_card"
    BLOCKED = "blocked"
    USED_UP = "used_up"
    EXPIRED = "expired"
    IN_A_CALL = "in_a_call"
    NOT_ENOUGH = "not_enough"
    OTHER_CARD_UNUSABLE = "other_card_unusable"  # expired or used up: it can take no money


@rule("TG §2.19")
def fee_grosze(brand: Brand, day: date) -> int:
    """What moving money to another card of the same brand costs; nothing where no list says otherwise."""
    return in_force(CARD_TRANSFER_FEES_GROSZE.get(brand, ()), day) or 0


@dataclass(frozen=True, slots=True)
class CardTransfer:
    """What was decided: so much arrives, and so much is the fee."""

    amount_grosze: int
    fee_grosze: int


@rule("WP §4.1.3", "TG §2.19")
def decide(
    giver: Card, taker: Card, wanted_grosze: int, now: datetime, *, has_fee: bool
) -> CardTransfer | CardTransferRefusal:
    """What moves if so much is wanted; 0 wants all. The fee is taken besides, or out of all."""
    if giver.ref == taker.ref:
        return CardTransferRefusal.SAME_CARD
    match giver.status:
        case Status.BLOCKED:
            return CardTransferRefusal.BLOCKED
        case Status.USED_UP:
            return CardTransferRefusal.USED_UP
    if is_expired(giver, now):
        return CardTransferRefusal.EXPIRED
    if giver.hold is not None:
        return CardTransferRefusal.IN_A_CALL
    if taker.status is Status.USED_UP or is_expired(taker, now):
        return CardTransferRefusal.OTHER_CARD_UNUSABLE
    fee = fee_grosze(giver.ref.brand, day_of(now)) if has_fee else 0
    amount = wanted_grosze or giver.balance_grosze - fee
    if amount < CARD_TRANSFER_LEAST_GROSZE or amount + fee > giver.balance_grosze:
        return CardTransferRefusal.NOT_ENOUGH
    return CardTransfer(amount, fee)


@rule("WP §4.1.3", "WP §7.7.1", "TG §2.19")
def transfer(
    giver: Card, taker: Card, moved: CardTransfer, transfer_id: str, now: datetime
) -> tuple[Card, Card, tuple[Posting, ...]]:
    """The giver, the taker and the postings between them, the fee's own among them."""
    spent, draws = giver.purse.spend(moved.amount_grosze)
    grants = _grants(giver, taker, draws, transfer_id, now)
    postings = [
        Posting(
            id=transfer_id,
            kind=PostingKind.CARD_TRANSFER,
            debit=str(giver.ref),
            credit=str(taker.ref),
            amount_grosze=moved.amount_grosze,
            rule="WP §4.1.3" if taker.ref.brand is Brand.WHITE_PHONE else "TG §2.19",
            booked_at=now,
            draws=draws,
            grants=grants,
        )
    ]
    if moved.fee_grosze:
        spent, fee_draws = spent.spend(moved.fee_grosze)
        postings.append(
            Posting(
                id=f"{transfer_id}:fee",
                kind=PostingKind.TRANSFER_FEE,
                debit=str(giver.ref),
                credit=f"revenue:transfers:{giver.ref.brand}",
                amount_grosze=moved.fee_grosze,
                rule="TG §2.19",
                booked_at=now,
                draws=fee_draws,
            )
        )
    poorer = replace(giver.with_purse(spent), version=giver.version + 1, last_active_at=now)
    richer = replace(taker, version=taker.version + 1, lots=taker.lots + grants, last_active_at=now)
    return poorer, richer, tuple(postings)


def _grants(
    giver: Card, taker: Card, draws: tuple[Draw, ...], transfer_id: str, now: datetime
) -> tuple[Lot, ...]:
    by_id, first = {lot.id: lot for lot in giver.lots}, int(taker.next_lot_id())
    return tuple(
        Lot(str(first + n), _moved(by_id[draw.lot].source), draw.amount_grosze, now, transfer_id)
        for n, draw in enumerate(draws)
    )


def _moved(source: Source) -> Source:
    return Source.PROMOTION if source is Source.PROMOTION else Source.CARD_TRANSFER

"""Crediting money that has come, exactly once, whoever tells of it and however often."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.cards.card import Card, Kind, Ref
from telekarta.domain.rules import rule
from telekarta.domain.topups.promotions import Promotion, bonuses
from telekarta.domain.topups.topup import TopUp, TopUpRefusal, refusal_to_top_up, top_up
from telekarta.usecases.ports import MovementStore, Replayed, Stale, StoreUnavailable
from telekarta.usecases.rounds import ROUNDS


@dataclass(frozen=True, slots=True)
class Credited:
    """The money is on the card. `was_booked`: an earlier telling had brought it already."""

    card: Card | None
    amount_grosze: int
    bonus_grosze: int = 0
    was_booked: bool = False


@dataclass(frozen=True, slots=True)
class TopUps:
    """The outside, as crediting needs it."""

    store: MovementStore
    promotions: Sequence[Promotion]


def find(store: MovementStore, ref: Ref) -> Card | None:
    """The card, or the account of the line that the reference names."""
    return store.line(ref.number).account if ref.kind is Kind.ACCOUNT else store.card(ref)


@rule("WP §4.2", "WP §1.2.6", "WP §1.2.7", "TG §2.6")
def credit(deps: TopUps, ref: Ref, money: TopUp, now: datetime) -> Credited | TopUpRefusal:
    """Put the money and the bonuses that it earns on the card.

    Safe to repeat: the posting's id is made of the money's origin, so a second telling finds it booked and
    answers with what was booked. A promotion that the card has had already is left out, for its posting is
    there. Raises StoreUnavailable; nothing is then known, and telling again is right.
    """
    card = find(deps.store, ref)
    earned = bonuses(deps.promotions, ref.brand, money.source, money.amount_grosze, day_of(money.at))
    # Each round is lost to another change of the card, or to one promotion that was granted before.
    for _ in range(ROUNDS + len(earned)):
        if card is None:
            return TopUpRefusal.UNKNOWN_CARD
        richer, postings = top_up(card, money, now, earned)
        refusal = refusal_to_top_up(card, now)
        if refusal is not None:
            # It may have taken this very money while it still could.
            booked = deps.store.posting(money.posting_id)
            return Credited(card, booked.amount_grosze, was_booked=True) if booked else refusal
        match deps.store.book_all([(card, richer)], postings):
            case None:
                bonus = sum(bonus_grosze for _, bonus_grosze in earned)
                return Credited(richer, money.amount_grosze, bonus)
            case Replayed(first, fresh) if first.id == money.posting_id:
                return Credited(fresh, first.amount_grosze, was_booked=True)
            case Replayed(first, fresh):
                had = first.details.get("promotion")
                earned = tuple(each for each in earned if each[0].id != had)
                card = fresh or find(deps.store, ref)
            case Stale(fresh):
                card = fresh or find(deps.store, ref)
    raise StoreUnavailable("the card kept changing")

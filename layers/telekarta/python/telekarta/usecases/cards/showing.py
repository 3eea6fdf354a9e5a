"""Showing an operator a card or an account with its postings."""

from dataclasses import dataclass
from datetime import datetime

from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Card
from telekarta.domain.ledger.postings import Posting
from telekarta.usecases.cards.changing import CardDeskDeps, CardRefusal, ref_of
from telekarta.usecases.commands import CommandRefused


@dataclass(frozen=True, slots=True)
class ShowCard:
    brand: Brand
    card: str


@dataclass(frozen=True, slots=True)
class CardShown:
    """The card as it is `now`, with its postings, the newest first."""

    card: Card
    postings: tuple[Posting, ...]
    now: datetime


def show_card(deps: CardDeskDeps, command: ShowCard) -> CardShown | CommandRefused[CardRefusal]:
    """The card or account and its postings. Raises StoreUnavailable."""
    ref = ref_of(command.brand, command.card)
    card = deps.store.card(ref)
    if card is None:
        return CommandRefused(CardRefusal.UNKNOWN_CARD)
    return CardShown(card, deps.store.postings(ref), deps.clock.now())

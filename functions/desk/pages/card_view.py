"""A card or an account as a page shows it."""

from dataclasses import dataclass
from datetime import date

from desk.capabilities.cards import status_word
from desk.pages.posting_words import in_words
from telekarta.domain.cards.card import Card, valid_through
from telekarta.domain.ledger.postings import Posting
from telekarta.usecases.cards.showing import CardShown


@dataclass(frozen=True, slots=True)
class CardView:
    """The card with its status in a word, and each posting with what it is about, the newest first."""

    card: Card
    status: str
    valid_through: date | None
    postings: tuple[tuple[Posting, str], ...]


def card_view(shown: CardShown) -> CardView:
    postings = tuple((each, in_words(each)) for each in shown.postings)
    return CardView(shown.card, status_word(shown), valid_through(shown.card), postings)

"""Why no call can start on a card now."""

from datetime import datetime

from telekarta.domain.calls.terms import MINIMUM_TO_CALL_GROSZE
from telekarta.domain.cards.card import Card, CardRefusal, Status, is_expired
from telekarta.domain.rules import rule


@rule("WP §2.3", "WP §2.9", "WP §3.1", "WP §3.2", "WP §16.1", "TG §3.7", "TG §3.8", "TG §10.2")
def refusal_to_call(card: Card, now: datetime) -> CardRefusal | None:
    """Why no call can start on this card now, the most lasting reason first."""
    if card.status is Status.BLOCKED:
        return CardRefusal.BLOCKED
    if card.status is Status.USED_UP:
        return CardRefusal.USED_UP
    if is_expired(card, now):
        return CardRefusal.EXPIRED
    if card.hold is not None:
        return CardRefusal.IN_A_CALL
    if card.balance_grosze < MINIMUM_TO_CALL_GROSZE[card.ref.brand]:
        return CardRefusal.BELOW_MINIMUM
    return None

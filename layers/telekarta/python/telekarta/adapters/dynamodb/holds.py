"""Money held for calls: put on a card, let go or settled, and the cards that have some.

The index `by-hold` has the cards that have a hold and no others, in the order of expiry. Its attributes are
written and removed with the hold itself, so it costs a call no request. An index may be a moment behind, so
what it lists is read afresh.
"""

from collections.abc import Sequence
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from telekarta.adapters.dynamodb.cards import DynamoCards
from telekarta.adapters.dynamodb.codecs import WHOLE
from telekarta.adapters.dynamodb.items import HELD, CardItem, card_of
from telekarta.adapters.dynamodb.movements import came_of_booking
from telekarta.adapters.dynamodb.tables import Tables
from telekarta.adapters.dynamodb.transactions import NotMet, get_several, query, transact, update
from telekarta.adapters.dynamodb.writes import booking, card_update
from telekarta.domain.cards.card import Card, Ref
from telekarta.domain.ledger.postings import Hold, Posting, Purse
from telekarta.domain.rules import rule
from telekarta.usecases.ports import Replayed, Stale

# What one BatchGetItem takes.
_MOST_KEYS = 100


class DynamoHolds:
    """Holds, which are part of their cards."""

    def __init__(self, tables: Tables, cards: DynamoCards) -> None:
        self._tables = tables
        self._cards = cards

    def place_hold(self, ref: Ref, purse: Purse, hold: Hold, from_line: str) -> Card | Stale:
        actions = [
            CardItem.version.to(purse.version + 1),
            CardItem.hold.to(hold),
            CardItem.hold_state.to(HELD),
            CardItem.hold_expires_at.to(hold.expires_at),
            CardItem.pin_tries.remove(),
        ]
        if from_line:
            actions.append(CardItem.known_lines.add({from_line}))
        unheld = CardItem.hold.does_not_exist()
        placed = card_update(ref, actions, (CardItem.version == purse.version) & unheld)
        answer = update(self._tables, placed)
        if isinstance(answer, NotMet):
            return Stale(card_of(answer.item))
        held = card_of(answer)
        assert held is not None  # it was found by its version
        return held

    def release_hold(self, ref: Ref, purse: Purse, hold_id: str) -> None | Stale:
        released = card_update(ref, _end_hold(purse, hold_id), _is_held(purse, hold_id))
        answer = update(self._tables, released)
        return Stale(card_of(answer.item)) if isinstance(answer, NotMet) else None

    @rule("WP §6.3", "TG §6.5")
    def settle(self, ref: Ref, before: Purse, hold_id: str, posting: Posting) -> None | Stale | Replayed:
        """Each draw is written with what it leaves, on condition of what it found: no lot goes below zero."""
        condition = _is_held(before, hold_id)
        actions = _end_hold(before, hold_id)
        actions.append(CardItem.last_active_at.to(posting.booked_at))
        first_used = CardItem.first_used_at | posting.booked_at
        actions.append(CardItem.first_used_at.set(first_used))
        for draw in posting.draws:
            left = CardItem.lots[draw.lot]["left_grosze"]
            condition &= left == WHOLE.typed(draw.left_grosze + draw.amount_grosze)
            actions.append(left.set(WHOLE.typed(draw.left_grosze)))
        refused = transact(self._tables, booking(posting), card_update(ref, actions, condition))
        return came_of_booking(refused, ref, self._cards.card)

    def expired_holds(self, now: datetime, limit: int) -> tuple[Card, ...]:
        found = self._held(limit, CardItem.hold_expires_at <= now)
        return tuple(card for card in found if card.hold and card.hold.expires_at <= now)

    def open_holds(self, limit: int) -> tuple[Card, ...]:
        return self._held(limit, None)

    def _held(self, limit: int, expiring: Condition | None) -> tuple[Card, ...]:
        cards = self._tables.bound(CardItem)
        items = query(lambda: cards.by_hold.query(HELD, expiring, limit=limit))
        keys = [item.ref for item in items]
        found = [
            card
            for start in range(0, len(keys), _MOST_KEYS)
            for card in self._fresh(keys[start:][:_MOST_KEYS])
        ]
        return tuple(card for card in found if card.hold)

    def _fresh(self, keys: Sequence[str]) -> list[Card]:
        """The cards in the order of the keys."""
        raw = get_several(self._tables, CardItem, keys)
        return [card for key in keys if (card := card_of(raw.get(key)))]


def _is_held(purse: Purse, hold_id: str) -> Condition:
    held: Condition = (CardItem.version == purse.version) & (CardItem.hold["id"] == hold_id)
    return held


def _end_hold(purse: Purse, hold_id: str) -> list[Action]:
    return [
        CardItem.version.to(purse.version + 1),
        CardItem.closed_hold.to(hold_id),
        CardItem.hold.remove(),
        CardItem.hold_state.remove(),
        CardItem.hold_expires_at.remove(),
    ]

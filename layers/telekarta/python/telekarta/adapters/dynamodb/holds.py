"""The cards with money held: `HoldStore` on DynamoDB.

The index `by-hold` has the cards that have a hold and no others, in the order of expiry. Its attributes are
written and removed with the hold itself, so it costs a call no request. An index may be a moment behind, so
what it lists is read afresh.
"""

from collections.abc import Sequence
from datetime import datetime

from pynamodb.expressions.condition import Condition

from telekarta.adapters.dynamodb import transactions
from telekarta.adapters.dynamodb.cards import DynamoCards
from telekarta.adapters.dynamodb.items import HELD, CardItem, card_of
from telekarta.domain.cards.card import Card

# What one BatchGetItem takes.
_MOST_KEYS = 100


class DynamoHolds(DynamoCards):
    """`HoldStore`."""

    def expired_holds(self, now: datetime, limit: int) -> tuple[Card, ...]:
        found = self._held(limit, CardItem.hold_expires_at <= now)
        return tuple(card for card in found if card.hold and card.hold.expires_at <= now)

    def open_holds(self, limit: int) -> tuple[Card, ...]:
        return self._held(limit, None)

    def _held(self, limit: int, expiring: Condition | None) -> tuple[Card, ...]:
        items = transactions.query(lambda: self._cards.by_hold.query(HELD, expiring, limit=limit))
        keys = [item.ref for item in items]
        found = [
            card
            for start in range(0, len(keys), _MOST_KEYS)
            for card in self._fresh(keys[start:][:_MOST_KEYS])
        ]
        return tuple(card for card in found if card.hold)

    def _fresh(self, keys: Sequence[str]) -> list[Card]:
        """The cards in the order of the keys."""
        raw = transactions.get(self._connection, self._table, keys)
        return [card for key in keys if (card := card_of(raw.get(key)))]

"""`AttemptStore` on DynamoDB, beside the payments; DynamoDB itself forgets old counters."""

from datetime import datetime

from pynamodb.attributes import NumberAttribute
from pynamodb.expressions.update import Action

from telekarta.adapters.dynamodb.codecs import TEXT, Coded
from telekarta.adapters.dynamodb.tables import Item, Tables
from telekarta.adapters.dynamodb.transactions import NotMet, Update, update


class AttemptItem(Item):
    kept_in = "payments"

    id = Coded(TEXT, hash_key=True)
    tries = NumberAttribute()
    forget_at_epoch_s = NumberAttribute()


class DynamoAttempts:
    """Counters in the payments' table; their ids are no payment's."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def take(self, name: str, most: int, forget_at: datetime) -> bool:
        room = AttemptItem.tries.does_not_exist() | (AttemptItem.tries < most)
        actions: list[Action] = [
            AttemptItem.tries.add(1),
            AttemptItem.forget_at_epoch_s.set(int(forget_at.timestamp())),
        ]
        return not isinstance(update(self._tables, Update(AttemptItem, name, actions, room)), NotMet)

    def give_back(self, name: str) -> None:
        there = AttemptItem.tries > 0
        update(self._tables, Update(AttemptItem, name, [AttemptItem.tries.add(-1)], there))

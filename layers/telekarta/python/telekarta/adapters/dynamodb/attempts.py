"""`AttemptStore` on DynamoDB, beside the payments; DynamoDB itself forgets old counters."""

from datetime import datetime

from pynamodb.attributes import NumberAttribute
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from telekarta.adapters.dynamodb import transactions
from telekarta.adapters.dynamodb.cards import _bound
from telekarta.adapters.dynamodb.codecs import TEXT, Coded
from telekarta.adapters.dynamodb.transactions import NotMet, Update


class AttemptItem(Model):
    id = Coded(TEXT, hash_key=True)
    tries = NumberAttribute()
    forget_at_epoch_s = NumberAttribute()


class DynamoAttempts:
    """Counters in the table named; their ids are no payment's. Making one sends nothing."""

    def __init__(self, table: str, *, region: str | None = None, endpoint_url: str | None = None) -> None:
        self._items = _bound(AttemptItem, table)
        self._connection = transactions.connect([self._items], region, endpoint_url)

    def take(self, name: str, most: int, forget_at: datetime) -> bool:
        room = AttemptItem.tries.does_not_exist() | (AttemptItem.tries < most)
        actions: list[Action] = [
            AttemptItem.tries.add(1),
            AttemptItem.forget_at_epoch_s.set(int(forget_at.timestamp())),
        ]
        counted = transactions.update(self._connection, Update(self._items(name), actions, room))
        return not isinstance(counted, NotMet)

    def give_back(self, name: str) -> None:
        there = AttemptItem.tries > 0
        transactions.update(self._connection, Update(self._items(name), [AttemptItem.tries.add(-1)], there))

"""Money that comes to cards or goes between them: `MovementStore` on DynamoDB."""

from collections.abc import Sequence

from telekarta.adapters.dynamodb import transactions
from telekarta.adapters.dynamodb.books import DynamoBooks
from telekarta.adapters.dynamodb.items import CardItem, PostingItem, card_of, posting_of
from telekarta.adapters.dynamodb.transactions import Update
from telekarta.domain.cards.card import Card
from telekarta.domain.ledger.postings import Posting
from telekarta.usecases.ports import Replayed, Stale


class DynamoMovements(DynamoBooks):
    """`MovementStore`."""

    def book_all(
        self, changes: Sequence[tuple[Card, Card]], postings: Sequence[Posting]
    ) -> None | Stale | Replayed:
        """One transaction of an item for each posting and each card. The hold is not written: while the
        version is the same, so is the hold."""
        saves = [self._booking(posting) for posting in postings]
        refused = transactions.transact(self._connection, saves, [self._change(*each) for each in changes])
        if not refused:
            return None
        booked, changed = refused[: len(saves)], refused[len(saves) :]
        for found in booked:
            if found:
                return self._replayed(found, changed[0], changes[0][0].ref)
        stale = next(found for found in changed if found)
        return Stale(card_of(stale.item))

    def book_alone(self, posting: Posting) -> Posting | None:
        """A transaction of one item, for its token: were a plain put sent again after a lost answer, it would
        find its own posting and pass for somebody else's decision."""
        refused = transactions.transact(self._connection, [self._booking(posting)])
        if not refused:
            return None
        found = refused[0]
        if found is None or found.item is None:
            raise transactions.StoreFault("a posting was refused by nothing")
        return posting_of(PostingItem.from_raw_data(found.item))

    def _change(self, before: Card, after: Card) -> Update:
        actions = [
            CardItem.version.to(after.version),
            CardItem.status.to(after.status),
            CardItem.lots.to(after.lots),
        ]
        if after.last_active_at is not None:
            actions.append(CardItem.last_active_at.to(after.last_active_at))
        return Update(self._item(before.ref), actions, CardItem.version == before.version)

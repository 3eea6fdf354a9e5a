"""What is kept about bank statements besides money and cases: `BankNotes`, in the payments' table.

An item is `bank:<name>` and what it says. It is written once: who comes second reads what the first wrote.
"""

from pynamodb.models import Model

from telekarta.adapters.dynamodb import transactions
from telekarta.adapters.dynamodb.cards import _bound
from telekarta.adapters.dynamodb.codecs import TEXT, Coded
from telekarta.adapters.dynamodb.transactions import Save


class BankNoteItem(Model):
    id = Coded(TEXT, hash_key=True)
    says = Coded(TEXT)


class DynamoBankNotes:
    """`BankNotes` on the table named. Making one sends nothing. Raises as `DynamoCards` does."""

    def __init__(self, table: str, *, region: str | None = None, endpoint_url: str | None = None) -> None:
        self._table = table
        self._items = _bound(BankNoteItem, table)
        self._connection = transactions.connect([self._items], region, endpoint_url)

    def claim(self, name: str, value: str) -> str:
        item = self._items(id=f"bank:{name}", says=value)
        refused = transactions.transact(self._connection, [Save(item, BankNoteItem.id.does_not_exist())])
        if not refused:
            return value
        found = refused[0]
        if found is None or found.item is None:
            raise transactions.StoreFault("a note was refused by nothing")
        return str(self._items.from_raw_data(found.item).says)

    def noted(self, name: str) -> str | None:
        answer = transactions.ask(
            "GetItem",
            lambda: self._connection.get_item(self._table, f"bank:{name}", consistent_read=True),
        )
        return str(self._items.from_raw_data(answer["Item"]).says) if "Item" in answer else None

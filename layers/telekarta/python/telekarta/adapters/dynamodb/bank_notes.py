"""What is kept about bank statements besides money and cases: `BankNotes`, in the payments' table.

An item is `bank:<name>` and what it says. It is written once: who comes second reads what the first wrote.
"""

from telekarta.adapters.dynamodb.codecs import TEXT, Coded
from telekarta.adapters.dynamodb.tables import Item, Tables
from telekarta.adapters.dynamodb.transactions import Save, get, in_the_way, save_alone


class BankNoteItem(Item):
    kept_in = "payments"

    id = Coded(TEXT, hash_key=True)
    says = Coded(TEXT)


class DynamoBankNotes:
    """`BankNotes`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def claim(self, name: str, value: str) -> str:
        note = {"id": f"bank:{name}", "says": value}
        refusal = save_alone(self._tables, Save(BankNoteItem, note, BankNoteItem.id.does_not_exist()))
        return str(BankNoteItem.from_raw_data(in_the_way(refusal)).says) if refusal else value

    def noted(self, name: str) -> str | None:
        raw = get(self._tables, BankNoteItem, f"bank:{name}")
        return str(BankNoteItem.from_raw_data(raw).says) if raw else None

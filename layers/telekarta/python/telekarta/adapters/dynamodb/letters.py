"""Letters that wait for being printed: `PrintQueue` (adapters/aws/letters.py), in the refunds' table."""

from pynamodb.attributes import NumberAttribute

from telekarta.adapters.dynamodb.codecs import TEXT, Coded
from telekarta.adapters.dynamodb.tables import Item, Tables
from telekarta.adapters.dynamodb.transactions import Save, save_alone
from telekarta.domain.calendar.deadlines import midnight
from telekarta.domain.refunds.terms import FORGOTTEN_AFTER
from telekarta.usecases.refunds.ports import Letter


class LetterItem(Item):
    """A letter to be printed: what is written on it, and to whom."""

    kept_in = "refunds"

    id = Coded(TEXT, hash_key=True)
    case_id = Coded(TEXT)
    address = Coded(TEXT)
    subject = Coded(TEXT)
    body = Coded(TEXT)
    forget_at_epoch_s = NumberAttribute(null=True)


class DynamoLetters:
    """`PrintQueue`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def queue_letter(self, letter: Letter) -> None:
        """Keep a letter for the printer; one that is there stays as it was."""
        values: dict[str, str | int] = {
            "id": f"letter:{letter.id}",
            "case_id": letter.case,
            "address": letter.to,
            "subject": letter.subject,
            "body": letter.body,
        }
        if letter.due is not None:
            forgotten_at = midnight(letter.due) + FORGOTTEN_AFTER
            values["forget_at_epoch_s"] = int(forgotten_at.timestamp())
        save_alone(self._tables, Save(LetterItem, values, LetterItem.id.does_not_exist()))

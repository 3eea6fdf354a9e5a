"""Calling lines: who calls, what was tried from there in vain, and the account that the line has."""

from datetime import timedelta

from telekarta.adapters.dynamodb.block_list import DynamoBlockList
from telekarta.adapters.dynamodb.items import CardItem, card_of, line_key, line_of
from telekarta.adapters.dynamodb.tables import Tables
from telekarta.adapters.dynamodb.transactions import NotMet, Update, update
from telekarta.domain.cards.card import CallingLine
from telekarta.domain.cards.codes import Tries
from telekarta.domain.rules import rule

# Wrong tries are forgotten after a quiet day; the line's record follows a day later.
LINE_KEPT = timedelta(days=2)


class DynamoLines:
    """Calling lines, in the cards' table."""

    def __init__(self, tables: Tables, block_list: DynamoBlockList) -> None:
        self._tables = tables
        self._block_list = block_list

    def line(self, number: str) -> CallingLine:
        return line_of(number, self._block_list.read_along(line_key(number)))

    @rule("TG §2.9")
    def count_wrong_line(self, number: str, seen: Tries, now: Tries) -> CallingLine | None:
        """A line without an account is forgotten in time; one with an account must never be, since the
        account goes with it. So the expiry is only written on condition that there is none."""
        key, count = line_key(number), CardItem.line_tries.to(now)
        never = CardItem.line_tries.does_not_exist()
        as_seen = never if seen == Tries() else CardItem.line_tries.equals(seen)
        expiring = [count]
        if now.last_at is not None:
            expiring.append(CardItem.expires_at_epoch.to(int((now.last_at + LINE_KEPT).timestamp())))
        no_account = CardItem.version.does_not_exist()
        answer = update(self._tables, Update(CardItem, key, expiring, as_seen & no_account))
        if isinstance(answer, NotMet) and card_of(answer.item) is not None:
            has_account = CardItem.version.exists()
            answer = update(self._tables, Update(CardItem, key, [count], as_seen & has_account))
        return line_of(number, answer.item) if isinstance(answer, NotMet) else None

"""What operators need of the store beside that: `DeskStore` on DynamoDB."""

from telekarta.adapters.dynamodb import transactions
from telekarta.adapters.dynamodb.cases import DynamoCases
from telekarta.adapters.dynamodb.holds import DynamoHolds
from telekarta.adapters.dynamodb.items import (
    BLOCKED_NUMBERS,
    BlockedNumbers,
    CardItem,
    CommandItem,
    PinGuard,
    card_of,
    card_values,
    command_values,
    pin_key,
    posting_of,
)
from telekarta.adapters.dynamodb.movements import DynamoMovements
from telekarta.adapters.dynamodb.transactions import NotMet, Save, Update
from telekarta.adapters.environment import Environment
from telekarta.domain.cards.card import Card, Ref
from telekarta.domain.ledger.postings import Posting
from telekarta.domain.rules import rule
from telekarta.usecases.ports import CommandRecord, Stale, StoreUnavailable

# Operators change the block list by hand: losing more rounds than this to one another is not chance.
BLOCK_LIST_ROUNDS = 5


class DynamoStore(DynamoHolds, DynamoCases, DynamoMovements):
    """Every store port. The desk's table is only needed for
    commands and cases."""

    @classmethod
    def from_environment(cls, environment: Environment) -> "DynamoStore":
        """The store on the tables that the template names to the function."""
        return cls(
            environment.cards_table,
            environment.postings_table,
            environment.desk_table,
            region=environment.region or None,
        )

    @rule("WP §4.8", "TG §6.2")
    def postings(self, ref: Ref) -> tuple[Posting, ...]:
        """Newest first. The indexes may be a moment behind a posting that was just booked."""
        taken = transactions.query(lambda: self._postings.by_debit.query(str(ref)))
        given = transactions.query(lambda: self._postings.by_credit.query(str(ref)))
        booked = map(posting_of, taken + given)
        return tuple(sorted(booked, key=lambda posting: (posting.booked_at, posting.id), reverse=True))

    @rule("TG §2.10")
    def issue(self, card: Card, posting: Posting) -> bool:
        """The card, its posting and, if its PIN alone lets in, the guard of that PIN: all or nothing.

        An index can't refuse a second card with the same PIN, a second item of the same key can.
        """
        item = self._cards(**card_values(card))
        saves = [Save(item, CardItem.ref.does_not_exist()), self._booking(posting)]
        if item.pin_digest:
            guard = self._guards(ref=pin_key(item.pin_digest), serial=card.ref.number)
            saves.append(Save(guard, PinGuard.ref.does_not_exist()))
        return not transactions.transact(self._connection, saves)

    def write(self, card: Card, changed: Card) -> None | Stale:
        actions = [
            CardItem.version.to(card.version + 1),
            CardItem.status.to(changed.status),
            CardItem.information_lines.to(changed.information_lines),
        ]
        answer = self._update(card.ref, actions, CardItem.version == card.version)
        return Stale(card_of(answer.item)) if isinstance(answer, NotMet) else None

    @rule("WP §10.7")
    def block_list(self) -> dict[str, str]:
        return self._block_list()[1]

    def _block_list(self) -> tuple[int, dict[str, str]]:
        raw = transactions.get(self._connection, self._table, [BLOCKED_NUMBERS]).get(BLOCKED_NUMBERS)
        self._keep_copy(raw)
        if raw is None:
            return 0, {}
        item = BlockedNumbers.from_raw_data(raw)
        return item.version, dict(item.prefixes)

    @rule("WP §10.7")
    def change_block_list(self, prefix: str, reason: str | None) -> None:
        for _ in range(BLOCK_LIST_ROUNDS):
            version, prefixes = self._block_list()
            others = {known: why for known, why in prefixes.items() if known != prefix}
            after = others if reason is None else others | {prefix: reason}
            as_read = (
                BlockedNumbers.version == version if version else BlockedNumbers.version.does_not_exist()
            )
            actions = [BlockedNumbers.version.to(version + 1), BlockedNumbers.prefixes.to(after)]
            item = self._blocked(ref=BLOCKED_NUMBERS)
            answer = transactions.update(self._connection, Update(item, actions, as_read))
            if not isinstance(answer, NotMet):
                self._keep_copy(answer)
                return
        raise StoreUnavailable("the block list kept changing")

    def record(self, record: CommandRecord) -> bool:
        """A transaction of one item, for its token: were a plain put sent again after a lost answer, it would
        find its own record, and a command that nobody has done would pass for done."""
        if self._commands is None:
            raise transactions.StoreFault("no table for commands was named")
        item = self._commands(**command_values(record))
        return not transactions.transact(self._connection, [Save(item, CommandItem.id.does_not_exist())])

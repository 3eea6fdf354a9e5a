"""The stores of cards, books and the desk, side by side over the same tables."""

import time
from collections.abc import Callable

from telekarta.adapters.dynamodb.block_list import DynamoBlockList
from telekarta.adapters.dynamodb.cards import DynamoCards
from telekarta.adapters.dynamodb.cases import DynamoCases
from telekarta.adapters.dynamodb.commands import DynamoCommands
from telekarta.adapters.dynamodb.holds import DynamoHolds
from telekarta.adapters.dynamodb.lines import DynamoLines
from telekarta.adapters.dynamodb.movements import DynamoMovements
from telekarta.adapters.dynamodb.postings import DynamoPostings
from telekarta.adapters.dynamodb.tables import Tables
from telekarta.adapters.environment import Environment


class DynamoStore:
    """Every port of usecases/ports.py that is a store's: each operation is that of the small store that it is
    taken from. Making one sends nothing and makes no client; `tables.prepare` does that. Only commands and
    cases need the desk's table.

    Raises StoreUnavailable as the ports say, and StoreFault for what is a bug or a missing right.
    """

    def __init__(self, tables: Tables, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.tables = tables

        blocked = DynamoBlockList(tables, monotonic)
        self.blocked_prefixes = blocked.blocked_prefixes
        self.block_list = blocked.block_list
        self.change_block_list = blocked.change_block_list

        cards = DynamoCards(tables, blocked)
        self.card = cards.card
        self.card_by_pin = cards.card_by_pin
        self.all_cards = cards.all_cards
        self.issue = cards.issue
        self.open_account = cards.open_account
        self.write = cards.write
        self.count_wrong_code = cards.count_wrong_code
        self.remember = cards.remember
        self.propose_puk = cards.propose_puk
        self.confirm_puk = cards.confirm_puk

        lines = DynamoLines(tables, blocked)
        self.line = lines.line
        self.count_wrong_line = lines.count_wrong_line

        holds = DynamoHolds(tables, cards)
        self.place_hold = holds.place_hold
        self.release_hold = holds.release_hold
        self.settle = holds.settle
        self.expired_holds = holds.expired_holds
        self.open_holds = holds.open_holds

        movements = DynamoMovements(tables, cards)
        self.move_card = movements.move_card
        self.book = movements.book
        self.book_all = movements.book_all

        postings = DynamoPostings(tables)
        self.posting = postings.posting
        self.postings = postings.postings
        self.all_postings = postings.all_postings
        self.book_alone = postings.book_alone

        cases = DynamoCases(tables)
        self.open_case = cases.open_case
        self.case = cases.case
        self.cases = cases.cases
        self.close_case = cases.close_case

        commands = DynamoCommands(tables)
        self.record = commands.record

    @classmethod
    def from_environment(cls, environment: Environment) -> "DynamoStore":
        """The store on the tables that the template names to the function."""
        return cls(Tables.from_environment(environment))

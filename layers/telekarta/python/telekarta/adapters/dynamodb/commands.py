"""Operators' commands, in the desk's table: kept once, so that none is done twice."""

from telekarta.adapters.dynamodb.tables import Tables
from telekarta.adapters.dynamodb.transactions import save_alone
from telekarta.adapters.dynamodb.writes import command_record
from telekarta.usecases.ports import CommandRecord


class DynamoCommands:
    """Commands as they were given. They need the desk's table."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def record(self, record: CommandRecord) -> bool:
        return save_alone(self._tables, command_record(record)) is None

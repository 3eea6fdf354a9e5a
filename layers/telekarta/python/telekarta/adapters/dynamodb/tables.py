"""Our tables behind one connection: made once from the environment, shared by all stores of a function.

Each kind of item says in which table it is kept. It is bound to that table, and to the connection, when it is
first asked for: a function only loads the kinds that it works with, and a table that it was not told of is
missed when it is needed and not before.
"""

import logging
from dataclasses import dataclass
from threading import Lock
from typing import ClassVar, TypeVar

from pynamodb.connection import Connection
from pynamodb.models import Model

from telekarta.adapters.environment import Environment

# A voice webhook must answer within seconds, and whoever waits for it hears silence.
CONNECT_TIMEOUT_S = 1.0
READ_TIMEOUT_S = 2.0
RETRIES = 1


class StoreFault(Exception):
    """DynamoDB refused a request for a reason that is no answer of the store: our bug, or a missing right."""


@dataclass(frozen=True, slots=True)
class TableNames:
    """The names of the tables at AWS; "" for one that the function was not told of."""

    cards: str = ""
    postings: str = ""
    desk: str = ""
    payments: str = ""
    claims: str = ""
    refunds: str = ""


class Item(Model):
    """A kind of item. `kept_in` is the field of `TableNames` that names its table."""

    kept_in: ClassVar[str]


I = TypeVar("I", bound=Item)  # noqa: E741


class Tables:
    """One connection to DynamoDB and the kinds of items bound to it. Making one sends nothing and makes no
    client; `prepare` does that."""

    def __init__(
        self, names: TableNames, *, region: str | None = None, endpoint_url: str | None = None
    ) -> None:
        # At DEBUG both print whole requests, digests of PINs included, and a log level is quickly turned up.
        for name in ("pynamodb", "botocore"):
            logging.getLogger(name).setLevel(logging.INFO)
        self.names = names
        self.connection = Connection(
            region=region,
            host=endpoint_url,
            connect_timeout_seconds=CONNECT_TIMEOUT_S,
            read_timeout_seconds=READ_TIMEOUT_S,
            max_retry_attempts=RETRIES,
        )
        self._bound: dict[type[Item], type[Item]] = {}
        self._lock = Lock()

    @classmethod
    def from_environment(cls, environment: Environment) -> "Tables":
        """The tables that the template names to the function."""
        names = TableNames(
            cards=environment.cards_table,
            postings=environment.postings_table,
            desk=environment.desk_table,
            payments=environment.payments_table,
            claims=environment.claims_table,
            refunds=environment.refunds_table,
        )
        return cls(names, region=environment.region or None)

    def prepare(self) -> None:
        """Make the client now, at the start of the function, rather than while a caller waits."""
        _ = self.connection.client

    def name_of(self, kind: type[Item]) -> str:
        """The name of the table at AWS. Raises StoreFault if the function was not told of it."""
        name: str = getattr(self.names, kind.kept_in)
        if not name:
            raise StoreFault(f"no table for {kind.kept_in} was named")
        return name

    def bound(self, kind: type[I]) -> type[I]:
        """The kind of item on its table, on this connection. Raises StoreFault as `name_of` does."""
        with self._lock:
            if kind not in self._bound:
                self._bound[kind] = self._bind(kind)
            return self._bound[kind]  # type: ignore[return-value]

    def _bind(self, kind: type[I]) -> type[I]:
        """PynamoDB would give each kind a connection, and so a client, of its own: a transaction spans
        tables, and every client costs time."""
        name = self.name_of(kind)
        bound: type[I] = type(kind.__name__, (kind,), {"Meta": type("Meta", (), {"table_name": name})})
        table = bound._get_connection()
        # Of the kinds that share a table, the connection has to know the one that has indexes.
        if bound._indexes or name not in self.connection._tables:
            self.connection._tables[name] = table.get_meta_table()
        table.connection = self.connection
        return bound

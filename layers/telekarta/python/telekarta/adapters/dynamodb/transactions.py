"""Requests to DynamoDB, and what its refusals mean.

::

    StoreUnavailable      not answered, throttled, in conflict for too long, or no such table: try again later
    └── _InConflict       somebody else's transaction holds the item: tried again here first
    StoreFault            refused for a reason that none of our requests should have: a bug or a missing right
    _ConditionFailed      becomes a NotMet, which callers turn into an answer of the port
    _Cancelled            becomes a list of NotMet

Nothing that was sent or stored gets into an exception: items hold digests of PINs, and exceptions are logged.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.connection import Connection
from pynamodb.constants import ALL_NEW, ALL_OLD, ATTRIBUTES, RETURN_VALUES, UPDATE_ITEM
from pynamodb.exceptions import CancellationReason, PynamoDBException, VerboseClientError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from telekarta.adapters.dynamodb.codecs import Typed
from telekarta.usecases.ports import StoreUnavailable

# A voice webhook must answer within seconds, and whoever waits for it hears silence.
CONNECT_TIMEOUT_S = 1.0
READ_TIMEOUT_S = 2.0
RETRIES = 1

# A conflicting transaction is over in milliseconds; one that outlives three rounds is trouble.
CONFLICT_ROUNDS = 3

_UNAVAILABLE = frozenset(
    {
        "InternalFailure",
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ResourceNotFoundException",
        "ServiceUnavailable",
        "Throttling",
        "ThrottlingException",
        "TransactionInProgressException",
    }
)
_THROTTLED = frozenset({"ProvisionedThroughputExceeded", "ThrottlingError"})
_CONFLICT = "TransactionConflict"
_CONDITION = "ConditionalCheckFailed"

T = TypeVar("T")


class StoreFault(Exception):
    """DynamoDB refused a request for a reason that is no answer of the store: our bug, or a missing right."""


@dataclass(frozen=True, slots=True, repr=False)
class NotMet:
    """A condition did not hold. `item` is what is stored there, None if nothing is."""

    item: Typed | None


class _InConflict(StoreUnavailable):
    pass


class _ConditionFailed(Exception):
    def __init__(self, item: Typed | None) -> None:
        super().__init__("a condition did not hold")
        self.item = item


class _Cancelled(Exception):
    def __init__(self, reasons: Sequence[CancellationReason | None]) -> None:
        super().__init__("a transaction was cancelled")
        self.reasons = reasons


@dataclass(frozen=True, slots=True, repr=False)
class Save:
    """A whole item to be put, if the condition holds."""

    item: Model
    condition: Condition


@dataclass(frozen=True, slots=True, repr=False)
class Update:
    """An item, of which only the key is looked at, to be changed by the actions if the condition holds."""

    item: Model
    actions: list[Action]
    condition: Condition


def connect(models: Iterable[type[Model]], region: str | None, endpoint_url: str | None) -> Connection:
    """One connection that all the models share: a transaction spans tables, and every client costs time.

    No client is made yet. PynamoDB would give each model a connection, and so a client, of its own.
    """
    # At DEBUG both print whole requests, digests of PINs included, and a log level is quickly turned up.
    for name in ("pynamodb", "botocore"):
        logging.getLogger(name).setLevel(logging.INFO)
    shared = Connection(
        region=region,
        host=endpoint_url,
        connect_timeout_seconds=CONNECT_TIMEOUT_S,
        read_timeout_seconds=READ_TIMEOUT_S,
        max_retry_attempts=RETRIES,
    )
    known: set[str] = set()
    for model in models:
        table = model._get_connection()
        if table.table_name not in known:
            shared.add_meta_table(table.get_meta_table())
            known.add(table.table_name)
        table.connection = shared
    return shared


def ask(operation: str, send: Callable[[], T]) -> T:
    """The answer, or one of the exceptions above. They are raised outside of the handlers on purpose: as
    the context of ours, DynamoDB's exception would still carry the items that it was about."""
    try:
        return send()
    except PynamoDBException as error:
        cause = error.cause
    except (ClientError, BotoCoreError) as error:
        cause = error
    raise _meaning(operation, cause)


def _meaning(operation: str, cause: Exception | None) -> Exception:
    if not isinstance(cause, ClientError):
        return StoreUnavailable(f"{operation}: {type(cause).__name__}")
    code = cause.response["Error"]["Code"]
    if isinstance(cause, VerboseClientError) and code == "TransactionCanceledException":
        return _Cancelled(cause.cancellation_reasons)
    # PynamoDB keeps only the error's code and message; the item and the HTTP status are in its own cause.
    whole: Any = getattr(cause.__cause__, "response", cause.response)
    if code == "ConditionalCheckFailedException":
        return _ConditionFailed(whole.get("Item"))
    if code == "TransactionConflictException":
        return _InConflict(f"{operation}: {code}")
    if code in _UNAVAILABLE or whole.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500:
        return StoreUnavailable(f"{operation}: {code}")
    return StoreFault(f"{operation}: {code}")


def _in_rounds(send: Callable[[], T]) -> T:
    """Again while in conflict: nothing was done, and every change of ours carries its own condition."""
    for _ in range(CONFLICT_ROUNDS - 1):
        try:
            return send()
        except _InConflict:
            continue
    return send()


def update(connection: Connection, change: Update) -> Typed | NotMet:
    """The item after one UpdateItem, or the item that its condition refused; no further read for either.

    PynamoDB's own `Model.update` can't ask for the refused item, so its request is sent from here.
    """
    kwargs = change.item.get_update_kwargs_from_instance(
        actions=change.actions, condition=change.condition, return_values_on_condition_failure=ALL_OLD
    )
    kwargs[RETURN_VALUES] = ALL_NEW
    try:
        answer = _in_rounds(lambda: ask(UPDATE_ITEM, lambda: connection.dispatch(UPDATE_ITEM, kwargs)))
    except _ConditionFailed as failed:
        return NotMet(failed.item)
    return dict(answer[ATTRIBUTES])


def transact(
    connection: Connection, saves: Sequence[Save], updates: Sequence[Update] = ()
) -> tuple[NotMet | None, ...]:
    """All or nothing: empty if all was done, else who refused, in the order of the saves, then the updates.

    No token of our own is sent: botocore makes one for each request, which keeps its retry after a lost
    answer from applying twice. One derived from the posting would only add ten minutes of answering
    "done" to a repeat, where the posting itself answers for ever, and with what was booked.
    """
    return _in_rounds(lambda: _transact(connection, saves, updates))


def _transact(
    connection: Connection, saves: Sequence[Save], updates: Sequence[Update]
) -> tuple[NotMet | None, ...]:
    def send() -> None:
        with TransactWrite(connection=connection) as transaction:
            for save in saves:
                transaction.save(save.item, condition=save.condition, return_values=ALL_OLD)
            for each in updates:
                transaction.update(each.item, each.actions, condition=each.condition, return_values=ALL_OLD)

    try:
        ask("TransactWriteItems", send)
    except _Cancelled as cancelled:
        reasons = cancelled.reasons
    else:
        return ()
    return _refusals(reasons, len(saves))


def _refusals(reasons: Sequence[CancellationReason | None], saves: int) -> tuple[NotMet | None, ...]:
    codes = {reason.code for reason in reasons if reason}
    unknown = codes - _THROTTLED - {_CONFLICT, _CONDITION}
    if unknown or not codes:
        raise StoreFault(f"TransactWriteItems: cancelled, {sorted(unknown)}")
    refused = tuple(
        NotMet(reason.raw_item) if reason and reason.code == _CONDITION else None for reason in reasons
    )
    # What a save must not find is never deleted: that it was found is the answer, whatever else is in
    # conflict. A changed card beside a conflict is not: the conflict may be our own posting being booked.
    if codes == {_CONDITION} or any(refused[:saves]):
        return refused
    problem = f"TransactWriteItems: cancelled, {sorted(codes)}"
    raise _InConflict(problem) if _CONFLICT in codes else StoreUnavailable(problem)


def get(connection: Connection, table: str, keys: Sequence[str]) -> dict[str, Typed]:
    """The items of the table that are there, by `ref`, from one strongly consistent request."""
    if len(keys) == 1:
        answer = ask("GetItem", lambda: connection.get_item(table, keys[0], consistent_read=True))
        return {keys[0]: answer["Item"]} if "Item" in answer else {}
    found: dict[str, Typed] = {}
    left: Any = [{"ref": {"S": key}} for key in keys]
    for _ in range(CONFLICT_ROUNDS):
        page = ask("BatchGetItem", partial(connection.batch_get_item, table, left, consistent_read=True))
        found |= {item["ref"]["S"]: item for item in page["Responses"].get(table, ())}
        # DynamoDB may answer in part; what it left out it hands back to be asked for again.
        left = page.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
        if not left:
            return found
    raise StoreUnavailable("BatchGetItem: keys were left unprocessed")


def query(pages: Callable[[], Iterable[T]]) -> tuple[T, ...]:
    """All that the query finds, page after page."""
    return ask("Query", lambda: tuple(pages()))

"""Requests to DynamoDB, one transaction over whatever records, and what its refusals mean.

::

    StoreUnavailable      not answered, throttled, in conflict for too long, or no such table: try again later
    └── _InConflict       somebody else's transaction holds the item: tried again here first
    StoreFault            refused for a reason that none of our requests should have: a bug or a missing right
    _ConditionFailed      becomes a NotMet, which callers turn into an answer of the port
    _Cancelled            becomes a list of NotMet

Nothing that was sent or stored gets into an exception: items hold digests of PINs, and exceptions are logged.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.constants import ALL_NEW, ALL_OLD, ATTRIBUTES, RETURN_VALUES, UPDATE_ITEM
from pynamodb.exceptions import CancellationReason, PynamoDBException, VerboseClientError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from telekarta.adapters.dynamodb.codecs import Typed
from telekarta.adapters.dynamodb.tables import Item, StoreFault, Tables
from telekarta.usecases.ports import StoreUnavailable

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
    """A whole item to be put, if the condition holds. `values` are its attributes, its key among them."""

    kind: type[Item]
    values: Mapping[str, Any]
    condition: Condition


@dataclass(frozen=True, slots=True, repr=False)
class Update:
    """The item of the key to be changed by the actions, if the condition holds."""

    kind: type[Item]
    key: str
    actions: list[Action]
    condition: Condition


Write = Save | Update


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


def update(tables: Tables, change: Update) -> Typed | NotMet:
    """The item after one UpdateItem, or the item that its condition refused; no further read for either.

    PynamoDB's own `Model.update` can't ask for the refused item, so its request is sent from here.
    """
    kwargs = tables.bound(change.kind)(change.key).get_update_kwargs_from_instance(
        actions=change.actions, condition=change.condition, return_values_on_condition_failure=ALL_OLD
    )
    kwargs[RETURN_VALUES] = ALL_NEW
    try:
        answer = _in_rounds(lambda: ask(UPDATE_ITEM, lambda: tables.connection.dispatch(UPDATE_ITEM, kwargs)))
    except _ConditionFailed as failed:
        return NotMet(failed.item)
    return dict(answer[ATTRIBUTES])


def transact(tables: Tables, *writes: Write) -> tuple[NotMet | None, ...]:
    """All of the writes or none: empty if all were done, else who refused, in the order of the writes.

    No token of our own is sent: botocore makes one for each request, which keeps its retry after a lost
    answer from applying twice. One derived from the posting would only add ten minutes of answering
    "done" to a repeat, where the posting itself answers for ever, and with what was booked.
    """
    return _in_rounds(lambda: _transact(tables, writes))


def save_alone(tables: Tables, save: Save) -> NotMet | None:
    """None if the item was put, else what refused it.

    A transaction of one item, for its token: were a plain put sent again after a lost answer, it would find
    its own item and pass for somebody else's."""
    refused = transact(tables, save)
    return refused[0] if refused else None


def in_the_way(refusal: NotMet | None) -> Typed:
    """The item that refused. Raises StoreFault if there is none: only an item refuses a save of ours."""
    if refusal is None or refusal.item is None:
        raise StoreFault("TransactWriteItems: a save was refused by nothing")
    return refusal.item


def _transact(tables: Tables, writes: Sequence[Write]) -> tuple[NotMet | None, ...]:
    # PynamoDB sends the saves first, whatever the order, and so does DynamoDB give its reasons.
    saves = [write for write in writes if isinstance(write, Save)]
    updates = [write for write in writes if isinstance(write, Update)]

    def send() -> None:
        with TransactWrite(connection=tables.connection) as transaction:
            for save in saves:
                item = tables.bound(save.kind)(**save.values)
                transaction.save(item, condition=save.condition, return_values=ALL_OLD)
            for each in updates:
                item = tables.bound(each.kind)(each.key)
                transaction.update(item, each.actions, condition=each.condition, return_values=ALL_OLD)

    try:
        ask("TransactWriteItems", send)
    except _Cancelled as cancelled:
        reasons = cancelled.reasons
    else:
        return ()
    refused = iter(_refusals(reasons, len(saves)))
    of_saves = [next(refused) for _ in saves]
    of_updates = list(refused)
    return tuple((of_saves if isinstance(write, Save) else of_updates).pop(0) for write in writes)


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


def get(tables: Tables, kind: type[Item], key: str) -> Typed | None:
    """The item of the key, from one strongly consistent request."""
    name = tables.bound(kind).Meta.table_name
    answer = ask("GetItem", lambda: tables.connection.get_item(name, key, consistent_read=True))
    return dict(answer["Item"]) if "Item" in answer else None


def get_several(tables: Tables, kind: type[Item], keys: Sequence[str]) -> dict[str, Typed]:
    """The items that are there, by their keys, from one strongly consistent request of at most 100 keys."""
    if len(keys) == 1:
        item = get(tables, kind, keys[0])
        return {keys[0]: item} if item else {}
    bound = tables.bound(kind)
    name, key_name = bound.Meta.table_name, str(bound._hash_keyname)
    found: dict[str, Typed] = {}
    left: Any = [{key_name: {"S": key}} for key in keys]
    for _ in range(CONFLICT_ROUNDS):
        batch = partial(tables.connection.batch_get_item, name, left, consistent_read=True)
        page = ask("BatchGetItem", batch)
        found |= {item[key_name]["S"]: item for item in page["Responses"].get(name, ())}
        # DynamoDB may answer in part; what it left out it hands back to be asked for again.
        left = page.get("UnprocessedKeys", {}).get(name, {}).get("Keys", [])
        if not left:
            return found
    raise StoreUnavailable("BatchGetItem: keys were left unprocessed")


def query(pages: Callable[[], Iterable[T]]) -> tuple[T, ...]:
    """All that the query finds, page after page."""
    return ask("Query", lambda: tuple(pages()))


def scan(tables: Tables, kind: type[Item]) -> Iterator[Typed]:
    """Every item of the table, strongly consistent: it sees all that was written before it began."""
    name, start = tables.bound(kind).Meta.table_name, None
    while True:
        request = partial(tables.connection.scan, name, exclusive_start_key=start, consistent_read=True)
        page: Any = ask("Scan", request)
        yield from page["Items"]
        start = page.get("LastEvaluatedKey")
        if not start:
            return

"""What only the store on DynamoDB can get wrong: how often it asks, what it writes, how it reads refusals."""

import json
import logging
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import count
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ReadTimeoutError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto.core.models import botocore_stubber

from telekarta.adapters.dynamodb import DynamoStore, StoreFault
from telekarta.adapters.dynamodb.items import (
    BlockedNumbers,
    CardItem,
    CaseItem,
    CommandItem,
    PinGuard,
    PostingItem,
)
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Card, Kind, Ref, Status
from telekarta.domain.cards.codes import Tries
from telekarta.domain.cards.issuing import move_onto
from telekarta.domain.ledger.postings import Hold, Lot, Source
from telekarta.domain.money import NotMoney
from telekarta.usecases.ports import CommandRecord, Replayed, Stale, StoreUnavailable
from tests.kit.store import (
    NOW,
    a_hold,
    call_posting,
    dynamodb_client,
    held,
    issued,
    moto,
    new_card,
    new_tables,
    opened,
)

LINE = "+48600100200"
PIN_DIGEST = "digest-of-123456"


@pytest.fixture(scope="module", autouse=True)
def aws() -> Iterator[None]:
    with moto():
        yield


class Monotonic:
    """A stopwatch that only the test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def monotonic() -> Monotonic:
    return Monotonic()


@pytest.fixture
def store(monotonic: Monotonic) -> DynamoStore:
    return DynamoStore(new_tables(), monotonic=monotonic)


@pytest.fixture
def card(store: DynamoStore) -> Card:
    return issued(store, Brand.WHITE_PHONE)


def events(store: DynamoStore) -> Any:
    return store.tables.connection.client.meta.events


class Asked(list[str]):
    """The requests that the store sends from now on, by operation."""

    def __init__(self, store: DynamoStore) -> None:
        super().__init__()
        self.parameters: list[Any] = []
        events(store).register("provide-client-params.dynamodb.*", self._note)

    def _note(self, params: Any, model: Any, **_: Any) -> None:
        self.append(model.name)
        self.parameters.append(params)


class _Body(BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        while chunk := self.read(4096):
            yield chunk


Answer = AWSResponse | Exception
LOST = ReadTimeoutError(endpoint_url="http://localhost")  # all was done, only the answer never came


def error(code: str, status: int = 400, **more: Any) -> AWSResponse:
    body = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "Message": f"about {PIN_DIGEST}", **more}
    return AWSResponse("http://localhost", status, HTTPHeaders(), _Body(json.dumps(body).encode()))


def cancelled(*codes: str) -> AWSResponse:
    reasons = [{"Code": code} for code in codes]
    return error("TransactionCanceledException", CancellationReasons=reasons)


class Wire:
    """The wire between a store and DynamoDB, which breaks as planned and else lets requests through."""

    def __init__(self, store: DynamoStore) -> None:
        self._planned: dict[str, list[Answer]] = {}
        # botocore hands a request to every listener, even when one has answered: moto must not hear first.
        events(store).unregister("before-send", botocore_stubber)
        events(store).register("before-send.dynamodb.*", self._send)

    def answers(self, operation: str, *planned: Answer) -> None:
        """Let the next requests of the operation be answered so."""
        self._planned[operation] = list(planned)

    def has_left(self, operation: str) -> int:
        """How many of the plan were not given. They are forgotten."""
        return len(self._planned.pop(operation))

    def _send(self, event_name: str, request: Any, **_: Any) -> AWSResponse | None:
        plan = self._planned.get(event_name.rpartition(".")[2])
        planned = plan.pop(0) if plan else None
        if isinstance(planned, AWSResponse):
            return planned
        if planned is not None and planned is not LOST:
            raise planned
        answer = botocore_stubber(event_name, request)
        if planned is LOST:
            raise LOST
        return answer


@pytest.fixture
def wire(store: DynamoStore) -> Iterator[Wire]:
    """Every answer that was planned must have been given, unless the test says how many are left."""
    wire = Wire(store)
    yield wire
    assert not any(wire._planned.values())


def raw(store: DynamoStore, key: str) -> dict[str, Any]:
    answer = dynamodb_client().get_item(TableName=store.tables.names.cards, Key={"ref": {"S": key}})
    return dict(answer.get("Item", {}))


def put_raw(store: DynamoStore, item: dict[str, Any]) -> None:
    dynamodb_client().put_item(TableName=store.tables.names.cards, Item=item)


# ---------------------------------------------------------------------- how often it asks


def test_a_card_call_costs_one_read_one_update_and_one_transaction_of_two_items(
    store: DynamoStore, card: Card
) -> None:
    asked = Asked(store)

    seen = store.card(card.ref)
    assert seen is not None
    assert store.blocked_prefixes() == frozenset()
    on_hold = store.place_hold(card.ref, seen.purse, a_hold(), "mark")
    assert isinstance(on_hold, Card)
    call = call_posting(card.ref, on_hold.purse, "CA1:1", 30)
    assert store.settle(card.ref, on_hold.purse, "CA1:1", call) is None

    assert asked == ["BatchGetItem", "UpdateItem", "TransactWriteItems"]
    assert [next(iter(item)) for item in asked.parameters[2]["TransactItems"]] == ["Put", "Update"]


def test_a_telegrosik_call_costs_one_read_more(store: DynamoStore) -> None:
    card = issued(store, Brand.TELEGROSIK, "0000000001")
    asked = Asked(store)

    store.line(LINE)
    assert store.card_by_pin(card.pin_digest) == card
    assert store.blocked_prefixes() == frozenset()
    held(store, card)

    assert asked == ["BatchGetItem", "Query", "UpdateItem"]


def test_every_refusal_tells_the_card_without_another_read(store: DynamoStore, card: Card) -> None:
    on_hold = held(store, card)
    call = call_posting(card.ref, on_hold.purse, "CA1:1", 30)
    store.settle(card.ref, on_hold.purse, "CA1:1", call)
    settled = store.card(card.ref)
    asked = Asked(store)

    assert store.place_hold(card.ref, card.purse, a_hold(), "") == Stale(settled)
    assert store.release_hold(card.ref, on_hold.purse, "CA1:1") == Stale(settled)
    assert store.settle(card.ref, on_hold.purse, "CA1:1", call) == Replayed(call, settled)
    assert store.count_wrong_code(card.ref, Tries(7, NOW), Tries(8, NOW), puk=False) == Stale(settled)

    assert asked == ["UpdateItem", "UpdateItem", "TransactWriteItems", "UpdateItem"]


def test_reads_of_cards_and_lines_are_strongly_consistent(store: DynamoStore, card: Card) -> None:
    asked = Asked(store)
    for _ in range(2):
        store.card(card.ref)
        store.line(LINE)
    assert asked == ["BatchGetItem", "GetItem", "GetItem", "GetItem"]
    assert asked.parameters[0]["RequestItems"][store.tables.names.cards]["ConsistentRead"]
    assert all(parameters["ConsistentRead"] for parameters in asked.parameters[1:])


@pytest.mark.rule("WP §10.7")
@pytest.mark.parametrize(
    ("age_s", "read"), [(29, "GetItem"), (30, "BatchGetItem"), (60, "BatchGetItem"), (3600, "BatchGetItem")]
)
def test_a_read_brings_a_new_block_list_along_before_the_minute_is_over(
    store: DynamoStore, card: Card, monotonic: Monotonic, age_s: float, read: str
) -> None:
    store.card(card.ref)
    asked = Asked(store)
    monotonic.seconds += age_s
    store.card(card.ref)
    store.blocked_prefixes()
    assert asked == [read]


@pytest.mark.rule("WP §10.7")
def test_a_newly_blocked_prefix_is_known_everywhere_within_a_minute(monotonic: Monotonic) -> None:
    tables = new_tables()
    here = DynamoStore(tables, monotonic=monotonic)
    elsewhere = DynamoStore(tables)
    assert here.blocked_prefixes() == frozenset()
    elsewhere.change_block_list("247", "fraud")
    monotonic.seconds += 59
    assert here.blocked_prefixes() == frozenset()
    monotonic.seconds += 1
    assert here.blocked_prefixes() == {"247"}


def test_making_a_store_sends_nothing_and_makes_no_client() -> None:
    store = DynamoStore(new_tables())
    assert store.tables.connection._client is None
    store.tables.prepare()
    assert store.tables.connection._client is not None


def test_all_tables_share_one_client(store: DynamoStore) -> None:
    kinds = (CardItem, PinGuard, BlockedNumbers, PostingItem, CaseItem, CommandItem)
    bound = [store.tables.bound(kind) for kind in kinds]
    assert {id(kind._get_connection().connection) for kind in bound} == {id(store.tables.connection)}


# ---------------------------------------------------------------------- what it writes


moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
amounts = st.integers(0, 10**9)
tries = st.just(Tries()) | st.builds(Tries, st.integers(1, 10**6), moments)


@st.composite
def cards(draw: st.DrawFn) -> Card:
    sources = draw(st.lists(st.sampled_from(Source), max_size=12))
    lots = tuple(
        Lot(str(number), source, draw(amounts), draw(moments), draw(words))
        for number, source in enumerate(sources, start=1)
    )
    hold = st.builds(Hold, words, amounts, moments, moments, words, words, words, words, amounts)
    line_sets = st.frozensets(words.filter(bool), max_size=4)
    return Card(
        ref=Ref.card(draw(st.sampled_from(Brand)), ""),
        version=draw(st.integers(1, 10**12)),
        status=draw(st.sampled_from(Status)),
        issued_at=draw(moments),
        lots=lots,
        hold=draw(st.none() | hold),
        closed_hold=draw(words),
        nominal_grosze=draw(amounts),
        series=draw(words),
        valid_months=draw(st.none() | st.integers(1, 120)),
        first_used_at=draw(st.none() | moments),
        last_active_at=draw(st.none() | moments),
        puk_digest=draw(words),
        puk_pending=draw(words),
        pin_tries=draw(tries),
        puk_tries=draw(tries),
        language=draw(words),
        slow=draw(st.booleans()),
        information_lines=draw(line_sets),
        known_lines=draw(line_sets),
    )


NUMBERS = count(10**9)


@pytest.fixture(scope="module")
def shared(aws: None) -> DynamoStore:
    return DynamoStore(new_tables())


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(card=cards())
def test_a_card_is_read_as_it_was_written_whatever_it_holds(shared: DynamoStore, card: Card) -> None:
    store, number = shared, str(next(NUMBERS))  # new to the store in every example
    card = replace(card, ref=replace(card.ref, number=number), pin_digest=f"digest-of-{number}")
    _, posting = new_card(card.ref.brand, number)
    assert store.issue(card, posting)
    assert store.card(card.ref) == card

    account = replace(card, ref=Ref.account(f"+{number}"), pin_digest="")
    assert store.open_account(account)
    assert store.line(account.ref.number).account == account


def test_a_white_phone_digest_is_not_in_the_index_by_pin(store: DynamoStore, card: Card) -> None:
    item = raw(store, str(card.ref))
    assert "pin_digest" not in item
    assert item["pin_mac"] == {"S": card.pin_digest}


def test_lots_are_a_map_by_their_ids_in_whole_grosze(store: DynamoStore, card: Card) -> None:
    lots = {
        "1": {
            "M": {
                "source": {"S": "canteen"},
                "left_grosze": {"N": "2000"},
                "granted_at": {"S": "2026-09-01T12:00:00.000000+00:00"},
                "origin": {"S": "issue:card:white_phone:123456"},
            }
        }
    }
    assert raw(store, str(card.ref))["lots"] == {"M": lots}


@pytest.mark.parametrize("stored", [{"N": "474.5"}, {"S": "2000"}])
def test_an_amount_that_is_not_whole_is_not_read(store: DynamoStore, card: Card, stored: Any) -> None:
    item = raw(store, str(card.ref))
    item["lots"]["M"]["1"]["M"]["left_grosze"] = stored
    put_raw(store, item)
    with pytest.raises((NotMoney, ValueError)):
        store.card(card.ref)


def test_only_sides_that_are_cards_are_in_the_indexes(store: DynamoStore) -> None:
    card, account = issued(store, Brand.TELEGROSIK, "0000000001"), opened(store, LINE)
    richer, used_up, posting = move_onto(account, card, NOW)
    store.move_card(used_up, richer, posting)
    client = dynamodb_client()
    items = client.scan(TableName=store.tables.names.postings)["Items"]
    sides = {item["id"]["S"]: (item.get("debit_card"), item.get("credit_card")) for item in items}
    assert sides == {
        f"issue:{card.ref}": (None, {"S": str(card.ref)}),
        f"move:{card.ref}": ({"S": str(card.ref)}, {"S": f"account:telegrosik:{LINE}"}),
    }


def test_a_line_without_an_account_is_forgotten_two_days_later(store: DynamoStore) -> None:
    store.count_wrong_line(LINE, Tries(), Tries(1, NOW))
    expiry = int((NOW + timedelta(days=2)).timestamp())
    assert raw(store, f"line:{LINE}")["expires_at_epoch"] == {"N": str(expiry)}


def test_an_account_is_never_forgotten(store: DynamoStore) -> None:
    store.count_wrong_line(LINE, Tries(), Tries(1, NOW))
    opened(store, LINE)
    assert "expires_at_epoch" not in raw(store, f"line:{LINE}")
    store.count_wrong_line(LINE, Tries(1, NOW), Tries(2, NOW))
    assert "expires_at_epoch" not in raw(store, f"line:{LINE}")


def test_postings_are_read_to_the_last_page(store: DynamoStore, card: Card) -> None:
    table = store.tables.names.postings
    client = dynamodb_client()
    stored = client.scan(TableName=table)["Items"][0]
    for number in range(5):  # five of 300 kB: DynamoDB answers a megabyte at a time
        padded = stored | {"id": {"S": f"padded-{number}"}, "padding": {"S": "x" * 300_000}}
        client.put_item(TableName=table, Item=padded)
    asked = Asked(store)
    assert len(store.postings(card.ref)) == 6
    assert len(asked) > 2


# ---------------------------------------------------------------------- how it reads a refusal


def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore waits up to a second before its one retry; a test need not."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)


def operations(store: DynamoStore, card: Card) -> dict[str, Callable[[], object]]:
    call = call_posting(card.ref, card.purse, "CA1:1", 30)
    return {
        "BatchGetItem": lambda: store.card(card.ref),
        "UpdateItem": lambda: store.place_hold(card.ref, card.purse, a_hold(), ""),
        "TransactWriteItems": lambda: store.settle(card.ref, card.purse, "CA1:1", call),
        "Query": lambda: store.card_by_pin("digest"),
    }


@pytest.mark.parametrize("operation", ["BatchGetItem", "UpdateItem", "TransactWriteItems", "Query"])
@pytest.mark.parametrize(
    ("answer", "asked"),
    [
        (lambda: error("ThrottlingException"), 2),
        (lambda: error("ProvisionedThroughputExceededException"), 2),
        (lambda: error("InternalServerError", 500), 2),
        (lambda: error("SomethingNew", 503), 2),
        (lambda: error("ResourceNotFoundException"), 1),
        (lambda: ReadTimeoutError(endpoint_url="http://localhost"), 2),
    ],
    ids=["throttled", "too fast", "internal", "unavailable", "no table", "timeout"],
)
def test_a_store_that_does_not_answer_is_unavailable(
    store: DynamoStore,
    wire: Wire,
    card: Card,
    monkeypatch: pytest.MonkeyPatch,
    operation: str,
    answer: Callable[[], Answer],
    asked: int,
) -> None:
    no_pause(monkeypatch)
    wire.answers(operation, answer(), answer(), answer())
    with pytest.raises(StoreUnavailable) as caught:
        operations(store, card)[operation]()
    assert wire.has_left(operation) == 3 - asked
    assert PIN_DIGEST not in str(caught.value)


@pytest.mark.parametrize("operation", ["BatchGetItem", "UpdateItem", "TransactWriteItems", "Query"])
@pytest.mark.parametrize("code", ["ValidationException", "AccessDeniedException"])
def test_a_request_that_is_wrong_is_a_fault_and_tells_nothing_that_was_in_it(
    store: DynamoStore, wire: Wire, card: Card, operation: str, code: str
) -> None:
    wire.answers(operation, error(code))
    with pytest.raises(StoreFault) as caught:
        operations(store, card)[operation]()
    assert str(caught.value) == f"{operation}: {code}"
    assert PIN_DIGEST not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__context__ is None


def test_one_retry_gets_over_one_bad_answer(
    store: DynamoStore, wire: Wire, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_pause(monkeypatch)
    wire.answers("UpdateItem", error("ThrottlingException"))
    held(store, card)


CONFLICT = ("None", "TransactionConflict")


def test_a_settlement_in_conflict_is_tried_again(store: DynamoStore, wire: Wire, card: Card) -> None:
    on_hold = held(store, card)
    wire.answers("TransactWriteItems", cancelled(*CONFLICT), cancelled(*CONFLICT))
    call = call_posting(card.ref, on_hold.purse, "CA1:1", 30)
    assert store.settle(card.ref, on_hold.purse, "CA1:1", call) is None


def test_an_update_in_conflict_is_tried_again(store: DynamoStore, wire: Wire, card: Card) -> None:
    wire.answers("UpdateItem", *[error("TransactionConflictException") for _ in range(2)])
    held(store, card)


def test_a_conflict_that_does_not_end_is_unavailability(store: DynamoStore, wire: Wire, card: Card) -> None:
    call = call_posting(card.ref, card.purse, "CA1:1", 30)
    wire.answers("TransactWriteItems", *[cancelled(*CONFLICT) for _ in range(9)])
    with pytest.raises(StoreUnavailable):
        store.settle(card.ref, card.purse, "CA1:1", call)
    assert wire.has_left("TransactWriteItems") == 6
    wire.answers("UpdateItem", *[error("TransactionConflictException") for _ in range(9)])
    with pytest.raises(StoreUnavailable):
        store.place_hold(card.ref, card.purse, a_hold(), "")
    assert wire.has_left("UpdateItem") == 6


def test_a_stale_card_beside_a_conflict_may_be_our_own_posting_being_booked(
    store: DynamoStore, wire: Wire, card: Card
) -> None:
    on_hold = held(store, card)
    call = call_posting(card.ref, on_hold.purse, "CA1:1", 30)
    store.settle(card.ref, on_hold.purse, "CA1:1", call)
    wire.answers("TransactWriteItems", cancelled("TransactionConflict", "ConditionalCheckFailed"))
    answer = store.settle(card.ref, on_hold.purse, "CA1:1", call)
    assert isinstance(answer, Replayed)
    assert answer.posting == call


@pytest.mark.parametrize(
    ("codes", "raised"),
    [
        (("None", "ThrottlingError"), StoreUnavailable),
        (("ProvisionedThroughputExceeded", "None"), StoreUnavailable),
        (("None", "ItemCollectionSizeLimitExceeded"), StoreFault),
        (("ConditionalCheckFailed", "ValidationError"), StoreFault),
        (("None", "SomethingNew"), StoreFault),
        (("None", "None"), StoreFault),
    ],
)
def test_no_reason_of_a_cancelled_transaction_is_swallowed(
    store: DynamoStore, wire: Wire, card: Card, codes: tuple[str, str], raised: type[Exception]
) -> None:
    wire.answers("TransactWriteItems", cancelled(*codes))
    call = call_posting(card.ref, card.purse, "CA1:1", 30)
    with pytest.raises(raised):
        store.settle(card.ref, card.purse, "CA1:1", call)


def partly(store: DynamoStore, ref: Ref) -> AWSResponse:
    """An answer to a batch that has nothing yet and hands the card's key back."""
    name = store.tables.names.cards
    keys = {"Keys": [{"ref": {"S": str(ref)}}], "ConsistentRead": True}
    body = {"Responses": {name: []}, "UnprocessedKeys": {name: keys}}
    return AWSResponse("http://localhost", 200, HTTPHeaders(), _Body(json.dumps(body).encode()))


def test_keys_left_unprocessed_are_asked_for_again(store: DynamoStore, wire: Wire, card: Card) -> None:
    asked = Asked(store)
    wire.answers("BatchGetItem", *[partly(store, card.ref) for _ in range(2)])
    assert store.card(card.ref) == card
    assert asked == ["BatchGetItem"] * 3


def test_keys_that_stay_unprocessed_are_unavailability(store: DynamoStore, wire: Wire, card: Card) -> None:
    wire.answers("BatchGetItem", *[partly(store, card.ref) for _ in range(9)])
    with pytest.raises(StoreUnavailable):
        store.card(card.ref)
    assert wire.has_left("BatchGetItem") == 6


def test_a_hold_whose_answer_got_lost_is_found_by_its_own_retry(
    store: DynamoStore, wire: Wire, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_pause(monkeypatch)
    wire.answers("UpdateItem", LOST)
    answer = store.place_hold(card.ref, card.purse, a_hold(), "")
    assert isinstance(answer, Stale)
    assert answer.card is not None
    assert answer.card.hold == a_hold()


def test_a_settlement_whose_answers_got_lost_is_found_booked(
    store: DynamoStore, wire: Wire, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_pause(monkeypatch)
    on_hold = held(store, card)
    call = call_posting(card.ref, on_hold.purse, "CA1:1", 30)
    wire.answers("TransactWriteItems", LOST, error("InternalServerError", 500))
    with pytest.raises(StoreUnavailable):
        store.settle(card.ref, on_hold.purse, "CA1:1", call)
    answer = store.settle(card.ref, on_hold.purse, "CA1:1", call)
    assert answer == Replayed(call, store.card(card.ref))


def test_a_transaction_and_its_retry_carry_one_token(
    store: DynamoStore, wire: Wire, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_pause(monkeypatch)
    sent: list[str] = []
    events(store).register(
        "request-created.dynamodb.TransactWriteItems",
        lambda request, **_: sent.append(json.loads(request.data)["ClientRequestToken"]),
    )
    wire.answers("TransactWriteItems", error("InternalServerError", 500), cancelled(*CONFLICT))
    store.record(CommandRecord("c1", "block_card", "anna", "lost", NOW, str(card.ref)))
    assert len(sent) == 3
    assert sent[0] == sent[1] != sent[2]  # botocore's retry, then our next round


def test_nothing_that_proves_a_holder_is_logged(
    store: DynamoStore, card: Card, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert store.card(card.ref) == card
    card_by_pin = issued(store, Brand.TELEGROSIK, "0000000001")
    store.card_by_pin(card_by_pin.pin_digest)
    held(store, card, from_line="line-mark")
    store.propose_puk(card.ref, "puk-digest")
    for secret in (card.pin_digest, card_by_pin.pin_digest, "puk-digest", "line-mark", card.ref.number):
        assert secret not in caplog.text


def test_a_store_without_a_desk_records_no_command() -> None:
    store = DynamoStore(new_tables("cards", "postings"))
    with pytest.raises(StoreFault):
        store.record(CommandRecord("c1", "block_card", "anna", "lost", NOW, "card"))


def test_the_key_of_an_account_is_its_line(store: DynamoStore) -> None:
    account = opened(store, LINE)
    assert account.ref.kind is Kind.ACCOUNT
    assert raw(store, f"line:{LINE}")["version"] == {"N": "1"}

"""What the books ask of a store, asked of the one in memory and of the one on DynamoDB."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from telekarta.adapters.dynamodb import DynamoStore
from telekarta.domain.books.closing import UnreadableRecord
from telekarta.domain.books.corrections import Reason, give_back, lots_by_id
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Card
from telekarta.domain.cards.codes import Tries
from telekarta.domain.ledger.postings import Posting
from telekarta.usecases.ports import Replayed, Stale
from tests.kit.memory_store import MemoryStore
from tests.kit.store import NOW, call_posting, dynamodb_client, held, issued, moto, new_tables, opened

Store = MemoryStore | DynamoStore


@pytest.fixture(scope="module")
def aws() -> Iterator[None]:
    with moto():
        yield


def on_dynamodb() -> DynamoStore:
    return DynamoStore(new_tables())


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest, aws: None) -> Store:
    return MemoryStore() if request.param == "memory" else on_dynamodb()


def called(store: Any) -> tuple[Card, Posting]:
    """A card after a call of 100 grosze."""
    card = issued(store, Brand.WHITE_PHONE)
    on_hold = held(store, card)
    posting = call_posting(card.ref, on_hold.purse, "CA1:1", 100)
    assert store.settle(card.ref, on_hold.purse, "CA1:1", posting) is None
    after = store.card(card.ref)
    assert after is not None
    return after, posting


def correction(card: Card, call: Posting, amount: int = 30) -> tuple[Card, Posting]:
    reason = Reason("anna", "reklamacja", "r1", NOW)
    return give_back(card, lots_by_id(card), call, (), amount, reason, {})


def test_a_posting_is_found_by_its_id(store: Store) -> None:
    _, call = called(store)
    assert store.posting(call.id) == call
    assert store.posting("call:CA9:1") is None


def test_a_correction_is_booked_with_the_card_or_not_at_all(store: Store) -> None:
    card, call = called(store)
    after, booked = correction(card, call)
    assert store.book(card, after, booked) is None
    assert store.card(card.ref) == after
    assert store.posting(booked.id) == booked
    assert booked in store.postings(card.ref)


def test_a_correction_that_is_told_again_is_answered_with_the_first(store: Store) -> None:
    card, call = called(store)
    after, booked = correction(card, call)
    assert store.book(card, after, booked) is None
    assert store.book(card, after, booked) == Replayed(booked, after)
    other_after, other = correction(after, call, 5)
    assert store.book(after, other_after, other) == Replayed(booked, after)
    assert store.card(card.ref) == after


def test_a_correction_of_a_card_that_moved_on_is_stale(store: Store) -> None:
    card, call = called(store)
    after, booked = correction(card, call)
    on_hold = held(store, card, "CA2:1")
    assert store.book(card, after, booked) == Stale(on_hold)
    assert store.posting(booked.id) is None


def test_a_correction_leaves_the_hold_alone(store: Store) -> None:
    card, call = called(store)
    on_hold = held(store, card, "CA2:1")
    after, booked = correction(on_hold, call)
    assert store.book(on_hold, after, booked) is None
    assert store.card(card.ref) == after
    assert after.hold is not None


def test_all_cards_and_postings_are_read_and_nothing_else(store: Store) -> None:
    card, call = called(store)
    other = issued(store, Brand.TELEGROSIK, "1234567890")  # with the guard of its PIN
    account = opened(store)
    assert store.count_wrong_line("+48600999999", Tries(), Tries(1, NOW)) is None
    store.change_block_list("+48700", "nadużycie")
    found = {each.ref: each for each in store.all_cards() if isinstance(each, Card)}
    assert found == {each.ref: each for each in (card, other, account)}
    ids = [each.id for each in store.all_postings() if isinstance(each, Posting)]
    assert sorted(ids) == sorted([call.id, f"issue:{card.ref}", f"issue:{other.ref}"])


# ---------------------------------------------------------------- DynamoDB alone


def test_a_scan_turns_all_pages(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    store = on_dynamodb()
    for number in range(7):
        issued(store, Brand.WHITE_PHONE, str(100_000 + number))
    asked: list[Any] = []
    scan = store.tables.connection.scan

    def two_at_a_time(table: str, **how: Any) -> Any:
        asked.append(how)
        return scan(table, limit=2, **how)

    monkeypatch.setattr(store.tables.connection, "scan", two_at_a_time)
    assert len(list(store.all_cards())) == 7
    assert len(asked) == 4
    assert all(each["consistent_read"] for each in asked)


def test_a_spoilt_record_is_named_and_the_others_are_read(aws: None) -> None:
    store = on_dynamodb()
    card, call = called(store)
    client = dynamodb_client()
    client.update_item(
        TableName=store.tables.names.cards,
        Key={"ref": {"S": str(card.ref)}},
        UpdateExpression="SET lots.#one.left_grosze = :less",
        ExpressionAttributeNames={"#one": "1"},
        ExpressionAttributeValues={":less": {"N": "-5"}},
    )
    client.update_item(
        TableName=store.tables.names.postings,
        Key={"id": {"S": call.id}},
        UpdateExpression="SET amount_grosze = :more",
        ExpressionAttributeValues={":more": {"N": "101"}},
    )
    other = issued(store, Brand.WHITE_PHONE, "654321")
    cards, postings = list(store.all_cards()), list(store.all_postings())
    assert UnreadableRecord(str(card.ref), "LedgerError") in cards
    assert replace(other) in cards
    assert UnreadableRecord(call.id, "LedgerError") in postings
    assert len(postings) == 3

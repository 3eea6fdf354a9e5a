"""Writes that are combined in one transaction, and the connection that all stores share."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from telekarta.adapters.dynamodb import DynamoStore, Tables
from telekarta.adapters.dynamodb.attempts import AttemptItem, DynamoAttempts
from telekarta.adapters.dynamodb.payments import DynamoPayments, PaymentItem
from telekarta.adapters.dynamodb.transactions import transact
from telekarta.adapters.dynamodb.writes import booking, card_change, case_opening
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Card
from telekarta.domain.cases.case import CaseKind, CaseState, new_case
from tests.kit.store import NOW, call_posting, issued, moto, new_tables

CASE = new_case(CaseKind.UNKNOWN_CALL, "CA1-1", "CA1", {}, "tests", NOW)


@pytest.fixture
def tables() -> Iterator[Tables]:
    with moto():
        yield new_tables("cards", "postings", "desk", "payments")


@pytest.fixture
def store(tables: Tables) -> DynamoStore:
    return DynamoStore(tables)


@pytest.fixture
def card(store: DynamoStore) -> Card:
    return issued(store, Brand.WHITE_PHONE)


def test_writes_of_several_tables_are_done_together(tables: Tables, store: DynamoStore, card: Card) -> None:
    call = call_posting(card.ref, card.purse, "CA1:1", 30)
    blank = replace(card, version=2, lots=())
    assert transact(tables, card_change(blank, "lots", seen=1), booking(call), case_opening(CASE)) == ()
    assert store.card(card.ref) == blank
    assert store.posting(call.id) == call
    assert store.cases(CaseState.OPEN, 9) == (CASE,)


def test_who_refused_is_told_in_the_order_of_the_writes(
    tables: Tables, store: DynamoStore, card: Card
) -> None:
    """DynamoDB gets the saves first, wherever they stand."""
    assert store.open_case(CASE)
    call = call_posting(card.ref, card.purse, "CA1:1", 30)
    for seen, refuses in ((1, [False, False, True]), (7, [True, False, True])):
        writes = card_change(replace(card, version=8), "lots", seen=seen), booking(call), case_opening(CASE)
        assert [refusal is not None for refusal in transact(tables, *writes)] == refuses
    assert store.card(card.ref) == card
    assert store.posting(call.id) is None


def test_kinds_that_share_a_table_are_found_by_the_indexes_of_the_other(tables: Tables) -> None:
    DynamoAttempts(tables).take("a", 3, NOW)  # it has no index
    assert DynamoPayments(tables).pending_payments(10) == ()


def test_all_kinds_share_one_client(tables: Tables) -> None:
    bound = [tables.bound(kind) for kind in (AttemptItem, PaymentItem)]
    assert {id(kind._get_connection().connection) for kind in bound} == {id(tables.connection)}
    assert tables.bound(PaymentItem) is bound[1]

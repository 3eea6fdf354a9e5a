"""Counters of tries on DynamoDB: so many and no more, also for those who try at once."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from telekarta.adapters.dynamodb import Tables
from telekarta.adapters.dynamodb.attempts import DynamoAttempts
from telekarta.adapters.dynamodb.payments import DynamoPayments
from telekarta.usecases.attempts import Allowance
from tests.kit.store import NOW, moto, new_tables

THREE = Allowance("address", 3)


@pytest.fixture
def tables() -> Iterator[Tables]:
    with moto():
        yield new_tables("payments")


@pytest.fixture
def attempts(tables: Tables) -> DynamoAttempts:
    return DynamoAttempts(tables)


def test_three_may_try_and_the_fourth_may_not(attempts: DynamoAttempts) -> None:
    assert [THREE.take(attempts, "a", NOW) for _ in range(5)] == [True, True, True, False, False]
    assert THREE.take(attempts, "b", NOW), "another one is counted for itself"
    assert THREE.take(attempts, "a", NOW + timedelta(hours=1)), "an hour later nobody remembers"


def test_what_is_given_back_may_be_taken_again_and_nothing_goes_below_none(attempts: DynamoAttempts) -> None:
    for _ in range(10):
        assert THREE.take(attempts, "a", NOW)
        THREE.give_back(attempts, "a", NOW)
    THREE.give_back(attempts, "a", NOW)
    assert [THREE.take(attempts, "a", NOW) for _ in range(4)] == [True, True, True, False]


def test_a_counter_is_no_payment_that_somebody_asks_about(attempts: DynamoAttempts, tables: Tables) -> None:
    THREE.take(attempts, "a", NOW)
    assert DynamoPayments(tables).pending_payments(10) == ()

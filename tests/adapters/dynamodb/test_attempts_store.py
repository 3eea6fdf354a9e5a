"""Counters of tries on DynamoDB: so many and no more, also for those who try at once."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from telekarta.adapters.dynamodb.attempts import DynamoAttempts
from telekarta.adapters.dynamodb.payments import DynamoPayments
from telekarta.usecases.attempts import Allowance
from tests.kit.store import NOW, REGION, create_payments_table, moto

THREE = Allowance("address", 3)


@pytest.fixture
def table() -> Iterator[str]:
    with moto():
        yield create_payments_table()


@pytest.fixture
def attempts(table: str) -> DynamoAttempts:
    return DynamoAttempts(table, region=REGION)


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


def test_a_counter_is_no_payment_that_somebody_asks_about(attempts: DynamoAttempts, table: str) -> None:
    THREE.take(attempts, "a", NOW)
    assert DynamoPayments(table, region=REGION).pending_payments(10) == ()

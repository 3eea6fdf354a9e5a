"""What a call costs at DynamoDB, counted on the wire of the real voice function and the real adapter."""

from collections.abc import Iterator
from typing import Any

import pytest

from local.network import Answers, NeverAnswers
from telekarta.adapters.dynamodb import DynamoStore
from tests.kit.house import CARD, LINE, LONG_PIN, PIN, House
from tests.kit.store import moto, new_tables

READS = {"GetItem", "BatchGetItem", "Query"}


class CountingHouse(House):
    """A house on DynamoDB that notes every request."""

    def counted(self) -> "CountingHouse":
        self.requests: list[tuple[str, dict[str, Any]]] = []
        events = self.store.tables.connection.client.meta.events  # type: ignore[attr-defined]
        events.register("before-parameter-build.dynamodb", self._note)
        return self

    def _note(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        self.requests.append((model.name, params))

    def spent(self) -> list[str]:
        """The requests since the last time somebody asked."""
        names = [name for name, _ in self.requests]
        self.requests.clear()
        return names


@pytest.fixture
def house() -> Iterator[CountingHouse]:
    with moto():
        tables = new_tables()
        tables.prepare()
        house = CountingHouse(store=DynamoStore(tables))  # type: ignore[arg-type]
        house.white_phone()
        house.telegrosik()
        yield house.counted()


def shape(requests: list[str]) -> tuple[int, int, int]:
    """(reads, conditional updates, transactions); nothing else may be among them."""
    assert set(requests) <= {*READS, "UpdateItem", "TransactWriteItems"}
    reads = sum(name in READS for name in requests)
    return reads, requests.count("UpdateItem"), requests.count("TransactWriteItems")


def test_a_white_phone_call_is_one_read_one_update_and_one_transaction_of_two(house: CountingHouse) -> None:
    house.phone.dials("+48800007744").presses(CARD).presses(PIN).presses("221112233#").talks(65).hangs_up()
    house.network.settle()
    transactions = [params for name, params in house.requests if name == "TransactWriteItems"]
    assert [len(each["TransactItems"]) for each in transactions] == [2]
    assert shape(house.spent()) == (1, 1, 1)


def test_a_telegrosik_call_takes_one_read_more_for_the_line(house: CountingHouse) -> None:
    house.phone.dials("+48800901900").presses(LONG_PIN).presses("221112233#").talks(65).hangs_up()
    house.network.settle()
    assert shape(house.spent()) == (2, 1, 1)


def test_an_account_call_takes_one_read(house: CountingHouse) -> None:
    house.account(1500, LINE)
    house.spent()
    house.phone.dials("+48800901900", LINE).presses("221112233#").talks(65).hangs_up()
    house.network.settle()
    assert shape(house.spent()) == (1, 1, 1)


def test_dialling_again_reads_nothing(house: CountingHouse) -> None:
    call = house.phone.dials("+48800007744").presses(CARD).presses(PIN)
    house.phone.knows("+48221112233", Answers(hangs_up_after_s=65))
    call.presses("221112233#").talks_on().hears("Koszt rozmowy")
    house.spent()
    call.presses("221112233#").talks_on().hears("Koszt rozmowy")
    assert shape(house.spent()) == (0, 1, 1)


def test_a_call_that_is_not_answered_books_nothing(house: CountingHouse) -> None:
    house.phone.knows("+48221112233", NeverAnswers())
    house.phone.dials("+48800007744").presses(CARD).presses(PIN).presses("221112233#").hears(
        "Nikt nie odbiera"
    )
    house.network.settle()
    assert shape(house.spent()) == (1, 2, 0)


def test_a_report_in_another_process_costs_one_transaction_more_and_changes_nothing(
    house: CountingHouse,
) -> None:
    call = (
        house.phone.dials("+48800007744")
        .presses(CARD)
        .presses(PIN)
        .presses("221112233#")
        .talks(65)
        .hangs_up()
    )
    house.spent()
    house.door = house.new_process()
    (report,) = [each for each in call.callbacks if "/report" in each["url"]]
    house.network.webhooks.request("POST", report["url"], report["params"])
    reads, updates, transactions = shape(house.spent())
    assert (updates, transactions) == (0, 1)
    assert reads <= 1


def test_a_forged_webhook_costs_nothing(house: CountingHouse) -> None:
    house.transport("POST", "https://telekarta.test/voice/card_pin?l=pl&c=123456", {}, b"Digits=1")
    assert house.spent() == []

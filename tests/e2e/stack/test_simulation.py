"""Many callers and a hostile carrier over the whole path of webhooks, against DynamoDB on the emulator."""

from collections.abc import Iterator

import pytest

from local.processes import Emulator
from telekarta.adapters.dynamodb import DynamoStore
from tests.kit.house import House
from tests.kit.store import delete_tables, new_tables
from tests.simulation.whole_path import live

pytestmark = pytest.mark.emulator


@pytest.fixture
def house(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    tables = new_tables(endpoint_url=emulator.endpoint_url)
    tables.prepare()
    store = DynamoStore(tables)
    yield House(store=store)  # type: ignore[arg-type]
    delete_tables(tables, emulator.endpoint_url)


@pytest.mark.parametrize("seed", [100, 101, 102])
def test_a_hostile_carrier_and_many_callers(house: House, seed: int) -> None:
    live(house, seed)

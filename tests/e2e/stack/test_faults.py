"""Every money path through a wire that breaks: answers lost after the commit, throttling, conflicts, resets.

A fault-injecting proxy stands before the emulator. Each path meets each fault twice: once, so that a retry
gets through, and until further notice, so that the caller is told and the money must come right later, by a
report told again or by the sweep. In the end every path has moved exactly what it should have.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.network import Answers, Busy
from local.processes import Emulator, free_port
from telekarta.adapters.dynamodb import DynamoStore, Tables
from telekarta.adapters.files.tariffs import load_price_book
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Ref
from telekarta.domain.ledger.postings import Source, balance_of
from telekarta.domain.topups.topup import TopUp
from telekarta.usecases.books.correcting import ReversePosting, reverse_posting
from telekarta.usecases.calls.lost_hangups import HoldDeps, sweep
from telekarta.usecases.ports import StoreUnavailable
from telekarta.usecases.topups.crediting import TopUps, credit
from tests.kit import browsing
from tests.kit.carrier import NetworkCarrier
from tests.kit.house import CARD, LINE, LONG_PIN, PIN, House
from tests.kit.phone import Phone
from tests.kit.store import REGION, delete_tables, dynamodb_client, new_tables
from tests.kit.waiting import until

pytestmark = pytest.mark.emulator

WARSAW = "+48221112233"
WHITE_PHONE, TELEGROSIK = Ref.card(Brand.WHITE_PHONE, CARD), Ref.card(Brand.TELEGROSIK, "1234567890")
ALWAYS = 1_000_000


class Wire:
    """The proxy, and the faults that it makes."""

    def __init__(self, upstream: str, port: int, log: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        with log.open("wb") as output:
            command = [sys.executable, "-m", "microburst", "--upstream", upstream, "--port", str(port)]
            self._process = subprocess.Popen(
                [*command, "--host", "127.0.0.1"], env=os.environ, stdout=output, stderr=output
            )
        until(self._is_ready)

    def _is_ready(self) -> bool:
        try:
            return browsing.get(f"{self.url}/_microburst/health").is_success
        except httpx.TransportError:
            return False

    def breaks(self, operation: str, fault: dict[str, Any], times: int) -> None:
        rule = {"service": "dynamodb", "operation": operation, "times": times, **fault}
        browsing.post(f"{self.url}/_microburst/rules", json=[rule]).raise_for_status()

    def is_mended(self) -> int:
        """No faults any more; how many there were."""
        browsing.post(f"{self.url}/_microburst/rules", json=[]).raise_for_status()
        fired = browsing.get(f"{self.url}/_microburst/fired").json()
        browsing.delete(f"{self.url}/_microburst/fired").raise_for_status()
        return len(fired)

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()


@pytest.fixture(scope="module")
def wire(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    wire = Wire(emulator.endpoint_url, free_port(), tmp_path_factory.mktemp("wire") / "log")
    # The proxy reads the service's description at its first request, which the store would not wait for.
    dynamodb_client(wire.url).list_tables()
    yield wire
    wire.close()


@pytest.fixture
def house(emulator: Emulator, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    tables = new_tables(endpoint_url=emulator.endpoint_url)
    over_the_wire = Tables(tables.names, region=REGION, endpoint_url=wire.url)
    over_the_wire.prepare()
    store = DynamoStore(over_the_wire)
    house = House(store=store)  # type: ignore[arg-type]
    house.phone = Phone(house.network, tolerant=True)
    yield house
    wire.is_mended()
    delete_tables(tables, emulator.endpoint_url)


FAULTS: dict[str, Callable[[str], dict[str, Any]]] = {
    "the answer is lost after the commit": lambda _: {"response": {"abort_bytes": 1}},
    "throttled": lambda _: {"error": {"code": "ThrottlingException", "status": 400}},
    "in conflict": lambda operation: {
        "error": {
            "code": "TransactionCanceledException",
            "status": 400,
            "fields": {"CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}]},
        }
        if operation == "TransactWriteItems"
        else {"code": "TransactionConflictException", "status": 400}
    },
    "the connection is reset": lambda _: {"reset": True},
    "out of order": lambda _: {"error": {"code": "InternalServerError", "status": 500}},
}


def calls(house: House, number: str = "221112233#") -> None:
    """A whole White Phone call of 65 seconds, as far as it gets."""
    call = house.phone.dials("+48800007744").presses(CARD).presses(PIN).presses(number)
    call.hears("")
    house.network.advance(80)
    call.hangs_up()
    house.network.settle()


def finds_it_busy(house: House) -> None:
    house.phone.knows(WARSAW, Busy())
    calls(house)


def moves_the_card(house: House) -> None:
    house.phone.dials("+48800901900", LINE).presses(LONG_PIN + "#").hangs_up()


def tops_up(house: House) -> None:
    now = house.clock.now()
    credit(TopUps(house.store, ()), WHITE_PHONE, TopUp(Source.PAYU, "order", 1000, now), now)


def reverses(house: House) -> None:
    (posting,) = house.calls(WHITE_PHONE)
    reverse_posting(house.store, ReversePosting(posting.id, "request", "tests", "wrong"), house.clock.now())


def sweeps(house: House) -> None:
    house.clock.ahead += timedelta(hours=5)
    deps = HoldDeps(house.store, NetworkCarrier(house.network.records), load_price_book())
    sweep(deps, house.clock.now())


@dataclass(frozen=True, slots=True)
class PathOfMoney:
    """What is done, which request of it breaks, and what every card must hold in the end.

    `before` happens on a whole wire; `again` is what the world does later of its own accord.
    """

    does: Callable[[House], None]
    operation: str
    ends_with: tuple[dict[Ref, int], ...]
    before: tuple[Callable[[House], None], ...] = ()
    again: tuple[Callable[[House], None], ...] = (sweeps,)


TALKED, UNTOUCHED = {WHITE_PHONE: 2000 - 28}, {WHITE_PHONE: 2000}
MOVED = {Ref.account(LINE): 3500, TELEGROSIK: 0}

PATHS = {
    # A call that could not be held is not made, and costs nothing; one that could is charged.
    "hold": PathOfMoney(calls, "UpdateItem", (TALKED, UNTOUCHED)),
    "settle": PathOfMoney(calls, "TransactWriteItems", (TALKED,)),
    "release": PathOfMoney(finds_it_busy, "UpdateItem", (UNTOUCHED,)),
    "move": PathOfMoney(moves_the_card, "TransactWriteItems", (MOVED,), again=(moves_the_card,)),
    "top-up": PathOfMoney(tops_up, "TransactWriteItems", ({WHITE_PHONE: 3000},), again=(tops_up,)),
    "correction": PathOfMoney(
        reverses, "TransactWriteItems", (UNTOUCHED,), before=(calls,), again=(reverses,)
    ),
}


@pytest.mark.parametrize("times", [1, ALWAYS], ids=["once", "until mended"])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("path", PATHS)
def test_money_comes_right(house: House, wire: Wire, path: str, fault: str, times: int) -> None:
    money = PATHS[path]
    house.phone.knows(WARSAW, Answers(hangs_up_after_s=65))
    house.white_phone(2000)
    house.telegrosik(2000)
    house.account(1500)
    for step in money.before:
        step(house)
    wire.breaks(money.operation, FAULTS[fault](money.operation), times)
    try:
        money.does(house)
    except StoreUnavailable:
        assert times == ALWAYS
    assert wire.is_mended() > 0
    for step in money.again:
        step(house)
    held = {ref: house.balance(ref) for ref in money.ends_with[0]}
    assert held in money.ends_with
    for ref, balance in held.items():
        assert balance == balance_of(str(ref), house.store.postings(ref))
        assert house.card(ref).hold is None
    assert all(answer.status == 200 for answer in house.answers)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_sweep_that_meets_faults_settles_at_the_next_one(house: House, wire: Wire, fault: str) -> None:
    house.phone.knows(WARSAW, Answers(hangs_up_after_s=65))
    house.white_phone(2000)
    wire.breaks("TransactWriteItems", FAULTS["throttled"]("TransactWriteItems"), ALWAYS)
    calls(house)
    wire.is_mended()
    assert house.card(WHITE_PHONE).hold is not None
    wire.breaks("TransactWriteItems", FAULTS[fault]("TransactWriteItems"), ALWAYS)
    with suppress(StoreUnavailable):  # the job fails, and is seen to: an alarm watches it
        sweeps(house)
    wire.is_mended()
    sweeps(house)
    assert house.balance(WHITE_PHONE) == 2000 - 28
    assert len(house.calls(WHITE_PHONE)) == 1

"""Many at once on one card: what a single thread can't show, so on the emulator, whose writes are atomic."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import TypeVar

import pytest

from local.processes import Emulator
from telekarta.adapters.dynamodb import DynamoStore
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Card, Ref
from telekarta.domain.cards.codes import CARD_PATIENCE, Tries
from telekarta.domain.cards.issuing import move_onto
from telekarta.domain.ledger.postings import PostingKind, balance_of
from telekarta.usecases.ports import Replayed, Stale
from tests.kit.store import NOW, a_hold, call_posting, delete_tables, held, issued, new_tables, opened
from tests.kit.store_life import live_alike

pytestmark = pytest.mark.emulator

THREADS = 32
T = TypeVar("T")


@pytest.fixture
def aws_endpoint_url(emulator: Emulator) -> str:
    return emulator.endpoint_url


@pytest.fixture
def store(aws_endpoint_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoStore]:
    """A store on tables that are thrown away afterwards."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    tables = new_tables(endpoint_url=aws_endpoint_url)
    tables.prepare()
    store = DynamoStore(tables)
    yield store
    delete_tables(tables, aws_endpoint_url)


def at_once(work: Callable[[int], T]) -> list[T]:
    """The answers of all threads, which set out together."""
    start = Barrier(THREADS)

    def one(number: int) -> T:
        start.wait()
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


def balance_by_postings(store: DynamoStore, ref: Ref) -> int:
    return balance_of(str(ref), store.postings(ref))


@pytest.mark.rule("WP §3.6")
def test_of_many_calls_on_one_card_one_gets_through(store: DynamoStore) -> None:
    card = issued(store, Brand.WHITE_PHONE)

    placed = at_once(lambda number: store.place_hold(card.ref, card.purse, a_hold(f"CA{number}:1"), ""))

    winners = [answer for answer in placed if isinstance(answer, Card)]
    assert len(winners) == 1
    assert [answer for answer in placed if isinstance(answer, Stale)] == [Stale(winners[0])] * (THREADS - 1)
    assert store.card(card.ref) == winners[0]


@pytest.mark.rule("WP §6.3", "TG §6.5")
def test_a_call_that_is_settled_by_many_reports_at_once_is_booked_once(store: DynamoStore) -> None:
    card = held(store, issued(store, Brand.WHITE_PHONE))

    def settle(number: int) -> None | Stale | Replayed:
        # Each report came with a clock of its own: whoever wins, its posting is the one that all hear of.
        now = NOW + timedelta(seconds=number)
        call = call_posting(card.ref, card.purse, "CA1:1", 100 + number, now)
        return store.settle(card.ref, card.purse, "CA1:1", call)

    answers = at_once(settle)

    assert answers.count(None) == 1
    booked, issue = store.postings(card.ref)
    assert issue.kind is PostingKind.CARD_ISSUED
    settled = store.card(card.ref)
    assert settled is not None
    assert all(answer == Replayed(booked, settled) for answer in answers if answer is not None)
    assert settled.balance_grosze == 2000 - booked.amount_grosze == balance_by_postings(store, card.ref)


@pytest.mark.rule("TG §2.7", "TG §5.3")
def test_a_card_that_is_moved_onto_many_accounts_at_once_is_moved_onto_one(store: DynamoStore) -> None:
    card = issued(store, Brand.TELEGROSIK, "0000000001")
    accounts = [opened(store, f"+486001002{number:02}") for number in range(THREADS)]

    def move(number: int) -> None | Stale | Replayed:
        richer, used_up, posting = move_onto(accounts[number], card, NOW)
        return store.move_card(used_up, richer, posting)

    answers = at_once(move)

    assert answers.count(None) == 1
    assert all(isinstance(answer, Replayed) for answer in answers if answer is not None)
    balances = []
    for account in accounts:
        after = store.card(account.ref)
        assert after is not None
        assert after.balance_grosze == balance_by_postings(store, account.ref)
        balances.append(after.balance_grosze)
    assert sorted(balances) == [0] * (THREADS - 1) + [2000]
    assert balance_by_postings(store, card.ref) == 0


@pytest.mark.rule("WP §1.2.10")
def test_many_wrong_codes_at_once_are_all_counted(store: DynamoStore) -> None:
    card = issued(store, Brand.WHITE_PHONE)

    def guess(_: int) -> int:
        """As the use case counts, but for as long as it takes; how many rounds it took."""
        tries = Tries()
        for rounds in range(1, 10 * THREADS):
            stale = store.count_wrong_code(card.ref, tries, tries.after_wrong(CARD_PATIENCE, NOW), puk=False)
            if stale is None:
                return rounds
            assert stale.card is not None
            tries = stale.card.pin_tries
        raise AssertionError("never counted")

    at_once(guess)

    assert store.card(card.ref) == replace(card, pin_tries=Tries(THREADS, NOW))


def test_many_changes_of_the_block_list_at_once_lose_none(store: DynamoStore) -> None:
    """Operators are few: what is shown is that whoever loses a round changes the newer list."""

    def change(number: int) -> None:
        if number < 4:
            store.change_block_list(f"4870{number}", "premium")

    at_once(change)

    assert set(store.block_list()) == {"48700", "48701", "48702", "48703"}


@pytest.mark.parametrize("seed", [100, 101])
def test_the_emulator_answers_as_the_store_in_memory_does(store: DynamoStore, seed: int) -> None:
    live_alike(store, seed, steps=120)


def test_a_card_is_found_by_its_pin(store: DynamoStore) -> None:
    card = issued(store, Brand.TELEGROSIK, "0000000001")
    assert store.card_by_pin(card.pin_digest) == card
    assert store.card_by_pin("digest-of-nothing") is None

"""The store in memory fails when it is told to, in the two ways in which a store can fail."""

import pytest

from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Card
from telekarta.usecases.ports import Replayed, Stale, StoreUnavailable
from tests.kit.memory_store import Faults, MemoryStore, When
from tests.kit.store import a_hold, call_posting, held, issued


def failing(when: When, operation: str) -> Faults:
    def fault(at: When, asked: str) -> None:
        if (at, asked) == (when, operation):
            raise StoreUnavailable(operation)

    return fault


def test_before_means_that_nothing_was_done() -> None:
    store = MemoryStore()
    card = issued(store, Brand.WHITE_PHONE)
    store.faults = failing(When.BEFORE, "place_hold")
    with pytest.raises(StoreUnavailable):
        store.place_hold(card.ref, card.purse, a_hold(), "")
    assert store.card(card.ref) == card


def test_after_means_that_only_the_answer_got_lost() -> None:
    store = MemoryStore()
    card = issued(store, Brand.WHITE_PHONE)
    store.faults = failing(When.AFTER, "place_hold")
    with pytest.raises(StoreUnavailable):
        store.place_hold(card.ref, card.purse, a_hold(), "")
    after = store.card(card.ref)
    assert after is not None
    assert after.hold == a_hold()


def test_what_was_done_is_found_done_when_it_is_told_again() -> None:
    store = MemoryStore()
    on_hold = held(store, issued(store, Brand.WHITE_PHONE))
    call = call_posting(on_hold.ref, on_hold.purse, "CA1:1", 30)
    store.faults = failing(When.AFTER, "settle")
    with pytest.raises(StoreUnavailable):
        store.settle(on_hold.ref, on_hold.purse, "CA1:1", call)
    store.faults = lambda when, operation: None
    assert store.settle(on_hold.ref, on_hold.purse, "CA1:1", call) == Replayed(call, store.card(on_hold.ref))


def test_it_tells_what_was_done_in_its_order() -> None:
    store = MemoryStore()
    card = issued(store, Brand.WHITE_PHONE)
    assert isinstance(store.place_hold(card.ref, card.purse, a_hold(), ""), Card)
    assert isinstance(store.place_hold(card.ref, card.purse, a_hold(), ""), Stale)
    assert store.told == ["issue", "place_hold", "place_hold"]

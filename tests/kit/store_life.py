"""A random life, lived on two stores at once: they must answer alike and account for every balance."""

import random
from datetime import timedelta
from typing import Any

from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Card, Ref
from telekarta.domain.cards.codes import Tries
from telekarta.domain.cards.issuing import move_onto
from telekarta.domain.ledger.postings import balance_of
from tests.kit.memory_store import MemoryStore
from tests.kit.store import NOW, Store, a_hold, call_posting, issued, opened


class Life:
    """A random life of two cards and two accounts: what is seen may be old, what is told may be repeated."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.cards = [Ref.card(Brand.TELEGROSIK, "0000000001"), Ref.card(Brand.TELEGROSIK, "0000000002")]
        self.refs = [*self.cards, Ref.account("+48600000001"), Ref.account("+48600000002")]
        self.now = NOW
        self.calls = 0

    def start(self, store: Store) -> None:
        for ref in self.cards:
            issued(store, Brand.TELEGROSIK, ref.number)
        for ref in self.refs[2:]:
            opened(store, ref.number)

    def step(self, seen: dict[Ref, Card]) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """The next operation, decided on cards as they were seen."""
        self.now += timedelta(seconds=1)
        card = seen[self.chance.choice(self.refs)]
        hold_id = card.hold.id if card.hold and self.chance.random() < 0.8 else f"CA{self.calls}:1"
        what = self.chance.choice(("hold", "hold", "settle", "settle", "release", "move", "wrong", "write"))
        if what == "hold":
            self.calls += 1
            return "place_hold", (card.ref, card.purse, a_hold(f"CA{self.calls}:1", 10), "mark"), {}
        if what == "settle" and card.balance_grosze:
            cost = self.chance.randint(1, min(card.balance_grosze, 700))
            posting = call_posting(card.ref, card.purse, hold_id, cost, self.now)
            return "settle", (card.ref, card.purse, hold_id, posting), {}
        if what == "move" and card.balance_grosze and card.ref in self.cards:
            account = seen[self.chance.choice(self.refs[2:])]
            richer, used_up, posting = move_onto(account, card, self.now)
            return "move_card", (used_up, richer, posting), {}
        if what == "wrong":
            return "count_wrong_code", (card.ref, card.pin_tries, Tries(1, self.now)), {"puk": False}
        if what == "write":
            return "write", (card, card), {}
        return "release_hold", (card.ref, card.purse, hold_id), {}


def live_alike(store: Store, seed: int, steps: int) -> None:
    """Tell the store and one in memory the same, and compare each answer and how it all ends."""
    memory, life = MemoryStore(), Life(seed)
    life.start(memory)
    life.start(store)
    seen = dict(memory.cards)
    for _ in range(steps):
        name, args, kwargs = life.step(seen)
        for _ in range(life.chance.choice((1, 1, 2))):
            assert getattr(memory, name)(*args, **kwargs) == getattr(store, name)(*args, **kwargs), name
        if life.chance.random() < 0.7:
            seen = dict(memory.cards)
    assert any(posting.id.startswith("call:") for posting in memory.booked.values())
    for ref in life.refs:
        card = store.card(ref)
        assert card == memory.card(ref)
        assert card is not None
        assert all(lot.left_grosze >= 0 for lot in card.lots)
        assert store.postings(ref) == memory.postings(ref)
        assert card.balance_grosze == balance_of(str(ref), store.postings(ref))

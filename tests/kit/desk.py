"""A whole desk for tests: every part in memory, and each as a test wants it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from desk.registry import REGISTRY
from telekarta.adapters.chance import SystemChance
from telekarta.adapters.files.tariffs import load_price_book
from telekarta.usecases.bank.transfers import TransferDeskDeps
from telekarta.usecases.desk.deps import DeskDeps
from telekarta.usecases.ports import Chance, Clock, Pepper
from telekarta.usecases.prices.publishing import PriceDeskDeps
from telekarta.usecases.refunds.desk.changing import RefundDeskDeps
from tests.kit.prices import ShelfInMemory
from tests.kit.refunds import FakeWorkflow

# The answer of a command's use case, found as the function finds it.
carry_out = REGISTRY.carry_out


@dataclass(frozen=True)
class StoppedClock:
    at: datetime

    def now(self) -> datetime:
        return self.at


class KnownPepper:
    def pepper(self) -> bytes:
        return b"grains"


class NoDayClosed:
    """The port `LatestReport` before the first morning."""

    def latest_trial_balance(self) -> Mapping[str, Any] | None:
        return None


def a_desk(
    store: Any, clock: Clock, *, pepper: Pepper | None = None, chance: Chance | None = None, **parts: Any
) -> DeskDeps:
    """A desk on the store, which is one of refunds and payments too, if these are asked for. `parts` are
    those that the test wants otherwise."""
    pepper, chance = pepper or KnownPepper(), chance or SystemChance()
    shelf = ShelfInMemory()
    whole = DeskDeps(
        store=store,
        clock=clock,
        pepper=pepper,
        chance=chance,
        prices=load_price_book(),
        reports=NoDayClosed(),
        payments=store,
        refunds=RefundDeskDeps(store, store, FakeWorkflow(), clock, pepper),
        transfers=TransferDeskDeps(store, clock, chance),
        price_lists=PriceDeskDeps(shelf, shelf, store, clock, chance),
    )
    return replace(whole, **parts)

"""A whole desk for tests: every part in memory, and each as a test wants it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from desk.registry import REGISTRY
from telekarta.adapters.files.tariffs import load_price_book
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Card, Ref
from telekarta.domain.cards.issuing import issue
from telekarta.usecases.bank.transfers import TransferDeskDeps
from telekarta.usecases.cards.issuing import IssueCards
from telekarta.usecases.desk.deps import DeskDeps
from telekarta.usecases.ports import Chance, Clock, Pepper, StoreUnavailable
from telekarta.usecases.prices.publishing import PriceDeskDeps
from telekarta.usecases.refunds.desk.changing import RefundDeskDeps
from tests.kit.chance import SeededChance
from tests.kit.memory_store import Faults, MemoryStore, When, no_faults
from tests.kit.prices import ShelfInMemory
from tests.kit.refunds import FakeWorkflow

NOW = datetime(2026, 11, 17, 12, tzinfo=UTC)
PEPPER = b"grains"
ANNA = ("anna.kowalska", "Zgłoszenie 2026/11/17")
WP, TG = Brand.WHITE_PHONE, Brand.TELEGROSIK

# The answer of a command's use case, found as the function finds it.
carry_out = REGISTRY.carry_out


@dataclass(frozen=True)
class StoppedClock:
    at: datetime

    def now(self) -> datetime:
        return self.at


class KnownPepper:
    def pepper(self) -> bytes:
        return PEPPER


class NoDayClosed:
    """The port `LatestReport` before the first morning."""

    def latest_trial_balance(self) -> Mapping[str, Any] | None:
        return None


def a_desk(
    store: Any, clock: Clock, *, pepper: Pepper | None = None, chance: Chance | None = None, **parts: Any
) -> DeskDeps:
    """A desk on the store, which is one of refunds and payments too, if these are asked for. `parts` are
    those that the test wants otherwise."""
    pepper, chance = pepper or KnownPepper(), chance or SeededChance("a desk")
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


def store_with(*cards: Card, faults: Faults = no_faults) -> MemoryStore:
    return MemoryStore(faults=faults, cards={card.ref: card for card in cards})


def just_before(operation: str, act: Callable[[], None]) -> Faults:
    """Somebody else, or a fault, gets in just before the operation."""

    def faults(when: When, name: str) -> None:
        if (when, name) == (When.BEFORE, operation):
            act()

    return faults


def down() -> None:
    raise StoreUnavailable("down")


@dataclass
class Drawn:
    """Chance that draws what the test says, then counts up from a number of its own."""

    first: Iterable[str] = ()
    tokens: int = 0
    _script: Iterator[str] = field(init=False)
    _counted: int = 0

    def __post_init__(self) -> None:
        self._script = iter(self.first)

    def digits(self, length: int, *, leading_zero: bool) -> str:
        drawn = next(self._script, None)
        if drawn is None:
            self._counted += 1
            drawn = str(10 ** (length - 1) + self._counted)
        assert len(drawn) == length
        assert leading_zero or not drawn.startswith("0")
        return drawn

    def token(self) -> str:
        self.tokens += 1
        return f"token-{self.tokens}"


def desk(store: MemoryStore, *draws: str) -> DeskDeps:
    return a_desk(store, StoppedClock(NOW), chance=Drawn(draws))


def white_phone_card(number: str = "123456", balance_grosze: int = 2000) -> Card:
    return issue(Ref.card(WP, number), balance_grosze, "digest", "2026-11", None, NOW)[0]


def order(count: int = 1, brand: Brand = WP, nominal_grosze: int = 2000, request_id: str = "") -> IssueCards:
    return IssueCards(brand, nominal_grosze, count, *ANNA, series="2026-11", request_id=request_id)

"""What operators ask and say about numbers: what a call costs, and to whom nobody is connected."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from telekarta.domain.brands import Access, Brand
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.calls.charging import LONGEST_CALL_S
from telekarta.domain.calls.terms import MINIMUM_TO_CALL_GROSZE
from telekarta.domain.prices.dialling import DialRefusal, parse_destination, refusal_for
from telekarta.domain.prices.tariff import Prices, Rate
from telekarta.domain.rules import rule
from telekarta.usecases.commands import CommandRefused, Outcome, record
from telekarta.usecases.ports import Chance, Clock, CommandLog


class BlockListStore(CommandLog, Protocol):
    """The numbers to which nobody is connected. All methods may raise StoreUnavailable."""

    def block_list(self) -> dict[str, str]:
        """Blocked prefixes with the reason given."""
        ...

    def change_block_list(self, prefix: str, reason: str | None) -> None:
        """Block a prefix for a reason, or with None let it go."""
        ...


class NumberDeps(Protocol):
    """What operators' commands about numbers need from outside."""

    @property
    def store(self) -> BlockListStore: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def chance(self) -> Chance: ...
    @property
    def prices(self) -> Prices: ...


@dataclass(frozen=True, slots=True)
class BlockNumber:
    prefix: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class UnblockNumber:
    prefix: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class ListBlockedNumbers:
    pass


@dataclass(frozen=True, slots=True)
class QuoteRate:
    """`number` as a caller would key it, or with a plus."""

    brand: Brand
    number: str
    duration_s: int | None = None
    balance_grosze: int | None = None
    access: Access = Access.FREE


@dataclass(frozen=True, slots=True)
class BlockListChanged:
    """`still_blocked_by` are shorter prefixes that go on blocking a number that was let go."""

    outcome: Outcome
    prefix: str
    still_blocked_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BlockListShown:
    """Each blocked prefix with the reason that an operator gave."""

    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RateQuoted:
    """What a call costs now; `longest_s` is what the given balance buys, at most the longest call."""

    number: str
    rate: Rate
    tariff_version: str
    price_grosze: int | None
    longest_s: int | None


@rule("WP §10.7")
def block_number(deps: NumberDeps, command: BlockNumber) -> BlockListChanged:
    """Connect nobody any more to the number, or to all that begin with the prefix."""
    record(deps, "block_number", command, command.prefix)
    if command.prefix in deps.store.block_list():
        return BlockListChanged(Outcome.UNCHANGED, command.prefix)
    deps.store.change_block_list(command.prefix, command.why)
    return BlockListChanged(Outcome.DONE, command.prefix)


@rule("WP §10.7")
def unblock_number(deps: NumberDeps, command: UnblockNumber) -> BlockListChanged:
    """Take the number or prefix off the block list, and name the shorter prefixes that still block it."""
    record(deps, "unblock_number", command, command.prefix)
    blocked = deps.store.block_list()
    shorter = (each for each in blocked if command.prefix.startswith(each))
    covering = tuple(sorted(each for each in shorter if each != command.prefix))
    if command.prefix not in blocked:
        return BlockListChanged(Outcome.UNCHANGED, command.prefix, covering)
    deps.store.change_block_list(command.prefix, None)
    return BlockListChanged(Outcome.DONE, command.prefix, covering)


def list_blocked_numbers(deps: NumberDeps, _command: ListBlockedNumbers) -> BlockListShown:
    """The block list. Raises StoreUnavailable."""
    return BlockListShown(deps.store.block_list())


@rule("WP §6.1", "WP §6.3", "TG §6.4", "TG §6.5")
def quote_rate(deps: NumberDeps, command: QuoteRate) -> RateQuoted | CommandRefused[DialRefusal]:
    """What a call would cost now, by the same steps as a call; no card's registered lines are counted in."""
    destination = parse_destination(command.number)
    if isinstance(destination, DialRefusal):
        return CommandRefused(destination)
    refusal = refusal_for(
        destination,
        registered_lines=(),
        blocked_prefixes=deps.store.block_list(),
        access=command.access,
        brand=command.brand,
    )
    if refusal is not None:
        return CommandRefused(refusal)
    prices = deps.prices.current(command.brand, day_of(deps.clock.now()))
    rate = prices.rate_for(destination.e164)
    if rate is None:
        return CommandRefused(DialRefusal.UNPRICED_DESTINATION)
    return RateQuoted(
        destination.e164,
        rate,
        prices.version,
        None if command.duration_s is None else rate.price_grosze(command.duration_s),
        None if command.balance_grosze is None else _longest_s(rate, command.brand, command.balance_grosze),
    )


def _longest_s(rate: Rate, brand: Brand, balance_grosze: int) -> int:
    if balance_grosze < MINIMUM_TO_CALL_GROSZE[brand]:
        return 0
    return min(rate.longest_s(balance_grosze), LONGEST_CALL_S)

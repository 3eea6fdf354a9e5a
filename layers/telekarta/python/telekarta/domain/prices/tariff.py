"""What a call costs: rates by prefix, price lists by date, and exact arithmetic.

A rate is a whole number of the list's own units a minute; a list says how many units make a grosz, so
0.095 zł a minute is 95 tenths of a grosz and no fraction is ever stored. The price of a call is rounded
up once, for the whole call (WP §6.3), never for each step of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from telekarta.domain.brands import Brand
from telekarta.domain.money import grosze
from telekarta.domain.rules import rule

SECONDS_PER_MIN = 60
# What a free rate allows: longer than any call, the network's own limit ends it first.
UNLIMITED_S = 1_000_000_000


class TariffError(ValueError):
    """A rate, a duration or a price list that cannot be right."""


class UnknownPriceListError(LookupError):
    """No price list of that brand has the version, or is in force on the day."""


def _whole(what: str, value: object, least: int) -> int:
    """The value itself, if it is an int (not a bool, not a float) and at least that. Else TariffError."""
    if type(value) is not int or value < least:
        raise TariffError(f"{what} must be a whole number from {least}, got {value!r}")
    return value


@dataclass(frozen=True, slots=True)
class Rate:
    """The price of a minute to the numbers that begin with `prefix` (digits, no plus)."""

    prefix: str
    name_pl: str
    name_en: str
    units_per_min: int
    units_per_grosz: int

    def __post_init__(self) -> None:
        if not (self.prefix.isascii() and self.prefix.isdecimal()):
            raise TariffError(f"a prefix is digits, got {self.prefix!r}")
        _whole("units_per_min", self.units_per_min, 0)
        _whole("units_per_grosz", self.units_per_grosz, 1)

    @rule("WP §3.5", "WP §6.3", "TG §6.5")
    def price_grosze(self, duration_s: int) -> int:
        """The price of a call of that many started seconds, rounded up to a grosz once.

        TariffError: a duration that is negative or not whole.
        """
        units = _whole("duration_s", duration_s, 0) * self.units_per_min
        return -(-units // (SECONDS_PER_MIN * self.units_per_grosz))

    @rule("WP §3.6.2", "TG §4.2")
    def longest_s(self, balance_grosze: int) -> int:
        """The most whole seconds whose price the balance covers; UNLIMITED_S at a rate of nothing.

        TariffError: a negative balance; NotMoney: one that is not whole grosze.
        """
        balance = _whole("balance_grosze", grosze(balance_grosze), 0)
        if self.units_per_min == 0:
            return UNLIMITED_S
        return balance * SECONDS_PER_MIN * self.units_per_grosz // self.units_per_min


@dataclass(frozen=True, slots=True)
class PriceList:
    """One brand's prices from a day on; `never_connected` are the prefixes that are deliberately not sold.

    `published_at` is None for a list that came with the package. Two lists with the same prices are equal,
    whenever they were published.
    """

    brand: Brand
    version: str
    valid_from: date
    units_per_grosz: int
    rates: Mapping[str, Rate]
    never_connected: frozenset[str] = frozenset()
    published_at: datetime | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        both = self.never_connected & self.rates.keys()
        if both:
            raise TariffError(f"{self.version}: both priced and never connected: {sorted(both)}")

    @rule("WP §3.4", "WP §6.1", "WP §6.2", "TG §6.4", "TG §6.6")
    def rate_for(self, e164: str) -> Rate | None:
        """The rate of the longest prefix that begins the number; None if the number is not sold.

        A longer prefix that is never connected wins over a shorter one with a price.
        """
        digits = e164.removeprefix("+")
        for length in range(len(digits), 0, -1):
            prefix = digits[:length]
            if prefix in self.never_connected:
                return None
            if prefix in self.rates:
                return self.rates[prefix]
        return None


class Prices(Protocol):
    """What everybody who needs a price asks: a PriceBook, or one that learns of lists that are published."""

    @property
    def lists(self) -> tuple[PriceList, ...]: ...

    def current(self, brand: Brand, on: date) -> PriceList: ...

    def version(self, brand: Brand, version: str) -> PriceList: ...


@dataclass(frozen=True, slots=True)
class PriceBook:
    """All price lists of both brands. A list is in force until the brand's next one begins.

    So there is no gap between lists, and an overlap could only be two lists that begin on one day: that,
    and a version name used twice, is a TariffError.
    """

    lists: tuple[PriceList, ...]

    def __post_init__(self) -> None:
        for name, keys in (
            ("version", [(each.brand, each.version) for each in self.lists]),
            ("valid_from", [(each.brand, str(each.valid_from)) for each in self.lists]),
        ):
            twice = {f"{brand} {value}" for brand, value in keys if keys.count((brand, value)) > 1}
            if twice:
                raise TariffError(f"{name} used by two price lists: {sorted(twice)}")

    @rule("WP §6.1", "TG §6.4")
    def current(self, brand: Brand, on: date) -> PriceList:
        """The list in force on the day, Warsaw's. UnknownPriceListError: the brand has none yet."""
        begun = [each for each in self.lists if each.brand is brand and each.valid_from <= on]
        if not begun:
            raise UnknownPriceListError(f"no {brand} price list is in force on {on}")
        return max(begun, key=lambda each: each.valid_from)

    def version(self, brand: Brand, version: str) -> PriceList:
        """The list by its name: a call is settled by the list that it was quoted from.

        UnknownPriceListError: the brand never had it.
        """
        for each in self.lists:
            if each.brand is brand and each.version == version:
                return each
        raise UnknownPriceListError(f"no {brand} price list is called {version!r}")

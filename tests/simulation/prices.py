"""The price lists of a simulated world, and a second, independent reading of them.

The product's own arithmetic must not judge itself: here a price is a Fraction, rounded up at the very end.
"""

import math
from datetime import date, timedelta
from fractions import Fraction
from random import Random

from telekarta.domain.brands import Brand
from telekarta.domain.prices.tariff import PriceBook, PriceList, Rate
from telekarta.domain.topups.promotions import Promotion

# Callers key these. Some are refused, some are not in every list, one may be free of charge.
SOLD = ("221112233", "602123456", "00493012345678", "0012125550123", "0048602123456")
REFUSED = ("112", "19115", "800302302", "700123456", "00881612345678", "22111223", "800007744", "0049*")
_PREFIXES = ("48", "4860", "48221", "49", "4930", "1", "1212")
_BEGIN_DAYS = (-400, 0, 1, 3, 8, 20, 45, 90, 200, 500)
_LONGEST_CALL_S = 4 * 60 * 60  # the carrier's ceiling, written down a second time on purpose


def price_book(chance: Random, start: date) -> PriceBook:
    """Lists of both brands around the start; every new one changes its prices, some change their unit."""
    lists = []
    for brand in Brand:
        for number, days in enumerate(_BEGIN_DAYS):
            units_per_grosz = chance.choice((1, 7, 10, 10, 100))
            rates = {
                prefix: Rate(prefix, prefix, prefix, _units(chance, units_per_grosz), units_per_grosz)
                for prefix in _PREFIXES
                if prefix in {"48", "49"} or chance.random() < 0.7
            }
            begins = start + timedelta(days=days)
            lists.append(PriceList(brand, f"list-{number}", begins, units_per_grosz, rates))
    return PriceBook(tuple(lists))


def _units(chance: Random, units_per_grosz: int) -> int:
    if chance.random() < 0.04:
        return 0
    return chance.randint(9 * units_per_grosz + 1, 240 * units_per_grosz)


def list_on(book: PriceBook, brand: Brand, day: date) -> PriceList:
    """The list that a caller who is quoted on that day is promised."""
    return sorted(
        (each for each in book.lists if each.brand is brand and each.valid_from <= day),
        key=lambda each: each.valid_from,
    )[-1]


def rate_of(prices: PriceList, e164: str) -> Rate:
    return max(
        (rate for prefix, rate in prices.rates.items() if e164[1:].startswith(prefix)),
        key=lambda rate: len(rate.prefix),
    )


def _grosze_per_s(rate: Rate) -> Fraction:
    return Fraction(rate.units_per_min, rate.units_per_grosz * 60)


def fair_price_grosze(rate: Rate, duration_s: int) -> int:
    """Rounded up once, for the whole call (WP §6.3)."""
    return math.ceil(duration_s * _grosze_per_s(rate))


def fair_limit_s(rate: Rate, balance_grosze: int) -> int:
    """The longest call that the balance pays for."""
    a_second = _grosze_per_s(rate)
    return min(_LONGEST_CALL_S, math.floor(balance_grosze / a_second)) if a_second else _LONGEST_CALL_S


def promotions(start: date) -> tuple[Promotion, ...]:
    """One that adds a part, and one that a card gets once in its life."""
    until = start + timedelta(days=400)
    return tuple(
        Promotion(f"{brand}-{name}", brand, start, until, 700, name, name, **terms)
        for brand in Brand
        for name, terms in (
            ("tenth", {"percent": 10}),
            ("welcome", {"fixed_grosze": 33, "once_per_card": True}),
        )
    )

"""Promotions: a bonus on a top-up, by dated rules that are data (WP §1.2.7)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from telekarta.domain.brands import Brand
from telekarta.domain.ledger.postings import Source
from telekarta.domain.money import grosze
from telekarta.domain.rules import rule


class BadPromotion(ValueError):
    """A rule that can't be meant: no bonus or two kinds of it, a period that ends before it begins."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """One promotion: who gets it, when, for which top-ups, and how much.

    Exactly one of `percent` and `fixed_grosze` is set. `until` is its last day, Warsaw's.
    """

    id: str
    brand: Brand
    since: date
    until: date
    minimum_grosze: int
    name_pl: str
    name_en: str
    percent: int = 0
    fixed_grosze: int = 0
    once_per_card: bool = False
    sources: frozenset[Source] = frozenset({Source.BANK, Source.PAYU, Source.PRZELEWY24})

    def __post_init__(self) -> None:
        if (grosze(self.percent) > 0) == (grosze(self.fixed_grosze) > 0):
            raise BadPromotion(f"{self.id}: a percentage or a fixed amount, one of them")
        if min(self.percent, self.fixed_grosze, grosze(self.minimum_grosze)) < 0:
            raise BadPromotion(f"{self.id}: nothing is negative")
        if self.until < self.since:
            raise BadPromotion(f"{self.id}: ends before it begins")

    def is_on(self, day: date) -> bool:
        return self.since <= day <= self.until

    def bonus_grosze(self, amount_grosze: int) -> int:
        """The bonus on a top-up of that amount; a part of a grosz is rounded down, for it is a gift."""
        if amount_grosze < self.minimum_grosze:
            return 0
        return self.fixed_grosze or amount_grosze * self.percent // 100


@rule("WP §1.2.7")
def bonuses(
    promotions: Iterable[Promotion], brand: Brand, source: Source, amount_grosze: int, day: date
) -> tuple[tuple[Promotion, int], ...]:
    """Every promotion that this top-up earns, with its bonus. Several may hold at once."""
    return tuple(
        (promotion, bonus)
        for promotion in promotions
        if promotion.brand is brand and promotion.is_on(day) and source in promotion.sources
        if (bonus := promotion.bonus_grosze(amount_grosze)) > 0
    )

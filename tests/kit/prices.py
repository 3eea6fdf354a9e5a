"""Price lists for tests: drafts as operators write them, and a shelf in memory that acts as the bucket."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from telekarta.adapters.files.tariffs import load_price_book
from telekarta.domain.brands import Brand
from telekarta.domain.prices.price_files import read_price_list
from telekarta.domain.prices.tariff import PriceList
from telekarta.usecases.prices.publishing import PricesUnavailable

ROWS: Mapping[str, str] = {
    "48": "Polska (stacjonarne),Poland (fixed),290",
    "4860": "Polska (komórkowe),Poland (mobile),490",
    "4870": "Polska (nieobsługiwane),Poland (not connected),",
    "49": "Niemcy,Germany,150",
}


def a_draft(valid_from: date, rows: Mapping[str, str] | None = None, units_per_grosz: int = 10) -> str:
    table = "".join(f"{prefix},{rest}\n" for prefix, rest in (ROWS if rows is None else rows).items())
    return (
        f"# a draft\nvalid_from,{valid_from}\nunits_per_grosz,{units_per_grosz}\n\n"
        f"prefix,name_pl,name_en,units_per_min\n{table}"
    )


def a_list(
    version: str,
    valid_from: date,
    rows: Mapping[str, str] | None = None,
    brand: Brand = Brand.TELEGROSIK,
    units_per_grosz: int = 10,
) -> PriceList:
    return read_price_list(brand, version, a_draft(valid_from, rows, units_per_grosz))


def nothing_happens() -> None:
    pass


def nothing_to_say(_question: str) -> None:
    pass


@dataclass
class ShelfInMemory:
    """The ports `PriceShelf` and `PublishedLists`. `before_publishing` is what others do meanwhile, `asked`
    is told of every question, and may raise."""

    drafts: dict[str, str] = field(default_factory=dict)
    packaged: tuple[PriceList, ...] = field(default_factory=lambda: load_price_book().lists)
    published: dict[tuple[Brand, str], str] = field(default_factory=dict)
    before_publishing: Callable[[], None] = nothing_happens
    loses_answers: bool = False
    asked: Callable[[str], None] = nothing_to_say

    def draft(self, name: str) -> bytes | None:
        self.asked("draft")
        text = self.drafts.get(name)
        return text.encode() if text is not None else None

    def keep_draft(self, name: str, text: str) -> bool:
        return self.drafts.setdefault(name, text) is text

    def text(self, prices: PriceList) -> str:
        if prices.published_at is None:
            return a_draft(prices.valid_from)
        return self.published[prices.brand, prices.version]

    def publish(self, brand: Brand, version: str, text: str) -> bool:
        meanwhile, self.before_publishing = self.before_publishing, nothing_happens
        meanwhile()
        if (brand, version) in self.published:
            return False
        self.published[brand, version] = text
        if self.loses_answers:
            raise PricesUnavailable("the answer got lost")
        return True

    def read_anew(self) -> tuple[PriceList, ...]:
        read = (read_price_list(brand, version, text) for (brand, version), text in self.published.items())
        return (*self.packaged, *read)

"""The price lists that ship with the package, `telekarta/data/tariffs/<brand>/<version>.csv`."""

from functools import cache
from pathlib import Path

from telekarta.domain.brands import Brand
from telekarta.domain.prices.price_files import read_price_list
from telekarta.domain.prices.tariff import PriceBook

_TARIFFS = Path(__file__).parents[2] / "data" / "tariffs"


def packaged_text(brand: Brand, version: str) -> str:
    """The file of a list that ships with the package, as it is."""
    return (_TARIFFS / brand / f"{version}.csv").read_text(encoding="utf-8")


@cache
def load_price_book() -> PriceBook:
    """Every price list that ships with the package; read once in a process.

    TariffError: a file is malformed. It names the file, and the row where there is one.
    """
    return PriceBook(
        tuple(
            read_price_list(brand, path.stem, path.read_text(encoding="utf-8"))
            for brand in Brand
            for path in sorted((_TARIFFS / brand).glob("*.csv"))
        )
    )

"""Price lists from the files in `telekarta/data/tariffs/<brand>/<version>.csv`.

A file is a short heading, an empty line, and a table; lines that begin with `#` are remarks::

    # SAMPLE PRICES ...
    valid_from,2026-09-01
    units_per_grosz,10

    prefix,name_pl,name_en,units_per_min
    48,Polska (stacjonarne),Poland (fixed),290
    4870,Polska (nieobsługiwane),Poland (not connected),

A row without a price is never connected, so that a short priced prefix does not sell it by accident.
"""

import csv
from datetime import date
from functools import cache
from pathlib import Path

from telekarta.domain.brands import Brand
from telekarta.domain.tariff import PriceBook, PriceList, Rate, TariffError

_TARIFFS = Path(__file__).parent.parent / "data" / "tariffs"
_HEADING = {"valid_from", "units_per_grosz"}
_COLUMNS = ["prefix", "name_pl", "name_en", "units_per_min"]


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


def read_price_list(brand: Brand, version: str, text: str) -> PriceList:
    """One file's price list. TariffError: it is malformed."""
    where = f"{brand}/{version}.csv"
    heading_text, _, table_text = text.partition("\n\n")
    facts = (line.partition(",") for line in heading_text.splitlines() if not line.startswith("#"))
    heading = {name: value for name, _, value in facts}
    if heading.keys() != _HEADING:
        raise TariffError(f"{where}: the heading wants {sorted(_HEADING)}, has {sorted(heading)}")
    try:
        valid_from = date.fromisoformat(heading["valid_from"])
        units_per_grosz = int(heading["units_per_grosz"])
    except ValueError as error:
        raise TariffError(f"{where}: {error}") from error
    rates, never_connected = _rows(where, table_text, units_per_grosz)
    return PriceList(brand, version, valid_from, units_per_grosz, rates, never_connected)


def _rows(where: str, table_text: str, units_per_grosz: int) -> tuple[dict[str, Rate], frozenset[str]]:
    rows = csv.reader(table_text.splitlines())
    if next(rows, None) != _COLUMNS:
        raise TariffError(f"{where}: the columns are {_COLUMNS}")
    rates: dict[str, Rate] = {}
    never_connected: set[str] = set()
    for row in rows:
        try:
            prefix, name_pl, name_en, units_per_min = row
            if prefix in rates or prefix in never_connected:
                raise TariffError("the prefix is there twice")
            if units_per_min:
                rates[prefix] = Rate(prefix, name_pl, name_en, int(units_per_min), units_per_grosz)
            else:
                never_connected.add(prefix)
        except ValueError as error:
            raise TariffError(f"{where}: row {row}: {error}") from error
    return rates, frozenset(never_connected)

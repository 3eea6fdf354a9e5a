"""A price list as a file: what operators write in a spreadsheet, and what is published.

A file is a short heading, an empty line, and a table; lines that begin with `#` are remarks::

    # SAMPLE PRICES ...
    valid_from,2026-09-01
    units_per_grosz,10

    prefix,name_pl,name_en,units_per_min
    48,Polska (stacjonarne),Poland (fixed),290
    4870,Polska (nieobsługiwane),Poland (not connected),

A row without a price is never connected, so that a short priced prefix does not sell it by accident. Between
the columns are commas or, as Polish spreadsheets save them, semicolons: the same in the whole file. What is
published has commas, and says so in its heading: `published_at,2026-11-21T09:30:00+00:00`.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from telekarta.domain.brands import Brand
from telekarta.domain.calendar.deadlines import as_text
from telekarta.domain.prices.dialling import DialRefusal, parse_destination
from telekarta.domain.prices.tariff import PriceList, Rate, TariffError
from telekarta.domain.rules import rule

# A list of the whole world's prefixes is a tenth of that.
LARGEST_FILE_BYTES = 1_000_000
LONGEST_NAME = 60
LONGEST_PREFIX = 15  # digits of a whole number
_LARGEST_NUMBER = 1_000_000
_DIGITS = re.compile("[0-9]{1,9}")
_PREFIX = re.compile(f"[1-9][0-9]{{0,{LONGEST_PREFIX - 1}}}")
# Columns that are shown with decimals are saved with them.
_WHOLE = re.compile("([0-9]+)[.,]0{1,2}")
_SEPARATORS = {",": "commas", ";": "semicolons"}
_PADDING = "".join(_SEPARATORS) + " \t"
_COLUMNS = ["prefix", "name_pl", "name_en", "units_per_min"]
_PUBLISHED_AT = "published_at"
_FORMULAS = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong, and in which row as a spreadsheet counts them; 0 is the file as a whole."""

    row: int
    message: str

    def __str__(self) -> str:
        return f"row {self.row}: {self.message}" if self.row else self.message


@dataclass(frozen=True, slots=True)
class Read:
    """A file as it was read: the list if nothing is wrong, else all that is."""

    prices: PriceList | None
    problems: tuple[RowProblem, ...] = ()


def text_of(raw: bytes) -> str | RowProblem:
    """The file's text with its lines ended alike. Spreadsheets begin a file with a mark of their own."""
    if len(raw) > LARGEST_FILE_BYTES:
        return RowProblem(0, f"the file is larger than {LARGEST_FILE_BYTES} bytes")
    try:
        return "\n".join(raw.decode("utf-8-sig").splitlines()) + "\n"
    except UnicodeDecodeError:
        return RowProblem(0, "the file is not in UTF-8: save it as 'CSV UTF-8'")


def read_price_list(brand: Brand, version: str, text: str) -> PriceList:
    """The list in a file that must be right. TariffError: it is malformed; names the file, and the row."""
    read = read_file(brand, version, text)
    if read.prices is None:
        raise TariffError(f"{brand}/{version}.csv: {read.problems[0]}")
    return read.prices


def read_file(brand: Brand, version: str, text: str) -> Read:
    """The list in the file, or everything that is wrong with it. Never raises."""
    lines = text.splitlines()
    empty, separator = _first_empty(lines), _separator_of(lines)
    heading = _Heading(lines[:empty], separator)
    table = _Table(lines, empty + 1, separator, heading.units_per_grosz or 1)
    problems = (*heading.problems, *table.problems)
    if problems or heading.valid_from is None or heading.units_per_grosz is None:
        return Read(None, problems)
    return Read(
        PriceList(
            brand,
            version,
            heading.valid_from,
            heading.units_per_grosz,
            table.rates,
            frozenset(table.never_connected),
            heading.published_at,
        )
    )


def published_text(text: str, at: datetime) -> str:
    """The draft's text as it is published: its heading says when that was (WP §6.5, TG §6.11).

    A draft that was made of a published list still says when that one was.
    """
    lines = text.splitlines()
    heading, separator = _first_empty(lines), _separator_of(lines)
    own = (
        _with_commas(line, separator)
        for number, line in enumerate(lines)
        if number >= heading or _cells(line, separator)[0] != _PUBLISHED_AT
    )
    return "\n".join([f"{_PUBLISHED_AT},{as_text(at)}", *own, ""])


def _first_empty(lines: list[str]) -> int:
    """A spreadsheet pads short lines with separators, the empty one too."""
    return next((number for number, line in enumerate(lines) if not line.strip(_PADDING)), len(lines))


def _separator_of(lines: list[str]) -> str:
    """What is between the first two columns that there are."""
    told = (line for line in lines if not _is_remark(line))
    return next((found[0] for line in told if (found := re.search("[,;]", line.rstrip(_PADDING)))), ",")


def _is_remark(line: str) -> bool:
    return line.lstrip('"').startswith("#")


def _cells(line: str, separator: str) -> list[str]:
    """At least one. A line that is no row, such as one with an open quotation mark, is a cell as it is."""
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=separator, strict=True), [""])]
    except csv.Error:
        return [line]


def _with_commas(line: str, separator: str) -> str:
    if separator == "," or _is_remark(line):
        return line
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow(_cells(line, separator) if line.strip(_PADDING) else [])
    return written.getvalue()


def _is_separated_otherwise(cells: list[str], separator: str) -> bool:
    return len(cells) == 1 and any(each in cells[0] for each in _SEPARATORS if each != separator)


def _mixed(separator: str) -> str:
    return (
        f"the file begins with {_SEPARATORS[separator]} between the columns, and this row has others:"
        " save the whole file with one of them"
    )


class _Heading:
    """The lines above the table: `name,value`."""

    def __init__(self, lines: list[str], separator: str) -> None:
        self.problems: list[RowProblem] = []
        self.valid_from: date | None = None
        self.units_per_grosz: int | None = None
        self.published_at: datetime | None = None
        seen = {}
        for number, line in enumerate(lines, 1):
            if _is_remark(line):
                continue
            cells = _cells(line.rstrip(_PADDING), separator)
            if _is_separated_otherwise(cells, separator):
                self.problems.append(RowProblem(number, _mixed(separator)))
                continue
            name, value = cells[0], separator.join(cells[1:])
            if name in seen:
                self.problems.append(RowProblem(number, f"the heading has {name!r} twice"))
            seen[name] = number
            self._take(number, name, value)
        for name in ("valid_from", "units_per_grosz"):
            if name not in seen:
                self.problems.append(
                    RowProblem(0, f"the heading lacks {name!r}, before the first empty line")
                )

    def _take(self, number: int, name: str, value: str) -> None:
        try:
            match name:
                case "valid_from":
                    self.valid_from = date.fromisoformat(value)
                case "units_per_grosz":
                    self.units_per_grosz = _number(value, 1)
                case "published_at":
                    self.published_at = datetime.fromisoformat(value)
                    if self.published_at.tzinfo is None:
                        raise ValueError("no time zone")
                case _:
                    self.problems.append(RowProblem(number, f"the heading has an unknown line {name[:20]!r}"))
        except ValueError:
            wanted = (
                f"a whole number from 1 to {_LARGEST_NUMBER}"
                if name == "units_per_grosz"
                else "a day, as 2027-01-31"
            )
            self.problems.append(RowProblem(number, f"{name} must be {wanted}"))


class _Table:
    """The rows below the heading, each read by itself, so that all that is wrong is told at once."""

    def __init__(self, lines: list[str], begin: int, separator: str, units_per_grosz: int) -> None:
        self.problems: list[RowProblem] = []
        self.rates: dict[str, Rate] = {}
        self.never_connected: set[str] = set()
        rows = _rows(lines, begin, separator)
        number, columns = next(rows, (0, []))
        if columns != _COLUMNS:
            wanted = ",".join(_COLUMNS)
            self.problems.append(
                RowProblem(number, f"the columns must be {wanted}, with commas or semicolons between all")
            )
            return
        seen: dict[str, int] = {}
        for number, row in rows:
            wrong = _mixed(separator) if _is_separated_otherwise(row, separator) else _wrong_with(row)
            if not wrong and row[0] in seen:
                wrong = f"the prefix is there twice, first in row {seen[row[0]]}"
            if wrong:
                self.problems.append(RowProblem(number, wrong))
                continue
            prefix, name_pl, name_en, units_per_min = row
            seen[prefix] = number
            if units_per_min:
                units = _number(units_per_min, 0)
                self.rates[prefix] = Rate(prefix, name_pl, name_en, units, units_per_grosz)
            else:
                self.never_connected.add(prefix)
        if not self.rates and not self.problems:
            self.problems.append(RowProblem(0, "the table has no prices"))


def _rows(lines: list[str], begin: int, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Each line by itself: no name has a line break, and a quotation mark left open spoils one row."""
    for number, line in enumerate(lines[begin:], begin + 1):
        cells = _cells(line, separator)
        if any(cells):
            yield number, cells


@rule("WP §2.7")
def _wrong_with(row: list[str]) -> str:
    """What is wrong with a row, "" if nothing is."""
    if len(row) != len(_COLUMNS):
        return f"a row has {len(_COLUMNS)} columns, not {len(row)}"
    prefix, name_pl, name_en, units_per_min = row
    if not _PREFIX.fullmatch(prefix):
        return f"a prefix is 1 to {LONGEST_PREFIX} digits with the country code, without 00 and plus"
    if any(not name or len(name) > LONGEST_NAME or not name.isprintable() for name in (name_pl, name_en)):
        return f"each row needs both names, of at most {LONGEST_NAME} characters"
    if name_pl.startswith(_FORMULAS) or name_en.startswith(_FORMULAS):
        return "a name begins with a letter: a spreadsheet would take it for a formula"
    # Only Poland's can be dialled at all: most rows need not be asked about.
    if (
        prefix.startswith("48")
        and parse_destination(f"+{prefix}") is DialRefusal.EMERGENCY_NUMBER
        and units_per_min
    ):
        return "an emergency number can't be sold"
    try:
        _number(units_per_min or "0", 0)
    except ValueError:
        return (
            "units_per_min must be a whole number of units (with 10 units a grosz, 1.5 gr are 15),"
            " or empty for what is never connected"
        )
    return ""


def _number(text: str, least: int) -> int:
    """ValueError: not the digits of a number in the range that prices have."""
    if whole := _WHOLE.fullmatch(text):
        text = whole[1]
    if not _DIGITS.fullmatch(text) or not least <= int(text) <= _LARGEST_NUMBER:
        raise ValueError("out of range")
    return int(text)

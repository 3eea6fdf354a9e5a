"""A price list as a file: what is wrong with it is told at once, with its row."""

import csv
import io
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telekarta.domain.brands import Brand
from telekarta.domain.prices.price_files import (
    LARGEST_FILE_BYTES,
    RowProblem,
    published_text,
    read_file,
    read_price_list,
    text_of,
)
from tests.kit.prices import ROWS, a_draft, a_list

DAY = date(2027, 2, 1)
AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def problems(text: str) -> list[str]:
    return [str(each) for each in read_file(Brand.TELEGROSIK, "new", text).problems]


def test_everything_that_is_wrong_is_told_with_its_row() -> None:
    rows = {
        "48": "Polska,Poland,290",
        "+49": "Niemcy,Germany,150",
        "0033": "Francja,France,150",
        "34": "Hiszpania,Spain,1.50",
        "35": "Portugalia,150",
        "36": ",Hungary,150",
        "37": "x" * 61 + ",Y,150",
        "48112": "Alarmowy,Emergency,100",
    }
    found = problems(a_draft(DAY, rows) + "48,Polska,Poland,300\n")
    assert [each.partition(":")[0] for each in found] == [
        f"row {row}" for row in (7, 8, 9, 10, 11, 12, 13, 14)
    ]
    assert "emergency" in found[6]
    assert "first in row 6" in found[7]


@pytest.mark.parametrize(
    ("was", "becomes", "complaint"),
    [
        ("valid_from", "valid_form", "row 2: the heading has an unknown line 'valid_form'"),
        ("2027-02-01", "01.02.2027", "row 2: valid_from must be a day"),
        ("units_per_grosz,10", "units_per_grosz,0", "row 3: units_per_grosz must be a whole number"),
        ("units_per_grosz,10", "valid_from,2027-03-01", "row 3: the heading has 'valid_from' twice"),
        ("units_per_min\n", "price\n", "row 5: the columns must be"),
        ("prefix,name_pl", "prefix;name_pl", "row 5: the columns must be"),
        ("\n\n", "\n", "the columns must be"),
    ],
)
def test_a_heading_that_is_wrong(was: str, becomes: str, complaint: str) -> None:
    assert any(each.startswith(complaint) for each in problems(a_draft(DAY).replace(was, becomes)))


@pytest.mark.parametrize(
    "row",
    ['49,"Niemcy,Germany,290', '49,"A\npublished_at,B",G,1', f'49,"{"x" * 200_000}', "49,=1+1,Germany,290"],
    ids=["an open quotation mark", "a name over two lines", "a cell without end", "a formula"],
)
def test_a_row_that_a_spreadsheet_spoiled_is_named(row: str) -> None:
    found = problems(a_draft(DAY, {"48": "Polska,Poland,290"}) + row + "\n50,Inny,Other,100\n")
    assert found
    assert all(each.startswith(("row 7", "row 8")) for each in found)


@pytest.mark.parametrize("text", ["", "\n\n", "valid_from,2027-02-01\n", a_draft(DAY, {})])
def test_what_is_no_list_at_all(text: str) -> None:
    assert problems(text)


@given(st.text())
def test_no_text_breaks_the_reading(text: str) -> None:
    read = read_file(Brand.TELEGROSIK, "new", text)
    assert (read.prices is None) == bool(read.problems)


def test_what_a_spreadsheet_makes_of_a_list_is_the_same_list() -> None:
    text = a_draft(DAY)
    padded = (
        text.replace("# a draft", "# a draft,,,").replace("02-01\n", "02-01,,\n").replace("\n\n", "\n,,,\n")
    )
    raw = b"\xef\xbb\xbf" + padded.replace("\n", "\r\n").encode()
    saved = text_of(raw)
    assert isinstance(saved, str)
    assert read_price_list(Brand.TELEGROSIK, "2027-02", saved) == a_list("2027-02", DAY)


EXCEL_MARK, EXCEL_LINE = "\ufeff", "\r\n"
names = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=20).filter(
    lambda name: not name.startswith(("=", "+", "-", "@"))
)
tables = st.dictionaries(
    st.from_regex("[1-35-9][0-9]{0,6}", fullmatch=True),
    st.tuples(names, names, st.integers(0, 9999)),
    min_size=1,
    max_size=6,
)


def as_file(rows: list[list[str]], separator: str, line: str) -> str:
    """As a spreadsheet saves it: every row as long as the longest, cells quoted where they must be."""
    written = io.StringIO()
    csv.writer(written, delimiter=separator, lineterminator=line).writerows(
        [*row, *[""] * (4 - len(row))] for row in rows
    )
    return written.getvalue()


@given(tables, st.sampled_from(["", ",0", ",00", ".00"]))
def test_a_file_with_either_separator_is_the_same_list(
    table: dict[str, tuple[str, str, int]], decimals: str
) -> None:
    rows = [
        ["# a remark, or; two"],
        ["valid_from", "2027-02-01"],
        ["units_per_grosz", "10"],
        [],
        ["prefix", "name_pl", "name_en", "units_per_min"],
        *([prefix, pl, en, f"{units}{decimals}"] for prefix, (pl, en, units) in table.items()),
    ]
    saved = (as_file(rows, ",", "\n"), EXCEL_MARK + as_file(rows, ";", EXCEL_LINE))
    ours, excels = (text_of(each.encode()) for each in saved)
    assert isinstance(ours, str)
    assert isinstance(excels, str)
    expected = {prefix: units for prefix, (_, _, units) in table.items()}
    for text in (ours, excels, *(published_text(each, AT) for each in (ours, excels))):
        read = read_file(Brand.TELEGROSIK, "new", text)
        assert read.prices is not None, read.problems
        assert {rate.prefix: rate.units_per_min for rate in read.prices.rates.values()} == expected
        assert read.prices == read_price_list(Brand.TELEGROSIK, "new", ours)
    # What is published has commas, so that a draft that is made of it has them too.
    assert "\nvalid_from,2027-02-01," in published_text(excels, AT)


@pytest.mark.parametrize(
    ("was", "becomes", "row"),
    [
        ("units_per_grosz,10", "units_per_grosz;10", 3),
        ("49,Niemcy,Germany,150", "49;Niemcy;Germany;150", 9),
    ],
)
def test_a_row_with_other_signs_between_its_columns_is_named(was: str, becomes: str, row: int) -> None:
    found = problems(a_draft(DAY).replace(was, becomes))
    assert found[0].startswith(f"row {row}: the file begins with commas between the columns")
    other = problems(a_draft(DAY).replace(",", ";").replace(becomes, was))
    assert other[0].startswith(f"row {row}: the file begins with semicolons between the columns")


@pytest.mark.parametrize("price", ["1,5", "1.000", "1 200", "150,05", "-1", "1e3"])
def test_a_price_that_is_no_whole_number_is_no_price(price: str) -> None:
    text = a_draft(DAY).replace(",", ";").replace("Germany;150", f"Germany;{price}")
    (found,) = problems(text)
    assert found.startswith("row 9: units_per_min must be a whole number")


def test_a_file_in_another_alphabet_or_too_large_is_told_of() -> None:
    assert text_of("Łódź".encode("cp1250")) == RowProblem(
        0, "the file is not in UTF-8: save it as 'CSV UTF-8'"
    )
    assert isinstance(text_of(b" " * (LARGEST_FILE_BYTES + 1)), RowProblem)


@pytest.mark.rule("WP §6.5", "TG §6.11")
def test_what_is_published_says_when_and_is_the_same_list() -> None:
    at = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    announced = read_price_list(Brand.TELEGROSIK, "2027-02", published_text(a_draft(DAY), at))
    assert announced.published_at == at
    assert announced == a_list("2027-02", DAY)


def test_a_draft_that_was_made_of_a_published_list_is_published_anew() -> None:
    first, second = (datetime(2026, month, 21, 9, 30, tzinfo=UTC) for month in (10, 11))
    text = published_text(published_text(a_draft(DAY), first), second)
    assert read_price_list(Brand.TELEGROSIK, "2027-02", text).published_at == second


@given(st.text())
def test_whatever_can_be_read_can_be_read_when_it_is_published(text: str) -> None:
    draft = a_draft(DAY) + text
    read = read_file(Brand.TELEGROSIK, "new", draft).prices
    if read is not None:
        at = datetime(2026, 11, 21, tzinfo=UTC)
        assert read_price_list(Brand.TELEGROSIK, "new", published_text(draft, at)) == read


@pytest.mark.rule("WP §2.7")
def test_an_emergency_number_may_be_listed_as_not_connected() -> None:
    assert not problems(a_draft(DAY, {**ROWS, "48112": "Alarmowy,Emergency,"}))

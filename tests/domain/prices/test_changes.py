"""When a new price list may hold, what it changes, and what is asked about it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telekarta.domain.brands import Brand
from telekarta.domain.prices.changes import (
    ChangeKind,
    PriceListRefusal,
    WarningKind,
    book_of,
    changes_between,
    check,
    earliest_day,
    knows_all_until,
)
from telekarta.domain.prices.tariff import PriceBook, PriceList, Rate
from tests.kit.prices import ROWS, a_list

TG = Brand.TELEGROSIK
TODAY = date(2026, 11, 21)
OLD = a_list("2026-09", date(2026, 9, 1))
BOOK = PriceBook((OLD,))
EARLIEST = date(2026, 12, 22)


def with_row(prefix: str, rest: str | None) -> dict[str, str]:
    """The rows of the old list with one of them changed, added or left out."""
    rows = {each: row for each, row in ROWS.items() if each != prefix}
    return rows if rest is None else rows | {prefix: rest}


# ---------------------------------------------------------------------- the notice


@pytest.mark.rule("WP §6.5", "TG §6.11")
@pytest.mark.parametrize(
    ("published_on", "first_day"),
    [
        (date(2026, 11, 21), date(2026, 12, 22)),
        (date(2027, 2, 1), date(2027, 3, 4)),
        (date(2028, 2, 1), date(2028, 3, 3)),
    ],
)
def test_thirty_whole_days_lie_between(published_on: date, first_day: date) -> None:
    assert earliest_day(published_on) == first_day
    assert check(BOOK, a_list("new", first_day), published_on).refusal is None
    day_before = a_list("new", first_day - timedelta(days=1))
    assert check(BOOK, day_before, published_on).refusal is PriceListRefusal.TOO_SOON


@pytest.mark.rule("WP §6.5", "TG §6.11")
@given(st.integers(-400, 4000), st.integers(0, 30))
def test_whoever_is_not_refused_changes_no_price_within_thirty_days(days: int, later: int) -> None:
    new = a_list("new", TODAY + timedelta(days=days), with_row("49", "Niemcy,Germany,151"))
    if check(BOOK, new, TODAY).refusal is None:
        on = TODAY + timedelta(days=later)
        assert book_of((OLD, new)).current(TG, on) is OLD


# Publications as (published on, holds so many days later), each by the rules.
publications = st.lists(
    st.tuples(st.integers(0, 200), st.integers(31, 120)), max_size=12, unique_by=lambda each: each[0]
)


def published(day: int, ahead: int, name: str = "p") -> PriceList:
    at = datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=day)
    return replace(a_list(f"{name}{day}", at.date() + timedelta(days=ahead)), published_at=at)


@pytest.mark.rule("WP §6.5", "TG §6.11")
@given(publications, st.integers(0, 200), st.integers(0, 29))
def test_who_read_all_lists_once_needs_no_other_for_thirty_days(
    made: list[tuple[int, int]], read: int, later: int
) -> None:
    first = a_list("first", date(2025, 1, 1))
    read_on = date(2026, 1, 1) + timedelta(days=read)
    on = read_on + timedelta(days=later)
    seen = book_of([first, *(published(*each) for each in made if each[0] < read)])
    everything = book_of([first, *(published(*each) for each in made)])
    assert on < knows_all_until(read_on)
    assert seen.current(TG, on) == everything.current(TG, on)


# ---------------------------------------------------------------------- the book


@given(publications, publications)
def test_whatever_is_published_a_book_stays_a_book(
    one: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:
    lists = [*(published(*each) for each in one), *(published(*each, "q") for each in other)]
    book = book_of([OLD, *lists])
    days = [each.valid_from for each in book.lists]
    assert days == sorted(set(days))
    assert set(days) <= {OLD.valid_from, *(each.valid_from for each in lists)}
    assert book == book_of([*reversed(lists), OLD])


@pytest.mark.rule("TG §6.11")
def test_of_two_lists_for_one_day_the_last_published_counts() -> None:
    wrong = replace(a_list("2027-02", EARLIEST), published_at=datetime(2026, 11, 20, 9, tzinfo=UTC))
    right = replace(a_list("2027-02b", EARLIEST), published_at=datetime(2026, 11, 21, 9, tzinfo=UTC))
    book = book_of((right, wrong, OLD))
    assert [each.version for each in book.lists] == ["2026-09", "2027-02b"]


def test_what_was_announced_beats_a_package_that_says_otherwise() -> None:
    announced = replace(
        a_list("2027-02", EARLIEST, with_row("49", "Niemcy,Germany,99")),
        published_at=datetime(2026, 11, 20, 9, tzinfo=UTC),
    )
    assert book_of((a_list("2027-02", EARLIEST), OLD, announced)).version(TG, "2027-02") == announced


# ---------------------------------------------------------------------- changes

P = "4860"
CHANGES = [
    ("49", "Niemcy,Germany,150", None, None),
    ("49", "Deutschland,Germany,150", None, None),
    ("49", "Niemcy,Germany,151", ChangeKind.DEARER, None),
    ("49", "Niemcy,Germany,1500", ChangeKind.DEARER, None),
    ("49", "Niemcy,Germany,1501", ChangeKind.DEARER, WarningKind.DEARER_TENFOLD),
    ("49", "Niemcy,Germany,15", ChangeKind.CHEAPER, None),
    ("49", "Niemcy,Germany,14", ChangeKind.CHEAPER, WarningKind.CHEAPER_TENFOLD),
    ("49", "Niemcy,Germany,0", ChangeKind.CHEAPER, WarningKind.NOW_FREE),
    ("49", "Niemcy,Germany,", ChangeKind.NOT_CONNECTED, WarningKind.NOT_CONNECTED),
    ("49", None, ChangeKind.NOT_CONNECTED, WarningKind.NOT_CONNECTED),
    # Without a row of their own mobiles are as Poland is, and what was not connected is sold.
    ("4860", None, ChangeKind.CHEAPER, None),
    ("4870", None, ChangeKind.NEWLY_SOLD, None),
    ("33", "Francja,France,150", ChangeKind.NEWLY_SOLD, None),
    ("4930", "Berlin,Berlin,150", None, None),
    ("4930", "Berlin,Berlin,", ChangeKind.NOT_CONNECTED, WarningKind.NOT_CONNECTED),
]


@pytest.mark.rule("WP §6.5", "TG §6.11")
@pytest.mark.parametrize(("prefix", "row", "kind", "warning"), CHANGES)
def test_what_becomes_of_a_prefix(
    prefix: str, row: str | None, kind: ChangeKind | None, warning: WarningKind | None
) -> None:
    found = check(BOOK, a_list("new", EARLIEST, with_row(prefix, row)), TODAY)
    assert [(each.prefix, each.kind) for each in found.changes] == ([(prefix, kind)] if kind else [])
    assert [(each.prefix, each.kind) for each in found.warnings] == ([(prefix, warning)] if warning else [])


def test_a_list_that_counts_in_other_units_is_compared_by_its_prices() -> None:
    rows = {prefix: row + "0" if row[-1] != "," else row for prefix, row in ROWS.items()}
    assert changes_between(OLD, a_list("new", EARLIEST, rows, units_per_grosz=100)) == ()


def test_what_was_free_and_is_not_is_asked_about() -> None:
    free = PriceBook((a_list("free", date(2026, 9, 1), with_row("49", "Niemcy,Germany,0")),))
    (warned,) = check(free, a_list("new", EARLIEST), TODAY).warnings
    assert (warned.kind, warned.prefix) == (WarningKind.NO_LONGER_FREE, "49")


def test_rows_that_come_and_go_are_told() -> None:
    rows = with_row("4860", None) | {"33": "Francja,France,150"}
    found = check(BOOK, a_list("new", EARLIEST, rows), TODAY)
    assert (found.rows_added, found.rows_removed) == (("33",), ("4860",))


few_digits = st.text("123", min_size=1, max_size=4)
tables = st.dictionaries(few_digits, st.none() | st.integers(0, 3), min_size=1)


def of_table(table: dict[str, int | None]) -> PriceList:
    rates = {prefix: Rate(prefix, "x", "x", units, 1) for prefix, units in table.items() if units is not None}
    return PriceList(TG, "t", TODAY, 1, rates, frozenset(table.keys() - rates.keys()))


@given(tables, tables, st.text("123", min_size=5, max_size=7))
def test_every_number_whose_price_changes_is_under_a_prefix_that_is_told(
    before: dict[str, int | None], after: dict[str, int | None], digits: str
) -> None:
    old, new = of_table(before), of_table(after)
    changes = {each.prefix: each for each in changes_between(old, new)}
    decisive = max((each for each in before | after if digits.startswith(each)), key=len, default="")
    was, becomes = (
        rate.units_per_min if rate else None for rate in (old.rate_for(digits), new.rate_for(digits))
    )
    assert (decisive in changes) == (was != becomes)


# ---------------------------------------------------------------------- what is around it


@pytest.mark.rule("WP §6.5", "TG §6.11")
def test_a_list_is_compared_with_the_one_in_force_on_the_day_before() -> None:
    announced = a_list("2027-01", EARLIEST, with_row("49", "Niemcy,Germany,160"))
    book = PriceBook((OLD, announced))
    later = check(book, a_list("new", EARLIEST + timedelta(days=1)), TODAY)
    assert (later.before.version, later.replaces, later.followed_by) == ("2027-01", None, None)
    sooner = check(PriceBook((OLD, announced)), a_list("new", EARLIEST), TODAY - timedelta(days=9))
    assert (sooner.before.version, sooner.replaces) == ("2026-09", announced)
    assert [each.kind for each in sooner.warnings] == [WarningKind.REPLACES_ANNOUNCED]
    before = check(book, a_list("new", EARLIEST - timedelta(days=1)), TODAY - timedelta(days=9))
    assert (before.before.version, before.followed_by) == ("2026-09", announced)


def test_a_day_long_ahead_is_asked_about_for_a_year_may_be_mistyped() -> None:
    found = check(BOOK, a_list("new", date(2072, 2, 1)), TODAY)
    assert [each.kind for each in found.warnings] == [WarningKind.LONG_AHEAD]


def test_a_day_long_ago_is_only_too_soon() -> None:
    assert check(BOOK, a_list("new", date(1999, 1, 1)), TODAY).refusal is PriceListRefusal.TOO_SOON


def test_the_other_brands_lists_are_its_own() -> None:
    other = a_list("2027-01", EARLIEST, brand=Brand.WHITE_PHONE)
    found = check(PriceBook((OLD, other)), a_list("new", EARLIEST), TODAY)
    assert (found.replaces, found.followed_by, found.warnings) == (None, None, ())

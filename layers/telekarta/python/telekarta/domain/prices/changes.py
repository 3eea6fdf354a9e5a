"""A new price list: from which day it may hold, what it changes, and what is asked twice about it.

Who uses the service hears of new prices at least 30 days before they hold (WP §6.5, TG §6.11). That is also
what lets every process work with the lists that it has read: for the days of that notice it knows them all.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from telekarta.domain.brands import Brand
from telekarta.domain.prices.tariff import PriceBook, PriceList, Rate
from telekarta.domain.prices.terms import NOTICE
from telekarta.domain.rules import rule

# A day further ahead than this is rather a slip of the pen.
LONG_AHEAD = timedelta(days=366)
# A price that becomes more than so many times another is rather a slip of the decimal point.
ABSURDLY = 10


class PriceListRefusal(StrEnum):
    """Why a draft can't be made, checked or published."""

    UNKNOWN_DRAFT = "unknown_draft"
    DRAFT_TAKEN = "draft_taken"
    DRAFT_UNREADABLE = "draft_unreadable"
    TOO_SOON = "too_soon"
    VERSION_TAKEN = "version_taken"
    NOT_AS_CHECKED = "not_as_checked"
    WARNINGS_NOT_ACCEPTED = "warnings_not_accepted"


class WarningKind(StrEnum):
    """What may be meant, but is asked about."""

    REPLACES_ANNOUNCED = "replaces_announced"  # another list that was announced for the same day
    LONG_AHEAD = "long_ahead"
    NOT_CONNECTED = "not_connected"  # sold until then
    NOW_FREE = "now_free"
    NO_LONGER_FREE = "no_longer_free"
    DEARER_TENFOLD = "dearer_tenfold"
    CHEAPER_TENFOLD = "cheaper_tenfold"


@dataclass(frozen=True, slots=True)
class Warned:
    """One warning; `prefix` is empty for the list as a whole."""

    kind: WarningKind
    prefix: str = ""


class ChangeKind(StrEnum):
    """What becomes of the numbers that begin with a prefix and with no longer one of either list."""

    NEWLY_SOLD = "newly_sold"
    NOT_CONNECTED = "not_connected"
    DEARER = "dearer"
    CHEAPER = "cheaper"


@dataclass(frozen=True, slots=True)
class Change:
    """The price of the numbers that begin with `prefix`, before and after; None is not sold."""

    prefix: str
    kind: ChangeKind
    before: Rate | None
    after: Rate | None


@dataclass(frozen=True, slots=True)
class Check:
    """What a new list would do. `before` is in force on the day before it; `replaces` was announced for the
    same day, and will never hold; `followed_by` is announced already, and ends it."""

    prices: PriceList
    before: PriceList
    replaces: PriceList | None
    followed_by: PriceList | None
    rows_added: tuple[str, ...]
    rows_removed: tuple[str, ...]
    changes: tuple[Change, ...]
    warnings: tuple[Warned, ...]
    earliest: date
    refusal: PriceListRefusal | None


@rule("WP §6.5", "TG §6.11")
def earliest_day(published_on: date) -> date:
    """The first day on which a list that is published on that day may hold.

    Thirty whole days lie between, since the day of an event is not counted (Kodeks cywilny art. 111).
    """
    return published_on + NOTICE + timedelta(days=1)


@rule("WP §6.5", "TG §6.11")
def knows_all_until(read_on: date) -> date:
    """The first day on which a list might hold that was not there yet when all were read on that day.

    A list that is published later holds 31 days later at the earliest; one day is left for a publication
    that was dated just before midnight and written just after.
    """
    return read_on + NOTICE


def book_of(lists: Iterable[PriceList]) -> PriceBook:
    """The book of all lists that count, out of those that came with the package and those published.

    Of two lists of a brand for one day the one counts that was published last: so a list that was announced
    with a mistake is put right by another one for the same day. Nobody was ever quoted from the first, for
    neither could hold yet. What was published beats what came with the package, for it was announced.
    """
    by_version: dict[tuple[Brand, str], PriceList] = {}
    by_day: dict[tuple[Brand, date], PriceList] = {}
    for each in sorted(lists, key=_published):
        by_version[each.brand, each.version] = each
    for each in sorted(by_version.values(), key=_published):
        by_day[each.brand, each.valid_from] = each
    return PriceBook(tuple(sorted(by_day.values(), key=lambda each: (each.brand, each.valid_from))))


def _published(prices: PriceList) -> tuple[float, str]:
    """Sorts lists by when they were published; two of one moment in the same way everywhere."""
    return (prices.published_at.timestamp() if prices.published_at else 0.0, prices.version)


@rule("WP §6.5", "TG §6.11")
def check(book: PriceBook, prices: PriceList, today: date) -> Check:
    """What the list would change, if it were published today, or did if it was before."""
    others = [each for each in book.lists if each.brand is prices.brand and each != prices]
    earliest = earliest_day(today)
    day_before = max(prices.valid_from - timedelta(days=1), today)
    begun = [each for each in others if each.valid_from <= day_before]
    before = max(begun, key=lambda each: each.valid_from, default=prices)
    replaces = next((each for each in others if each.valid_from == prices.valid_from), None)
    followed_by = min(
        (each for each in others if each.valid_from > prices.valid_from),
        key=lambda each: each.valid_from,
        default=None,
    )
    changes = changes_between(before, prices)
    warnings = [Warned(kind, each.prefix) for each in changes if (kind := warning_about(each))]
    if replaces is not None:
        warnings.insert(0, Warned(WarningKind.REPLACES_ANNOUNCED))
    if prices.valid_from > today + LONG_AHEAD:
        warnings.insert(0, Warned(WarningKind.LONG_AHEAD))
    return Check(
        prices,
        before,
        replaces,
        followed_by,
        rows_added=tuple(sorted(_rows(prices) - _rows(before))),
        rows_removed=tuple(sorted(_rows(before) - _rows(prices))),
        changes=changes,
        warnings=tuple(warnings),
        earliest=earliest,
        refusal=PriceListRefusal.TOO_SOON if prices.valid_from < earliest else None,
    )


def _rows(prices: PriceList) -> frozenset[str]:
    return prices.never_connected | prices.rates.keys()


def changes_between(before: PriceList, after: PriceList) -> tuple[Change, ...]:
    """Every change of a price, by prefix.

    The longest prefix that a number has in either list decides what both charge for it, so looking at the
    prefixes of both is looking at every number that there is.
    """
    found = (
        _change(prefix, before.rate_for(prefix), after.rate_for(prefix))
        for prefix in sorted(_rows(before) | _rows(after))
    )
    return tuple(each for each in found if each is not None)


def _change(prefix: str, before: Rate | None, after: Rate | None) -> Change | None:
    if before is None and after is None:
        return None
    if before is None:
        return Change(prefix, ChangeKind.NEWLY_SOLD, before, after)
    if after is None:
        return Change(prefix, ChangeKind.NOT_CONNECTED, before, after)
    was, becomes = _comparable(before, after)
    if was == becomes:
        return None
    return Change(prefix, ChangeKind.DEARER if becomes > was else ChangeKind.CHEAPER, before, after)


def _comparable(before: Rate, after: Rate) -> tuple[int, int]:
    """Both prices in one unit: lists may count in different ones."""
    return before.units_per_min * after.units_per_grosz, after.units_per_min * before.units_per_grosz


def warning_about(change: Change) -> WarningKind | None:
    """What is asked about a change, if anything."""
    if change.before is None:
        return None
    if change.after is None:
        return WarningKind.NOT_CONNECTED
    was, becomes = _comparable(change.before, change.after)
    if was == 0 or becomes == 0:
        return WarningKind.NO_LONGER_FREE if was == 0 else WarningKind.NOW_FREE
    if becomes > ABSURDLY * was:
        return WarningKind.DEARER_TENFOLD
    return WarningKind.CHEAPER_TENFOLD if was > ABSURDLY * becomes else None

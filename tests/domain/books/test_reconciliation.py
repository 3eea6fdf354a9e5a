"""The carrier's legs, our holds and our postings, side by side."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from telekarta.domain.books.reconciliation import Booked, Leg, Reconciliation, Window, reconcile, window_of
from telekarta.domain.brands import HELP_LINES, Brand
from telekarta.domain.calls.charging import settle
from telekarta.domain.cards.card import Ref
from telekarta.domain.cards.issuing import issue
from telekarta.domain.cases.case import CaseKind
from telekarta.domain.ledger.postings import Hold, Posting
from telekarta.domain.prices.tariff import PriceBook, PriceList, Rate

DAY = date(2026, 11, 17)
NOON = datetime(2026, 11, 17, 12, tzinfo=UTC)
MORNING_AFTER = datetime(2026, 11, 18, 4, 20, tzinfo=UTC)
NUMBER = "+48221234567"
SECOND_A_GROSZ = Rate("48", "Polska", "Poland", 60, 1)
GRATIS = Rate("4880", "Polska", "Poland", 0, 1)
PRICES = PriceBook(
    (PriceList(Brand.WHITE_PHONE, "v1", date(2026, 1, 1), 1, {"48": SECOND_A_GROSZ, "4880": GRATIS}),)
)
LEG = Leg("CB1", "CA1", NUMBER, 61, NOON)


def charged(duration_s: int, held_grosze: int = 500, leg_sid: str = "CB1", hold: str = "CA1-1") -> Posting:
    card, _ = issue(Ref.card(Brand.WHITE_PHONE, "123456"), 2000, "digest", "A", None, NOON)
    terms = Hold(hold, held_grosze, NOON, NOON, hold.partition("-")[0], NUMBER, "v1", "48", 600)
    _, posting = settle(card.ref, card.purse, terms, SECOND_A_GROSZ, duration_s, leg_sid, NOON)
    assert posting is not None
    return posting


def compare(
    legs: list[Leg], postings: list[Posting], held: frozenset[str] = frozenset(), corrected: bool = False
) -> Reconciliation:
    booked = [Booked(posting, corrected) for posting in postings]
    return reconcile(DAY, window_of(DAY, MORNING_AFTER), legs, held, booked, PRICES)


def named(found: Reconciliation) -> list[tuple[str, str]]:
    return [(each.kind, each.of) for each in found.findings]


def cheaper(posting: Posting, amount: int) -> Posting:
    draw = replace(posting.draws[0], amount_grosze=amount)
    return replace(posting, amount_grosze=amount, draws=(draw,))


FINE: list[tuple[str, list[Leg], list[Posting]]] = [
    ("charged once, for what the carrier says", [LEG], [charged(61)]),
    ("capped at what was set aside", [LEG], [charged(61, held_grosze=60)]),
    ("told without the leg's id", [LEG], [charged(61, leg_sid="")]),
    ("not answered", [replace(LEG, duration_s=0)], []),
    ("to a help line", [replace(LEG, to=HELP_LINES[Brand.WHITE_PHONE])], []),
    ("to a number that costs nothing", [replace(LEG, to="+48800302302")], []),
    ("still going on", [replace(LEG, ended_at=None)], []),
    ("too young for this run", [replace(LEG, ended_at=MORNING_AFTER)], []),
    ("of the day before that", [replace(LEG, ended_at=NOON - timedelta(days=1))], []),
]


@pytest.mark.rule("WP §6.3", "TG §6.5")
@pytest.mark.parametrize(("legs", "postings"), [each[1:] for each in FINE], ids=[each[0] for each in FINE])
def test_what_fits_is_no_case(legs: list[Leg], postings: list[Posting]) -> None:
    assert named(compare(legs, postings)) == []


def dearer() -> Posting:
    posting = charged(61)
    return replace(posting, details={**posting.details, "rate_prefix": "4822"})


ODD: list[tuple[str, list[Leg], list[Posting], CaseKind, str]] = [
    ("not charged", [LEG], [], CaseKind.CALL_NOT_CHARGED, "CB1"),
    ("no such leg", [], [charged(61)], CaseKind.POSTING_WITHOUT_CALL, "call:CA1-1"),
    (
        "a leg that nobody answered",
        [replace(LEG, duration_s=0)],
        [charged(61)],
        CaseKind.POSTING_WITHOUT_CALL,
        "call:CA1-1",
    ),
    ("too long", [LEG], [charged(62)], CaseKind.CHARGE_DIFFERS, "call:CA1-1"),
    ("too short", [LEG], [charged(60)], CaseKind.CHARGE_DIFFERS, "call:CA1-1"),
    ("too cheap", [LEG], [cheaper(charged(61), 60)], CaseKind.CHARGE_DIFFERS, "call:CA1-1"),
    ("another price", [LEG], [dearer()], CaseKind.CHARGE_DIFFERS, "call:CA1-1"),
    (
        "charged twice",
        [LEG],
        [charged(61), charged(61, hold="CA1-2")],
        CaseKind.CHARGE_DIFFERS,
        "call:CA1-2",
    ),
]


@pytest.mark.rule("WP §6.3", "TG §6.5")
@pytest.mark.parametrize(
    ("legs", "postings", "kind", "of"), [each[1:] for each in ODD], ids=[each[0] for each in ODD]
)
def test_what_does_not_fit_is_a_case_of_its_kind(
    legs: list[Leg], postings: list[Posting], kind: CaseKind, of: str
) -> None:
    found = compare(legs, postings)
    assert named(found) == [(kind, of)]
    assert found.findings[0].subject == "CA1"


def test_a_leg_whose_money_is_held_still_waits_for_its_settlement() -> None:
    found = compare([LEG], [], held=frozenset({"CA1"}))
    assert (named(found), found.waiting) == ([], 1)


@pytest.mark.parametrize("postings", [[charged(99)], [charged(61)]])
def test_a_charge_that_was_corrected_has_been_looked_at(postings: list[Posting]) -> None:
    found = compare([LEG], postings, corrected=True)
    assert (named(found), found.corrected) == ([], 1)


def test_two_calls_to_one_number_are_told_apart_even_without_leg_ids() -> None:
    legs = [LEG, replace(LEG, sid="CB2", duration_s=30), replace(LEG, sid="CB3")]
    postings = [charged(61, leg_sid="", hold=f"CA1-{n}") for n in (1, 2)]
    found = compare(legs, [*postings, charged(30, leg_sid="", hold="CA1-3")])
    assert (named(found), found.charged) == ([], 3)


def test_the_window_is_warsaws_day_with_a_margin_at_both_ends() -> None:
    assert window_of(DAY, MORNING_AFTER) == Window(
        datetime(2026, 11, 16, 22, tzinfo=UTC), datetime(2026, 11, 17, 23, tzinfo=UTC)
    )
    soon = datetime(2026, 11, 17, 23, 10, tzinfo=UTC)
    assert window_of(DAY, soon).until == datetime(2026, 11, 17, 22, 10, tzinfo=UTC)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 24), (date(2026, 10, 25), 26), (DAY, 25)])
def test_the_days_on_which_clocks_change_are_looked_at_whole(day: date, hours: int) -> None:
    window = window_of(day, datetime(2027, 1, 1, tzinfo=UTC))
    assert window.until - window.since == timedelta(hours=hours)

"""Lists of cases, and finding one by what a letter, a statement or a caller says."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from desk.pages import clocks
from desk.pages.case_page import refund_of, row, standing_of
from desk.pages.front import Front
from desk.pages.page import Page
from desk.registry import REGISTRY
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.cases.case import Case, CaseKind, CaseState
from telekarta.usecases.cases.showing import CaseShown, ListCases, ShowCase, list_cases, show_case
from telekarta.usecases.refunds.payouts import payout_of

# Shorter texts are in the names of too many cases.
SHORTEST_SEARCH = 4


def open_cases(front: Front) -> Page:
    """The open cases, the most urgent first."""
    today = day_of(front.now)
    rows = sorted(_rows(front, _listed(front, CaseState.OPEN), today), key=lambda each: each["clock"].urgency)
    colours = {colour.value: sum(each["clock"].colour is colour for each in rows) for colour in clocks.Colour}
    return Page("cases", "Open cases", {"rows": rows, "colours": colours})


def closed_cases(front: Front) -> Page:
    """The last hundred by the day of opening, the newest first."""
    rows = list(_rows(front, _listed(front, CaseState.CLOSED), day_of(front.now)))
    return Page("cases", "Closed cases", {"rows": rows, "colours": None})


def cases_with(front: Front, text: str) -> Page | None:
    """The cases whose name or subject has the text, among the open and the last closed ones."""
    wanted = "".join(text.split()).casefold()
    if len(wanted) < SHORTEST_SEARCH:
        return None
    both = (*_listed(front, CaseState.OPEN), *_listed(front, CaseState.CLOSED))
    found = [case for case in both if wanted in f"{case.id} {case.subject}".casefold()]
    rows = list(_rows(front, found, day_of(front.now)))
    return Page("cases", f"Cases with {text}", {"rows": rows, "colours": None}) if rows else None


def _listed(front: Front, state: CaseState) -> tuple[Case, ...]:
    return list_cases(front.desk, ListCases(state)).cases


def _rows(front: Front, cases: Iterable[Case], today: date) -> Iterator[dict[str, Any]]:
    for case in cases:
        shows_stage = case.kind is CaseKind.REFUND and case.state is CaseState.OPEN
        refund = refund_of(front, case) if shows_stage else None
        yield row(case, today, standing_of(case, refund, today))


def case_named(front: Front, text: str) -> Case | None:
    """The case of that name; or of the refund that a letter names so; or of a payout by its reference."""
    for name in (text, f"refund:{text}", f"refund:refund-{text}", _of_payout(front, text)):
        command = REGISTRY.read({"command": "show_case", "case": name})
        answer = show_case(front.desk, command) if isinstance(command, ShowCase) else None
        if isinstance(answer, CaseShown):
            return answer.case
    return None


def _of_payout(front: Front, text: str) -> str:
    if not text.upper().startswith("ZW"):
        return ""
    found = payout_of(front.desk.refunds, text.upper())
    return f"refund:{found[0].id}" if found else ""

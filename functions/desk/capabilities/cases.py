"""Cases: what waits for a person."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum

from desk import fields
from desk.answers import Json, seconds
from desk.spec import Spec
from telekarta.domain.calendar.deadlines import as_text
from telekarta.domain.cases.case import Case
from telekarta.usecases.cases.showing import (
    CaseRefusal,
    CaseShown,
    CasesListed,
    ListCases,
    ShowCase,
    list_cases,
    show_case,
)
from telekarta.usecases.commands import Outcome
from telekarta.usecases.desk.closing_cases import CloseCase, ClosingRefusal, close_case

_WHY_NOT_SHOWN: Mapping[StrEnum, str] = {
    CaseRefusal.UNKNOWN_CASE: "There is no such case. list_cases shows those that there are.",
}
_WHY_NOT_CLOSED: Mapping[StrEnum, str] = {
    **_WHY_NOT_SHOWN,
    ClosingRefusal.REFUND_NOT_OVER: "The money of this application is still set aside. End it by granting,"
    " refusing or withdrawing; its case then closes by itself.",
    ClosingRefusal.TRANSFER_UNDECIDED: "The money of this transfer is nobody's yet. Put it on a card, or"
    " return it to its sender; that closes the case.",
}
_A_CASE = "unknown_call:CA0123456789abcdef0123456789abcdef-1"


def _case(case: Case, now: datetime) -> Json:
    closing = case.closing
    return {
        "case": case.id,
        "kind": case.kind,
        "state": case.state,
        "subject": case.subject,
        "opened_at": as_text(case.opened_at),
        "age_s": seconds((closing.at if closing else now) - case.opened_at),
        "facts": dict(case.facts),
        "closed_at": as_text(closing.at) if closing else None,
        "closed_by": closing.who if closing else None,
        "closing_reason": closing.why if closing else None,
    }


def _listed(answer: CasesListed) -> Json:
    return {"outcome": Outcome.DONE, "cases": [_case(case, answer.now) for case in answer.cases]}


def shown(answer: CaseShown) -> Json:
    """The case with its history."""
    history = [{**asdict(event), "at": as_text(event.at)} for event in answer.case.history]
    return {"outcome": answer.outcome, **_case(answer.case, answer.now), "history": history}


SPECS = (
    Spec(
        "list_cases",
        ListCases,
        (fields.case_state,),
        "Shows what the books found and can't decide, with its facts and its age. The first 100: of the open"
        " ones the oldest, of the closed ones the newest.",
        {"state": "open"},
        carry_out=list_cases,
        respond=_listed,
    ),
    Spec(
        "show_case",
        ShowCase,
        (fields.case,),
        "Shows one case with its facts and its history.",
        {"case": _A_CASE},
        carry_out=show_case,
        respond=shown,
        refusals=_WHY_NOT_SHOWN,
    ),
    Spec(
        "close_case",
        CloseCase,
        (fields.case, *fields.SIGNED),
        "Closes a case with what was found out. It moves no money. A case that is closed already stays as it"
        " was closed (`unchanged`). An application that is not over, and a transfer that is neither on a card"
        " nor returned, can't be closed so: their money would be forgotten. (WP §4.9, WP §7.10)",
        {"case": _A_CASE, **fields.SIGNATURE},
        carry_out=close_case,
        respond=shown,
        label="Close the case",
        refusals=_WHY_NOT_CLOSED,
    ),
)

"""Who breaks the terms is called on to stop, and may be suspended when that was in vain (TG §10.5)."""

from datetime import date, datetime, timedelta

from telekarta.domain.calendar.working_days import customers_last_day
from telekarta.domain.cards.card import Ref
from telekarta.domain.cards.terms import SHORTEST_TERM_DAYS
from telekarta.domain.cases.case import Case, CaseKind, new_case
from telekarta.domain.rules import rule


@rule("TG §10.5")
def suspend_from(served_on: date, term_days: int) -> date:
    """The first day on which the service may be suspended: the day of serving does not count (Kodeks cywilny
    art. 111), and the holder's last day moves on if it is no working day (art. 115). ValueError: a term that
    is too short."""
    if term_days < SHORTEST_TERM_DAYS:
        raise ValueError(f"the term is at least {SHORTEST_TERM_DAYS} days")
    return customers_last_day(served_on + timedelta(days=term_days)) + timedelta(days=1)


@rule("TG §10.5")
def warned(ref: Ref, served_on: date, term_days: int, breach: str, who: str, why: str, now: datetime) -> Case:
    """The case of a call to stop; the same call told twice is one."""
    facts: dict[str, str | int] = {
        "breach": breach,
        "served_on": served_on.isoformat(),
        "decide_by": suspend_from(served_on, term_days).isoformat(),
    }
    return new_case(CaseKind.SUSPENSION_WARNED, f"{ref}:{served_on}", str(ref), facts, who, now, why)


def may_suspend(case: Case, today: date) -> bool:
    return today >= date.fromisoformat(str(case.facts["decide_by"]))

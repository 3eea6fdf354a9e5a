"""A second workflow, as small as one can be. It shows what a workflow needs, and that it needs no more.

An employee asks for a holiday, a head agrees within a week, and on its first day it is in the calendar.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from tasks.states import End, GiveUp, Look, Machine, Route, Step, Stuck, WaitForPerson, WaitUntil
from telekarta.domain.calendar.deadlines import midnight
from telekarta.domain.workflow import NextAction
from telekarta.usecases.ports import Clock
from telekarta.usecases.workflow import Executions, StepAnswer, Workflow

ANSWER_WITHIN = timedelta(days=7)


class Do(StrEnum):
    AWAIT_HEAD = "await_head"
    REFUSE = "refuse"
    AWAIT_FIRST_DAY = "await_first_day"
    ENTER = "enter"
    GIVE_UP = "give_up"
    FINISHED = "finished"


@dataclass(frozen=True)
class Holiday:
    id: str
    asked_on: date
    first_day: date
    agreed: bool | None = None
    entered: bool = False
    token: str = ""


def next_action(holiday: Holiday, now: datetime) -> NextAction[Do]:
    """What the request needs now. A head who says nothing for a week has refused."""
    if holiday.agreed is None:
        until = midnight(holiday.asked_on + ANSWER_WITHIN)
        return NextAction(Do.REFUSE) if now >= until else NextAction(Do.AWAIT_HEAD, until)
    if not holiday.agreed or holiday.entered:
        return NextAction(Do.FINISHED)
    begins = midnight(holiday.first_day)
    return NextAction(Do.ENTER) if now >= begins else NextAction(Do.AWAIT_FIRST_DAY, begins)


@dataclass
class HolidayDeps:
    clock: Clock
    workflow: Executions
    holidays: dict[str, Holiday] = field(default_factory=dict)


def holiday_of(deps: HolidayDeps, case_id: str) -> Holiday:
    return deps.holidays[case_id]


def keep_token(deps: HolidayDeps, seen: Holiday, token: str) -> bool:
    deps.holidays[seen.id] = replace(seen, token=token)
    return True


def refuse(deps: HolidayDeps, case_id: str) -> StepAnswer:
    deps.holidays[case_id] = replace(holiday_of(deps, case_id), agreed=False)
    return HOLIDAY.look(deps, case_id)


def enter(deps: HolidayDeps, case_id: str) -> StepAnswer:
    deps.holidays[case_id] = replace(holiday_of(deps, case_id), entered=True)
    return HOLIDAY.look(deps, case_id)


def give_up(deps: HolidayDeps, case_id: str) -> StepAnswer:
    return HOLIDAY.look(deps, case_id)


HOLIDAY: Workflow[HolidayDeps, Holiday] = Workflow(
    "holiday",
    holiday_of,
    next_action,
    keep_token,
    {Do.REFUSE: refuse, Do.ENTER: enter, Do.GIVE_UP: give_up},
)


def connect() -> HolidayDeps:
    raise AssertionError("a test gives its own")


HOLIDAYS = Machine(
    HOLIDAY,
    connect,
    "A holiday (KP §161): one execution a request.",
    (
        Look("Look", "What does the request need now?"),
        Route("Route", "Each step is a state of its own."),
        WaitForPerson("AwaitHead", "The head agrees within a week (KP §163).", Do.AWAIT_HEAD),
        Step("Refuse", "The head has said nothing (KP §163).", Do.REFUSE),
        WaitUntil("AwaitFirstDay", "Until the holiday begins (KP §152).", Do.AWAIT_FIRST_DAY),
        Step("Enter", "It is in the calendar (KP §152).", Do.ENTER),
        End("Finished", "Taken or refused (KP §152).", Do.FINISHED),
        GiveUp("GiveUp", "A step failed for good.", Do.GIVE_UP),
        Stuck("Stuck", "A person goes on.", cause="A step failed for good."),
    ),
)

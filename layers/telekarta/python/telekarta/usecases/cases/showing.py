"""Showing operators the cases, as a list and one by one."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from telekarta.domain.cases.case import Case, CaseState
from telekarta.usecases.commands import MOST_LISTED, CommandRefused, Outcome
from telekarta.usecases.ports import CaseStore, Clock


class CaseRefusal(StrEnum):
    """Why a command about a case can't be carried out."""

    UNKNOWN_CASE = "unknown_case"


class CaseDeps(Protocol):
    """What looking at cases needs from outside."""

    @property
    def store(self) -> CaseStore: ...
    @property
    def clock(self) -> Clock: ...


@dataclass(frozen=True, slots=True)
class ListCases:
    state: CaseState = CaseState.OPEN


@dataclass(frozen=True, slots=True)
class ShowCase:
    case: str


@dataclass(frozen=True, slots=True)
class CasesListed:
    """Of the open ones the oldest, of the closed ones the newest first."""

    cases: tuple[Case, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class CaseShown:
    """A case as it is, or as the command left it."""

    outcome: Outcome
    case: Case
    now: datetime


def list_cases(deps: CaseDeps, command: ListCases) -> CasesListed:
    """The first hundred in that state. Raises StoreUnavailable."""
    newest_first = command.state is CaseState.CLOSED
    listed = deps.store.cases(command.state, MOST_LISTED, newest_first=newest_first)
    return CasesListed(listed, deps.clock.now())


def show_case(deps: CaseDeps, command: ShowCase) -> CaseShown | CommandRefused[CaseRefusal]:
    """The case of that name. Raises StoreUnavailable."""
    case = deps.store.case(command.case)
    return (
        CaseShown(Outcome.DONE, case, deps.clock.now()) if case else CommandRefused(CaseRefusal.UNKNOWN_CASE)
    )

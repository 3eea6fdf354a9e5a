"""Suspending a card whose holder breaks the terms: first a call to stop, then, after its term, the block."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from telekarta.domain.brands import Brand
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.cards.card import Ref, Status
from telekarta.domain.cards.suspension import may_suspend, warned
from telekarta.domain.cards.terms import SHORTEST_TERM_DAYS
from telekarta.domain.cases.case import CaseKind, CaseState
from telekarta.domain.rules import rule
from telekarta.usecases.cards.changing import CardDeskDeps, CardRefusal, ref_of, with_status
from telekarta.usecases.cases.showing import CaseShown
from telekarta.usecases.commands import CommandRefused, Outcome, record
from telekarta.usecases.ports import CaseStore, DeskStore


class SuspensionRefusal(StrEnum):
    """Why a holder can't be called on to stop, or a card can't be suspended."""

    NOT_SERVED_YET = "not_served_yet"
    NOT_WARNED = "not_warned"  # the case is no call to stop, or is closed
    TERM_RUNS = "term_runs"


class SuspensionStore(DeskStore, CaseStore, Protocol):
    """The cards, and the cases that tell of calls to stop."""


class SuspensionDeps(CardDeskDeps, Protocol):
    """What suspending needs from outside."""

    @property
    def store(self) -> SuspensionStore: ...


@dataclass(frozen=True, slots=True)
class WarnOfSuspension:
    """`served_on` is the day on which the holder got the call to stop; `breach` what it is about."""

    card: str
    served_on: date
    breach: str
    who: str
    why: str
    term_days: int = SHORTEST_TERM_DAYS


@dataclass(frozen=True, slots=True)
class SuspendCard:
    case: str
    who: str
    why: str


@rule("TG §10.5")
def warn_of_suspension(
    deps: SuspensionDeps, command: WarnOfSuspension
) -> CaseShown | CommandRefused[SuspensionRefusal | CardRefusal]:
    """Note that a holder was called on to stop a breach. Nothing is suspended yet."""
    ref, now = ref_of(Brand.TELEGROSIK, command.card), deps.clock.now()
    record(deps, "warn_of_suspension", command, str(ref))
    if deps.store.card(ref) is None:
        return CommandRefused(CardRefusal.UNKNOWN_CARD)
    if command.served_on > day_of(now):
        return CommandRefused(SuspensionRefusal.NOT_SERVED_YET)
    case = warned(ref, command.served_on, command.term_days, command.breach, command.who, command.why, now)
    opened = deps.store.open_case(case)
    kept = deps.store.case(case.id) or case
    return CaseShown(Outcome.DONE if opened else Outcome.UNCHANGED, kept, now)


@rule("TG §10.5")
def suspend_card(
    deps: SuspensionDeps, command: SuspendCard
) -> CaseShown | CommandRefused[SuspensionRefusal | CardRefusal]:
    """Block the card or account whose holder did not stop in time, and close the case. The card comes first:
    whoever dies between the two does both again."""
    record(deps, "suspend_card", command, command.case)
    now, case = deps.clock.now(), deps.store.case(command.case)
    if case is None or case.kind is not CaseKind.SUSPENSION_WARNED or case.state is not CaseState.OPEN:
        return CommandRefused(SuspensionRefusal.NOT_WARNED)
    if not may_suspend(case, day_of(now)):
        return CommandRefused(SuspensionRefusal.TERM_RUNS)
    blocked = with_status(deps, Ref.parse(case.subject), Status.BLOCKED)
    if isinstance(blocked, CommandRefused):
        return blocked
    closed = case.closed(command.who, command.why, now)
    deps.store.close_case(closed)
    return CaseShown(Outcome.DONE, closed, now)

"""What operators command about the books: a correction, and the last trial balance."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from telekarta.domain.books.corrections import CorrectionRefusal
from telekarta.domain.prices.tariff import Prices
from telekarta.usecases.books.correcting import (
    CorrectCall,
    Corrected,
    CorrectionStore,
    ReversePosting,
    correct_call,
    reverse_posting,
)
from telekarta.usecases.commands import CommandRefused, record
from telekarta.usecases.ports import Chance, Clock, CommandLog


class BookRefusal(StrEnum):
    """Why there is nothing to show of the books."""

    NO_TRIAL_BALANCE = "no_trial_balance"


class CorrectingStore(CorrectionStore, CommandLog, Protocol):
    """The cards and postings, and the commands that operators gave."""


class LatestReport(Protocol):
    """The reports, as far as operators ask for them here. Raises ReportsUnavailable."""

    def latest_trial_balance(self) -> Mapping[str, Any] | None:
        """The document of the last day that was closed; None if none was."""
        ...


class BookDeskDeps(Protocol):
    """What operators' commands about the books need from outside."""

    @property
    def store(self) -> CorrectingStore: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def chance(self) -> Chance: ...
    @property
    def prices(self) -> Prices: ...
    @property
    def reports(self) -> LatestReport: ...


@dataclass(frozen=True, slots=True)
class ShowTrialBalance:
    pass


@dataclass(frozen=True, slots=True)
class TrialBalanceShown:
    """The report of the last day that was closed, as its document says it."""

    document: Mapping[str, Any]


def reverse_by_operator(
    deps: BookDeskDeps, command: ReversePosting
) -> Corrected | CommandRefused[CorrectionRefusal]:
    """Undo a posting, or a part of it, by a new one. Raises StoreUnavailable."""
    record(deps, "reverse_posting", command, command.posting)
    answer = reverse_posting(deps.store, command, deps.clock.now())
    return CommandRefused(answer) if isinstance(answer, CorrectionRefusal) else answer


def correct_by_operator(
    deps: BookDeskDeps, command: CorrectCall
) -> Corrected | CommandRefused[CorrectionRefusal]:
    """Charge a call for another duration, by a new posting. Raises StoreUnavailable."""
    record(deps, "correct_call", command, f"{command.posting} {command.duration_s} s")
    answer = correct_call(deps.store, deps.prices, command, deps.clock.now())
    return CommandRefused(answer) if isinstance(answer, CorrectionRefusal) else answer


def show_trial_balance(
    deps: BookDeskDeps, _command: ShowTrialBalance
) -> TrialBalanceShown | CommandRefused[BookRefusal]:
    """The last trial balance. Raises ReportsUnavailable."""
    document = deps.reports.latest_trial_balance()
    return TrialBalanceShown(document) if document else CommandRefused(BookRefusal.NO_TRIAL_BALANCE)

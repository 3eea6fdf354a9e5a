"""Closing a case by hand. It stands above the capabilities, since money of a refund or of a transfer may
hang on a case."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from telekarta.domain.bank.transfers import Why
from telekarta.domain.cases.case import Case, CaseKind, CaseState
from telekarta.domain.rules import rule
from telekarta.usecases.bank.transfers import TransferDeskDeps, decision_on
from telekarta.usecases.cases.showing import CaseDeps, CaseRefusal, CaseShown
from telekarta.usecases.commands import CommandRefused, Outcome, record
from telekarta.usecases.ports import CaseStore, Chance, CommandLog
from telekarta.usecases.refunds.desk.changing import RefundDeskDeps


class ClosingRefusal(StrEnum):
    """Why a case can't be closed by hand."""

    REFUND_NOT_OVER = "refund_not_over"
    TRANSFER_UNDECIDED = "transfer_undecided"


class ClosingStore(CaseStore, CommandLog, Protocol):
    """The cases, and the commands that operators gave."""


class ClosingDeps(CaseDeps, Protocol):
    """What closing a case needs from outside."""

    @property
    def store(self) -> ClosingStore: ...
    @property
    def chance(self) -> Chance: ...
    @property
    def refunds(self) -> RefundDeskDeps: ...
    @property
    def transfers(self) -> TransferDeskDeps: ...


@dataclass(frozen=True, slots=True)
class CloseCase:
    case: str
    who: str
    why: str


# What is settled with the bank, or was told twice, ends without a posting.
_ENDED_AT_THE_BANK = frozenset({Why.OTHER_CURRENCY, Why.OTHER_CONTENTS, Why.OTHER_REFERENCE})


@rule("WP §4.9", "WP §7.10")
def why_not_closable(deps: ClosingDeps, case: Case) -> ClosingRefusal | None:
    """Why the case can't be closed by hand: money is set aside, and nobody would see it any more. Raises
    StoreUnavailable."""
    if case.kind is CaseKind.REFUND:
        refund = deps.refunds.refunds.refund(case.id.removeprefix(f"{CaseKind.REFUND}:"))
        return ClosingRefusal.REFUND_NOT_OVER if refund is not None and not refund.is_over else None
    if case.kind is CaseKind.TRANSFER_WAITS and case.facts.get("reason") not in _ENDED_AT_THE_BANK:
        return ClosingRefusal.TRANSFER_UNDECIDED if decision_on(deps.transfers, case) is None else None
    return None


def close_case(
    deps: ClosingDeps, command: CloseCase
) -> CaseShown | CommandRefused[CaseRefusal | ClosingRefusal]:
    """Close the case with the operator's finding. It moves no money: that takes a posting of its own."""
    record(deps, "close_case", command, command.case)
    now = deps.clock.now()
    case = deps.store.case(command.case)
    if case is None:
        return CommandRefused(CaseRefusal.UNKNOWN_CASE)
    if case.state is CaseState.OPEN:
        if (refusal := why_not_closable(deps, case)) is not None:
            return CommandRefused(refusal)
        closed = case.closed(command.who, command.why, now)
        if deps.store.close_case(closed):
            return CaseShown(Outcome.DONE, closed, now)
    # Closed before, or just now by somebody else: the first finding stays.
    return CaseShown(Outcome.UNCHANGED, deps.store.case(command.case) or case, now)

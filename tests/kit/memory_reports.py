"""Where reports are kept, in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from telekarta.domain.books.closing import Closings
from telekarta.domain.books.reconciliation import Reconciliation
from telekarta.domain.books.trial_balance import TrialBalance, as_document


@dataclass
class MemoryReports:
    """The port `Reports`."""

    balances: dict[date, TrialBalance] = field(default_factory=dict)
    closings: dict[date, Closings] = field(default_factory=dict)
    reconciliations: dict[date, Reconciliation] = field(default_factory=dict)

    def closings_before(self, day: date) -> Closings | None:
        days = [each for each in self.closings if each < day]
        return self.closings[max(days)] if days else None

    def keep_trial_balance(self, report: TrialBalance, closings: Closings) -> None:
        self.closings[report.day] = closings
        self.balances[report.day] = report

    def latest_trial_balance(self) -> Mapping[str, Any] | None:
        return as_document(self.balances[max(self.balances)]) if self.balances else None

    def keep_reconciliation(self, report: Reconciliation) -> None:
        self.reconciliations[report.day] = report

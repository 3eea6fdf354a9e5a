"""The books of the day before."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from telekarta.usecases.books.closing import day_before, reconcile_day, trial_balance
from telekarta.wiring.books import NEEDED, BookJobDeps, book_job_deps
from timers.job import Event, Job, JobReport, Metric

_DIFFERENCES, _FINDINGS, _CASES = "TrialBalanceDifferences", "ReconciliationFindings", "CaseOpened"


def close_day(parts: BookJobDeps, event: Event) -> JobReport:
    """`{"job": "trial_balance"}`: close the day before, or the `day` that the event names."""
    now = parts.clock.now()
    report = trial_balance(parts.books, _day(event, now), now)
    facts = {
        "day": str(report.day),
        "since": str(report.since or ""),
        "cards": report.cards_on_file,
        "read_again": report.read_again,
        "differences": len(report.differences),
    }
    # Counted also when there is none, so that a job that does not run is seen too.
    return JobReport(facts, (Metric(_DIFFERENCES, len(report.differences)),))


def reconcile(parts: BookJobDeps, event: Event) -> JobReport:
    """`{"job": "reconciliation"}`: compare the day before, or the `day`, with the carrier's records."""
    now = parts.clock.now()
    report, opened = reconcile_day(parts.books, _day(event, now), now)
    facts = {
        "day": str(report.day),
        "legs": report.legs,
        "charged": report.charged,
        "capped": report.capped,
        "corrected": report.corrected,
        "waiting": report.waiting,
        "findings": len(report.findings),
    }
    cases = (Metric(_CASES, opened),) if opened else ()
    return JobReport(facts, (Metric(_FINDINGS, len(report.findings)), *cases))


def _day(event: Event, now: datetime) -> date:
    return date.fromisoformat(event["day"]) if event.get("day") else day_before(now)


JOBS: Mapping[str, Job[Any]] = {
    "trial_balance": Job(NEEDED, book_job_deps, close_day, (_DIFFERENCES,)),
    "reconciliation": Job(NEEDED, book_job_deps, reconcile, (_FINDINGS, _CASES)),
}

"""Calls whose end nobody told us of."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from telekarta.domain.cards.card import Ref
from telekarta.usecases.calls.lost_hangups import HoldOutcome, Looked, check_hold, sweep
from telekarta.wiring.holds import HOLDS_NEEDED, HoldJobDeps, hold_job_deps
from timers.job import Event, Job, JobReport, Metric, counted

# Each outcome of a hold that somebody may want to see on a graph or be told of.
_METRICS = {
    HoldOutcome.CHARGED: "LostCallCharged",
    HoldOutcome.RELEASED: "LostCallReleased",
    HoldOutcome.CASE_OPENED: "CaseOpened",
    HoldOutcome.CARRIER_UNAVAILABLE: "CarrierUnavailable",
    HoldOutcome.FAILED: "HoldFailed",
}
_AGE = "OldestHoldAge"


def sweep_holds(parts: HoldJobDeps, _event: Event) -> JobReport:
    """`{"job": "sweep_holds"}`: settle the calls whose end nobody told us of."""
    swept = sweep(parts.holds, parts.clock.now())
    age = Metric(_AGE, swept.oldest_hold_age_s, MetricUnit.Seconds)
    facts = {"holds": [_hold(each) for each in swept.looked], "oldest_hold_age_s": swept.oldest_hold_age_s}
    return JobReport(facts, (age, *_counted(swept.looked)))


def check_one_hold(parts: HoldJobDeps, event: Event) -> JobReport:
    """`{"job": "check_hold", "ref": "card:white_phone:123456"}`: is the call over for which it is held?"""
    looked = check_hold(parts.holds, Ref.parse(event["ref"]), parts.clock.now())
    found = (looked,) if looked else ()
    return JobReport({"holds": [_hold(each) for each in found]}, _counted(found))


def _hold(looked: Looked) -> dict[str, str]:
    error = {"error": looked.error} if looked.error else {}
    return {"hold": looked.hold_id, "outcome": looked.outcome.value, **error}


def _counted(looked: tuple[Looked, ...]) -> tuple[Metric, ...]:
    return counted(_METRICS, Counter(each.outcome for each in looked))


JOBS: Mapping[str, Job[Any]] = {
    "sweep_holds": Job(HOLDS_NEEDED, hold_job_deps, sweep_holds, (_AGE, *_METRICS.values())),
    "check_hold": Job(HOLDS_NEEDED, hold_job_deps, check_one_hold, (*_METRICS.values(),), on_request=True),
}

"""Refunds that stand still."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from telekarta.usecases.refunds.watch import LEFT_ALONE, PayoutAnswer, RefundWatchDeps, Seen
from telekarta.usecases.refunds.watch import watch_refunds as watch_all
from telekarta.wiring.refunds import WATCH_NEEDED, refund_watch
from timers.job import Event, Job, JobReport, Metric, counted, faults_of

# Each outcome of the look at refunds that somebody may want to see on a graph or be told of.
_METRICS = {
    Seen.RESUMED: "RefundResumed",
    Seen.STARTED: "RefundResumed",
    Seen.WOKEN: "RefundWoken",
    Seen.CASE_OPENED: "CaseOpened",
    Seen.FAILED: "RefundFailed",
    PayoutAnswer.UNAVAILABLE: "GatewayUnavailable",
}
_STILL = "RefundsAtAStandstill"


def watch_refunds(parts: RefundWatchDeps, event: Event) -> JobReport:
    """`{"job": "watch_refunds"}`: refunds whose execution got lost go on, and providers are asked about
    payouts (WP §7.10). With `left_alone_s` also those that were touched a moment ago, after an outage."""
    left_alone = timedelta(seconds=event.get("left_alone_s", LEFT_ALONE.total_seconds()))
    watched = watch_all(parts, left_alone)
    # Counted also when there is none, so that a job that does not run is seen too.
    still = Metric(_STILL, len(watched.still))
    at_a_standstill = {"at_a_standstill": list(watched.still)}
    facts = {**watched.outcomes, "open": watched.open, **at_a_standstill, **faults_of(watched.faults)}
    return JobReport(facts, (still, *counted(_METRICS, watched.outcomes)))


JOBS: Mapping[str, Job[Any]] = {
    "watch_refunds": Job(WATCH_NEEDED, refund_watch, watch_refunds, (_STILL, *_METRICS.values())),
}

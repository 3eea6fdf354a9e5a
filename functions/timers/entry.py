"""The Lambda function `timers`: a schedule, or another function, names a job; it is done and counted."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from telekarta.adapters.environment import MissingVariable
from telekarta.usecases.faults import kind_only
from telekarta.usecases.ports import CarrierUnavailable, ReportsUnavailable, StoreUnavailable
from telekarta.wiring.stores import store_of
from timers.registry import JOBS, NoSuchJob, job_of

SERVICE = "timers"

logger = Logger(service=SERVICE)
metrics = Metrics(namespace="Telekarta", service=SERVICE)


store = cache(store_of)  # one for all jobs of a warm environment


@cache
def parts(name: str) -> Any:
    """The job's parts, put together once for each warm environment. Raises MissingVariable."""
    environment = JOBS[name].environment(name)
    return JOBS[name].build(environment, store(environment))


@metrics.log_metrics
@kind_only(logger.error, MissingVariable, NoSuchJob, CarrierUnavailable, ReportsUnavailable, StoreUnavailable)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """`{"job": name, ...}` (events/timers) -> what was done.

    What a job can't finish it raises, and the alarm on errors tells us. The next round goes on from there;
    the books, which come once a day, are tried again by Lambda (template.yaml says how often).
    """
    metrics.add_metric(name="Job", unit=MetricUnit.Count, value=1)
    name, job = job_of(event)
    told = job.carry_out(parts(name), event)
    for metric in told.metrics:
        metrics.add_metric(name=metric.name, unit=metric.unit, value=metric.value)
    # Only ids of ours and of the carrier, outcomes and counts: no card, no number.
    logger.info(name, **told.facts)
    return dict(told.facts)

"""The Lambda function `timers`: a schedule, or another function, names a job; it is done and counted."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from telekarta.adapters.environment import OF_CARDS, Environment, MissingVariable
from telekarta.usecases.faults import kind_only
from telekarta.usecases.ports import CarrierUnavailable, ReportsUnavailable, StoreUnavailable
from timers.jobs import JobDeps, NoSuchJob, build, job_of

SERVICE = "timers"

logger = Logger(service=SERVICE)
metrics = Metrics(namespace="Telekarta", service=SERVICE)


@cache
def parts() -> JobDeps:
    return build(Environment.from_os(*OF_CARDS, "DESK_TABLE", "PRICE_LISTS_BUCKET", "TWILIO_SECRET"))


@metrics.log_metrics
@kind_only(logger.error, MissingVariable, NoSuchJob, CarrierUnavailable, ReportsUnavailable, StoreUnavailable)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """`{"job": name, ...}` (events/timers) -> what was done.

    What a job can't finish it raises, and the alarm on errors tells us. The next round goes on from there;
    the books, which come once a day, are tried again by Lambda (template.yaml says how often).
    """
    metrics.add_metric(name="Job", unit=MetricUnit.Count, value=1)
    job = job_of(event)
    told = job(parts(), event)
    for metric in told.metrics:
        metrics.add_metric(name=metric.name, unit=metric.unit, value=metric.value)
    # Only ids of ours and of the carrier, outcomes and counts: no card, no number.
    logger.info(event["job"], **told.facts)
    return dict(told.facts)

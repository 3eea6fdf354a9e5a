"""The Lambda function `tasks`: a state machine names a step and a case; it is done, and what is next is told.

A step raises what the state machine knows: `Unavailable` (ours) and `OutsideUnavailable` (a provider, mail)
are worth trying again, `StepFailed` is not. None of them quotes anything: executions show what was raised.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from telekarta.adapters.environment import Environment
from telekarta.usecases.faults import described
from telekarta.usecases.mail.ports import DocumentsUnavailable
from telekarta.usecases.ports import ReportsUnavailable, StoreUnavailable
from telekarta.usecases.refunds.steps.holding import VERBS, RefundStepDeps, StepAnswer, wait_for
from telekarta.usecases.topups.ports import GatewayUnavailable
from telekarta.usecases.topups.receipts import Unsent
from telekarta.wiring.refunds import NEEDED, refund_work

SERVICE = "tasks"
WAIT = "wait"

logger = Logger(service=SERVICE)
metrics = Metrics(namespace="Telekarta", service=SERVICE)
tracer = Tracer(service=SERVICE)


class Unavailable(Exception):
    """The store or the workflow did not answer: the step is safe to repeat."""


class OutsideUnavailable(Exception):
    """A provider, the mail or the place of files and documents did not answer: worth trying again after a
    while."""


class StepFailed(Exception):
    """A fault of ours. It names its kind only."""


@cache
def parts() -> RefundStepDeps:
    return refund_work(Environment.from_os(*NEEDED))


def done(event: Mapping[str, Any], work: Callable[[], RefundStepDeps]) -> StepAnswer:
    """The step, done. Raises the exceptions above."""
    try:
        name, case = event["step"], event["case"]
        if name == WAIT:
            return wait_for(work(), case, event["token"])
        return VERBS[name](work(), case)
    except (GatewayUnavailable, Unsent, ReportsUnavailable, DocumentsUnavailable) as error:
        problem: Exception = OutsideUnavailable(type(error).__name__)
    except StoreUnavailable as error:
        problem = Unavailable(type(error).__name__)
    except Exception as error:
        problem = StepFailed(type(error).__name__)
        logger.error("a fault", step=event.get("step"), case=event.get("case"), error=described(error))
    # Outside of the handlers: what was raised there may quote a record.
    raise problem


@metrics.log_metrics
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """`{"step": name, "case": id}`, with a `token` to wait (events/tasks) -> `{"case", "do", "wait_s"}`."""
    metrics.add_metric(name="Step", unit=MetricUnit.Count, value=1)
    told = done(event, parts)
    for name in told.metrics:
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)
    logger.info("step", step=event["step"], case=told.case, next=told.step.do.value)
    return {
        "case": told.case,
        "do": told.step.do.value,
        "wait_s": told.wait_s,
        "in_a_call": told.in_a_call,
    }

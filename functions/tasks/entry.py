"""The Lambda function `tasks`: a state machine names a workflow, a step and a case; it is told what is next.

A step raises what the state machine knows: `Unavailable` (the store) and `OutsideUnavailable` (a provider,
mail) are worth trying again, `StepFailed` is not. None of them quotes anything: executions show what was
raised.
"""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from tasks.workflows import UNNAMED, WORKFLOWS
from telekarta.usecases.faults import described
from telekarta.usecases.mail.ports import DocumentsUnavailable
from telekarta.usecases.ports import ReportsUnavailable, StoreUnavailable
from telekarta.usecases.topups.ports import GatewayUnavailable
from telekarta.usecases.topups.receipts import Unsent
from telekarta.usecases.workflow import WAIT, StepAnswer

SERVICE = "tasks"

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


def done(event: Mapping[str, Any]) -> StepAnswer:
    """The step, done. Raises the exceptions above."""
    try:
        machine = WORKFLOWS[event.get("workflow", UNNAMED)]
        step, case_id = event["step"], event["case"]
        token = event["token"] if step == WAIT else ""
        return machine.workflow.carry_out(machine.connect(), step, case_id, token)
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
    """`{"workflow": name, "step": name, "case": id}`, with a `token` to wait (events/tasks), is answered by
    `{"case", "do", "wait_s", "in_a_call"}`. An event that names no workflow is about a refund."""
    metrics.add_metric(name="Step", unit=MetricUnit.Count, value=1)
    told = done(event)
    for name in told.metrics:
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)
    logger.info("step", step=event["step"], case=told.case, next=told.action.do.value)
    return {
        "case": told.case,
        "do": told.action.do.value,
        "wait_s": told.wait_s,
        "in_a_call": told.in_a_call,
    }

"""The voice webhooks: Twilio asks, the dialog takes one step, the next screen goes back.

Everything that is not a step ends politely: a forged request gets 403, a malformed one a sentence and a
hang-up, a fault of ours an apology. No answer is ever a 5xx, for behind it waits a person with one call.
"""

import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from telekarta.adapters.environment import Environment
from telekarta.usecases.calls.perform import performers
from telekarta.wiring.calls import NEEDED, call_deps
from telekarta.wiring.twilio import twilio_secret
from voice.steps import Answer, Door

logger = Logger()
metrics = Metrics()
tracer = Tracer()
app = APIGatewayHttpResolver()


@cache
def door() -> Door:
    """The product's parts put together, once for each warm environment."""
    environment = Environment.from_os(*NEEDED)
    deps = performers(call_deps(environment))
    return Door(deps, twilio_secret(environment))


def _reply(answer: Answer) -> Response[str]:
    for name in answer.counts:
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)
    # Never a number, a code or a query string: only names of ours and the carrier's id of the call.
    logger.info("step", extra=dict(answer.facts))
    return Response(status_code=answer.status, content_type=answer.content_type, body=answer.body)


@app.post("/voice/incoming")
def incoming() -> Response[str]:
    return _reply(door().incoming(app.current_event.raw_event))


@app.post("/voice/status")
def status() -> Response[str]:
    return _reply(door().status(app.current_event.raw_event))


@app.post("/voice/report")
def report() -> Response[str]:
    return _reply(door().report(app.current_event.raw_event))


@app.post("/voice/<node>")
def step(node: str) -> Response[str]:
    return _reply(door().step(app.current_event.raw_event, node))


@metrics.log_metrics
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """An HTTP API event (payload format 2.0) -> TwiML."""
    metrics.add_metric(name="Webhook", unit=MetricUnit.Count, value=1)
    return app.resolve(event, context)


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # What the first caller would wait for is made while Lambda starts us, and lies in SnapStart's snapshot.
    # Secrets are not asked for yet: on the first deployment Twilio's is still empty.
    door()

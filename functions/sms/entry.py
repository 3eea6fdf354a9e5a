"""The webhook of 720 507 507: a text message in, the answer to its sender out.

The answer rides in the webhook's own answer (TwiML): it is sent once for each time that Twilio is answered,
and a message that Twilio tells again, because it got no answer, is answered as before. Numbers and words of
a message are not logged.
"""

import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from telekarta.adapters.environment import Environment
from telekarta.adapters.twilio.texting import CONTENT_TYPE, is_person, read_message, reply_with
from telekarta.adapters.twilio.webhook import Forged, Malformed, open_webhook
from telekarta.usecases.faults import kind_only
from telekarta.usecases.ports import StoreUnavailable
from telekarta.usecases.topups.sms import SmsDeps, take_message
from telekarta.wiring.claims import NEEDED
from telekarta.wiring.sms import sms_deps
from telekarta.wiring.twilio import Twilio, twilio_secret

SERVICE = "sms"

logger = Logger(service=SERVICE)
metrics = Metrics(namespace="Telekarta", service=SERVICE)
app = APIGatewayHttpResolver()


@cache
def environment() -> Environment:
    return Environment.from_os(
        *NEEDED,
        "LAJT_API_URL",
        "LAJT_SECRET",
        "PAYMENTS_TABLE",
        "PEPPER_SECRET",
        "TWILIO_SECRET",
    )


@cache
def parts() -> SmsDeps:
    """The product's parts put together, once for each warm environment."""
    return sms_deps(environment())


@cache
def twilio() -> Twilio:
    return twilio_secret(environment())


@app.post("/sms/incoming")
@kind_only(logger.error)  # below the resolver, which logs whatever gets as far as it
def incoming() -> Response[str]:
    credentials = twilio().credentials()
    try:
        webhook = open_webhook(app.current_event.raw_event, credentials)
        message = read_message(webhook.form)
    except Forged:
        return _told("forged", Response(403, "text/plain; charset=utf-8", "forbidden"))
    except Malformed:
        return _told("malformed", Response(200, CONTENT_TYPE, reply_with("")))
    try:
        reply = take_message(parts(), message.sid, message.sender, message.text, is_person)
    except StoreUnavailable as error:
        # Twilio asks its second address, or nobody: then the sender hears nothing and writes again.
        logger.warning("not taken", error=type(error).__name__)
        return _told("unavailable", Response(503, "text/plain; charset=utf-8", ""))
    return _told(reply.outcome.value, Response(200, CONTENT_TYPE, reply_with(reply.text)))


def _told(outcome: str, answer: Response[str]) -> Response[str]:
    metrics.add_metric(name=f"Sms.{outcome}", unit=MetricUnit.Count, value=1)
    logger.info("a message", outcome=outcome)
    return answer


@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """An HTTP API event (payload format 2.0) -> TwiML. Raises Fault: Twilio gets a 500."""
    metrics.add_metric(name="Message", unit=MetricUnit.Count, value=1)
    return app.resolve(event, context)


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # Made while Lambda starts us. Secrets are not asked for yet: at first Twilio's is still empty.
    parts()

"""The payment providers' notifications, one route for each.

What a provider shall tell again is answered with 503; everything else that it really sent with 200, repeats
and nonsense of its own included, for it would only come again. A forged notification gets 403.
"""

import os
from base64 import b64decode
from binascii import Error as BadBase64
from dataclasses import replace
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from telekarta.adapters.environment import Environment
from telekarta.domain.topups.payments import Provider
from telekarta.usecases.faults import kind_only
from telekarta.usecases.ports import StoreUnavailable
from telekarta.usecases.topups.payment_notifications import take_notification
from telekarta.usecases.topups.payments import NotificationOutcome, PaymentDeps
from telekarta.wiring.payments import NEEDED, payment_deps
from telekarta.wiring.refunds import refund_notices
from telekarta.wiring.stores import store_of

SERVICE = "payments"

logger = Logger(service=SERVICE)
metrics = Metrics(namespace="Telekarta", service=SERVICE)
app = APIGatewayHttpResolver()

_STATUS = {
    NotificationOutcome.FORGED: 403,
    NotificationOutcome.MALFORMED: 400,
    NotificationOutcome.UNAVAILABLE: 503,
}
# Those that somebody wants to see on a graph or be told of.
_METRICS = {
    NotificationOutcome.CREDITED: ("PaymentCredited",),
    NotificationOutcome.NOT_CREDITED: ("PaymentNotCredited", "CaseOpened"),
    NotificationOutcome.DIFFERENT: ("PaymentDiffers", "CaseOpened"),
    NotificationOutcome.PAID_TWICE: ("PaymentPaidTwice", "CaseOpened"),
    NotificationOutcome.GIVEN_BACK: ("PaymentGivenBack", "CaseOpened"),
    NotificationOutcome.NOT_CONFIRMED: ("PaymentNotConfirmed",),
    NotificationOutcome.UNKNOWN_PAYMENT: ("UnknownPayment",),
    NotificationOutcome.FORGED: ("ForgedNotification",),
    NotificationOutcome.MALFORMED: ("MalformedNotification",),
    NotificationOutcome.UNAVAILABLE: ("NotificationUnavailable",),
}


@cache
def parts() -> PaymentDeps:
    """The product's parts put together, once for each warm environment."""
    environment = Environment.from_os(*NEEDED, "DESK_TABLE", "REFUNDS_TABLE")
    store = store_of(environment)
    return replace(payment_deps(environment, store), refunds=refund_notices(environment, store))


def _raw_body() -> bytes:
    """The very bytes that were signed: API Gateway hands over in base64 what it does not take for text."""
    body = app.current_event.body or ""
    if not app.current_event.is_base64_encoded:
        return body.encode()
    try:
        return b64decode(body, validate=True)
    except BadBase64:
        return b""


@kind_only(logger.error)  # below the resolver, which logs whatever gets as far as it
def _take(provider: Provider) -> Response[str]:
    try:
        outcome = take_notification(parts(), provider, app.current_event.headers, _raw_body())
    except StoreUnavailable as error:
        outcome = NotificationOutcome.UNAVAILABLE
        logger.warning("not taken", provider=provider.value, error=type(error).__name__)
    for name in _METRICS.get(outcome, ()):
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)
    # What was sent is not logged: it names the payer.
    logger.info("notification", provider=provider.value, outcome=outcome.value)
    status = _STATUS.get(outcome, 200)
    return Response(status, "text/plain; charset=utf-8", "OK" if status == 200 else "")


@app.post("/payments/payu")
def payu() -> Response[str]:
    return _take(Provider.PAYU)


@app.post("/payments/przelewy24")
def przelewy24() -> Response[str]:
    return _take(Provider.PRZELEWY24)


@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """An HTTP API event (payload format 2.0) -> the answer that the provider wants.

    Raises Fault: the provider gets a 500, and tells again."""
    metrics.add_metric(name="Notification", unit=MetricUnit.Count, value=1)
    return app.resolve(event, context)


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # Made while Lambda starts us. Secrets are not asked for yet: at first the providers' are still empty.
    parts()

"""The web pages: a card topped up in a browser, the payment's result, prices and terms.

Nothing is kept between two pages but the payment itself: what was answered rides sealed with the visitor
(`visit_seals`), so that the back button, two tabs and a reload need no care. A form's answer is a redirect.
"""

import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from telekarta.adapters.environment import Environment
from telekarta.wiring.payments import NEEDED, payment_deps
from telekarta.wiring.stores import store_of
from telekarta.wiring.web import attempts_of, page_secret, pepper_of, price_reader
from web.serving import Site
from web.topup.routes import TopUpRoutesDeps, answer

SERVICE = "web"

logger = Logger(service=SERVICE)
metrics = Metrics(namespace="Telekarta", service=SERVICE)
site = Site(logger, metrics)


@cache
def parts() -> TopUpRoutesDeps:
    """The product's parts put together, once for each warm environment."""
    environment = Environment.from_os("PEPPER_SECRET", "PRICE_LISTS_BUCKET", "WEB_SECRET", *NEEDED)
    store = store_of(environment)
    return TopUpRoutesDeps(
        payments=payment_deps(environment, store),
        cards=store,
        attempts=attempts_of(store),
        pepper=pepper_of(environment),
        prices=price_reader(environment),
        secret=page_secret(environment),
        providers=(environment.payu_api_url, environment.przelewy24_api_url),
    )


@metrics.log_metrics
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    return site.serve(event, parts(), lambda request: answer(parts(), request))


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # Made while Lambda starts us. No secret is asked for yet.
    parts()

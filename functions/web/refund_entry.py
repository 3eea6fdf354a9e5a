"""The web pages on which money is asked back from a card (WP §7).

A function of its own beside the one that tops cards up: it alone may enter applications. As there, nothing is
kept between two pages; what was answered rides sealed with the visitor, under a key made for this form.
"""

import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from telekarta.adapters.environment import OF_CARDS, Environment
from telekarta.wiring.refund_form import refund_form_deps
from telekarta.wiring.stores import store_of
from telekarta.wiring.web import attempts_of, chance, page_secret
from web.refund.routes import RefundRoutesDeps, answer
from web.serving import Site
from web.visit_seals import key_for

SERVICE = "refund-form"

logger = Logger(service=SERVICE)
metrics = Metrics(namespace="Telekarta", service=SERVICE)
site = Site(logger, metrics, home="/refund", trouble="refund_trouble", takes_files=True)


@cache
def parts() -> RefundRoutesDeps:
    """The product's parts put together, once for each warm environment."""
    environment = Environment.from_os(
        *OF_CARDS,
        "DESK_TABLE",
        "DOCUMENTS_BUCKET",
        "PAYMENTS_TABLE",
        "PEPPER_SECRET",
        "PUBLIC_BASE_URL",
        "REFUNDS_TABLE",
        "REFUND_MACHINE",
        "WEB_SECRET",
    )
    store = store_of(environment)
    secret = page_secret(environment)
    return RefundRoutesDeps(
        form=refund_form_deps(environment, store),
        attempts=attempts_of(store),
        chance=chance(),
        secret=lambda: key_for(secret(), "refund"),
        base_url=environment.public_base_url,
    )


@metrics.log_metrics
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    return site.serve(event, parts(), lambda request: answer(parts(), request))


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # Made while Lambda starts us. No secret is asked for yet.
    parts()

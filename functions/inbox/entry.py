"""E-mails that SES has put into the bucket: each becomes a draft case, and the raw message goes.

A raw message may hold a PIN, so it is removed once it was taken. S3 may tell of it twice or late: what was
taken is gone then, or is taken again to the same case. A message that can't be read is raised, so that an
alarm tells of it while the bucket still has it.
"""

import os
from functools import cache
from typing import Any
from urllib.parse import unquote_plus

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from telekarta.adapters.environment import Environment
from telekarta.usecases.faults import kind_only
from telekarta.usecases.mail.incoming import take_mail
from telekarta.usecases.mail.ports import NoMail
from telekarta.usecases.ports import StoreUnavailable
from telekarta.wiring.mail import NEEDED, InboxFunctionDeps, inbox_deps

SERVICE = "inbox"

logger = Logger(service=SERVICE)
metrics = Metrics(namespace="Telekarta", service=SERVICE)
tracer = Tracer(service=SERVICE)


@cache
def parts() -> InboxFunctionDeps:
    """The product's parts put together, once for each warm environment."""
    return inbox_deps(Environment.from_os(*NEEDED))


@metrics.log_metrics
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
@kind_only(logger.error, NoMail, StoreUnavailable)
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """S3's event -> cases. Raises NoMail, StoreUnavailable and Fault: S3's event is then told again."""
    del context
    metrics.add_metric(name="MailTold", unit=MetricUnit.Count, value=1)
    for record in event.get("Records", ()):
        take(unquote_plus(record["s3"]["object"]["key"]))


def take(key: str) -> None:
    books = parts()
    raw = books.bucket.read(key)
    if raw is None:
        logger.info("a mail", outcome="taken before")
        return
    case = take_mail(books.deps, books.read(raw))
    books.bucket.remove(key)
    metrics.add_metric(name="MailReceived", unit=MetricUnit.Count, value=1)
    metrics.add_metric(name="CaseOpened", unit=MetricUnit.Count, value=1)
    logger.info("a mail", outcome="taken", case=case)


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    parts()

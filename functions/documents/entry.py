"""The Lambda function `documents`: a letter in, the keys of its documents out.

Making the same letter again writes the same bytes to the same keys, so any caller may repeat it. Nothing of
the letter is logged: it is about a person's money.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from documents.making import Letter, documents
from telekarta.adapters.environment import Environment
from telekarta.usecases.faults import kind_only
from telekarta.usecases.mail.ports import DocumentStore
from telekarta.usecases.ports import StoreUnavailable
from telekarta.wiring.documents import kept_documents

SERVICE = "documents"

logger = Logger(service=SERVICE)
metrics = Metrics(namespace="Telekarta", service=SERVICE)


class NoLetter(Exception):
    """The event is no letter: a fault of whoever called. It quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class DocumentsDeps:
    store: DocumentStore


@cache
def parts() -> DocumentsDeps:
    environment = Environment.from_os("DOCUMENTS_BUCKET")
    return DocumentsDeps(kept_documents(environment))


@logger.inject_lambda_context(log_event=False)
@metrics.log_metrics
@kind_only(logger.error, NoLetter, StoreUnavailable)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, str]:
    """`{"letter": {...}}` -> `{"letter.pdf": key, "letter-large.pdf": key, "letter.txt": key}`.

    Raises NoLetter; StoreUnavailable and Fault: making it again is right.
    """
    del context
    letter = read(event)
    keys = {}
    for document in documents(letter):
        keys[document.name] = f"letters/{letter.id}/{document.name}"
        parts().store.put(keys[document.name], document.content, document.content_type)
    metrics.add_metric(name="LetterMade", unit=MetricUnit.Count, value=1)
    logger.info("a letter", outcome="made")
    return keys


_TEXTS = ("id", "sender", "place_and_date", "subject", "body")


def read(event: object) -> Letter:
    told = event.get("letter") if isinstance(event, dict) else None
    if not isinstance(told, dict):
        raise NoLetter("there is no letter")
    to = told.get("to", [])
    if not isinstance(to, list) or not all(isinstance(line, str) for line in to):
        raise NoLetter("`to` must be lines of text")
    for name in _TEXTS:
        if not isinstance(told.get(name), str) or not told[name].strip():
            raise NoLetter(f"`{name}` must be a text")
    if not all(part not in ("", ".", "..") for part in told["id"].split("/")):
        raise NoLetter("`id` is no name of a folder")
    return Letter(to=tuple(to), **{name: told[name] for name in _TEXTS})

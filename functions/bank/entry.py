"""Bank statements, as S3 tells that one was put into the bucket.

What S3 tells may come twice, late, or twice at once; each file is taken whole every time, and what is booked
already stays as it is. A file that could not be taken to its end is raised, so that Lambda takes it again,
and tells the alarms' topic when it gives up. Neither names nor titles are logged: both may name people.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote_plus

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from telekarta.adapters.environment import Environment
from telekarta.domain.bank.reports import FileReport
from telekarta.domain.bank.transfers import Fate
from telekarta.usecases.bank.ports import STATEMENTS, BankDeps, NoSuchFile, StatementFiles
from telekarta.usecases.bank.statements import take_file
from telekarta.usecases.faults import kind_only
from telekarta.usecases.ports import StoreUnavailable
from telekarta.wiring.bank import NEEDED, bank_deps, statement_files

SERVICE = "bank"

logger = Logger(service=SERVICE)
metrics = Metrics(namespace="Telekarta", service=SERVICE)
tracer = Tracer(service=SERVICE)


class NotFinished(Exception):
    """A file was not taken to its end: the same event shall come again. Nothing is lost by it."""


@dataclass(frozen=True, slots=True)
class FileArrived:
    """A file that was put into the bucket. `version` is empty where the bucket keeps none."""

    key: str
    version: str


@dataclass(frozen=True, slots=True)
class BankFunctionDeps:
    deps: BankDeps
    files: StatementFiles


@cache
def parts() -> BankFunctionDeps:
    """The product's parts put together, once for each warm environment."""
    environment = Environment.from_os(*NEEDED)
    return BankFunctionDeps(bank_deps(environment), statement_files(environment))


def told_files(event: dict[str, Any]) -> Iterator[FileArrived]:
    """The files that the event tells of. Its test message tells of none, and a folder is no file."""
    for record in event.get("Records", ()):
        told = record["s3"]["object"]
        # S3 writes keys as in a form: blanks as plus, the rest in percents.
        key = unquote_plus(told["key"])
        if key.startswith(STATEMENTS) and not key.endswith("/"):
            yield FileArrived(key, told.get("versionId", ""))


def take(books: BankFunctionDeps, told: FileArrived, time_left_s: Callable[[], float]) -> FileReport | None:
    """Take the file and write its report. None if somebody has removed it: then there is nothing to take."""
    try:
        raw = books.files.read(told.key, told.version)
    except NoSuchFile:
        return None
    report = take_file(books.deps, told.key.removeprefix(STATEMENTS), raw, time_left_s)
    books.files.keep(report)
    return report


@metrics.log_metrics
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
@kind_only(logger.error, NotFinished, StoreUnavailable)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """An event of S3 -> how many files it told of. Raises NotFinished, StoreUnavailable and Fault."""
    _count("StatementEvent")
    reports = []
    for told in told_files(event):
        report = take(parts(), told, lambda: context.get_remaining_time_in_millis() / 1000)
        _tell(report)
        reports.append(report)
    if not all(report is None or report.is_finished for report in reports):
        raise NotFinished("a file is to be taken again")
    return {"files": len(reports)}


def _tell(report: FileReport | None) -> None:
    if report is None:
        logger.warning("a file that is not there any more")
        _count("StatementGone")
        return
    opened = sum(each.is_new for each in report.entries()) + bool(report.case)
    _count("StatementFile")
    _count("TransferCredited", report.count(Fate.CREDITED))
    _count("CaseOpened", opened)
    if report.case:
        _count("StatementNotRead")
    logger.info(
        "a file of statements",
        digest=report.digest[:16],
        size_bytes=report.size_bytes,
        unreadable=report.unreadable,
        statements=len(report.statements),
        fates={fate: report.count(fate) for fate in Fate if report.count(fate)},
        finished=report.is_finished,
    )


def _count(name: str, value: int = 1) -> None:
    if value:
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # Made while Lambda starts us: nothing is connected before the first file.
    parts()

"""The Lambda function `desk`: one command in, its answer out.

Neither what was commanded nor what was answered is logged: an answer may hold PINs, a reason may hold
anything. A log line has the command's name, its outcome, and the number that it was about, masked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from desk import answers
from desk.documentation import describe
from desk.masking import masked
from desk.pages.calls import is_widget_call, read_call
from desk.registry import Describe, Invalid, name_of, read
from desk.runbooks import (
    Executions,
    Handover,
    NotYours,
    RunbookFailed,
    is_from_runbook,
    refused,
    signed,
    told_in_runbook,
)
from telekarta.adapters.aws.clock import clock
from telekarta.adapters.aws.document_store import S3Documents
from telekarta.adapters.aws.price_lists import price_desk, prices_of
from telekarta.adapters.aws.reports import S3Reports
from telekarta.adapters.aws.runbooks import S3Handover, SsmExecutions
from telekarta.adapters.aws.secrets import SecretPepper
from telekarta.adapters.aws.service_metrics import CloudWatchFigures
from telekarta.adapters.chance import SystemChance
from telekarta.adapters.dynamodb import DynamoStore
from telekarta.adapters.dynamodb.payments import DynamoPayments
from telekarta.adapters.environment import OF_CARDS, Environment
from telekarta.usecases.desk.commands import Command, DeskDeps, carry_out
from telekarta.usecases.desk.service_metrics import Figures
from telekarta.usecases.faults import described
from telekarta.usecases.ports import StoreUnavailable
from telekarta.wiring.bank import transfer_desk
from telekarta.wiring.refunds import refund_desk

SERVICE = "desk"

logger = Logger(service=SERVICE)
metrics = Metrics(namespace="Telekarta", service=SERVICE)


class CommandFailed(Exception):
    """A command met a fault of ours. It names the kind of the fault and repeats nothing that was given."""


def build(environment: Environment) -> DeskDeps:
    """The desk of this stage. Nothing is connected before the first command."""
    store = DynamoStore.from_environment(environment)
    return DeskDeps(
        store=store,
        clock=clock(environment),
        pepper=SecretPepper(environment.pepper_secret, environment.region),
        chance=SystemChance(),
        prices=prices_of(environment),
        reports=S3Reports(environment.reports_bucket, environment.region),
        payments=DynamoPayments(store.tables),
        refunds=refund_desk(environment, store),
        transfers=transfer_desk(environment, store),
        price_lists=price_desk(environment, store) if environment.price_lists_bucket else None,
    )


@cache
def the_desk() -> DeskDeps:
    return build(
        Environment.from_os(
            *OF_CARDS,
            "DESK_TABLE",
            "PAYMENTS_TABLE",
            "PEPPER_SECRET",
            "PRICE_LISTS_BUCKET",
            "REFUND_MACHINE",
            "REFUNDS_TABLE",
            "REPORTS_BUCKET",
        )
    )


@cache
def the_figures() -> Figures:
    environment = Environment.from_os("VOICE_FUNCTION")
    return CloudWatchFigures(environment.voice_function, environment.region)


@cache
def the_documents() -> S3Documents:
    environment = Environment.from_os("DOCUMENTS_BUCKET")
    return S3Documents(environment.documents_bucket, environment.region)


@cache
def the_payouts_bucket() -> str:
    """Its name only: the desk has no right to read what is in it."""
    return Environment.from_os("PAYOUTS_BUCKET").payouts_bucket


@dataclass(frozen=True, slots=True)
class Runbooks:
    """What a command from a runbook needs besides the desk. `stack` begins the runbooks' names."""

    stack: str
    executions: Executions
    handover: Handover


@cache
def the_runbooks() -> Runbooks:
    environment = Environment.from_os("HANDOVER_BUCKET", "STACK_NAME")
    return Runbooks(
        environment.stack_name,
        SsmExecutions(environment.region),
        S3Handover(environment.handover_bucket, environment.region),
    )


# The event is never logged, whatever the environment says: see above.
@logger.inject_lambda_context(log_event=False)
@metrics.log_metrics
def handler(event: object, context: LambdaContext) -> answers.Json | str:
    """One command (docs/desk-commands.md) -> its answer; or a dashboard's widget -> its page.

    Raises CommandFailed for a fault of ours only."""
    if is_from_runbook(event):
        return from_runbook(
            event, the_desk, the_runbooks, lambda: context.get_remaining_time_in_millis() / 1000
        )
    if is_widget_call(event):
        arn = context.invoked_function_arn
        return widget(event, the_desk, the_figures, the_documents, arn, the_payouts_bucket)
    return answer(event, the_desk, lambda: context.get_remaining_time_in_millis() / 1000)


def answer(
    event: object, desk: Callable[[], DeskDeps], time_left_s: Callable[[], float]
) -> answers.Json | str:
    command = read(event)
    if isinstance(command, Describe):
        _tell("describe", "done")
        return describe() if command.plain else {"outcome": "done", "markdown": describe()}
    if isinstance(command, Invalid):
        _tell("", answers.INVALID)
        return answers.invalid(command)
    name = name_of(command)
    try:
        told = answers.answered(command, carry_out(desk(), command, time_left_s))
    except StoreUnavailable as error:
        _tell(name, answers.UNAVAILABLE, _subject(command), type(error).__name__)
        return answers.unavailable()
    except Exception as error:
        logger.error("a fault", command=name, error=described(error))
        metrics.add_metric(name="CommandFailed", unit=MetricUnit.Count, value=1)
        # Lambda logs and returns what is raised, with its message: only the kind may get that far.
        raise CommandFailed(f"{name}: {type(error).__name__}") from None
    _tell(name, told["outcome"], _subject(command))
    return told


def from_runbook(
    event: Any,
    desk: Callable[[], DeskDeps],
    runbooks: Callable[[], Runbooks],
    time_left_s: Callable[[], float],
) -> answers.Json:
    """A command of an operator whom Systems Manager knows. Raises RunbookFailed for what was not done."""
    books = runbooks()
    try:
        command = signed(event, books.executions, books.stack)
        if isinstance(command, NotYours):
            _tell("runbook", "refused", error=command)
            raise refused(command)
        done = answer(command, desk, time_left_s)
        assert isinstance(done, dict)
        return told_in_runbook(done, books.handover, f"{command['command']}/{event['automation']}.json")
    except StoreUnavailable:
        raise RunbookFailed(answers.unavailable()["message"]) from None


def widget(
    event: Any,
    desk: Callable[[], DeskDeps],
    figures: Callable[[], Figures],
    documents: Callable[[], S3Documents],
    endpoint: str,
    payouts_bucket: Callable[[], str],
) -> answers.Json | str:
    """A page of the operators' dashboard: HTML, or Markdown that is plain text."""
    # Commands need no templates, and widgets are few.
    from desk.pages.front import Front  # noqa: PLC0415
    from desk.pages.rendering import as_html, as_text  # noqa: PLC0415
    from desk.pages.showing import show  # noqa: PLC0415

    call = read_call(event)
    try:
        page = show(Front(desk(), figures(), documents(), payouts_bucket()), call)
        told = {"markdown": as_text(page)} if call.as_text else as_html(page, endpoint, dark=call.dark)
    except Exception as error:
        logger.error("a fault", command="widget", error=described(error))
        metrics.add_metric(name="CommandFailed", unit=MetricUnit.Count, value=1)
        raise CommandFailed(f"widget: {type(error).__name__}") from None
    _tell(f"widget {page.name}", "done" if page.went_well else "refused")
    return told


def _tell(command: str, outcome: str, subject: str = "", error: str = "") -> None:
    logger.info("a command", command=command, outcome=outcome, subject=subject, error=error)
    name = "Command" + "".join(word.capitalize() for word in outcome.split("_"))
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)
    metrics.add_metadata(key="command", value=command)


def _subject(command: Command) -> str:
    """The number that the command is about, masked; "" if it is about none."""
    given: Any = command
    for name in ("card", "prefix", "number"):
        number = getattr(given, name, "")
        if number:
            return masked(number)
    return ""

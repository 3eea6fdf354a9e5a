"""The Lambda function `desk`: one command in, its answer out.

Neither what was commanded nor what was answered is logged: an answer may hold PINs, a reason may hold
anything. A log line has the command's name, its outcome, and the number that it was about, masked.

Two kinds of failures are kept apart:

    StoreUnavailable   the records did not answer: the operator is told so, and gives the command again
    CommandFailed      a fault of ours, such as a setting that is missing or a bug: again would not help
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import cache
from typing import Any, Protocol

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from desk.answers import INVALID, UNAVAILABLE, Json, unavailable
from desk.documentation import describe
from desk.masking import masked
from desk.pages.calls import is_widget_call, read_call
from desk.pages.front import Front
from desk.registry import DESCRIBE, REGISTRY, Describe
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
from desk.spec import Invalid
from telekarta.adapters.environment import Environment
from telekarta.usecases.desk.deps import DeskDeps
from telekarta.usecases.faults import described
from telekarta.usecases.ports import StoreUnavailable
from telekarta.wiring.desk import NEEDED, PAGES_NEED, RUNBOOKS_NEED, desk_deps, page_parts, runbook_parts

SERVICE = "desk"

logger = Logger(service=SERVICE)
metrics = Metrics(namespace="Telekarta", service=SERVICE)


class CommandFailed(Exception):
    """A command met a fault of ours. It names the kind of the fault and repeats nothing that was given."""


class Runbooks(Protocol):
    """What a command from a runbook needs besides the desk. `stack` begins the runbooks' names."""

    @property
    def stack(self) -> str: ...
    @property
    def executions(self) -> Executions: ...
    @property
    def handover(self) -> Handover: ...


@cache
def the_desk() -> DeskDeps:
    return desk_deps(Environment.from_os(*NEEDED))


@cache
def the_front() -> Front:
    parts = page_parts(Environment.from_os(*PAGES_NEED))
    return Front(the_desk(), parts.figures, parts.documents, parts.payouts_bucket)


@cache
def the_runbooks() -> Runbooks:
    return runbook_parts(Environment.from_os(*RUNBOOKS_NEED))


# The event is never logged, whatever the environment says: see above.
@logger.inject_lambda_context(log_event=False)
@metrics.log_metrics
def handler(event: object, context: LambdaContext) -> Json | str:
    """One command (docs/desk-commands.md) -> its answer; or a dashboard's widget -> its page.

    Raises CommandFailed for a fault of ours, and RunbookFailed for what a runbook's command did not do."""

    def time_left_s() -> float:
        return context.get_remaining_time_in_millis() / 1000

    if is_from_runbook(event):
        return from_runbook(event, the_desk, the_runbooks, time_left_s)
    if is_widget_call(event):
        return widget(event, the_front, context.invoked_function_arn)
    return answer(event, the_desk, time_left_s)


def answer(event: object, desk: Callable[[], DeskDeps], time_left_s: Callable[[], float]) -> Json | str:
    """The answer to the command that the event is. Raises CommandFailed."""
    command = REGISTRY.read(event)
    if isinstance(command, Describe):
        _tell(DESCRIBE, "done")
        return describe() if command.plain else {"outcome": "done", "markdown": describe()}
    if isinstance(command, Invalid):
        _tell("", INVALID)
        return {"outcome": INVALID, "problems": [asdict(problem) for problem in command.problems]}
    name = REGISTRY.spec_of(command).name
    try:
        with _faults_named(name):
            told = REGISTRY.answered(replace(desk(), time_left_s=time_left_s), command)
    except StoreUnavailable as error:
        _tell(name, UNAVAILABLE, _subject(command), type(error).__name__)
        return unavailable()
    _tell(name, told["outcome"], _subject(command))
    return told


def from_runbook(
    event: Any,
    desk: Callable[[], DeskDeps],
    runbooks: Callable[[], Runbooks],
    time_left_s: Callable[[], float],
) -> Json:
    """A command of an operator whom Systems Manager knows. Raises RunbookFailed for what was not done, and
    CommandFailed for a fault of ours."""
    try:
        with _faults_named("runbook"):
            books = runbooks()
            command = signed(event, books.executions, books.stack)
            if isinstance(command, NotYours):
                _tell("runbook", "refused", error=command)
                raise refused(command)
            done = answer(command, desk, time_left_s)
            assert isinstance(done, dict)
            return told_in_runbook(done, books.handover, f"{command['command']}/{event['automation']}.json")
    except StoreUnavailable:
        raise RunbookFailed(unavailable()["message"]) from None


def widget(event: Any, front: Callable[[], Front], endpoint: str) -> Json | str:
    """A page of the operators' dashboard: HTML, or Markdown that is plain text. `endpoint` is this
    function's ARN, which the page's buttons call. Raises CommandFailed."""
    # Commands need no templates, and widgets are few.
    from desk.pages.rendering import as_html, as_text  # noqa: PLC0415
    from desk.pages.showing import show  # noqa: PLC0415

    call = read_call(event)
    with _faults_named("widget"):
        page = show(front(), call)
        told = {"markdown": as_text(page)} if call.as_text else as_html(page, endpoint, dark=call.dark)
    _tell(f"widget {page.name}", "done" if page.went_well else "refused")
    return told


@contextmanager
def _faults_named(command: str) -> Iterator[None]:
    """Let out StoreUnavailable and what is meant for the operator; of any other fault only its kind, since
    Lambda logs and returns what is raised, with its message."""
    try:
        yield
    except (StoreUnavailable, RunbookFailed, CommandFailed):
        raise
    except Exception as error:
        logger.error("a fault", command=command, error=described(error))
        metrics.add_metric(name="CommandFailed", unit=MetricUnit.Count, value=1)
        raise CommandFailed(f"{command}: {type(error).__name__}") from None


def _tell(command: str, outcome: str, subject: str = "", error: str = "") -> None:
    logger.info("a command", command=command, outcome=outcome, subject=subject, error=error)
    name = "Command" + "".join(word.capitalize() for word in outcome.split("_"))
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)
    metrics.add_metadata(key="command", value=command)


def _subject(command: object) -> str:
    """The number that the command is about, masked; "" if it is about none."""
    for name in ("card", "prefix", "number"):
        number = getattr(command, name, "")
        if number:
            return masked(number)
    return ""

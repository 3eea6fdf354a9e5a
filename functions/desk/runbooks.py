"""Commands that come from an SSM Automation runbook: a form in the console, and an operator with a name.

A runbook sends its own execution's id, and Systems Manager tells whose execution it is. So nobody types who
they are, and nobody can be somebody else: the execution must be of the command's own runbook, still be
running, and have been started with just what was sent.

What a runbook's step answers is kept in the execution's history. PINs must not be, so cards that were issued
go into a bucket that forgets them; what was refused is raised, or the execution would count as a success.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Protocol

from desk.answers import INVALID, UNAVAILABLE, Json
from desk.registry import REGISTRY, Registry
from desk.spec import Spec

AUTOMATION = "automation"
# A form always asks for these, except that Systems Manager knows the first.
WHO = "who"


class RunbookFailed(Exception):
    """The command was not carried out; the message is for the operator to read in the execution."""


class NotYours(StrEnum):
    """Why an execution does not stand behind a command."""

    UNKNOWN_EXECUTION = "unknown_execution"
    OTHER_RUNBOOK = "other_runbook"
    NOT_RUNNING = "not_running"
    OTHER_PARAMETERS = "other_parameters"


class Execution(Protocol):
    """One run of a runbook, as Systems Manager tells it. `executed_by` is the operator's ARN."""

    @property
    def runbook(self) -> str: ...
    @property
    def executed_by(self) -> str: ...
    @property
    def parameters(self) -> Mapping[str, str]: ...
    @property
    def is_running(self) -> bool: ...


class Executions(Protocol):
    def execution(self, execution_id: str) -> Execution | None:
        """None if there is none with this id. Raises StoreUnavailable."""
        ...


class Handover(Protocol):
    """Where what must not be kept for long waits for the operator."""

    def put(self, name: str, document: Json) -> str:
        """Keep it for some days; where it is. Raises StoreUnavailable."""
        ...


def runbook_of(spec: Spec[Any, Any]) -> str:
    """The runbook's name after the stack's: `issue_cards` -> `issue-cards`."""
    return spec.name.replace("_", "-")


def of_runbooks(commands: Registry = REGISTRY) -> tuple[Spec[Any, Any], ...]:
    """The commands that change something: each has a runbook, unless it asks for what must not be kept. An
    execution's history keeps all that was typed; a widget's form keeps nothing."""
    signed_ones = (spec for spec in commands.specs if any(field.name == WHO for field in spec.fields))
    return tuple(spec for spec in signed_ones if not any(field.is_secret for field in spec.fields))


def is_from_runbook(event: object) -> bool:
    return isinstance(event, dict) and AUTOMATION in event


def signed(event: Mapping[str, Any], executions: Executions, stack: str) -> dict[str, Any] | NotYours:
    """The command with the operator's identity for `who`; what the form left empty is left out.

    Raises StoreUnavailable.
    """
    execution_id = event[AUTOMATION]
    known = executions.execution(execution_id) if isinstance(execution_id, str) else None
    if known is None:
        return NotYours.UNKNOWN_EXECUTION
    spec = next((each for each in of_runbooks() if each.name == event.get("command")), None)
    if spec is None or known.runbook != f"{stack}-{runbook_of(spec)}":
        return NotYours.OTHER_RUNBOOK
    if not known.is_running:
        return NotYours.NOT_RUNNING
    given = {str(name): value for name, value in event.items() if name not in (AUTOMATION, "command")}
    if (
        given != {name: known.parameters.get(name, "") for name in given}
        or known.parameters.keys() - given.keys()
    ):
        return NotYours.OTHER_PARAMETERS
    filled = {name: value for name, value in given.items() if value != ""}
    return {"command": spec.name, **filled, WHO: known.executed_by.rpartition(":")[2]}


def told_in_runbook(answer: Json, handover: Handover, name: str) -> Json:
    """The answer as the execution may keep it. Raises RunbookFailed and StoreUnavailable."""
    if answer["outcome"] in (INVALID, UNAVAILABLE, "refused"):
        raise RunbookFailed(_words(answer))
    if "cards" not in answer:
        return answer
    where = handover.put(name, answer)
    return {"outcome": answer["outcome"], "cards": len(answer["cards"]), "where": where}


def _words(answer: Json) -> str:
    problems = "; ".join(f"{each['field']} {each['message']}" for each in answer.get("problems", ()))
    return str(answer.get("message") or problems or answer["outcome"])


def refused(why: NotYours) -> RunbookFailed:
    return RunbookFailed(f"This execution does not stand behind the command: {why}.")

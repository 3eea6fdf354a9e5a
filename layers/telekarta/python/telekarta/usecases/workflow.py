"""Workflows: cases that a state machine carries through days and months.

A workflow is a record, a pure function that tells what the record needs next, and a step for each thing that
it may need. The state machine (statemachines/*.asl.json) knows nothing of the record: it asks what is next,
has it done, and waits. `functions/tasks` is where it asks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from telekarta.domain.workflow import NextAction
from telekarta.usecases.ports import Clock, StoreUnavailable

ROUNDS = 4
# What the machine may ask beside the steps of the workflow.
LOOK, WAIT = "look", "wait"


class RunState(StrEnum):
    """What became of an execution."""

    RUNNING = "running"
    GAVE_UP = "gave_up"  # it ended by its own word: a person goes on
    ENDED = "ended"  # stopped by somebody, or lost
    UNKNOWN = "unknown"  # never started, or forgotten


class WorkflowUnavailable(StoreUnavailable):
    """Step Functions did not answer. Nothing is lost: asking again is right."""


class NotChanged(StoreUnavailable):
    """Somebody else kept changing the record: the step is done again from what is kept."""


class Executions(Protocol):
    """The executions of one state machine: each carries one record."""

    def start(self, case_id: str, run: int) -> None:
        """Start an execution; one that was started before is left alone. Raises WorkflowUnavailable."""
        ...

    def wake(self, token: str) -> None:
        """Let the task that waits go on; one that waits no more is no fault. Raises WorkflowUnavailable."""
        ...

    def state(self, case_id: str, run: int) -> RunState:
        """Raises WorkflowUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class StepAnswer:
    """What a step answers to the state machine: `action` is what the record needs now."""

    case: str
    action: NextAction[Any]
    wait_s: int
    in_a_call: bool = False  # the money can't be moved now: the machine asks again in two minutes
    metrics: tuple[str, ...] = ()


class WorkflowDeps(Protocol):
    """What every workflow needs of the outside."""

    @property
    def clock(self) -> Clock: ...

    @property
    def workflow(self) -> Executions: ...


Deps = TypeVar("Deps", bound=WorkflowDeps)
Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class Workflow(Generic[Deps, Record]):
    """One kind of case that a state machine carries.

    `name` is in the events of the machine and in the names of its file and its errors. `record` reads the
    record of an id, and raises LookupError if there is none. `keep_token` keeps with the record the token of
    the task that waits, and tells whether the record was still as it was seen. `steps` do what `next_action`
    may tell, except for its waits and its end.
    """

    name: str
    record: Callable[[Deps, str], Record]
    next_action: Callable[[Record, datetime], NextAction[Any]]
    keep_token: Callable[[Deps, Record, str], bool]
    steps: Mapping[str, Callable[[Deps, str], StepAnswer]]

    def carry_out(self, deps: Deps, step: str, case_id: str, token: str = "") -> StepAnswer:
        """The named step, done, or `look`, or `wait` with the token of the task that waits. Raises KeyError
        for a step that is none, LookupError for a record that is not there, and what the steps raise."""
        if step == LOOK:
            return self.look(deps, case_id)
        if step == WAIT:
            return self.wait(deps, case_id, token)
        return self.steps[step](deps, case_id)

    def look(self, deps: Deps, case_id: str) -> StepAnswer:
        """What the record needs now; nothing is changed."""
        now = deps.clock.now()
        action = self.next_action(self.record(deps, case_id), now)
        return StepAnswer(case_id, action, action.wait_s(now))

    def wait(self, deps: Deps, case_id: str, token: str) -> StepAnswer:
        """Keep the token of the task that waits. If there is nothing to wait for any more, the task goes on
        at once; a change that comes from now on finds the token, so that no waking is lost."""
        for _ in range(ROUNDS):
            record, now = self.record(deps, case_id), deps.clock.now()
            action = self.next_action(record, now)
            if action.until is None:
                deps.workflow.wake(token)
                return StepAnswer(case_id, action, 0)
            if self.keep_token(deps, record, token):
                return StepAnswer(case_id, action, action.wait_s(now))
        raise NotChanged("the record kept changing")


def stuck_error(workflow: str) -> str:
    """The error by which the machine of this workflow ends when a person has to go on: `RefundStuck`."""
    return f"{workflow.capitalize()}Stuck"

"""The kinds of states that a workflow's machine is made of: a table of them is the machine.

Every machine is a hub: *Look* asks the record what it needs now, *Route* leads to the state for that, each
state does its work and what it leaves is routed anew. `tools/state_machines.py` writes the file in Amazon
States Language and adds what all states have (the call of the function, retries, time limits, the way out
when a step fails for good).

A state's name and comment are what an operator reads in the console, so that the graph reads as the process:
the name says what is done, the comment why, with its clause. **A name is never changed**: executions that run
are in it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from telekarta.usecases.workflow import Workflow


@dataclass(frozen=True, slots=True)
class State:
    """One state: its name in the graph, and what it is for."""

    name: str
    comment: str


@dataclass(frozen=True, slots=True)
class Look(State):
    """Asks what the record needs now. The machine starts here, and every wait ends here."""


@dataclass(frozen=True, slots=True)
class Route(State):
    """Leads to the state for what is needed; what no state is for is given up."""


@dataclass(frozen=True, slots=True)
class Pause(State):
    """Lets some seconds pass while the money is in use by a call, and looks again."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Step(State):
    """Does the step of the workflow that has this verb."""

    do: StrEnum


@dataclass(frozen=True, slots=True)
class WaitForPerson(State):
    """Waits until somebody acts; no longer than `next_action` tells from the deadlines of the calendar."""

    do: StrEnum


@dataclass(frozen=True, slots=True)
class WaitUntil(State):
    """Waits for a moment that `next_action` computes; there is nobody to act before it."""

    do: StrEnum


@dataclass(frozen=True, slots=True)
class End(State):
    """Nothing is left to be done."""

    do: StrEnum


@dataclass(frozen=True, slots=True)
class GiveUp(State):
    """Tells an operator of a step that failed for good, by the step that has this verb."""

    do: StrEnum


@dataclass(frozen=True, slots=True)
class Stuck(State):
    """Ends the execution as failed; `cause` tells the operator how it goes on."""

    cause: str


Working = Step | WaitForPerson | WaitUntil | End | GiveUp


@dataclass(frozen=True, slots=True)
class Machine:
    """A workflow and the states of its machine in the order of the graph. `connect` puts together what the
    steps need of the outside, once for each warm environment."""

    workflow: Workflow[Any, Any]
    connect: Callable[[], Any]
    comment: str
    states: tuple[State, ...]

    def working(self) -> tuple[Working, ...]:
        """The states that something is done in, or waited for: one for each verb of the workflow."""
        return tuple(state for state in self.states if isinstance(state, Working))

    def waits(self) -> frozenset[str]:
        """The verbs on which the machine waits."""
        return frozenset(s.do for s in self.states if isinstance(s, WaitForPerson | WaitUntil))

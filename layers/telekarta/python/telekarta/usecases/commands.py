"""What all commands of operators have in common, whatever they are about.

Every command that changes something is recorded with who gave it and why before it acts. A refusal is an
answer with a name, never an exception; StoreUnavailable is raised, and then the command may be given again:
each change carries its own condition.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from telekarta.usecases.ports import Chance, Clock, CommandLog, CommandRecord

# What an operator can take in at a glance; the oldest come first, so the rest shows as these are dealt with.
MOST_LISTED = 100

Reason_co = TypeVar("Reason_co", bound=StrEnum, covariant=True)


class Outcome(StrEnum):
    """How a command ended that was not refused."""

    DONE = "done"
    UNCHANGED = "unchanged"  # it was so already
    ALREADY_DONE = "already_done"  # a request told twice
    PARTLY_DONE = "partly_done"  # some cards could not be issued
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class CommandRefused(Generic[Reason_co]):
    """The command can't be carried out, and nothing was changed."""

    reason: Reason_co


class Signed(Protocol):
    """A command that changes something: the operator says who they are, and why they give it."""

    @property
    def who(self) -> str: ...
    @property
    def why(self) -> str: ...


class RecordingDeps(Protocol):
    """What recording a command needs from outside."""

    @property
    def store(self) -> CommandLog: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def chance(self) -> Chance: ...


def record(deps: RecordingDeps, name: str, command: Signed, subject: str, record_id: str = "") -> bool:
    """Keep the command before it acts; False if `record_id` was used before. `name` is what operators call
    the command, `subject` what it is about. Raises StoreUnavailable."""
    kept = CommandRecord(
        record_id or deps.chance.token(), name, command.who, command.why, deps.clock.now(), subject
    )
    return deps.store.record(kept)

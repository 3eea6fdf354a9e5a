"""What the record of a workflow needs next: an action now, or a wait until a moment at most.

A workflow is carried by a state machine, but its state is in its record alone: a pure function
`next_action(record, now)` tells what is to be done. So a restart, a lost signal or a late step goes on from
the record, and every wait ends by itself and looks again.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

Verb = TypeVar("Verb", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class NextAction(Generic[Verb]):
    """What to do now. `until` is the last moment of a wait, by the deadlines of the calendar; None for what
    is done at once."""

    do: Verb
    until: datetime | None = None

    def wait_s(self, now: datetime) -> int:
        """The whole seconds of a wait from now on, at least one; 0 for what is done at once."""
        return max(1, int((self.until - now).total_seconds()) + 1) if self.until else 0

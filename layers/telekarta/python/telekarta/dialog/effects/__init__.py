"""What a dialog asks of the world, and every way in which the world may answer.

An effect is a request; its `outcomes` name all answers. A screen that asks an effect must have an edge
for each of them, which the structural tests check. Outcomes are plain enums, not strings: the "blocked"
of a card and the "blocked" of an account are different answers. Each capability has its effects in a file
of its own; the use cases that perform them stand in a table (`telekarta.usecases.performing`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import ClassVar

from telekarta.dialog.caller import Caller


class Outcome(Enum):
    """A named answer of the world."""


@dataclass(frozen=True, slots=True)
class Effect:
    """A request to the world. `counts` names the metric that an outcome sets off besides its own."""

    outcomes: ClassVar[type[Outcome]]
    counts: ClassVar[Mapping[Outcome, str]] = {}


Value = int | str | date
Values = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Result:
    """The world's answer: the outcome, the caller as they are now, and values that prompts may speak."""

    outcome: Outcome
    caller: Caller
    values: Values = field(default_factory=dict)

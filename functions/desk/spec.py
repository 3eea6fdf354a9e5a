"""A command of an operator as the desk knows it: one `Spec`, from which all else about it follows.

The payload in `events/desk`, the runbook, the page of documentation, the button and the words of a refusal
are made from it. It stands in the file of its capability (`capabilities/`), and the registry collects it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

from desk.answers import Json, refused
from desk.fields import Field, Wrong
from telekarta.usecases.commands import CommandRefused
from telekarta.usecases.desk.deps import DeskDeps

_MOST_PROBLEMS = 20
_LONGEST_FIELD_NAME = 40

Command = TypeVar("Command")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class FieldProblem:
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Invalid:
    """An event that is no command: what is wrong, field by field."""

    problems: tuple[FieldProblem, ...]


# Without slots: a class that is made anew for them can't be subscripted and frozen at once.
@dataclass(frozen=True)
class Spec(Generic[Command, Answer]):
    """One command.

    `command` is the use case's own type, made of the fields in the order in which they are read, by
    `made_by` if it is not made of them as they are; `example` are the values of the payload that operators
    start from. `carry_out` is the use case, `respond` puts its
    answer as JSON, and `refusals` has the words for each reason that it may give instead. `label` is on the
    command's button, and `tells_next`: after the button the page says what to do now.
    """

    name: str
    command: type[Command]
    fields: tuple[Field, ...]
    does: str
    example: Mapping[str, Any]
    carry_out: Callable[[DeskDeps, Command], Answer | CommandRefused[Any]]
    respond: Callable[[Answer], Json]
    label: str = ""
    tells_next: bool = False
    refusals: Mapping[StrEnum, str] = field(default_factory=dict)
    made_by: Callable[..., Command] | None = None

    @property
    def payload(self) -> dict[str, Any]:
        """The example as an operator sends it."""
        return {"command": self.name, **self.example}

    def read(self, event: Mapping[str, Any]) -> Command | Invalid:
        """The command that the event is, or what is wrong with its fields."""
        values: dict[str, Any] = {}
        problems: list[FieldProblem] = []
        for each in self.fields:
            value = event.get(each.name)
            # Forms and runbooks send what was left out as null.
            if value is None:
                if each.required:
                    problems.append(FieldProblem(each.name, "is missing"))
                continue
            try:
                values[each.name] = each.read(value, values)
            except Wrong as wrong:
                problems.append(FieldProblem(each.name, str(wrong)))
        known = {"command", *(each.name for each in self.fields)}
        problems += [
            FieldProblem(str(name)[:_LONGEST_FIELD_NAME], f"is not a field of {self.name}")
            for name in event
            if name not in known
        ]
        if problems:
            return Invalid(tuple(problems[:_MOST_PROBLEMS]))
        return (self.made_by or self.command)(**values)

    def told(self, answer: Answer | CommandRefused[Any]) -> Json:
        """The answer as JSON for operators; `outcome` is always there."""
        if isinstance(answer, CommandRefused):
            return refused(answer.reason, self.refusals)
        return self.respond(answer)

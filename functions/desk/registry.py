"""All commands of operators: those of each capability, in the order in which they are documented."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from desk.answers import Json
from desk.capabilities import bank, books, calls, card_suspensions, cards, cases, prices, refunds, topups
from desk.spec import FieldProblem, Invalid, Spec
from telekarta.usecases.desk.deps import DeskDeps

DESCRIBE = "describe"


@dataclass(frozen=True, slots=True)
class Describe:
    """The documentation is wanted. `plain` is CloudWatch's way of asking: it wants the bare Markdown."""

    plain: bool


class Registry:
    """The commands by what operators call them, and by their own types."""

    def __init__(self, specs: tuple[Spec[Any, Any], ...]) -> None:
        self.specs = specs
        self._by_name = {spec.name: spec for spec in specs}
        self._by_type = {spec.command: spec for spec in specs}
        assert len(self._by_name) == len(self._by_type) == len(specs), "a command is there twice"

    def __getitem__(self, name: str) -> Spec[Any, Any]:
        return self._by_name[name]

    def read(self, event: object) -> object | Describe | Invalid:
        """The command that the event is. Never raises, whatever the event."""
        if not isinstance(event, dict):
            return _invalid("", "a command is a JSON object")
        if event.get(DESCRIBE) is True:
            return Describe(plain=True)
        name = event.get("command")
        if name == DESCRIBE:
            return Describe(plain=False)
        spec = self._by_name.get(name) if isinstance(name, str) else None
        if spec is None:
            return _invalid("command", f"must be one of {', '.join((*self._by_name, DESCRIBE))}")
        return spec.read(event)

    def spec_of(self, command: object) -> Spec[Any, Any]:
        return self._by_type[type(command)]

    def carry_out(self, desk: DeskDeps, command: object) -> Any:
        """The answer of the command's use case. Raises StoreUnavailable."""
        return self.spec_of(command).carry_out(desk, command)

    def answered(self, desk: DeskDeps, command: object) -> Json:
        """The command's answer as operators get it. Raises StoreUnavailable."""
        spec = self.spec_of(command)
        return spec.told(spec.carry_out(desk, command))

    @property
    def refusals(self) -> Mapping[StrEnum, str]:
        """Each reason with its words; where commands say one in words of their own, the first one's."""
        words: dict[StrEnum, str] = {}
        for spec in self.specs:
            words = {**spec.refusals, **words}
        return words


def _invalid(field: str, message: str) -> Invalid:
    return Invalid((FieldProblem(field, message),))


# The capabilities in the order in which their commands are documented.
_OF_CAPABILITIES: tuple[tuple[Spec[Any, Any], ...], ...] = (
    cards.SPECS,
    calls.SPECS,
    books.SPECS,
    cases.SPECS,
    card_suspensions.SPECS,
    topups.SPECS,
    refunds.SPECS,
    bank.SPECS,
    prices.SPECS,
)
REGISTRY = Registry(tuple(spec for specs in _OF_CAPABILITIES for spec in specs))

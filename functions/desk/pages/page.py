"""What a page is made of: facts for its templates, fields, and buttons."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SIGNATURE = ("who", "why")


@dataclass(frozen=True, slots=True)
class Control:
    """One field of an action's form, as the page shows it. `key` is its name in the page, which CloudWatch
    keeps once for all forms: who signs is asked once for all actions, what else they ask for is their own."""

    name: str
    key: str
    label: str
    doc: str
    required: bool
    choices: tuple[str, ...] = ()
    value: str = ""
    problem: str = ""

    @property
    def is_signature(self) -> bool:
        return self.name in SIGNATURE

    @property
    def is_code(self) -> bool:
        """A PIN, a PUK or a voucher's code: no page ever shows it again."""
        return self.name in ("pin", "puk", "code")


@dataclass(frozen=True, slots=True)
class Action:
    """A button: the command that it gives, what is fixed of it, and what is asked for. `does` is empty where
    the button before it says the same. `event` is what CloudWatch sends when it is pressed."""

    command: str
    label: str
    does: str
    confirmation: str
    controls: tuple[Control, ...]
    mark: str  # of the state in which it is offered
    event: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """`name` names the templates; `said` is what came of the button that led here, `went_well` whether it did
    what it says, `links` where it leads: a label and the event of each."""

    name: str
    title: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    actions: tuple[Action, ...] = ()
    said: tuple[str, ...] = ()
    links: tuple[tuple[str, Mapping[str, str]], ...] = ()
    went_well: bool = True

    @property
    def signature(self) -> tuple[Control, ...]:
        """What is asked once for all actions."""
        return tuple(
            {each.key: each for a in self.actions for each in a.controls if each.is_signature}.values()
        )

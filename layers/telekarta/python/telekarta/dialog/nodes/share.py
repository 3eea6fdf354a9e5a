"""What a capability gives to the call: its nodes, its options of the menu, and where its services begin."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from telekarta.dialog.caller import Caller
from telekarta.dialog.effects import Effect
from telekarta.dialog.screens import Edges, Reply, Screen
from telekarta.domain.brands import Service

Node = Callable[[Caller], Screen]


def where_numbers_are_keyed(caller: Caller) -> str:
    """The node at which a caller who was let in keys the next number to call."""
    return "account" if caller.is_account else "destination"


@dataclass(frozen=True, slots=True)
class Entrance:
    """The first words of a service, and what must be known before the first screen.

    `asks` is the effect that comes first, and `edges` say where its outcomes lead. Who was not let in yet
    stands at the node `to`; who was goes on at the node that `inside` names.
    """

    say: tuple[str, ...]
    asks: Effect | None
    edges: Edges
    to: str
    inside: Callable[[Caller], str] = where_numbers_are_keyed


@dataclass(frozen=True, slots=True)
class Option:
    """One line of the menu: its key, the prompt that offers it, and what happens when the key is pressed.

    An effect's outcomes are found in `edges`, which the menu lists whether or not the option is offered.
    """

    key: str
    say: str
    reply: Reply
    edges: Edges = field(default_factory=dict)
    is_offered: bool = True


OptionOf = Callable[[Caller], Option]


@dataclass(frozen=True, slots=True)
class Share:
    """All that one capability gives. A node is known, in edges and in URLs, by its function's name."""

    nodes: tuple[Node, ...] = ()
    options: tuple[OptionOf, ...] = ()
    entrances: Mapping[Service, Entrance] = field(default_factory=dict)

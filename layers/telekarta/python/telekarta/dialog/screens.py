"""The kinds of screen a caller can be at. A screen is a value; its edges are data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from telekarta.dialog.caller import Caller
from telekarta.dialog.effects import Effect, Outcome, Values
from telekarta.dialog.parts.keys import Part

HOME = "home"  # an edge to where this caller keys the next number: `home_of` knows the node


@dataclass(frozen=True, slots=True)
class Go:
    """An edge: the node it leads to, and the prompts spoken on the way.

    `miss` counts it as one of the few mistakes in a row after which we say goodbye; `keep` is what a
    capability knows of the caller from now on, in place of its part before.
    """

    to: str
    say: tuple[str, ...] = ()
    miss: bool = False
    keep: Part | None = None


Edges = dict[Outcome, Go]
Reply = Go | Effect


@dataclass(frozen=True, slots=True)
class Menu:
    """One key, one thing. `keys` lists the options; an effect's outcomes are found in `edges`."""

    say: tuple[str, ...]
    keys: Mapping[str, Reply]
    edges: Edges = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Collect:
    """Digits, ended by '#', a pause, or the last one of `length`.

    `answer` turns what was keyed into an edge or an effect; it names what it may ask in `asks` and where
    it may go in `goes`, so that the graph can be drawn and checked. A `shortcut` is a whole entry.
    """

    say: tuple[str, ...]
    answer: Callable[[Caller, str], Reply]
    edges: Edges
    asks: tuple[type[Effect], ...] = ()
    goes: tuple[str, ...] = ()
    shortcuts: Mapping[str, Reply] = field(default_factory=dict)
    length: int | None = None
    pause_s: int = 5


@dataclass(frozen=True, slots=True)
class Notice:
    """Words, and then an effect, with nothing to press in between. The words may speak `values`."""

    say: tuple[str, ...]
    then: Effect
    edges: Edges
    values: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DialReport:
    """How a dialled leg ended: the carrier's status, seconds of talk if told, and the leg's id."""

    status: str
    duration_s: int | None = None
    leg_sid: str = ""


@dataclass(frozen=True, slots=True)
class Dial:
    """Connect a number; the report of its end comes back as the answer."""

    say: tuple[str, ...]
    number: str
    limit_s: int
    hides_caller: bool
    answer: Callable[[DialReport], Reply]
    edges: Edges
    asks: tuple[type[Effect], ...] = ()
    goes: tuple[str, ...] = ()
    is_charged: bool = True


@dataclass(frozen=True, slots=True)
class End:
    """The last words."""

    say: tuple[str, ...]


Screen = Menu | Collect | Notice | Dial | End

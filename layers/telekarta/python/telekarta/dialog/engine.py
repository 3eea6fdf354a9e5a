"""One step of a dialog: what was heard -> an effect to perform, or the next screen.

The engine knows no service: it turns silence, wrong keys, shortcuts and edges into moves. It never
loops: three misses in a row, or too many screens without a conversation, end the call politely.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from telekarta.dialog.caller import Caller
from telekarta.dialog.effects import Effect, Result, Value
from telekarta.dialog.leg import Leg
from telekarta.dialog.nodes import ENTRANCES, NODES, home_of
from telekarta.dialog.screens import (
    HOME,
    Collect,
    Dial,
    DialReport,
    Edges,
    End,
    Go,
    Menu,
    Notice,
    Reply,
    Screen,
)

MISSES_IN_A_ROW = 3
STEPS_WITHOUT_A_CALL = 40


class NoSuchNode(LookupError):
    """A webhook for a node that the dialog does not have, or that hears nothing."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back from a screen: keys, or the report of a dialled call."""

    keyed: str = ""
    dialled: DialReport = DialReport("")


@dataclass(frozen=True, slots=True)
class AwaitedEffect:
    """The world must answer before the dialog goes on."""

    effect: Effect
    caller: Caller
    edges: Edges
    say: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """The caller is at a node: speak `say` with `values`, then show the node's screen."""

    node: str
    caller: Caller
    say: tuple[str, ...] = ()
    values: Mapping[str, Value] = field(default_factory=dict)

    @property
    def screen(self) -> Screen:
        return NODES[self.node](self.caller)


Step = AwaitedEffect | Move


def enter(leg: Leg) -> Step:
    """A call came in."""
    entrance = ENTRANCES[leg.line.service]
    caller = Caller(leg)
    if entrance.asks is None:
        return Move(entrance.to, caller, entrance.say)
    return AwaitedEffect(entrance.asks, caller, entrance.edges, entrance.say)


def hear(node: str, caller: Caller, heard: Heard) -> Step:
    """The caller, or the carrier, answered the node's screen. Raises NoSuchNode."""
    if node not in NODES:
        raise NoSuchNode(node)
    caller = replace(caller, steps=caller.steps + 1)
    screen = NODES[node](caller)
    match screen:
        case Menu():
            return _menu(node, caller, screen, heard.keyed)
        case Collect():
            return _collected(node, caller, screen, heard.keyed)
        case Notice():
            return AwaitedEffect(screen.then, caller, screen.edges)
        case Dial():
            return _reply(replace(caller, steps=0), screen.answer(heard.dialled), screen.edges)
        case End():
            raise NoSuchNode(node)


def land(asked: AwaitedEffect, result: Result) -> Move:
    """The world answered an effect."""
    move = _go(result.caller, asked.edges[result.outcome])
    return replace(move, say=asked.say + move.say, values=result.values)


def _menu(node: str, caller: Caller, screen: Menu, keyed: str) -> Step:
    if not keyed:
        return _silence(node, caller)
    reply = screen.keys.get(keyed[-1])
    if reply is None:
        return _go(caller, Go(node, ("no_such_option",), miss=True))
    return _reply(caller, reply, screen.edges)


def _collected(node: str, caller: Caller, screen: Collect, keyed: str) -> Step:
    # Only twelve keys exist; anything else was not keyed on a telephone.
    keys = "".join(key for key in keyed if key in "0123456789*")
    if not keys:
        return _silence(node, caller)
    return _reply(caller, screen.shortcuts.get(keys) or screen.answer(caller, keys), screen.edges)


def _silence(node: str, caller: Caller) -> Move:
    """Ask again; the first time without a word of it. Who ends a six-digit entry with a hash after all has
    the hash heard by the next question, where a hash alone is an empty entry: they did nothing wrong."""
    say = ("heard_nothing",) if caller.misses else ()
    return _go(caller, Go(node, say, miss=True))


def _reply(caller: Caller, reply: Reply, edges: Edges) -> Step:
    return _go(caller, reply) if isinstance(reply, Go) else AwaitedEffect(reply, caller, edges)


def _go(caller: Caller, go: Go) -> Move:
    misses = caller.misses + 1 if go.miss else 0
    if go.to != "goodbye" and (misses >= MISSES_IN_A_ROW or caller.steps >= STEPS_WITHOUT_A_CALL):
        return Move("goodbye", caller, (*go.say, "call_again"))
    moved = replace(caller, misses=misses)
    if go.keep is not None:
        moved = moved.having(go.keep)
    return Move(home_of(moved) if go.to == HOME else go.to, moved, go.say)

"""The laws of the graph of the call, for the graph that there is and for one with a screen more."""

from telekarta.dialog.caller import Caller
from telekarta.dialog.composer import Catalogue
from telekarta.dialog.language import Language
from telekarta.dialog.leg import Leg
from telekarta.dialog.nodes import Graph
from telekarta.dialog.parts.calls import PlacedCall
from telekarta.dialog.prompts import sentences
from telekarta.dialog.screens import HOME, Collect, Dial, End, Go, Menu, Notice, Reply, Screen
from telekarta.domain.brands import LINES, Brand, Line
from telekarta.domain.cards.card import Ref
from telekarta.domain.ledger.postings import Purse

FREE_WHITE_PHONE = LINES["+48800007744"]
FREE_TELEGROSIK = LINES["+48800901900"]
ACTIVATION = LINES["+48800801919"]

# Every value that an outcome or a screen may bring along for a prompt to speak.
SPEAKABLE = {
    "amount": 2000,
    "minimum": 20,
    "minutes": 2,
    "left_s": 4137,
    "cost": 122,
    "moved": 1500,
    "fee": 50,
    "bonus": 200,
}
PLACED = PlacedCall(destination="+48221112233", limit_s=4137)


def a_caller(line: Line, *, holder: Ref | None = None) -> Caller:
    caller = Caller(Leg("CA1", line, "+48221234567")).having(PLACED)
    return caller.let_in(holder, Purse(3, (("1", 2000),))) if holder else caller


CALLERS = {
    "a White Phone caller at the door": a_caller(FREE_WHITE_PHONE),
    "a White Phone holder": a_caller(FREE_WHITE_PHONE, holder=Ref.card(Brand.WHITE_PHONE, "123456")),
    "a Telegrosik caller at the door": a_caller(FREE_TELEGROSIK),
    "a Telegrosik holder": a_caller(FREE_TELEGROSIK, holder=Ref.card(Brand.TELEGROSIK, "1234567890")),
    "an account's line": a_caller(FREE_TELEGROSIK, holder=Ref.account("+48221234567")),
    "a caller who opens an account": a_caller(ACTIVATION),
}


def edges_of(screen: Screen) -> list[Go]:
    """Every edge that a screen has, drawn or reached through a key."""
    if isinstance(screen, End):
        return []
    found = list(screen.edges.values())
    replies: list[Reply] = []
    if isinstance(screen, Menu):
        replies = list(screen.keys.values())
    elif isinstance(screen, Collect):
        replies = list(screen.shortcuts.values())
    if isinstance(screen, Collect | Dial):
        found += [Go(node) for node in screen.goes]
    return found + [reply for reply in replies if isinstance(reply, Go)]


def effects_of(screen: Screen) -> set[type]:
    """The effects that a screen may ask."""
    if isinstance(screen, Notice):
        return {type(screen.then)}
    if isinstance(screen, Menu):
        return {type(reply) for reply in screen.keys.values() if not isinstance(reply, Go)}
    return set() if isinstance(screen, End) else set(screen.asks)


def lost_edges(graph: Graph, node: str, caller: Caller) -> set[str]:
    """Where the node's edges lead that is no node."""
    return {go.to for go in edges_of(graph.nodes[node](caller))} - {HOME, *graph.nodes}


def outcomes_without_an_edge(graph: Graph, node: str, caller: Caller) -> set[object]:
    """The outcomes of the effects that the node asks, for which it has no edge."""
    screen = graph.nodes[node](caller)
    outcomes = {outcome for effect in effects_of(screen) for outcome in effect.outcomes}  # type: ignore[attr-defined]
    return outcomes - set(screen.edges) if outcomes else set()  # type: ignore[union-attr]


def spoken_at(graph: Graph, node: str, caller: Caller, catalogue: Catalogue) -> list[str]:
    """All that is said at the node and on its edges, in every language. Raises PhraseError."""
    screen = graph.nodes[node](caller)
    keys = [*screen.say, *(key for go in edges_of(screen) for key in go.say)]
    return [told for language in Language for told in sentences(keys, SPEAKABLE, language, catalogue)]


def next_nodes(graph: Graph, node: str, caller: Caller) -> set[str]:
    """The nodes to which one answer leads this caller."""
    return {graph.home_of(caller) if go.to == HOME else go.to for go in edges_of(graph.nodes[node](caller))}


def reached(graph: Graph, start: set[str], callers: list[Caller]) -> set[str]:
    """The nodes that these callers can come to."""
    found, rest = set(start), list(start)
    while rest:
        here = rest.pop()
        further = {node for caller in callers for node in next_nodes(graph, here, caller)} - found
        found |= further
        rest += further
    return found


def doors(graph: Graph) -> set[str]:
    """The nodes at which calls begin."""
    entrances = graph.entrances.values()
    return {entrance.to for entrance in entrances} | {
        go.to for entrance in entrances for go in entrance.edges.values()
    }

"""The call, node by node. A node is a pure function from the caller to a screen; a capability has a file.

`SHARES` names the capabilities, `NODES` is the graph that they make together. Keys that work everywhere: `#`
ends an entry, `*` starts it over (TG §4.4), `0` opens the menu.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from telekarta.dialog.caller import Caller
from telekarta.dialog.nodes import accounts, calls, cards, menu, puk, topups
from telekarta.dialog.nodes.share import Entrance, Node, Share
from telekarta.domain.brands import Service

SHARES = (cards.SHARE, calls.SHARE, accounts.SHARE, topups.SHARE, puk.SHARE, menu.SHARE)


@dataclass(frozen=True, slots=True)
class Graph:
    """The whole call: its nodes by name, and the entrance of each service."""

    nodes: Mapping[str, Node]
    entrances: Mapping[Service, Entrance]

    def home_of(self, caller: Caller) -> str:
        """The node at which this caller does what they called for."""
        entrance = self.entrances[caller.leg.line.service]
        return entrance.to if caller.holder is None else entrance.inside(caller)


def graph_of(shares: Iterable[Share]) -> Graph:
    """The graph that the shares make. Raises ValueError for a node or an entrance that two of them have."""
    shares = tuple(shares)
    options = tuple(option for share in shares for option in share.options)
    nodes: dict[str, Node] = {"menu": menu.menu_of(options)}
    entrances: dict[Service, Entrance] = {}
    for share in shares:
        added = {node.__name__: node for node in share.nodes}
        twice = [*(nodes.keys() & added.keys()), *(entrances.keys() & share.entrances.keys())]
        if twice or len(added) < len(share.nodes):
            raise ValueError(f"two nodes or entrances have one name, among {sorted(added)}")
        nodes |= added
        entrances |= share.entrances
    return Graph(nodes, entrances)


GRAPH = graph_of(SHARES)
NODES, ENTRANCES, home_of = GRAPH.nodes, GRAPH.entrances, GRAPH.home_of

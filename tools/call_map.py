"""Draws the call: `python -m tools.call_map` writes docs/call-map.md from the dialog's own graph."""

from pathlib import Path

from telekarta.dialog.caller import Caller
from telekarta.dialog.leg import Leg
from telekarta.dialog.nodes import ENTRANCES, NODES, home_of
from telekarta.dialog.parts.calls import PlacedCall
from telekarta.dialog.prompts import CATALOGUE, prompts_in
from telekarta.dialog.screens import HOME, Collect, Dial, End, Go, Menu, Notice, Screen
from telekarta.domain.brands import LINES, Brand, Service
from telekarta.domain.cards.card import Ref
from telekarta.domain.ledger.postings import Purse

PLACE = Path("docs/call-map.md")


def _caller(service: Service, holder: Ref | None = None) -> Caller:
    line = next(line for line in LINES.values() if line.service is service)
    placed = PlacedCall(destination="+48221112233", limit_s=60)
    caller = Caller(Leg("CA", line, "+48221234567")).having(placed)
    return caller.let_in(holder, Purse(1, (("1", 2000),))) if holder else caller


FLOWS = {
    "White Phone": (
        _caller(Service.WHITE_PHONE_CALL),
        _caller(Service.WHITE_PHONE_CALL, Ref.card(Brand.WHITE_PHONE, "123456")),
    ),
    "Telegrosik card": (
        _caller(Service.TELEGROSIK_CALL),
        _caller(Service.TELEGROSIK_CALL, Ref.card(Brand.TELEGROSIK, "1234567890")),
    ),
    "Telegrosik account": (_caller(Service.TELEGROSIK_CALL, Ref.account("+48221234567")),),
    "Telegrosik activation": (_caller(Service.TELEGROSIK_ACTIVATION),),
}


def _edges(screen: Screen) -> list[tuple[str, str]]:
    """(target, label) of every edge of a screen."""
    if isinstance(screen, End):
        return []
    edges = [(go.to, outcome.name.lower()) for outcome, go in screen.edges.items()]
    if isinstance(screen, Menu):
        edges += [(reply.to, f"key {key}") for key, reply in screen.keys.items() if isinstance(reply, Go)]
    elif not isinstance(screen, Notice):
        edges += [(node, "entry") for node in screen.goes]
    if isinstance(screen, Collect):
        edges += [
            (reply.to, f"key {key}") for key, reply in screen.shortcuts.items() if isinstance(reply, Go)
        ]
    return edges


_SHAPES: dict[type[Screen], tuple[str, str]] = {
    Menu: ("{{", "}}"),
    Collect: ("[/", "/]"),
    Notice: ("[", "]"),
    Dial: ("[[", "]]"),
    End: ("([", "])"),
}


def flow(name: str) -> str:
    """One flow as a Mermaid flowchart: the nodes its callers reach, one arrow for each pair of nodes."""
    callers = FLOWS[name]
    service = callers[0].leg.line.service
    start = home_of(callers[0])
    lines: set[str] = set()
    arrows: dict[tuple[str, str], set[str]] = {}
    seen: set[tuple[str, int]] = set()
    queue = [(start, 0)]
    while queue:
        node, who = queue.pop()
        if (node, who) in seen:
            continue
        seen.add((node, who))
        screen = NODES[node](callers[who])
        left, right = _SHAPES[type(screen)]
        lines.add(f'  {node}{left}"{node}"{right}')
        for target, label in _edges(screen):
            to = home_of(callers[who]) if target == HOME else target
            arrows.setdefault((node, to), set()).add(label)
            # From here on the caller is somebody.
            queue.append((to, len(callers) - 1 if label == "admitted" else who))
    drawn = [
        f'  {node} -->|"{", ".join(sorted(labels))}"| {to}' for (node, to), labels in sorted(arrows.items())
    ]
    return "\n".join(
        ["```mermaid", "flowchart TD", f'  {service}(("dialled")) --> {start}', *sorted(lines), *drawn, "```"]
    )


def page() -> str:
    """The whole page: a chart for each flow, and every sentence in both languages."""
    parts = [
        "# The call, as it is",
        "",
        "Generated from the dialog by `make docs`; a test fails when it is out of date.",
        "",
    ]
    parts += [
        "Slanted boxes collect digits, hexagons are menus, plain boxes are spoken, double ones connections, "
        "round ones end.",
        "",
    ]
    for name in FLOWS:
        parts += [f"## {name}", "", flow(name), ""]
    parts += ["## Before the first screen", ""]
    for service, entrance in ENTRANCES.items():
        edges = "; ".join(f"{outcome.name.lower()} -> {go.to}" for outcome, go in entrance.edges.items())
        parts += [f"- {service}: {edges or f'-> {entrance.to}'}"]
    parts += ["", "## What callers hear", "", "| key | Polish | English |", "| --- | --- | --- |"]
    parts += [f"| `{key}` | {pl} | {en} |" for key, pl, en in prompts_in(sorted(CATALOGUE.keys()))]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    PLACE.write_text(page(), encoding="utf-8")

"""Figures, and how they are shown: a table, JSON, and docs/performance.md."""

import json
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

BEGIN, END = "<!-- figures: begin (made by make bench) -->\n", "<!-- figures: end -->\n"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing: the median, in `unit`; `floor` is what the least that does the same costs, in the
    same unit and the same run (None where there is no such thing)."""

    group: str
    name: str
    value: float
    unit: str
    floor: float | None = None

    @property
    def ratio(self) -> float | None:
        return self.value / self.floor if self.floor else None


def in_groups(figures: Iterable[Figure]) -> list[Figure]:
    """The figures of a group together, the groups and the figures in the order in which they came."""
    found = list(figures)
    groups = list(dict.fromkeys(each.group for each in found))
    return sorted(found, key=lambda each: groups.index(each.group))


def as_table(figures: Sequence[Figure]) -> str:
    """The figures as aligned text, a group under its heading."""
    rows = [("", "", "floor", "x floor")]
    group = ""
    for each in figures:
        if each.group != group:
            group = each.group
            rows.append((group.upper(), "", "", ""))
        rows.append((f"  {each.name}", _measured(each), _floor(each), _ratio(each)))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        f"{row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]:>{widths[3]}}".rstrip()
        for row in rows
    )


def as_markdown(figures: Sequence[Figure]) -> str:
    """The figures as a table a group."""
    lines = [f"Python {platform.python_version()}, {platform.machine()}.", ""]
    for group in dict.fromkeys(each.group for each in figures):
        lines += [f"### {group}", "", "| what | measured | floor | x floor |", "| --- | ---: | ---: | ---: |"]
        lines += [
            f"| {each.name} | {_measured(each)} | {_floor(each)} | {_ratio(each)} |"
            for each in figures
            if each.group == group
        ]
        lines.append("")
    return "\n".join(lines)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.2f}"


def _measured(figure: Figure) -> str:
    return f"{_number(figure.value)} {figure.unit}"


def _floor(figure: Figure) -> str:
    return _number(figure.floor) if figure.floor is not None else ""


def _ratio(figure: Figure) -> str:
    return f"{figure.ratio:.2f}" if figure.ratio is not None else ""


def as_json(figures: Sequence[Figure]) -> str:
    told = [asdict(each) | {"ratio": each.ratio} for each in figures]
    return json.dumps({"python": platform.python_version(), "figures": told}, indent=2) + "\n"


def keep(figures: Sequence[Figure], page: Path, data: Path) -> None:
    """Write the JSON, and the page's part between the two marks."""
    data.write_text(as_json(figures))
    head, _, rest = page.read_text().partition(BEGIN)
    _, _, tail = rest.partition(END)
    page.write_text(f"{head}{BEGIN}{as_markdown(figures)}{END}{tail}")

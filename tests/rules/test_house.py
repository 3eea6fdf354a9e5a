"""The house: how high the domain and the use cases are built, what stands twice, and where terms stand."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "layers" / "telekarta" / "python" / "telekarta"
LAYERS = ("domain", "usecases")
MOST_LINES, MOST_FILES, MOST_FLOORS, REPEATED_LINES = 400, 12, 5, 10
CLAUSE = re.compile(r"(?:WP|TG) §\d")

Arrows = Mapping[str, frozenset[str]]


def files_of(layer: str) -> list[Path]:
    return sorted((PACKAGE / layer).rglob("*.py"))


def room_of(layer: str, module: str) -> str | None:
    """The folder or file right below the layer in which the module lies; None outside of it."""
    parts = module.split(".")
    return parts[2] if parts[:2] == ["telekarta", layer] and len(parts) > 2 else None


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


def arrows_of(layer: str) -> Arrows:
    """Which rooms each room imports."""
    found: dict[str, set[str]] = {}
    for file in files_of(layer):
        here = room_of(layer, ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts))
        if here is None or here == "__init__":
            continue
        rooms = found.setdefault(here, set())
        for node in ast.walk(tree_of(file)):
            for module in modules_of(node):
                room = room_of(layer, module)
                if room is not None and room != here:
                    rooms.add(room)
    return {room: frozenset(below) for room, below in found.items()}


def modules_of(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom) and node.module is not None:
        # `from telekarta.usecases import ports` names a room only with what it imports.
        deeper = [f"{node.module}.{each.name}" for each in node.names]
        return deeper if node.module.count(".") == 1 else [node.module]
    return [each.name for each in node.names] if isinstance(node, ast.Import) else []


def longest_way_down(arrows: Arrows, room: str, above: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The most rooms that stand one upon the other below this one, with it. AssertionError: a circle."""
    assert room not in above, f"a circle: {' -> '.join([*above, room])}"
    ways = [longest_way_down(arrows, each, (*above, room)) for each in sorted(arrows.get(room, ()))]
    return (room, *max(ways, key=len, default=()))


@pytest.mark.parametrize("layer", LAYERS)
def test_rooms_stand_on_one_another_without_a_circle_and_not_too_high(layer: str) -> None:
    arrows = arrows_of(layer)
    for room in arrows:
        way = longest_way_down(arrows, room)
        assert len(way) <= MOST_FLOORS, " -> ".join(way)


def test_a_circle_and_a_tower_would_be_seen() -> None:
    with pytest.raises(AssertionError, match="a circle: calls -> topups -> calls"):
        longest_way_down({"calls": frozenset({"topups"}), "topups": frozenset({"calls"})}, "calls")
    tower = {str(floor): frozenset({str(floor + 1)}) for floor in range(5)}
    assert len(longest_way_down(tower, "0")) == 6


@pytest.mark.parametrize("layer", LAYERS)
def test_files_and_folders_stay_small_enough_to_be_read(layer: str) -> None:
    lengths = {file.name: len(file.read_text("utf-8").splitlines()) for file in files_of(layer)}
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}
    folders = {file.parent for file in files_of(layer)}
    counts = {each.name: sum(file.stem != "__init__" for file in each.glob("*.py")) for each in folders}
    assert {name: count for name, count in counts.items() if count > MOST_FILES} == {}


# --- nothing is written twice -----------------------------------------------------------------------------


def runs_of_code(text: str) -> Iterator[tuple[str, int]]:
    """Ten lines of a function's body, in each way to take them, with the line where they begin. Tables,
    classes of values and imports are data, and may look alike."""
    lines = [line.strip() for line in text.splitlines()]
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.FunctionDef):
            continue
        code = [(at, lines[at]) for at in range(node.body[0].lineno - 1, node.end_lineno or 0) if lines[at]]
        for at in range(len(code) - REPEATED_LINES + 1):
            run = code[at : at + REPEATED_LINES]
            yield "\n".join(line for _, line in run), run[0][0] + 1


def repeated(texts: Mapping[str, str]) -> list[tuple[str, str]]:
    """The places that have the same ten lines of code."""
    first: dict[str, str] = {}
    found = []
    for name, text in texts.items():
        for run, line in runs_of_code(text):
            place = f"{name}:{line}"
            if (other := first.setdefault(run, place)) != place:
                found.append((other, place))
    return found


def test_no_ten_lines_of_code_stand_twice() -> None:
    files = [*PACKAGE.rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    assert repeated({str(file.relative_to(ROOT)): file.read_text("utf-8") for file in files}) == []


def test_ten_lines_that_stand_twice_would_be_seen() -> None:
    body = "\n".join(f"    step_{number}()" for number in range(REPEATED_LINES))
    assert repeated({"a": f"def one():\n{body}\n", "b": f"def other():\n    first()\n{body}\n"})
    assert not repeated({"a": f"def one():\n{body}\n"})


# --- terms ------------------------------------------------------------------------------------------------


def is_number(node: ast.expr) -> bool:
    """A number, a period, or numbers by brand: what a statute or a contract may fix."""
    match node:
        case ast.Constant(value=int() as value):
            return type(value) is int
        case ast.Call(func=ast.Name(id="timedelta")):
            return True
        case ast.Dict(values=values):
            return all(is_number(each) for each in values)
        case ast.Tuple(elts=parts):
            return all(is_number(each) for each in parts)
    return False


def cited_numbers(text: str) -> list[str]:
    """The constants that are numbers and rest on a clause: cited above, or named in a comment."""
    lines, found, is_cited = text.splitlines(), [], False
    for node in ast.parse(text).body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            is_cited = isinstance(node.value.func, ast.Name) and node.value.func.id == "cited"
            continue
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and is_number(node.value):
            around = lines[max(node.lineno - 2, 0) : node.end_lineno]
            comments = [line.partition("#")[2] for line in around]
            if is_cited or any(CLAUSE.search(each) for each in comments):
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                found.append(ast.unparse(target))
        is_cited = False
    return found


@pytest.mark.parametrize("layer", LAYERS)
def test_numbers_with_a_clause_stand_in_their_capabilitys_terms(layer: str) -> None:
    elsewhere = {
        str(file.relative_to(PACKAGE)): found
        for file in files_of(layer)
        if file.name != "terms.py" and (found := cited_numbers(file.read_text("utf-8")))
    }
    assert elsewhere == {}


@pytest.mark.parametrize("file", sorted((PACKAGE / "domain").glob("*/terms.py")), ids=lambda f: f.parent.name)
def test_terms_hold_nothing_but_data(file: Path) -> None:
    kinds = (ast.Import, ast.ImportFrom, ast.Expr, ast.Assign, ast.AnnAssign)
    assert [ast.unparse(each) for each in tree_of(file).body if not isinstance(each, kinds)] == []


def test_a_number_outside_of_the_terms_would_be_seen() -> None:
    assert cited_numbers('cited("WP §7.5")\nLEAST_GROSZE = 2000\n') == ["LEAST_GROSZE"]
    assert cited_numbers("from x import y\nNOTICE = timedelta(days=30)  # TG §6.11\n") == ["NOTICE"]
    assert cited_numbers('cited("WP §7.5")\nNAMES = {1: "x"}\nMOST = 3\n') == []

"""Compare docs/rules.yaml with what code and tests cite, and write docs/rules.md.

    python -m tools.rules_table     write the table, then list what does not fit (exit code 1 if anything)

Code cites by `@rule("WP §6.3")` and `cited("WP §2.6")` (telekarta/domain/rules.py), tests by
`@pytest.mark.rule("WP §6.3")`, state machines by naming the clause in a comment. Python is read, never run,
so a citation is a literal. All but `main` and the two readers are pure functions.
"""

import ast
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
REGISTER = ROOT / "docs" / "rules.yaml"
TABLE = ROOT / "docs" / "rules.md"
CODE_ROOMS = ("layers/telekarta/python", "functions")
TEST_ROOMS = ("tests",)
WORKFLOW_ROOMS = ("statemachines",)

# Paragraphs that do not begin at item 1 in the document itself.
FIRST_ITEMS: Mapping[str, int] = {"TG §2": 2}


class Status(StrEnum):
    """What becomes of a clause; docs/rules.yaml explains each."""

    CODED = "coded"
    PLANNED = "planned"
    CONTENT = "content"
    OPERATOR = "operator"
    NOT_OURS = "not_ours"


# One name each, wherever a capability stands: here, in the folders of the domain, of the use cases and of
# their tests, at the desk, in the timers and in the simulator.
CAPABILITIES_TO_COME = ("units", "complaints", "conference", "video")
CAPABILITIES = (
    *(
        "calendar",
        "ledger",
        "cases",
        "cards",
        "prices",
        "topups",
        "calls",
        "mail",
        "refunds",
        "bank",
        "books",
    ),
    *CAPABILITIES_TO_COME,
)


@dataclass(frozen=True, slots=True)
class Clause:
    """One entry of the register. `capability` is its `with`: who codes the clause, or the rest of it."""

    id: str
    gist: str
    status: str
    capability: str = ""
    because: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A paragraph or heading of a document, with its clauses in the document's order."""

    heading: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """One of the sources."""

    name: str
    title: str
    parts: tuple[Part, ...]


Register = tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class Citation:
    """A clause named in a file (path from the root of the project)."""

    clause: str
    path: str


class NotLiteralError(ValueError):
    """A citation was given something else than plain strings, so that it can't be read from the source."""


# --- the register -----------------------------------------------------------------------------------------


def parse_register(text: str) -> Register:
    """Read the register; KeyError or TypeError: a field is missing or unknown."""
    return tuple(
        Document(
            document["name"],
            document["title"],
            tuple(
                Part(part["heading"], tuple(_clause(entry) for entry in part["clauses"]))
                for part in document["parts"]
            ),
        )
        for document in yaml.safe_load(text)["documents"]
    )


def _clause(entry: Mapping[str, Any]) -> Clause:
    fields = {("capability" if name == "with" else name): value for name, value in entry.items()}
    return Clause(**fields)


def clauses_of(register: Register) -> tuple[Clause, ...]:
    return tuple(clause for document in register for part in document.parts for clause in part.clauses)


# --- what is wrong with the register itself ---------------------------------------------------------------


def entry_problems(register: Register) -> list[str]:
    """Doubled ids, entries under the wrong document, statuses without what they need."""
    problems = [f"{id_}: listed {times} times" for id_, times in _doubled(c.id for c in clauses_of(register))]
    for document in register:
        for part in document.parts:
            for clause in part.clauses:
                if not clause.id.startswith(f"{document.name} "):
                    problems.append(f"{clause.id}: listed under {document.name}")
                problems += _status_problems(clause)
    return problems


def _doubled(ids: Iterable[str]) -> list[tuple[str, int]]:
    return [(id_, times) for id_, times in Counter(ids).items() if times > 1]


def _status_problems(clause: Clause) -> Iterator[str]:
    if clause.status not in {status.value for status in Status}:
        yield f"{clause.id}: unknown status {clause.status!r}"
    if not clause.gist:
        yield f"{clause.id}: says nothing"
    if clause.capability and clause.capability not in CAPABILITIES:
        yield f"{clause.id}: unknown capability {clause.capability!r}"
    if clause.status == Status.PLANNED and not clause.capability:
        yield f"{clause.id}: planned, but not with which capability (`with`)"
    if clause.capability and clause.status not in {Status.PLANNED, Status.CODED}:
        yield f"{clause.id}: {clause.status}, yet `with` names a capability"
    if (clause.status == Status.NOT_OURS) != bool(clause.because):
        yield f"{clause.id}: `because` belongs to not_ours, and not_ours needs it"


def numbering_problems(ids: Iterable[str], first_items: Mapping[str, int] = FIRST_ITEMS) -> list[str]:
    """Items that do not count on from the one before them in the same paragraph, item or heading."""
    problems = []
    expected: dict[str, int] = dict(first_items)
    for id_ in ids:
        place, number = _place_and_number(id_)
        if number is None:
            continue
        if number != expected.get(place, 1):
            problems.append(f"{id_}: expected {_spelt(expected.get(place, 1), id_)} at this place of {place}")
        expected[place] = number + 1
    return problems


def _place_and_number(id_: str) -> tuple[str, int | None]:
    """`WP §1.2.9` -> (`WP §1.2`, 9), `TG §9.2.c` -> (`TG §9.2`, 3), `VT price` -> (`VT price`, None)."""
    place, separator, last = id_.rpartition("." if "." in id_ else " ")
    if last.isdigit() and separator:
        return place, int(last)
    if len(last) == 1 and last.isalpha():
        return place, ord(last) - ord("a") + 1
    return id_, None


def _spelt(number: int, like: str) -> str:
    return str(number) if like[-1].isdigit() else chr(ord("a") + number - 1)


# --- who cites what ---------------------------------------------------------------------------------------


def citations_in_code(source: str, path: str) -> list[Citation]:
    """`rule(...)` and `cited(...)` in a module, also as `rules.rule(...)`. NotLiteralError, SyntaxError."""
    return _citations_of_calls(source, path, _is_code_citation)


def citations_in_tests(source: str, path: str) -> list[Citation]:
    """`pytest.mark.rule(...)` in a test module, wherever it stands. NotLiteralError, SyntaxError."""
    return _citations_of_calls(source, path, _is_test_citation)


def _is_code_citation(function: ast.expr) -> bool:
    match function:
        case ast.Name("rule" | "cited") | ast.Attribute(ast.Name("rules"), "rule" | "cited"):
            return True
    return False


def _is_test_citation(function: ast.expr) -> bool:
    match function:
        case ast.Attribute(ast.Attribute(attr="mark") | ast.Name("mark"), "rule"):
            return True
    return False


def _citations_of_calls(source: str, path: str, is_citation: Callable[[ast.expr], bool]) -> list[Citation]:
    return [
        Citation(_literal(argument, path), path)
        for node in ast.walk(ast.parse(source, path))
        if isinstance(node, ast.Call) and is_citation(node.func)
        for argument in (*node.args, *(keyword.value for keyword in node.keywords))
    ]


def _literal(argument: ast.expr, path: str) -> str:
    match argument:
        case ast.Constant(str(clause)):
            return clause
    raise NotLiteralError(f"{path}:{argument.lineno}: a citation is a plain string")


_CLAUSE_IN_TEXT = re.compile(r"\b(?:WP|TG) §\d+(?:\.\d+)*(?:\.[a-z]\b)?")


def citations_in_workflow(source: str, path: str) -> list[Citation]:
    """The clauses of the terms of service that a state machine (ASL in JSON) names in its strings."""
    return [
        Citation(clause, path)
        for text in _strings(json.loads(source))
        for clause in _CLAUSE_IN_TEXT.findall(text)
    ]


def _strings(value: object) -> Iterator[str]:
    match value:
        case str(text):
            yield text
        case dict(fields):
            for field in fields.values():
                yield from _strings(field)
        case list(items):
            for item in items:
                yield from _strings(item)


# --- does it fit? -----------------------------------------------------------------------------------------


def citation_problems(register: Register, code: Iterable[Citation], tests: Iterable[Citation]) -> list[str]:
    """One sentence for each clause whose status and citations disagree; it names the clause and the files."""
    code, tests = list(code), list(tests)
    in_code, in_tests = places_of(code), places_of(tests)
    known = {clause.id for clause in clauses_of(register)}
    problems = [
        f"{id_}: no such clause, cited in {_listed(places)}"
        for id_, places in sorted(places_of(code + tests).items())
        if id_ not in known
    ]
    for clause in clauses_of(register):
        code_places, test_places = in_code.get(clause.id, ()), in_tests.get(clause.id, ())
        if clause.status == Status.CODED:
            if not code_places and not test_places:
                problems.append(f"{clause.id}: coded, but neither code nor a test cites it")
            elif not code_places:
                problems.append(f"{clause.id}: coded, but no code cites it (tests: {_listed(test_places)})")
            elif not test_places:
                problems.append(f"{clause.id}: coded, but no test cites it (code: {_listed(code_places)})")
        elif code_places:
            problems.append(
                f"{clause.id}: {clause.status}, but cited in {_listed(code_places)}: is it coded?"
            )
    return problems


def places_of(citations: Iterable[Citation]) -> dict[str, tuple[str, ...]]:
    """Clause -> the files that cite it, each once, in order."""
    places: defaultdict[str, set[str]] = defaultdict(set)
    for citation in citations:
        places[citation.clause].add(citation.path)
    return {clause: tuple(sorted(paths)) for clause, paths in places.items()}


def _listed(places: Iterable[str]) -> str:
    return ", ".join(places)


# --- the table --------------------------------------------------------------------------------------------


def render(register: Register, code: Iterable[Citation], tests: Iterable[Citation]) -> str:
    """The register as a page to read, with the files where each clause lives and is proved."""
    in_code, in_tests = places_of(code), places_of(tests)
    lines = [
        "# The rules, and where they live",
        "",
        "Generated by `python -m tools.rules_table` from `rules.yaml`, which explains the statuses, and from",
        "the citations in code and tests. Do not edit.",
        "",
        f"| document | {' | '.join(Status)} | all |",
        f"|---|{'---:|' * len(Status)}---:|",
        *(_summary_row(document) for document in register),
    ]
    for document in register:
        lines += ["", f"## {document.name}: {document.title}"]
        for part in document.parts:
            lines += [
                "",
                f"### {part.heading}",
                "",
                "| clause | says | status | code | tests |",
                "|---|---|---|---|---|",
            ]
            lines += [
                _row(clause, in_code.get(clause.id, ()), in_tests.get(clause.id, ()))
                for clause in part.clauses
            ]
    return "\n".join(lines) + "\n"


def _summary_row(document: Document) -> str:
    statuses = Counter(clause.status for clause in clauses_of((document,)))
    counts = " | ".join(str(statuses[status]) for status in Status)
    return f"| {document.name} | {counts} | {statuses.total()} |"


def _row(clause: Clause, code_places: Iterable[str], test_places: Iterable[str]) -> str:
    cells = (clause.id, clause.gist, _status_cell(clause), _files(code_places), _files(test_places))
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def _status_cell(clause: Clause) -> str:
    if clause.because:
        return f"not ours: {clause.because}"
    if clause.capability:
        return (
            f"coded, the rest with {clause.capability}"
            if clause.status == Status.CODED
            else f"with {clause.capability}"
        )
    return clause.status


def _files(places: Iterable[str]) -> str:
    return "<br>".join(f"`{_short(place)}`" for place in places)


def _short(place: str) -> str:
    return place.removeprefix("layers/telekarta/python/")


# --- reading the project ----------------------------------------------------------------------------------


def read_code_citations(root: Path = ROOT) -> list[Citation]:
    modules = (citations_in_code(*_read(file, root)) for file in _files_of(root, CODE_ROOMS, "*.py"))
    workflows = (
        citations_in_workflow(*_read(file, root)) for file in _files_of(root, WORKFLOW_ROOMS, "*.json")
    )
    return [citation for found in (*modules, *workflows) for citation in found]


def read_test_citations(root: Path = ROOT) -> list[Citation]:
    return [
        citation
        for file in _files_of(root, TEST_ROOMS, "*.py")
        for citation in citations_in_tests(*_read(file, root))
    ]


def _files_of(root: Path, rooms: Iterable[str], pattern: str) -> list[Path]:
    return [file for room in rooms for file in sorted((root / room).rglob(pattern))]


def _read(file: Path, root: Path) -> tuple[str, str]:
    return file.read_text("utf-8"), file.relative_to(root).as_posix()


def main() -> int:
    """Write the table and say what does not fit. Exit code 1: something does not."""
    register = parse_register(REGISTER.read_text("utf-8"))
    code, tests = read_code_citations(), read_test_citations()
    TABLE.write_text(render(register, code, tests), "utf-8")
    problems = [
        *entry_problems(register),
        *numbering_problems(clause.id for clause in clauses_of(register)),
        *citation_problems(register, code, tests),
    ]
    sys.stdout.writelines(f"{problem}\n" for problem in problems)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

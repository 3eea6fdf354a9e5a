"""The worked examples of CONTRIBUTING.md, for tests that carry them out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.processes import ROOT

PLACES = (ROOT / "layers/telekarta/python", ROOT / "functions", ROOT)
MOST_LINES = 30


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block of Python or YAML: the file that its first line names, and its code."""

    path: str
    code: str

    def run(self, around: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The names that the code defines, with those `around` it: what stands in its file already."""
        names: dict[str, Any] = {**(around or {}), "__name__": "an_example"}
        exec(compile(self.code, self.path, "exec"), names)
        return names

    def entries(self) -> dict[str, Any]:
        """The code as lines of a dictionary."""
        return eval(f"{{\n{self.code}\n}}", {})  # type: ignore[no-any-return]


Example = Mapping[str, Block]  # by the file's path


def examples() -> dict[str, Example]:
    """The worked examples by their headings."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (chapter,) = re.findall(r"^## Worked examples\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    sections = re.findall(r"^### (.+?)\n(.*?)(?=^### |\Z)", chapter, re.M | re.S)
    return {heading: blocks_of(section) for heading, section in sections}


def blocks_of(section: str) -> Example:
    found = re.findall(r"^```(?:python|yaml)\n# (\S+)\n(.*?)^```", section, re.M | re.S)
    return {path: Block(path, code) for path, code in found}


def is_short(example: Example) -> bool:
    """Has it at most 30 lines?"""
    return sum(block.code.count("\n") for block in example.values()) <= MOST_LINES


def misplaced(example: Example) -> list[str]:
    """The files that it names in folders that there are not."""
    return [path for path in example if not any((place / path).parent.is_dir() for place in PLACES)]

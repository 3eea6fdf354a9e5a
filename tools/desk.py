"""Writes what follows from the specs of operators' commands: `make docs`.

The page of the commands, the payload of each in `events/desk`, and the runbooks in the template. The test run
fails if they are not what this makes of the specs.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from desk.documentation import describe
from desk.registry import REGISTRY, Registry
from tools import runbooks

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs/desk-commands.md"
RUNBOOKS = runbooks.STACK
PAYLOADS = ROOT / "events/desk"


def generated(commands: Registry = REGISTRY) -> Mapping[Path, str]:
    """Each file with the text that it must have."""
    payloads = {
        PAYLOADS / f"{spec.name}.json": json.dumps(spec.payload, ensure_ascii=False, indent=2) + "\n"
        for spec in commands.specs
    }
    made = runbooks.renewed(RUNBOOKS.read_text(), commands)
    return {PAGE: describe(commands), **payloads, RUNBOOKS: made}


if __name__ == "__main__":
    for path, text in generated().items():
        path.write_text(text)
    sys.exit(0)

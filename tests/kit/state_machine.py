"""A state machine's own text (statemachines/*.asl.json), walked in one process."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from local.processes import ROOT

IS = re.compile(r"\{% \$states\.input\.(?P<key>\w+)(?: = '(?P<value>\w+)')? %\}")

State = Mapping[str, Any]


@cache
def machine(name: str) -> Mapping[str, Any]:
    """The definition of the workflow: `StartAt`, and `States` by name."""
    definition: Mapping[str, Any] = json.loads((ROOT / f"statemachines/{name}.asl.json").read_text())
    return definition


def chosen(choice: State, told: Mapping[str, Any]) -> str:
    """The state that a Choice leads to, after a step that told this."""
    for branch in choice["Choices"]:
        asked = IS.fullmatch(branch["Condition"])
        assert asked, f"a condition of another form: {branch['Condition']}"
        found = told[asked["key"]]
        if found == asked["value"] if asked["value"] else found:
            return str(branch["Next"])
    return str(choice["Default"])


def step_of(task: State) -> str:
    """The step that a Task has the function `tasks` do."""
    return str(task["Arguments"]["Payload"]["step"])

"""The documentation of the commands, made from their specs; `make docs` renews the page in `docs/`."""

import json
from typing import Any

from desk.registry import REGISTRY, Registry
from desk.spec import Spec

_OPENING = """\
# Operators' commands

The function `desk` takes one command as JSON and answers in JSON: from the Lambda console's Test tab with the
payloads in `events/desk/`, from a runbook, or with `aws lambda invoke`. Whoever may invoke it may give every
command.

Commands that ask for `who` and `why` change something: they are recorded with both before they act. Amounts
are whole grosze, moments are UTC, and `null` is the same as leaving a field out. Repeating a command is safe:
it finds its work done. `issue_cards` needs a `request_id` for that.

| `outcome` | what it means |
|---|---|
| `done` | it is done |
| `unchanged` | it was so already |
| `already_done` | the `request_id` was used before: nothing was made |
| `partly_done` | some cards could not be issued; what to do is in `message` |
| `refused` | it can't be done; `reason` is one of the names at the end of this page |
| `invalid` | it is not a command; `problems` names each `field` and what is wrong with it |
| `unavailable` | the records did not answer; give the same command again |
"""


def describe(commands: Registry = REGISTRY) -> str:
    """The page, in Markdown; the reasons in the order of their names, by which an operator looks them up."""
    words = sorted(commands.refusals.items())
    reasons = "\n".join(f"| `{reason}` | {message} |" for reason, message in words)
    return "\n".join(
        [
            _OPENING,
            *(_section(spec) for spec in commands.specs),
            '## describe\n\nAnswers with this page; `{"describe": true}` answers with its bare Markdown.\n',
            f"## Reasons of refusals\n\n| `reason` | |\n|---|---|\n{reasons}\n",
        ]
    )


def _section(spec: Spec[Any, Any]) -> str:
    rows = "\n".join(
        f"| `{field.name}` | {'yes' if field.required else 'no'} | {field.doc} |" for field in spec.fields
    )
    table = f"| field | needed | |\n|---|---|---|\n{rows}\n\n" if rows else ""
    example = json.dumps(spec.payload, ensure_ascii=False)
    return f"## {spec.name}\n\n{spec.does}\n\n{table}```json\n{example}\n```\n"

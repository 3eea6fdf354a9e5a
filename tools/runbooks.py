"""Writes the operators' runbooks into stacks/runbooks.yaml, from the table of commands: `make docs`.

One SSM Automation document for each command that changes something, between the two marks. The test run fails
if they are not what this makes of the table.
"""

import sys
from pathlib import Path
from textwrap import indent
from typing import Any

from desk.fields import Field
from desk.registry import REGISTRY, Registry
from desk.runbooks import AUTOMATION, WHO, of_runbooks, runbook_of
from desk.spec import Spec

STACK = Path(__file__).parent.parent / "stacks/runbooks.yaml"
BEGIN, END = "  # runbooks: begin (made by tools/runbooks.py)\n", "  # runbooks: end\n"


def runbook(spec: Spec[Any, Any]) -> str:
    """The resource, as YAML."""
    name = "".join(word.capitalize() for word in spec.name.split("_"))
    asked = [field for field in spec.fields if field.name != WHO]
    payload = {"command": spec.name, **{field.name: f"{{{{ {field.name} }}}}" for field in asked}}
    payload[AUTOMATION] = "{{ automation:EXECUTION_ID }}"
    lines = "\n".join(f'{key}: "{value}"' for key, value in payload.items())
    return f"""\
  {name}Runbook:
    Type: AWS::SSM::Document
    Properties:
      Name: !Sub ${{StackName}}-{runbook_of(spec)}
      DocumentType: Automation
      UpdateMethod: NewVersion
      Content:
        schemaVersion: "0.3"
        description: {_text(spec.does)}
        assumeRole: !GetAtt RunbooksRole.Arn
        parameters:
{indent("".join(_parameter(field) for field in asked), " " * 10)}\
        mainSteps:
          - name: command
            action: aws:invokeLambdaFunction
            timeoutSeconds: 60
            maxAttempts: 1
            isEnd: true
            inputs:
              FunctionName: !Ref DeskFunctionArn
              InputPayload:
{indent(lines, " " * 16)}
        outputs: [command.Payload]
"""


def _parameter(field: Field) -> str:
    default = "" if field.required else '  default: ""\n'
    offered = [*field.choices, *([] if field.required else [""])]
    few = f"  allowedValues: [{', '.join(_quoted(each) for each in offered)}]\n" if field.choices else ""
    return f"{field.name}:\n  type: String\n  description: {_text(field.doc)}\n{default}{few}"


def _text(text: str) -> str:
    return _quoted(text.replace("`", ""))


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def renewed(template: str, commands: Registry = REGISTRY) -> str:
    head, _, rest = template.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return head + BEGIN + "\n".join(runbook(spec) for spec in of_runbooks(commands)) + END + tail


if __name__ == "__main__":
    STACK.write_text(renewed(STACK.read_text()))
    sys.exit(0)

"""template.yaml and the stacks that it nests, as tests look at them: one set of resources by logical id."""

from typing import Any

import cfnlint.decode

from local.processes import ROOT

TEMPLATE: dict[str, Any] = cfnlint.decode.decode(str(ROOT / "template.yaml"))[0]
NESTED: dict[str, dict[str, Any]] = {
    name: cfnlint.decode.decode(str(ROOT / resource["Properties"]["TemplateURL"]))[0]
    for name, resource in TEMPLATE["Resources"].items()
    if resource["Type"] == "AWS::CloudFormation::Stack"
}
RESOURCES: dict[str, dict[str, Any]] = TEMPLATE["Resources"] | {
    name: resource for stack in NESTED.values() for name, resource in stack["Resources"].items()
}


def of_type(kind: str) -> list[str]:
    """The logical ids of all resources of the type, the nested ones too."""
    return [name for name, resource in RESOURCES.items() if resource["Type"] == kind]


FUNCTIONS = of_type("AWS::Serverless::Function")

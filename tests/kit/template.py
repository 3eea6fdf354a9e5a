"""template.yaml and the stacks that it nests, as tests look at them: one set of resources by logical id."""

from pathlib import Path
from typing import Any

import yaml

from local.processes import ROOT

PLAIN = ("Ref", "Condition")


class _Loader(yaml.CSafeLoader):
    """Reads CloudFormation's short functions (`!Sub x`) as the long ones (`Fn::Sub: x`)."""


def _function(loader: yaml.CSafeLoader, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        given: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        given = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        given = loader.construct_mapping(node, deep=True)
    if name == "GetAtt" and isinstance(given, str):
        given = given.split(".", 1)
    return {name if name in PLAIN else f"Fn::{name}": given}


_Loader.add_multi_constructor("!", _function)


def decoded(path: Path) -> dict[str, Any]:
    """The template in the file."""
    template: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    return template


TEMPLATE = decoded(ROOT / "template.yaml")
NESTED: dict[str, dict[str, Any]] = {
    name: decoded(ROOT / resource["Properties"]["TemplateURL"])
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

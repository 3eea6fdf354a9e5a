"""A stack that is deployed again with other parameters: what callers reach has them too."""

import contextlib
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from local.processes import ROOT
from local.stack import Stack
from local.up import bind, running
from tests.e2e.calls.test_calls import a_network
from tests.kit.phone import Phone

pytestmark = pytest.mark.emulator

TEMPLATE = ROOT / "template.yaml"

# SAM's own transform, in the virtual environment that has it. It reads a template and parameters, and never
# asks AWS for anything.
TRANSFORM = """
import json, sys
from unittest.mock import Mock
from samtranslator.public.translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

template, parameters = sys.argv[1:]
for each in json.loads(parameters):
    read = yaml_parse(open(template).read())
    for resource in read["Resources"].values():
        for place in ("CodeUri", "ContentUri"):
            if resource["Type"].startswith("AWS::Serverless::") and place in resource["Properties"]:
                resource["Properties"][place] = "s3://built/artifact"
        if "DefinitionUri" in resource["Properties"]:
            resource["Properties"]["DefinitionUri"] = "s3://built/machine"
    read["Globals"]["Function"]["CodeUri"] = "s3://built/functions"
    print(json.dumps(transform(read, each, Mock(spec=ManagedPolicyLoader))))
"""
# Of each parameter two values; those that are not named here have their defaults.
USUAL = {"Stage": "test", "PublicBaseUrl": "https://a.example"}
OTHER = {
    "Stage": "prod",
    "PublicBaseUrl": "https://b.example",
    "PythonRuntime": "python3.12",
    "AlarmEmail": "alarms@example.com",
    "PaymentsEnvironment": "production",
    "PayoutFormat": "pain001",
    "MailIdentity": "example.com",
    "MailSender": "us@example.com",
    "InboxAddresses": "in@example.com",
    "LajtApiUrl": "https://lajt.example",
    "PlusApiUrl": "https://plus.example",
    "PagesConcurrency": "100",
    "SmsSender": "Telekarta",
}


class Deployed:
    """A template as CloudFormation sees it once it knows the values of the parameters."""

    def __init__(self, template: Mapping[str, Any], given: Mapping[str, str]) -> None:
        self.resources: Mapping[str, Any] = template["Resources"]
        self._conditions = template["Conditions"]
        parameters = template["Parameters"].items()
        self._values = {name: str(given.get(name, spec.get("Default"))) for name, spec in parameters}

    def known(self, value: Any) -> Any:
        """The value with every parameter and condition resolved; names of resources stay as they are."""
        match value:
            case {"Ref": name} if name in self._values:
                return self._values[name]
            case {"Fn::If": [condition, yes, no]}:
                return self.known(yes if self.known(self._conditions[condition]) else no)
            case {"Fn::Equals": [one, other]}:
                return str(self.known(one)) == str(self.known(other))
            case {"Fn::Not": [one]}:
                return not self.known(one)
            case {"Fn::Sub": [str(text), dict(more)]}:
                return self._filled(text, self._values | self.known(more))
            case {"Fn::Sub": str(text)}:
                return self._filled(text, self._values)
            case dict():
                return {name: self.known(each) for name, each in value.items()}
            case list():
                return [self.known(each) for each in value]
        return value

    @staticmethod
    def _filled(text: str, values: Mapping[str, str]) -> str:
        for name, value in values.items():
            text = text.replace(f"${{{name}}}", value)
        return text

    def of_type(self, kind: str) -> dict[str, Any]:
        """The resources of a kind, by their logical id."""
        return {
            name: self.known(resource["Properties"])
            for name, resource in self.resources.items()
            if resource["Type"] == kind
        }

    def versioned(self) -> dict[str, tuple[Any, Any]]:
        """Of each function with versions: how it is configured, and what makes CloudFormation publish anew,
        which is another logical id or another of a version's properties."""
        functions = self.of_type("AWS::Lambda::Function")
        versions = self.of_type("AWS::Lambda::Version").items()
        return {
            of["FunctionName"]["Ref"]: (functions[of["FunctionName"]["Ref"]], (name, of))
            for name, of in versions
        }


@pytest.fixture(scope="module")
def deployed() -> dict[str, Deployed]:
    """The stack with the usual parameters, and by the name of each parameter the one where only it differs.
    ``local`` is the usual one of a local stack, ``local PublicBaseUrl`` that on another port."""
    given = {
        "": USUAL,
        **{name: USUAL | {name: value} for name, value in OTHER.items()},
        "local": USUAL | {"Stage": "local"},
        **{
            f"local {name}": USUAL | {"Stage": "local", name: value}
            for name, value in OTHER.items()
            if name != "Stage"
        },
    }
    python = ROOT / ".local/venvs/sam/bin/python"
    command = [python, "-c", TRANSFORM, TEMPLATE, json.dumps(list(given.values()))]
    env = {"AWS_DEFAULT_REGION": "eu-central-1"}
    told = subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout
    templates = [json.loads(line) for line in told.splitlines()]
    return {
        name: Deployed(template, values)
        for (name, values), template in zip(given.items(), templates, strict=True)
    }


def test_every_parameter_is_tried(deployed: dict[str, Deployed]) -> None:
    assert set(OTHER) == set(deployed[""]._values)
    assert list(deployed[""].versioned()) == ["VoiceFunction"]


@pytest.mark.parametrize(
    ("stage", "parameter"),
    [("", name) for name in OTHER] + [("local", name) for name in OTHER if name != "Stage"],
)
def test_another_value_makes_a_version_if_it_comes_to_the_function_and_none_if_not(
    deployed: dict[str, Deployed], stage: str, parameter: str
) -> None:
    """The alias stays on the old version otherwise; and Lambda refuses to publish what has not changed."""
    before, after = deployed[stage].versioned(), deployed[f"{stage} {parameter}".strip()].versioned()
    for function, (configuration, version) in before.items():
        configured, published = after[function]
        assert (configured != configuration) == (published != version)


def test_the_base_that_twilio_signs_is_frozen_in_no_version(deployed: dict[str, Deployed]) -> None:
    configuration, _ = deployed[""].versioned()["VoiceFunction"]
    assert USUAL["PublicBaseUrl"] not in json.dumps(configuration)


def test_a_version_can_be_described(deployed: dict[str, Deployed]) -> None:
    """Lambda takes 256 signs."""
    longest = "https://" + "x" * 192
    for name in ("", "local"):
        here = deployed[name]
        here._values |= {"PlusApiUrl": longest, "PublicBaseUrl": longest}
        for version in here.of_type("AWS::Lambda::Version").values():
            assert 0 < len(version["Description"]) <= 256


def calls(stack: Stack) -> None:
    """Somebody with a demo card is let in."""
    card = stack.demo["white_phone"]
    call = Phone(a_network(stack)).dials("+48800007744").hears("Witamy w White Phone")
    call.presses(card["card"]).presses(card["pin"]).hears("Na karcie")


def test_a_kept_stack_on_another_port_takes_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with contextlib.closing(bind(0)) as door, running(tmp_path, door) as stack:
        calls(stack)
        before = voice_alias(stack)
        first = stack.base_url
    with contextlib.closing(bind(0)) as other, running(tmp_path, other) as stack:
        assert stack.base_url != first
        calls(stack)
        after = voice_alias(stack)
    assert after["FunctionVersion"] != before["FunctionVersion"]


def voice_alias(stack: Stack) -> dict[str, Any]:
    lambda_ = stack.client("lambda")
    alias: dict[str, Any] = lambda_.get_alias(FunctionName=stack.functions["voice"], Name="live")
    told = lambda_.get_function_configuration(FunctionName=stack.functions["voice"], Qualifier="live")
    assert told["Environment"]["Variables"]["PLUS_API_URL"] == f"{stack.base_url}/sources/plus"
    return alias

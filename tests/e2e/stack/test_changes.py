"""`make changes` on the emulator: what a deployment would change is told, and nothing is changed."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from local.aws import REGION, client
from local.processes import Emulator
from tools.changes import changes

pytestmark = pytest.mark.emulator

BUCKET, STACK = "templates-of-changes", "told-before"


def template(*queues: str, delay_s: int = 0) -> dict[str, Any]:
    properties = {"DelaySeconds": delay_s}
    return {
        "Parameters": {"Stage": {"Type": "String", "Default": "test"}},
        "Resources": {name: {"Type": "AWS::SQS::Queue", "Properties": properties} for name in queues},
    }


@pytest.fixture
def told(emulator: Emulator) -> Callable[..., list[str]]:
    """What would change if the stack, or the one named, got a template, a line a resource."""
    s3 = client("s3", emulator.endpoint_url)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})

    def ask(wanted: dict[str, Any], stack: str = STACK) -> list[str]:
        s3.put_object(Bucket=BUCKET, Key="wanted.json", Body=json.dumps(wanted).encode())
        url = f"https://s3.{REGION}.amazonaws.com/{BUCKET}/wanted.json"
        found = changes(client("cloudformation", emulator.endpoint_url), stack, url)
        return sorted(f"{each.action} {each.resource}" for each in found)

    return ask


def test_a_deployment_is_told_before_it_is_made(emulator: Emulator, told: Callable[..., list[str]]) -> None:
    cloudformation = client("cloudformation", emulator.endpoint_url)
    now = template("Calls", "Letters")
    cloudformation.create_stack(StackName=STACK, TemplateBody=json.dumps(now))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1})

    assert told(now) == []
    assert told(template("Calls", "Mail")) == ["Add Mail", "Remove Letters"]
    assert told(template("Calls", "Letters", delay_s=5)) == ["Modify Calls", "Modify Letters"]
    assert told(now) == [], "nothing was changed by asking"

    assert told(now, "not-there") == ["Add Calls", "Add Letters"]
    stacks = cloudformation.list_stacks()["StackSummaries"]
    assert {each["StackName"] for each in stacks if each["StackStatus"] != "DELETE_COMPLETE"} >= {STACK}
    assert "not-there" not in {
        each["StackName"] for each in stacks if each["StackStatus"] != "DELETE_COMPLETE"
    }

"""What a deployment would change, resource by resource; nothing is changed: ``make changes``.

It builds and uploads as a deployment does, asks CloudFormation for a change set of the stack that
samconfig.toml names (its parameters as they are now), prints it with the nested stacks' own, and deletes it.
"""

import argparse
import contextlib
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import WaiterError

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".local/venvs"
CHANGE_SET = "what-would-change"
# CloudFormation says so in words only.
NOTHING_NEW = re.compile("didn't contain changes|No updates are to be performed")
# A change that makes a new resource in place of the old one may lose what the old one holds.
REPLACES = {"True": "REPLACED", "Conditional": "perhaps replaced"}


@dataclass(frozen=True, slots=True)
class Change:
    """One resource: ``Add``, ``Modify`` or ``Remove``, whether it is replaced, and what of it differs."""

    stack: str
    action: str
    resource: str
    type: str
    replaced: str = ""
    differs: tuple[str, ...] = ()

    def __str__(self) -> str:
        what = " ".join(part for part in (self.replaced, ", ".join(self.differs)) if part)
        return f"{self.action:<7} {self.stack}/{self.resource}  {self.type}{f'  ({what})' if what else ''}"


class CannotTell(Exception):
    """CloudFormation refused the template or the change set; the message is its own."""


def changes(cloudformation: Any, stack: str, template_url: str) -> tuple[Change, ...]:
    """What a deployment of the template to the stack would change, nested stacks included.

    A stack that does not exist is all new. Raises CannotTell."""
    known = _described(cloudformation, stack)
    is_new = known is None or known["StackStatus"] == "REVIEW_IN_PROGRESS"
    kept = {each["ParameterKey"] for each in known["Parameters"]} if known and not is_new else set()
    wanted = cloudformation.get_template_summary(TemplateURL=template_url)["Parameters"]
    made = cloudformation.create_change_set(
        StackName=stack,
        ChangeSetName=CHANGE_SET,
        ChangeSetType="CREATE" if is_new else "UPDATE",
        TemplateURL=template_url,
        Parameters=[_parameter(each, kept) for each in wanted],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        IncludeNestedStacks=True,
    )
    try:
        return tuple(_told(cloudformation, made["Id"], stack))
    finally:
        cloudformation.delete_change_set(ChangeSetName=made["Id"])
        if is_new:  # a change set of a stack that was not there leaves an empty one behind
            cloudformation.delete_stack(StackName=stack)


def _described(cloudformation: Any, stack: str) -> dict[str, Any] | None:
    with contextlib.suppress(cloudformation.exceptions.ClientError):
        found: dict[str, Any] = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        return found
    return None


def _parameter(wanted: dict[str, Any], kept: set[str]) -> dict[str, Any]:
    key = wanted["ParameterKey"]
    if key in kept:
        return {"ParameterKey": key, "UsePreviousValue": True}
    # Of a new stack only the base is asked for, and what it is changes no resource's being.
    return {"ParameterKey": key, "ParameterValue": wanted.get("DefaultValue", "https://new.invalid")}


def _told(cloudformation: Any, change_set: str, stack: str) -> Iterator[Change]:
    with contextlib.suppress(WaiterError):  # how it failed is in the description
        cloudformation.get_waiter("change_set_create_complete").wait(
            ChangeSetName=change_set, WaiterConfig={"Delay": 1, "MaxAttempts": 300}
        )
    more: dict[str, str] = {}
    while True:
        page = cloudformation.describe_change_set(ChangeSetName=change_set, **more)
        if page["Status"] == "FAILED":
            if NOTHING_NEW.search(page.get("StatusReason", "")):
                return
            raise CannotTell(page.get("StatusReason", "the change set failed"))
        for each in page.get("Changes", ()):
            yield from _of_resource(cloudformation, each["ResourceChange"], stack)
        if "NextToken" not in page:
            return
        more = {"NextToken": page["NextToken"]}


def _of_resource(cloudformation: Any, told: dict[str, Any], stack: str) -> Iterator[Change]:
    nested = told.get("ChangeSetId")
    if nested:
        yield from _told(cloudformation, nested, f"{stack}/{told['LogicalResourceId']}")
        return
    details = (each.get("Target", {}) for each in told.get("Details", ()))
    differs = {str(each.get("Name") or each.get("Attribute")) for each in details}
    yield Change(
        stack,
        told["Action"],
        told["LogicalResourceId"],
        told["ResourceType"],
        REPLACES.get(told.get("Replacement", ""), ""),
        tuple(sorted(differs)),
    )


def packaged(folder: Path, region: str, bucket: str, build: Sequence[str]) -> str:
    """The S3 address of the built template, with all that it needs uploaded as a deployment does it. Without
    a ``bucket`` SAM's own is taken."""
    sam = str(TOOLS / "sam/bin/sam")
    path = f"{TOOLS / 'uv/bin'}{os.pathsep}{os.environ['PATH']}"
    env = os.environ | {"PATH": path, "SAM_CLI_TELEMETRY": "0"}
    where = [f"--s3-bucket={bucket}"] if bucket else ["--resolve-s3"]
    built, out = folder / "built", folder / "packaged.yaml"
    for arguments in (
        ["build", f"--build-dir={built}", *build],
        ["package", f"--template-file={built / 'template.yaml'}", f"--output-template-file={out}", *where],
    ):
        subprocess.run(  # noqa: S603
            [sam, *arguments, f"--region={region}"], check=True, cwd=ROOT, env=env, stdout=subprocess.DEVNULL
        )
    taken = bucket or re.findall(r"s3://([^/\s]+)/", out.read_text())[0]
    key = f"{CHANGE_SET}.yaml"
    boto3.client("s3", region_name=region).put_object(Bucket=taken, Key=key, Body=out.read_bytes())
    return f"https://s3.{region}.amazonaws.com/{taken}/{key}"


def main() -> int:
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())["default"]["deploy"]["parameters"]
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--stack", default=config["stack_name"])
    asked.add_argument("--region", default=os.environ.get("AWS_REGION") or config["region"])
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="changes-") as folder:
        url = packaged(Path(folder), given.region, "", ())
    try:
        found = changes(boto3.client("cloudformation", region_name=given.region), given.stack, url)
    except CannotTell as why:
        print(f"CloudFormation can't tell: {why}")
        return 1
    print("\n".join(map(str, found)) or "A deployment would change nothing.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

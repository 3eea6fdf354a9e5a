"""What a version of the product has stored, as files; and stacks that stand on them."""

import contextlib
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.aws import CLOCK_OFFSET_PARAMETER
from local.deploy import deploy
from local.frontdoor import create_app
from local.network import CallRecords
from local.partners.sandbox_state import Book as Partners
from local.payments.sandbox_state import Book as Payments
from local.payments.serving import HABITS
from local.processes import HOST, ROOT, Emulator
from local.stack import STACK_NAME, Stack
from local.up import serving

FOLDER = ROOT / "tests/data/stored_before"
BASE_URL = "https://the-version-before.test"  # stands in the files for wherever the stack was
# What the world around the stack knows: the carrier, the payment providers, Lajt and Plus.
WORLD = ("carrier.jsonl", "payments.json", "sources.json")
BUCKETS = {"DocumentsBucket": "utf-8", "PayoutsBucket": "cp1250", "ReportsBucket": "utf-8"}  # and their texts
NUMBER_OF_ONE_WRITE = 25

Json = dict[str, Any]


@contextlib.contextmanager
def a_stack(home: Path, door: socket.socket, stored: "Stored | None" = None) -> Iterator[Stack]:
    """A stack of the present sources behind `door`; what is stored is there before any function runs."""
    base_url = f"http://{HOST}:{door.getsockname()[1]}"
    with Emulator(home / "state") as emulator:
        if stored:
            stored.furnishes(home, base_url)
        stack = deploy(emulator.endpoint_url, base_url, home / "twilio.json")
        if stored:
            stored.fills(stack)
        app = create_app(stack)
        app.state.call_records = CallRecords(home / "carrier.jsonl")
        app.state.payments = Payments(HABITS, home / "payments.json", app.state.now)
        app.state.sources = Partners(home / "sources.json")
        with serving(app, door):
            yield stack


def set_clock(stack: Stack, now: datetime) -> None:
    """Any moment, also a past one: what is stored does not grow old while it lies in a repository."""
    offset_s = round((now - datetime.now(UTC)).total_seconds())  # noqa: TID251 - from the real one
    stack.client("ssm").put_parameter(
        Name=CLOCK_OFFSET_PARAMETER, Value=str(offset_s), Type="String", Overwrite=True
    )


def output(stack: Stack, name: str) -> str:
    """One of the outputs of the deployed stack: the name of a bucket or of a secret."""
    stacks = stack.client("cloudformation").describe_stacks(StackName=STACK_NAME)["Stacks"]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stacks[0]["Outputs"]}
    return str(outputs[name])


@dataclass(frozen=True)
class Stored:
    """The files of one snapshot.

    `tables.json`    short name of a table -> its items in DynamoDB's own JSON
    `objects.json`   the output that names a bucket -> key -> text
    `desk.json`      what the desk was asked at that moment, and what it answered
    `calls.json`     calls in flight: the next webhooks of each, and the screens that answered them
    `about.json`     the moment, the pepper, the account at Twilio, and what the stories need to know
    """

    folder: Path = FOLDER

    def read(self, name: str, base_url: str = BASE_URL) -> Any:
        return json.loads((self.folder / name).read_text().replace(BASE_URL, base_url))

    @property
    def about(self) -> Json:
        about: Json = self.read("about.json")
        return about

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.about["moment"])

    def furnishes(self, home: Path, base_url: str) -> None:
        """The world around the stack, which finds its files when it starts."""
        account = {"account_sid": self.about["account_sid"], "auth_token": "made anew for each stack"}
        (home / "twilio.json").write_text(json.dumps(account))
        for name in WORLD:
            (home / name).write_text((self.folder / name).read_text().replace(BASE_URL, base_url))

    def fills(self, stack: Stack) -> None:
        """Tables, buckets, pepper and clock, as they were."""
        dynamodb, s3 = stack.client("dynamodb"), stack.client("s3")
        for table, items in self.read("tables.json", stack.base_url).items():
            name = stack.tables[table]
            attribute = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
            if attribute["TimeToLiveStatus"] == "ENABLED":
                # DynamoDB's own clock can't be moved: it would take away what is not due in the stack's time.
                off = {"AttributeName": attribute["AttributeName"], "Enabled": False}
                dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=off)
            for first in range(0, len(items), NUMBER_OF_ONE_WRITE):
                batch = [
                    {"PutRequest": {"Item": each}} for each in items[first : first + NUMBER_OF_ONE_WRITE]
                ]
                assert not dynamodb.batch_write_item(RequestItems={name: batch})["UnprocessedItems"]
        for bucket, objects in self.read("objects.json", stack.base_url).items():
            for key, text in objects.items():
                s3.put_object(Bucket=output(stack, bucket), Key=key, Body=text.encode(BUCKETS[bucket]))
        stack.client("secretsmanager").put_secret_value(
            SecretId=output(stack, "PepperSecret"), SecretString=self.about["pepper"]
        )
        set_clock(stack, self.moment)

"""`make snapshot`: a day is lived on a stack of this version, and what it stores is kept for the next one.

Calls in flight, and all else that is under way, go on only after everything was read: what the next
version makes of them has to be what this one did.
"""

import contextlib
import json
import os
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from local.aws import emulator_credentials
from local.frontdoor import stack_now
from local.network import CallRecords
from local.stack import Stack
from local.up import bind
from tests.snapshot.flights import InFlight, calls_in_flight, taken_down
from tests.snapshot.stored import BASE_URL, BUCKETS, FOLDER, WORLD, a_stack, output, set_clock
from tests.snapshot.world import DAY, World

BEGINS = datetime(2026, 11, 3, 8, tzinfo=UTC)
LARGEST_OBJECT = 20_000


def written(value: Any, open_levels: int) -> str:
    """JSON that can be read and compared: one line for whatever lies deeper than the open levels."""
    if not open_levels or not isinstance(value, dict | list) or not value:
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    if isinstance(value, list):
        return "[\n" + ",\n".join(written(each, open_levels - 1) for each in value) + "\n]"
    pairs = (f"{json.dumps(key)}: {written(value[key], open_levels - 1)}" for key in sorted(value))
    return "{\n" + ",\n".join(pairs) + "\n}"


def tables(stack: Stack) -> dict[str, list[Any]]:
    pages = stack.client("dynamodb").get_paginator("scan")
    found = {
        name: [item for page in pages.paginate(TableName=table) for item in page["Items"]]
        for name, table in stack.tables.items()
    }
    return {name: sorted(items, key=partial(json.dumps, sort_keys=True)) for name, items in found.items()}


def objects(stack: Stack) -> dict[str, dict[str, str]]:
    """The texts that the product wrote; what is big or no text is nothing that it reads again."""
    s3, found = stack.client("s3"), {}
    for name, encoding in BUCKETS.items():
        bucket = output(stack, name)
        listed = s3.list_objects_v2(Bucket=bucket).get("Contents", ())
        small = [each["Key"] for each in listed if each["Size"] <= LARGEST_OBJECT]
        texts = [key for key in small if key.endswith((".txt", ".json", ".csv"))]
        read = {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in texts}
        found[name] = {key: content.decode(encoding) for key, content in read.items()}
    return found


def asked(world: World) -> list[dict[str, Any]]:
    """Everything that the desk shows."""
    open_cases = {"command": "list_cases", "state": "open"}
    commands: list[dict[str, str]] = [open_cases, {"command": "list_cases", "state": "closed"}]
    commands += [{"command": name} for name in ("list_blocked_numbers", "list_open_holds", "trial_balance")]
    commands += [{"command": "show_refund", "case": case} for case in world.about["refunds"].values()]
    commands += [{"command": "show_payment", "payment": world.about["pending_payment"]["payment"]}]
    for item in tables(world.stack)["cards"]:
        kind, _, rest = item["ref"]["S"].partition(":")
        if kind in ("card", "line"):
            brand, _, number = rest.partition(":") if kind == "card" else ("telegrosik", "", rest)
            commands.append({"command": "show_card", "brand": brand, "card": number})
    answers = [(each, world.stack.invoke("desk", each)) for each in commands]
    return [
        {"asks": each, "answer": ageless(answer)} for each, answer in answers if answer["outcome"] == "done"
    ]


def ageless(told: Any) -> Any:
    """Without what is another a second later."""
    if isinstance(told, dict):
        return {key: ageless(value) for key, value in told.items() if key not in ("age_s", "expired_for_s")}
    return [ageless(each) for each in told] if isinstance(told, list) else told


def keep(world: World, flights: Sequence[InFlight], home: Path, folder: Path) -> None:
    """Write the files. What is under way goes on only after everything else was read."""
    stack, about = world.stack, world.about
    about["moment"] = stack_now(stack).isoformat(timespec="seconds")
    about["account_sid"] = stack.twilio_account_sid
    secret = stack.client("secretsmanager").get_secret_value(SecretId=output(stack, "PepperSecret"))
    about["pepper"] = secret["SecretString"]
    kept: dict[str, str] = {
        "tables.json": written(tables(stack), 2),
        "objects.json": written(objects(stack), 2),
        "desk.json": written(asked(world), 1),
        **{name: (home / name).read_text().strip() for name in WORLD},
    }
    last = {json.loads(line)["sid"]: line for line in kept["carrier.jsonl"].splitlines()}
    kept["carrier.jsonl"] = "\n".join(last.values())
    kept["calls.json"] = written(taken_down(flights, world), 1)
    stack.invoke("timers", {"job": "sweep_holds"})
    lost = world.desk("show_card", **about["lost_call"])
    about["lost_call"]["balance_grosze"] = lost["balance_grosze"] - lost["held_grosze"]
    kept["about.json"] = written(about, 1)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in kept.items():
        (folder / name).write_text(text.replace(stack.base_url, BASE_URL) + "\n")


def main() -> None:
    os.environ |= emulator_credentials()
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(bind(0)) as door:
        home = Path(folder)
        with a_stack(home, door) as stack:
            set_clock(stack, BEGINS)
            world = World(stack, CallRecords(home / "carrier.jsonl"), home / "nowhere.jsonl")
            for story in DAY:
                story(world)
            keep(world, calls_in_flight(world), home, FOLDER)


if __name__ == "__main__":
    main()

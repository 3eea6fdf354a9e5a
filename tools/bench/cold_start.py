"""What a cold start takes: CPU of a fresh Python that imports a function as it is shipped and answers once.

The floor is a fresh Python that makes a boto3 client of DynamoDB and asks once, from the same layer. Nothing
that Python compiles is kept between runs, for Lambda mounts layers and code read-only: bytecode counts only
if it is in the artifact.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any

from local.aws import emulator_credentials
from local.stack import STACK_NAME, Stack
from tools.bench.figures import Figure

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 5
GROUP = "cold start"

# What each function is asked first: something that reaches its store where that can be without a signature.
FIRST_EVENTS = {
    "apology": "apology/fallback",
    "bank": "bank/test_message",
    "books": "timers/trial_balance",
    "desk": "desk/list_open_holds",
    "documents": "documents/refund_granted",
    "inbox": "inbox/mail_arrived",
    "payments": "payments/payu_unknown",
    "refundform": "refund_form/start",
    "sms": "sms/forged",
    "tasks": "tasks/look",
    "timers": "timers/check_hold",
    "voice": "voice/incoming",
    "web": "web/start",
}

_CHILD = """
import importlib, json, os, sys, time
told = json.loads(sys.stdin.read())
sys.path[:0] = told["paths"]
os.environ.update(told["environment"])
class Context:
    function_name = memory_limit_in_mb = invoked_function_arn = aws_request_id = "bench"
    @staticmethod
    def get_remaining_time_in_millis(): return 10_000
keep, sys.stdout = sys.stdout, sys.stderr
try:
    if told["handler"]:
        module, _, name = told["handler"].rpartition(".")
        getattr(importlib.import_module(module), name)(told["event"], Context)
    else:
        import boto3
        client = boto3.client("dynamodb")
        client.get_item(TableName=told["table"], Key={"ref": {"S": "nobody"}})
except Exception as refused:  # an answer as any other: what it took is what is asked
    print(type(refused).__name__, refused, file=sys.stderr)
    if isinstance(refused, (ImportError, SyntaxError)): raise
print(time.process_time() * 1000, file=keep)
"""


def cold_starts(stack: Stack, built: Path) -> list[Figure]:
    """A figure for each function; `built` is the folder that ``sam build`` made."""
    known = dict(sorted(_functions(stack)))
    layers = [str(path / "python") for path in sorted(built.glob("*Layer"))]
    floor = {"paths": layers, "environment": _environment(stack, {}), "handler": "", "event": None}
    floor["table"] = stack.tables["cards"]
    taken: dict[str, list[float]] = {name: [] for name in ("", *known)}
    for _ in range(ROUNDS):
        taken[""].append(_cpu_ms(floor))
        for name, (logical_id, handler, variables) in known.items():
            # A layer without a build method is shipped as it lies: its content stands in the sources.
            code = [str(built / logical_id), *layers, str(ROOT / "layers/telekarta/python")]
            event = json.loads((ROOT / f"events/{FIRST_EVENTS[name]}.json").read_text())
            asked = {"paths": code, "environment": _environment(stack, variables), "handler": handler}
            taken[name].append(_cpu_ms(asked | {"event": event}))
    least = median(taken.pop(""))
    return [Figure(GROUP, name, median(each), "ms CPU", least) for name, each in taken.items()]


def _functions(stack: Stack) -> Iterator[tuple[str, tuple[str, str, Mapping[str, str]]]]:
    """``voice`` and its logical id, handler and variables; a KeyError for one without a first event."""
    pages = stack.client("cloudformation").get_paginator("list_stack_resources")
    for page in pages.paginate(StackName=STACK_NAME):
        for each in page["StackResourceSummaries"]:
            if each["ResourceType"] != "AWS::Lambda::Function":
                continue
            logical_id = each["LogicalResourceId"]
            told = stack.client("lambda").get_function_configuration(FunctionName=each["PhysicalResourceId"])
            variables = told["Environment"]["Variables"] if "Environment" in told else {}
            yield logical_id.removesuffix("Function").lower(), (logical_id, told["Handler"], variables)


def _environment(stack: Stack, variables: Mapping[str, str]) -> dict[str, str]:
    return {
        **emulator_credentials(),
        **variables,
        "AWS_ENDPOINT_URL": stack.aws_endpoint_url,
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
    }


def _cpu_ms(asked: Mapping[str, Any]) -> float:
    """CPU of one fresh process, nothing of this environment in it."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-I", "-S", "-B", "-c", _CHILD],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={"PATH": "/usr/bin:/bin"},
    )
    if done.returncode:
        raise RuntimeError(f"{asked['handler'] or 'the floor'}: {done.stderr[-2000:]}")
    return float(done.stdout)

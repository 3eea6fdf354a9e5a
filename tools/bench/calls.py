"""What calls and a top-up take, played by a telephone against the real voice function in this process.

It runs in a process of its own, in the environment of the deployed voice function, with DynamoDB on the
emulator: ``python -m tools.bench.calls`` reads what to play from its standard input and writes figures as
JSON. The floor of a call is the same number of bare boto3 requests of the same kinds.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cache
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session
import pynamodb.connection.base

from local.network import Answers, PhoneNetwork, Timeline
from tests.kit.phone import START, Phone
from tools.bench.figures import Figure

ROUNDS = 15
DIALLED, LONG_CALL_S = "221112233", 65
# Only a local stack asks how far its clock was moved.
OF_THE_MOVED_CLOCK = "GetParameter"
READS = frozenset({"GetItem", "BatchGetItem", "Query"})


class Wire:
    """Counts requests to AWS by operation, and the units that DynamoDB says they took, indexes included."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.units: Counter[str] = Counter()
        self._make = botocore.session.get_session

    def listen(self) -> None:
        """From now on every client that anybody makes is counted."""
        botocore.session.get_session = self._session
        pynamodb.connection.base.get_session = self._session

    def _session(self, env_vars: Any = None) -> botocore.session.Session:
        session = self._make(env_vars)
        session.register("before-parameter-build.dynamodb", _ask_for_units)
        session.register("before-call", self._count)
        session.register("after-call.dynamodb", self._read_units)
        return session

    def _count(self, *, model: Any = None, **_: Any) -> None:
        if model.name != OF_THE_MOVED_CLOCK:
            self.requests[model.name] += 1

    def _read_units(self, *, parsed: Any = None, model: Any = None, **_: Any) -> None:
        told = parsed.get("ConsumedCapacity", [])
        kind = "read units" if model.name in READS else "write units"
        each_table = told if isinstance(told, list) else [told]
        self.units[kind] += sum(each["CapacityUnits"] for each in each_table)

    def spent(self) -> dict[str, float]:
        """What was counted since the last time somebody asked."""
        found: dict[str, float] = {**self.requests, **self.units}
        self.requests.clear()
        self.units.clear()
        return found


def _ask_for_units(*, params: Any = None, **_: Any) -> None:
    params["ReturnConsumedCapacity"] = "INDEXES"


class Operator:
    """The network's line to the voice function, and the CPU that each webhook took."""

    def __init__(self, handler: Callable[[dict[str, Any], Any], dict[str, Any]]) -> None:
        self._handler = handler
        self.cpu_s = 0.0
        self.webhooks = 0

    def __call__(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        event = _event(method, url, headers, body)
        began = time.process_time()
        answer = self._handler(event, _Context)
        self.cpu_s += time.process_time() - began
        self.webhooks += 1
        return answer["statusCode"], {"content-type": _type_of(answer)}, answer["body"].encode()


class _Context:
    function_name = memory_limit_in_mb = invoked_function_arn = aws_request_id = "bench"


def _type_of(answer: Mapping[str, Any]) -> str:
    headers = answer.get("headers") or {name: each[0] for name, each in answer["multiValueHeaders"].items()}
    return str({name.lower(): value for name, value in headers.items()}["content-type"])


def _event(method: str, url: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """As the HTTP API hands a request to a function (payload format 2.0)."""
    parts = urlsplit(url)
    node = parts.path.removeprefix("/voice/")
    http = {"method": method, "path": parts.path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"}
    return {
        "version": "2.0",
        "routeKey": "POST /voice/{node+}",
        "rawPath": parts.path,
        "rawQueryString": parts.query,
        "headers": {name.lower(): value for name, value in headers.items()} | {"host": parts.netloc},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "bench",
            "domainName": parts.netloc,
            "http": http | {"userAgent": "TwilioProxy/1.1"},
            "requestId": "bench",
            "routeKey": "POST /voice/{node+}",
            "stage": "$default",
            "timeEpoch": 0,
        },
        "pathParameters": {"node": node},
        "body": body.decode(),
        "isBase64Encoded": False,
    }


Story = Callable[[Phone], object]


def white_phone_call(card: str, pin: str) -> Story:
    def play(phone: Phone) -> None:
        call = phone.dials("+48800007744", "+48221234567").presses(card).presses(pin)
        call.presses(f"{DIALLED}#").talks_on().hears("Koszt rozmowy").hangs_up()

    return play


def telegrosik_call(pin: str) -> Story:
    def play(phone: Phone) -> None:
        call = phone.dials("+48800901900", "+48221234568").presses(pin)
        call.presses(f"{DIALLED}#").talks_on().hears("Koszt rozmowy").hangs_up()

    return play


def account_call(line: str) -> Story:
    def play(phone: Phone) -> None:
        call = phone.dials("+48800901900", line).presses(f"{DIALLED}#")
        call.talks_on().hears("Koszt rozmowy").hangs_up()

    return play


def card_top_up(card: str, pin: str, other: str, other_pin: str) -> Story:
    """1 zl from another card of the group, in the menu of a call."""

    def play(phone: Phone) -> None:
        call = phone.dials("+48800007744", "+48221234569").presses(card).presses(pin)
        call = (
            call.hears("wybrać").presses("0#").hears("sześć").presses("6").hears("innej karty").presses("1")
        )
        call.hears("Ile złotych").presses("1#").hears("potwierdzić").presses(f"{other}{other_pin}#")
        call.hears("na karcie").hangs_up()

    return play


def played(name: str, story: Story, told: Mapping[str, Any], wire: Wire, handler: Any) -> list[Figure]:
    """The story ROUNDS times; each time the bare requests that it sent are sent as well, for the floor."""
    cpu, bare, sent, webhooks = [], [], {}, 0
    for _ in range(ROUNDS):
        operator = Operator(handler)
        network = PhoneNetwork(
            operator,
            base_url=told["base_url"],
            account_sid=told["account_sid"],
            auth_token=told["auth_token"],
            timeline=Timeline(START),
        )
        network.parties[f"+48{DIALLED}"] = Answers(hangs_up_after_s=LONG_CALL_S)
        wire.spent()
        story(Phone(network))
        network.settle()
        sent, webhooks = wire.spent(), operator.webhooks
        cpu.append(operator.cpu_s * 1000)
        bare.append(bare_requests_ms(told["bare_table"], sent))
    whole = f"{name}, {webhooks} webhooks"
    return [
        Figure("webhooks of a whole call, CPU", whole, median(cpu), "ms", median(bare)),
        *(Figure("AWS requests and units", f"{name}: {what}", sent[what], "") for what in sorted(sent)),
    ]


def bare_requests_ms(table: str, sent: Mapping[str, float]) -> float:
    """CPU of as many bare requests of the same kinds, on items of a table of their own."""
    client = _bare_client()
    key = {"ref": {"S": "bench"}}
    item = key | {"text": {"S": "x" * 600}}
    put = {"Put": {"TableName": table, "Item": item}}
    requests: Mapping[str, Callable[[], object]] = {
        "GetItem": lambda: client.get_item(TableName=table, Key=key, ConsistentRead=True),
        "BatchGetItem": lambda: client.batch_get_item(RequestItems={table: {"Keys": [key]}}),
        "Query": lambda: client.query(
            TableName=table,
            KeyConditionExpression="#r = :r",
            ExpressionAttributeNames={"#r": "ref"},
            ExpressionAttributeValues={":r": {"S": "bench"}},
        ),
        "UpdateItem": lambda: client.update_item(
            TableName=table,
            Key=key,
            UpdateExpression="SET #t = :t",
            ExpressionAttributeNames={"#t": "text"},
            ExpressionAttributeValues={":t": item["text"]},
        ),
        "TransactWriteItems": lambda: client.transact_write_items(
            TransactItems=[put, {"Put": {"TableName": table, "Item": item | {"ref": {"S": "other"}}}}]
        ),
        "PutItem": lambda: client.put_item(TableName=table, Item=item),
    }
    began = time.process_time()
    for name, number in sent.items():
        for _ in range(int(number) if name in requests else 0):
            requests[name]()
    return (time.process_time() - began) * 1000


@cache
def _bare_client() -> Any:
    return boto3.client("dynamodb")


def main() -> None:
    told = json.loads(sys.stdin.read())
    wire = Wire()
    bare_requests_ms(told["bare_table"], {"GetItem": 1})  # its client is made before anybody counts
    wire.listen()
    # Only now: the function makes its clients while it is imported, as Lambda's start does.
    from voice.entry import handler  # noqa: PLC0415

    white, telegrosik, account, other = (
        told["cards"][name] for name in ("white_phone", "telegrosik", "account", "other")
    )
    stories = {
        "White Phone card": white_phone_call(white["card"], white["pin"]),
        "Telegrosik card": telegrosik_call(telegrosik["pin"]),
        "caller-id account": account_call(account["line"]),
        "top-up from another card": card_top_up(white["card"], white["pin"], other["card"], other["pin"]),
    }
    figures = [
        figure for name, story in stories.items() for figure in played(name, story, told, wire, handler)
    ]
    sys.stdout.write(json.dumps([asdict(each) for each in figures]))


if __name__ == "__main__":
    main()

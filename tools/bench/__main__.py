"""``make bench``: measures everything on a stack of its own, prints a table, and keeps the figures."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from local.aws import emulator_credentials
from local.deploy import BUILDS, sources_digest
from local.stack import Stack
from local.up import bind, running
from telekarta.adapters.dynamodb import DynamoStore
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Card, Ref
from tests.kit.store import a_hold, call_posting, tables_of
from tools.bench import ledger
from tools.bench.cold_start import cold_starts
from tools.bench.figures import Figure, as_table, in_groups, keep
from tools.bench.pages import weights

ROOT = Path(__file__).resolve().parents[2]
PAGE, DATA = ROOT / "docs/performance.md", ROOT / ".local/bench.json"
BARE_TABLE = "bench-bare"
LINE = "+48226000001"
BY_US = {"who": "bench", "why": "figures"}


@contextlib.contextmanager
def a_stack() -> Iterator[Stack]:
    """A stack of its own, forgotten afterwards, with a bare table beside those of the product."""
    (ROOT / ".local").mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=ROOT / ".local", prefix="bench-") as home,
        contextlib.closing(bind(0)) as door,
        running(Path(home), door) as stack,
    ):
        stack.client("dynamodb").create_table(
            TableName=BARE_TABLE,
            KeySchema=[{"AttributeName": "ref", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "ref", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield stack


def issued(stack: Stack, brand: str, nominal_grosze: int = 5000) -> dict[str, str]:
    order = {"command": "issue_cards", "brand": brand, "nominal_grosze": nominal_grosze, "count": 1, **BY_US}
    card: dict[str, str] = stack.invoke("desk", order)["cards"][0]
    return card


def call_figures(stack: Stack) -> list[Figure]:
    """Calls and a top-up, in a process that has the environment of the voice function."""
    function = stack.client("lambda").get_function_configuration(FunctionName=stack.functions["voice"])
    told = {
        "base_url": stack.base_url,
        "account_sid": stack.twilio_account_sid,
        "auth_token": stack.twilio_auth_token,
        "bare_table": BARE_TABLE,
        "cards": {
            "white_phone": issued(stack, "white_phone"),
            "other": issued(stack, "white_phone"),
            "telegrosik": issued(stack, "telegrosik"),
            "account": {"line": stack.demo["telegrosik_account"]["caller"]},
        },
    }
    done = subprocess.run(
        [sys.executable, "-m", "tools.bench.calls"],
        input=json.dumps(told),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": "layers/telekarta/python:functions:.",
            **emulator_credentials(),
            **function["Environment"]["Variables"],
            "AWS_ENDPOINT_URL": stack.aws_endpoint_url,
            "AWS_LAMBDA_FUNCTION_NAME": "bench",
        },
    )
    return [Figure(**each) for each in json.loads(done.stdout.splitlines()[-1])]


def hold_and_settle(stack: Stack) -> Callable[[int], None]:
    """The n-th hold of 5 grosze on a card, and its settlement, by the store that the functions use."""
    store = DynamoStore(tables_of(stack))
    ref = Ref.card(Brand.WHITE_PHONE, issued(stack, "white_phone")["card"])

    def cycle(number: int) -> None:
        card = store.card(ref)
        assert card is not None
        hold = f"CAbench:{number}"
        held = store.place_hold(ref, card.purse, a_hold(hold, 5), "")
        assert isinstance(held, Card)
        assert store.settle(ref, held.purse, hold, call_posting(ref, held.purse, hold, 1)) is None

    return cycle


def measured() -> Iterator[Figure]:
    """All figures, group by group."""
    yield from ledger.rating()
    with a_stack() as stack:
        os.environ.update(emulator_credentials())
        yield from call_figures(stack)
        bare = ledger.bare_cycle(stack.client("dynamodb"), BARE_TABLE)
        yield from ledger.cycles(hold_and_settle(stack), bare)
        yield from weights(stack.base_url)
        yield from cold_starts(stack, BUILDS / sources_digest())


def main() -> int:
    figures = in_groups(measured())
    keep(figures, PAGE, DATA)
    print(as_table(figures))
    print(f"Kept in {PAGE.relative_to(ROOT)} and {DATA.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

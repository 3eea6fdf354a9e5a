"""A restart of the whole local stack is no new beginning: not for the records, nor for refunds that wait."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import local.deploy
from local.frontdoor import clock_offset_s
from local.stack import Stack
from local.up import bind, running
from telekarta.domain.refunds.next_action import Do, next_action
from tests.e2e.local.test_local_stack import shown
from tests.e2e.topups.test_payments import BY_US
from tests.kit import refunds as refund_kit
from tests.kit.refund_scripts import Script
from tests.kit.refunds import OTHER_ACCOUNT, Line, on
from tests.kit.stack_office import books_are_right, differs, offices_on, plays
from tests.kit.stack_time import in_the_morning

pytestmark = pytest.mark.emulator

GIVEN, APPLIES, GRANTS = on(0, "given", bank=5000), on(0, "applies"), on(0, "grants")
AFTER = 1  # the "day" of what happens when the stack is there again


def after(what: str, **more: Any) -> Line:
    return on(AFTER, what, **more)


def a_script(name: str, *lines: Line, letters: tuple[str, ...] = ("granted",)) -> Script:
    return Script(name, (GIVEN, *lines), "closed", 500, letters, paid=3000)


# One refund for each wait that the restart finds it in.
WAITING = {
    Do.AWAIT_COMPLETION: a_script(
        "for completion", on(0, "applies", owner=None),
        after("completes", owner="Jan Kowalski"), after("grants"), after("bank_pays"),
        letters=("call", "granted"),
    ),
    Do.AWAIT_DECISION: a_script("for a decision", APPLIES, after("grants"), after("bank_pays")),
    Do.AWAIT_PAYMENT: a_script("for the bank", APPLIES, GRANTS, after("bank_pays")),
    Do.AWAIT_ACCOUNT: a_script(
        "for another account", APPLIES, GRANTS, on(0, "bank_returns"),
        after("completes", account=OTHER_ACCOUNT), after("bank_pays", number=2),
        letters=("granted", "account:1"),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Restarted:
    before: Stack
    after: Stack
    blocked_card: str
    ahead_s: int


@pytest.fixture(scope="module")
def restarted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restarted]:
    """A stack on which some things happened, stopped as by Ctrl-C and started again."""
    home: Path = tmp_path_factory.mktemp("restarted")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "test")
        with contextlib.closing(bind(0)) as door, running(home, door) as before:
            port = door.getsockname()[1]
            patch.setattr(refund_kit, "START", in_the_morning(before))
            ahead_s = clock_offset_s(before)
            card = before.demo["white_phone"]["card"]
            block = {"command": "block_card", "brand": "white_phone", "card": card, **BY_US}
            assert before.invoke("desk", block)["outcome"] == "done"
            offices = offices_on(before, list(WAITING.values()))
            plays(offices, 0)
            waits = [
                next_action(refund, office.now()).do for office in offices if (refund := office.refund())
            ]
            assert waits == list(WAITING)

        def no_tools(*_: Any) -> None:
            pytest.fail("a restart of the same sources neither builds nor deploys")

        patch.setattr(local.deploy, "run_tool", no_tools)
        with contextlib.closing(bind(port)) as door, running(home, door) as stack:
            yield Restarted(before, stack, card, ahead_s)


def test_the_records_are_kept_nothing_is_built_and_used_demo_cards_are_replaced(restarted: Restarted) -> None:
    before, stack = restarted.before, restarted.after
    assert stack.demo["telegrosik"] == before.demo["telegrosik"]
    assert stack.demo["telegrosik_account"] == before.demo["telegrosik_account"]
    assert stack.demo["white_phone"] != before.demo["white_phone"]
    assert shown(stack, "white_phone", restarted.blocked_card) == ("blocked", 2000)
    assert shown(stack, "white_phone", stack.demo["white_phone"]["card"]) == ("active", 2000)
    assert stack.twilio_auth_token == before.twilio_auth_token
    assert clock_offset_s(stack) == restarted.ahead_s


def test_refunds_go_on_from_whatever_they_waited_for(restarted: Restarted) -> None:
    """The emulator's executions end with it, as by an outage; the watch begins new ones from the record."""
    offices = offices_on(restarted.after, list(WAITING.values()))
    assert [refund.runs for office in offices if (refund := office.refund())] == [2, 2, 2, 2]
    plays(offices, AFTER)
    assert [(office.script.name, wrong) for office in offices if (wrong := differs(office))] == []
    books_are_right(offices)
    watched = restarted.after.invoke("timers", {"job": "watch_refunds", "left_alone_s": 0})
    assert watched == {"open": 0, "at_a_standstill": []}

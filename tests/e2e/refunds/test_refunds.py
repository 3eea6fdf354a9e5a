"""Refunds on the deployed state machine: a story for each of its states, in the moved time and with scaled
waits. All ways through a refund are played in one process (tests/workflows/refunds/test_scripts.py).

A story's days are the stack's: the clock goes from one day on which something happens to the next, and on
each the state machines run until every one of them waits for something that is still to come.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from local.frontdoor import move_clock, stack_now
from local.stack import Stack
from telekarta.domain.brands import Brand
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.cards.card import Ref
from telekarta.domain.topups.payments import Method, Payment
from telekarta.usecases.topups.payment_start import PaymentRequest, start_payment
from tests.e2e.topups.test_payments import BY_US, chooses, shown, web
from tests.kit import refunds as refund_kit
from tests.kit.refund_scripts import BY_NAME
from tests.kit.stack_office import books_are_right, differs, offices_on, plays, scaled_waits
from tests.kit.stack_time import in_the_morning
from tests.kit.state_machine import machine
from tests.kit.waiting import until

pytestmark = pytest.mark.emulator

ISSUE = {"command": "issue_cards", "brand": "white_phone", "nominal_grosze": 500, "count": 1, **BY_US}

SCALE = 4e-6  # a week is two and a half seconds: shorter waits would only keep the machine busy

# What each shows of the machine, besides what every refund goes through.
STORIES = {
    "applied for during a call": "the wait for the end of the call, a callback from the desk, a payout",
    "sent on the web page, its documents read": "an acknowledgement by e-mail",
    "completed in time": "a call to complete, and the callback from an operator who completes",
    "never completed": "the timed wait for completion, and the lapse",
    "overdue": "the timed waits for a decision: a reminder, and an escalation",
    "refused": "the money goes back on the card, and the refund is closed",
    "returned before it was confirmed": "a payout that came back, another account, a second payout",
    "nobody confirms the transfer": "the timed wait for the bank",
    "returned, and put back on the card": "the callback that ends the wait for another account",
    "given up and started anew": "a second execution of the same refund",
    "Telegrosik: no fee, the nominal too": "the other brand's card",
}

# E-mails are not kept as letters are; test_form reads them.
OTHERWISE: dict[str, dict[str, Any]] = {"sent on the web page, its documents read": {"letters": ()}}

# A reminder is due at one moment between two days of a story. The moved clock may step over it before the
# state machine looks, if the computer is busy; all scripts go through it in tests/workflows.
STEPPED_OVER = {"Remind"}


def entered(stack: Stack, execution: str) -> set[str]:
    """The states that the execution has been in."""
    history = stack.client("stepfunctions").get_paginator("get_execution_history")
    events = [event for page in history.paginate(executionArn=execution) for event in page["events"]]
    return {each["stateEnteredEventDetails"]["name"] for each in events if "stateEnteredEventDetails" in each}


def executions(stack: Stack, cases: Sequence[str]) -> list[str]:
    """All executions of these refunds, ended or not."""
    machine = stack.state_machines["refund"]
    pages = stack.client("stepfunctions").get_paginator("list_executions").paginate(stateMachineArn=machine)
    found = [each for page in pages for each in page["executions"]]
    return [each["executionArn"] for each in found if each["name"].rpartition("-")[0] in cases]


def ends_for_good(stack: Stack) -> str:
    """An execution for a refund that nobody knows: no step of it can be done."""
    sfn = stack.client("stepfunctions")
    begun: str = sfn.start_execution(
        stateMachineArn=stack.state_machines["refund"],
        name="refund-unknown-1",
        input=json.dumps({"case": "refund-unknown"}),
    )["executionArn"]
    until(lambda: sfn.describe_execution(executionArn=begun)["status"] == "FAILED")
    return begun


@pytest.mark.rule("WP §7.1", "WP §7.4", "WP §7.5", "WP §7.6", "WP §7.7", "WP §7.8", "WP §7.9", "WP §7.10")
def test_a_story_for_each_state_of_the_deployed_machine(
    aws: None, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = in_the_morning(stack)
    monkeypatch.setattr(refund_kit, "START", start)
    scripts = [replace(BY_NAME[name], **OTHERWISE.get(name, {})) for name in STORIES]
    offices = offices_on(stack, scripts)
    with scaled_waits(stack, SCALE):
        for day in sorted({line.day for script in scripts for line in script.lines}):
            seconds = int((start + timedelta(days=day) - stack_now(stack)).total_seconds())
            if seconds > 0:
                move_clock(stack, seconds)
            plays(offices, day)
    wrong = [(office.script.name, difference) for office in offices if (difference := differs(office))]
    assert wrong == []
    books_are_right(offices)
    shown = executions(stack, [office.case_id for office in offices])
    seen = [entered(stack, each) for each in (*shown, ends_for_good(stack))]
    assert set(machine("refund")["States"]) - set().union(*seen) <= STEPPED_OVER


# ---------------------------------------------------------------- the way that the money came


@pytest.mark.parametrize(
    ("method", "habit", "ways"),
    [
        (Method.PAYU, "", ["payu paid"]),
        (Method.PRZELEWY24, "", ["przelewy24 paid"]),
        (Method.PAYU, "refund_refused", ["payu refused", "bank sent"]),
        (Method.PRZELEWY24, "refund_refused_late", ["przelewy24 refused", "bank sent"]),
        (Method.PAYU, "refund_untold", ["payu paid"]),
        (Method.PRZELEWY24, "refund_untold", ["przelewy24 paid"]),
    ],
)
def test_online_money_goes_back_the_way_it_came(
    aws: None, stack: Stack, method: Method, habit: str, ways: list[str]
) -> None:
    """Paid at the sandbox, refunded by its API, and its notification, or its answer to the hourly question,
    ends the case or sends a transfer."""
    (new,) = stack.invoke("desk", ISSUE)["cards"]
    ref = Ref.card(Brand.WHITE_PHONE, new["card"])
    request = PaymentRequest(ref, 5000, method, "pl", "babcia@example.pl", "203.0.113.7", receipt=False)
    payment = start_payment(web(stack), request)
    assert isinstance(payment, Payment)
    chooses(payment, "pay")
    until(lambda: shown(stack, payment)["stage"] == "credited")
    if habit:
        chooses(payment, habit)
    posting = shown(stack, payment)["posting"]
    case = stack.invoke(
        "desk",
        {
            "command": "apply_for_refund",
            "brand": "white_phone",
            "card": ref.number,
            "pin": new["pin"],
            "request_id": f"way-{ref.number}",
            "arrived": "email",
            "received_on": day_of(stack_now(stack)).isoformat(),
            "amount_grosze": 5000,
            "proofs": [{"posting": posting, "kind": "transfer", "document": "potwierdzenie.pdf"}],
            "account": refund_kit.ACCOUNT,
            "owner": "Jan Kowalski",
            "same_way": True,
            "address": "ul. Polna 1",
            **BY_US,
        },
    )["case"]
    grant = {"command": "decide_refund", "case": case, "decision": "grant", **BY_US}
    until(lambda: stack.invoke("desk", grant)["outcome"] == "done")

    def payouts() -> list[dict[str, str]]:
        found: list[dict[str, str]] = stack.invoke("desk", {"command": "show_refund", "case": case})[
            "payouts"
        ]
        return found

    def gone() -> list[str] | None:
        found = [f"{each['way']} {each['state']}" for each in payouts()]
        return found if found == ways else None

    if "late" in habit or "untold" in habit:
        until(lambda: [each for each in payouts() if each["state"] == "sent"] or None)
    if "late" in habit:
        move_clock(stack, int(timedelta(days=3, minutes=1).total_seconds()))
    if "untold" in habit:
        assert stack.invoke("timers", {"job": "watch_refunds", "left_alone_s": 0})["payout_paid"] == 1
    assert until(gone) == ways

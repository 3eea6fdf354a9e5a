"""The operators' console on the deployed stack: the dashboard's widgets, its figures, and runbooks."""

import json
import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx
import pytest

from local.dashboard.serving import deployed_dashboard
from local.stack import Stack

pytestmark = pytest.mark.emulator

WITHIN_S = 20
T = TypeVar("T")


def until(found: Callable[[], T | None]) -> T:
    """What another process does within a reasonable time."""
    deadline = time.monotonic() + WITHIN_S
    while (answer := found()) is None:
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)
    return answer


def runs(stack: Stack, command: str, **parameters: str) -> dict[str, Any]:
    """The end of a runbook's execution."""
    ssm = stack.client("ssm")
    name = f"{stack.functions['desk'].removesuffix('-desk')}-{command.replace('_', '-')}"
    started = ssm.start_automation_execution(
        DocumentName=name, Parameters={key: [value] for key, value in parameters.items()}
    )

    def ended() -> dict[str, Any] | None:
        run: dict[str, Any] = ssm.get_automation_execution(
            AutomationExecutionId=started["AutomationExecutionId"]
        )["AutomationExecution"]
        return run if run["AutomationExecutionStatus"] != "InProgress" else None

    return until(ended)


def widget(stack: Stack, **params: object) -> Any:
    reply = httpx.post(
        f"{stack.base_url}/desk/widget",
        json={"endpoint": deployed_dashboard(stack)[1][0]["properties"]["endpoint"], "params": params},
        trust_env=False,
        timeout=30,
    )
    assert reply.status_code == 200, reply.text
    return reply.json()["answer"]


def test_every_widget_of_the_dashboard_answers(stack: Stack) -> None:
    _, widgets = deployed_dashboard(stack)
    assert len(widgets) == 4
    for each in widgets:
        assert "cwdb-no-default-styles" in widget(stack, **each["properties"]["params"])


def test_what_was_counted_is_among_the_figures(stack: Stack) -> None:
    before = json.dumps(widget(stack, page="service", **{"as": "text"}))
    httpx.post(f"{stack.base_url}/voice/incoming", data={"CallSid": "CA1"}, trust_env=False)
    until(lambda: json.dumps(widget(stack, page="service", **{"as": "text"})) != before or None)


def test_a_runbook_carries_the_operators_identity_and_hands_pins_over(stack: Stack) -> None:
    run = runs(
        stack,
        "issue_cards",
        brand="white_phone",
        nominal_grosze="2000",
        count="1",
        why="runbook",
        request_id="console-1",
    )
    assert run["AutomationExecutionStatus"] == "Success", run
    answer = json.loads(run["Outputs"]["command.Payload"][0])
    bucket, _, key = answer["where"].removeprefix("s3://").partition("/")
    (card,) = json.loads(stack.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())["cards"]
    assert card["pin"] not in json.dumps(run)
    blocked = runs(stack, "block_card", brand="white_phone", card=card["card"], why="zgubiona")
    assert blocked["AutomationExecutionStatus"] == "Success", blocked
    shown = stack.invoke("desk", {"command": "show_card", "brand": "white_phone", "card": card["card"]})
    assert shown["status"] == "blocked"


def test_a_runbook_that_is_refused_fails(stack: Stack) -> None:
    run = runs(stack, "block_card", brand="white_phone", card="999999", why="nobody")
    assert run["AutomationExecutionStatus"] == "Failed"
    assert "There is no such card" in run["FailureMessage"]


def test_the_forms_are_pages_too(stack: Stack) -> None:
    page = httpx.get(f"{stack.base_url}/desk/runbooks", trust_env=False)
    assert page.status_code == 200
    name = f"{stack.functions['desk'].removesuffix('-desk')}-block-card"
    assert name in page.text
    form = httpx.get(f"{stack.base_url}/desk/runbooks/{name}", trust_env=False)
    assert "<select" in form.text
    wrong = httpx.post(
        f"{stack.base_url}/desk/runbooks/{name}", data={"brand": "no_such_brand"}, trust_env=False
    )
    assert wrong.status_code == 400

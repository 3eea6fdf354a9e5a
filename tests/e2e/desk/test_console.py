"""The operators' console on the deployed stack: the dashboard's widgets, its figures, and runbooks."""

import json
from datetime import timedelta
from typing import Any

import pytest

from local.dashboard.serving import deployed_dashboard
from local.dashboard.shelf import payouts_bucket
from local.frontdoor import stack_now
from local.stack import Stack
from tests.kit import browsing
from tests.kit.waiting import until

pytestmark = pytest.mark.emulator


def runs(stack: Stack, command: str, **parameters: str) -> dict[str, Any]:
    """The end of a runbook's execution."""
    ssm = stack.client("ssm")
    name = f"{stack.functions['desk'].removesuffix('-desk')}-{command.replace('_', '-')}"
    started = ssm.start_automation_execution(
        DocumentName=name, Parameters={key: [value] for key, value in parameters.items()}
    )
    return end_of(stack, started["AutomationExecutionId"])


def end_of(stack: Stack, execution: str) -> dict[str, Any]:
    def ended() -> dict[str, Any] | None:
        told = stack.client("ssm").get_automation_execution(AutomationExecutionId=execution)
        run: dict[str, Any] = told["AutomationExecution"]
        return run if run["AutomationExecutionStatus"] != "InProgress" else None

    return until(ended)


def widget(stack: Stack, **params: object) -> Any:
    reply = browsing.post(
        f"{stack.base_url}/desk/widget",
        json={"endpoint": deployed_dashboard(stack)[1][0]["properties"]["endpoint"], "params": params},
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
    browsing.post(f"{stack.base_url}/voice/incoming", data={"CallSid": "CA1"})
    until(lambda: json.dumps(widget(stack, page="service", **{"as": "text"})) != before)


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
    run = runs(stack, "block_card", brand="telegrosik", card="9999999999", why="nobody")
    assert run["AutomationExecutionStatus"] == "Failed"
    assert "There is no such card" in run["FailureMessage"]


@pytest.mark.rule("WP §6.5", "TG §6.11")
def test_a_price_list_is_drafted_changed_checked_published_and_on_the_page_at_once(stack: Stack) -> None:
    shelf = f"{stack.base_url}/desk/price-lists"

    def page() -> str:
        return browsing.get(f"{stack.base_url}/prices/telegrosik.txt?lang=en").text

    drafted = runs(stack, "draft_price_list", brand="telegrosik", draft="a.csv", why="e2e")
    assert drafted["AutomationExecutionStatus"] == "Success", drafted
    draft = browsing.get(f"{shelf}/drafts/a.csv").text
    begins = (stack_now(stack) + timedelta(days=60)).date()
    changed = draft.replace("valid_from,2026-09-01", f"valid_from,{begins}") + "999,Atlantyda,Atlantis,70\n"
    assert browsing.put(f"{shelf}/drafts/a.csv", content=changed).status_code == 201

    named = {"brand": "telegrosik", "version": "atlantis", "draft": "a.csv"}
    checked = stack.invoke("desk", {"command": "check_price_list", **named})
    assert [each["prefix"] for each in checked["newly_sold"]] == ["999"]
    refused = runs(stack, "publish_price_list", **named, mark="0" * 12, why="e2e")
    assert "not what was checked" in refused["FailureMessage"]
    assert "Atlantis" not in page()
    run = runs(stack, "publish_price_list", **named, mark=checked["mark"], why="e2e")
    assert run["AutomationExecutionStatus"] == "Success", run
    assert "Atlantis (999): PLN 0.07" in page()
    assert "published/telegrosik/atlantis.csv" in browsing.get(shelf).text


def test_a_file_for_the_bank_can_be_read_where_its_case_leads(stack: Stack) -> None:
    shelf = f"{stack.base_url}/desk/payouts"
    s3 = stack.client("s3")
    bucket = payouts_bucket(stack)
    order = "110,20261120,4000,zwrot środków"
    s3.put_object(Bucket=bucket, Key="elixir0/ZW0.txt", Body=order.encode("cp1250"))
    assert "elixir0/ZW0.txt" in browsing.get(shelf).text
    assert browsing.get(f"{shelf}/elixir0/ZW0.txt").text == order
    assert browsing.get(f"{shelf}/elixir0/ZW1.txt").status_code == 404
    s3.delete_object(Bucket=bucket, Key="elixir0/ZW0.txt")


def test_the_forms_are_pages_too(stack: Stack) -> None:
    page = browsing.get(f"{stack.base_url}/desk/runbooks")
    assert page.status_code == 200
    name = f"{stack.functions['desk'].removesuffix('-desk')}-block-card"
    assert name in page.text
    form = browsing.get(f"{stack.base_url}/desk/runbooks/{name}")
    assert "<select" in form.text
    wrong = browsing.post(f"{stack.base_url}/desk/runbooks/{name}", data={"brand": "no_such_brand"})
    assert wrong.status_code == 400


def test_a_white_phone_series_is_issued_with_the_form_as_it_is(stack: Stack) -> None:
    name = f"{stack.functions['desk'].removesuffix('-desk')}-issue-cards"
    form = {"brand": "white_phone", "nominal_grosze": "2000", "count": "1", "why": "kantyna"}
    blank = {"series": "", "valid_months": "", "request_id": ""}
    page = f"{stack.base_url}/desk/runbooks/{name}"
    started = browsing.post(page, data=form | blank, follow_redirects=False)
    assert started.status_code == 303, started.text
    run = end_of(stack, started.headers["location"].rpartition("/")[2])
    assert run["AutomationExecutionStatus"] == "Success", run

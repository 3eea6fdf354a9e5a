"""Another workflow comes in by the same door: its table is its machine, and the function does its steps."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from tasks import entry
from tasks.workflows import WORKFLOWS
from tests.functions.refunds.test_tasks import Context
from tests.kit.refunds import Calendar, FakeWorkflow
from tests.kit.small_workflow import HOLIDAYS, Do, Holiday, HolidayDeps
from tools.state_machines import definition

START = datetime(2026, 7, 1, 9, tzinfo=UTC)
A_HOLIDAY = Holiday("holiday-7", asked_on=date(2026, 7, 1), first_day=date(2026, 8, 3))


@pytest.fixture
def deps(monkeypatch: pytest.MonkeyPatch) -> HolidayDeps:
    """Both workflows are registered; whoever takes part in the second one is in memory."""
    deps = HolidayDeps(Calendar(START), FakeWorkflow(), {A_HOLIDAY.id: A_HOLIDAY})
    holidays = replace(HOLIDAYS, connect=lambda: deps)
    monkeypatch.setattr(entry, "WORKFLOWS", {**WORKFLOWS, holidays.workflow.name: holidays})
    return deps


def invoke(step: str, **more: str) -> dict[str, Any]:
    event = {"workflow": "holiday", "step": step, "case": A_HOLIDAY.id, **more}
    told = entry.handler(event, cast("LambdaContext", Context()))
    return cast("dict[str, Any]", json.loads(json.dumps(told)))


def test_its_steps_are_done_in_the_order_in_which_its_record_needs_them(deps: HolidayDeps) -> None:
    calendar = cast("Calendar", deps.clock)
    assert invoke("look")["do"] == Do.AWAIT_HEAD
    deps.holidays[A_HOLIDAY.id] = Holiday(A_HOLIDAY.id, A_HOLIDAY.asked_on, A_HOLIDAY.first_day, agreed=True)
    assert invoke("look")["do"] == Do.AWAIT_FIRST_DAY
    calendar.moment = datetime(2026, 8, 3, 9, tzinfo=UTC)
    assert invoke("look")["do"] == Do.ENTER
    assert invoke("enter")["do"] == Do.FINISHED
    assert deps.holidays[A_HOLIDAY.id].entered


def test_a_wait_has_its_token_kept_and_is_as_long_as_its_deadline_is_away(deps: HolidayDeps) -> None:
    told = invoke("wait", token="a-token")
    assert deps.holidays[A_HOLIDAY.id].token == "a-token"
    midnight_in_warsaw = datetime(2026, 7, 7, 22, tzinfo=UTC)
    assert told["wait_s"] == (midnight_in_warsaw - START).total_seconds() + 1


def test_what_need_not_wait_any_more_goes_on_at_once(deps: HolidayDeps) -> None:
    cast("Calendar", deps.clock).moment = START + timedelta(days=7)
    assert invoke("wait", token="late")["do"] == Do.REFUSE
    assert cast("FakeWorkflow", deps.workflow).woken == ["late"]


def test_a_workflow_does_no_steps_of_another(deps: HolidayDeps) -> None:
    with pytest.raises(entry.StepFailed):
        invoke("settle")


def test_its_machine_is_a_hub_that_names_it_in_every_task() -> None:
    machine = definition(HOLIDAYS)
    assert [choice["Next"] for choice in machine["States"]["Route"]["Choices"]] == [
        "AwaitHead", "Refuse", "AwaitFirstDay", "Enter", "Finished",
    ]  # fmt: skip
    assert machine["States"]["Enter"]["Arguments"] == {
        "FunctionName": "${TasksFunction}",
        "Payload": {"workflow": "holiday", "step": "enter", "case": "{% $states.input.case %}"},
    }
    assert machine["States"]["AwaitFirstDay"]["Seconds"] == "{% $states.input.wait_s %}"
    assert machine["States"]["Stuck"]["Error"] == "HolidayStuck"

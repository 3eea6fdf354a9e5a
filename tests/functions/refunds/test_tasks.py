"""The function `tasks`: one verb an event, and what it raises when it can't be done."""

import json
from dataclasses import replace
from typing import Any, cast

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from local.processes import ROOT
from tasks import entry
from tasks.refunds import REFUNDS
from telekarta.usecases.mail.ports import DocumentsUnavailable
from telekarta.usecases.ports import ReportsUnavailable, StoreUnavailable
from telekarta.usecases.refunds.workflow import REFUND
from telekarta.usecases.topups.ports import GatewayUnavailable
from telekarta.usecases.topups.receipts import Unsent
from telekarta.wiring.refunds import NEEDED
from tests.kit.memory_store import When
from tests.kit.refunds import MemoryOffice, on
from tests.kit.template import RESOURCES

EVENTS = {path.stem: json.loads(path.read_text()) for path in (ROOT / "events/tasks").glob("*.json")}


class Context:
    function_name = "telekarta-tasks"
    function_version = "1"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:eu-central-1:999000999000:function:telekarta-tasks"
    aws_request_id = "0d4bcd2e-8f3d-4a3e-9a70-0f6e0f0a2f11"


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> MemoryOffice:
    """An application that has just come: its machine has not begun."""
    office = MemoryOffice(case_id="refund-wniosek-2026-117")
    monkeypatch.setattr(office, "step", lambda: None)
    office.play([on(0, "given", bank=5000), on(0, "applies")])
    monkeypatch.setattr(entry, "WORKFLOWS", {"refund": replace(REFUNDS, connect=lambda: office.work)})
    return office


def invoke(event: Any) -> Any:
    return json.loads(json.dumps(entry.handler(event, cast("LambdaContext", Context()))))


def test_a_look_says_what_is_to_be_done(office: MemoryOffice) -> None:
    assert invoke(EVENTS["look"]) == {
        "case": "refund-wniosek-2026-117",
        "do": "hold",
        "wait_s": 0,
        "in_a_call": False,
    }


@pytest.mark.rule("WP §7.10")
def test_a_step_is_done_once_and_the_wait_ends_with_the_next_reminder(office: MemoryOffice) -> None:
    told = invoke(EVENTS["hold"])
    assert told == invoke(EVENTS["hold"])
    assert told["do"] == "await_decision"
    twenty_days_and_a_bit = 20 * 24 * 60 * 60
    assert 0 < told["wait_s"] <= twenty_days_and_a_bit
    assert office.card().balance_grosze == 500


def test_a_wait_keeps_the_token_and_wakes_what_need_not_wait(office: MemoryOffice) -> None:
    invoke(EVENTS["wait"])
    assert office.workflow.woken == [EVENTS["wait"]["token"]]
    invoke(EVENTS["hold"])
    invoke(EVENTS["wait"])
    refund = office.refund()
    assert refund is not None
    assert refund.token == EVENTS["wait"]["token"]


def test_the_function_is_given_all_that_its_steps_need() -> None:
    assert set(NEEDED) <= RESOURCES["TasksFunction"]["Properties"]["Environment"]["Variables"].keys()


@pytest.mark.parametrize("event", EVENTS.values(), ids=list(EVENTS))
def test_an_execution_of_the_version_before_names_no_workflow_and_goes_on(
    office: MemoryOffice, event: dict[str, str]
) -> None:
    unnamed = {name: value for name, value in event.items() if name != "workflow"}
    assert invoke(unnamed) == invoke(event)


def test_a_store_that_does_not_answer_is_worth_another_try(office: MemoryOffice) -> None:
    def fail(when: When, operation: str) -> None:
        raise StoreUnavailable("Kowalski")

    office.store.faults = fail
    with pytest.raises(entry.Unavailable, match=r"^StoreUnavailable$"):
        invoke(EVENTS["look"])


@pytest.mark.parametrize("outside", [DocumentsUnavailable, GatewayUnavailable, ReportsUnavailable, Unsent])
def test_what_is_outside_is_given_hours_and_not_two_minutes(
    office: MemoryOffice, outside: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store answers within minutes or alarms; a provider, the mail or S3 may be down for longer."""

    def fails(*_: object) -> None:
        raise outside("Kowalski")

    broken = replace(REFUNDS, workflow=replace(REFUND, record=fails))
    monkeypatch.setattr(entry, "WORKFLOWS", {"refund": replace(broken, connect=lambda: office.work)})
    with pytest.raises(entry.OutsideUnavailable, match=f"^{outside.__name__}$"):
        invoke(EVENTS["look"])


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"step": "steal", "case": "x"},
        EVENTS["look"] | {"case": "refund-none"},
        EVENTS["look"] | {"workflow": "x"},
    ],
)
def test_what_is_no_step_fails_without_quoting(office: MemoryOffice, event: Any) -> None:
    with pytest.raises(entry.StepFailed) as failed:
        invoke(event)
    assert "x" not in str(failed.value).split()
    assert "steal" not in str(failed.value)
    assert failed.value.__cause__ is None
    assert failed.value.__context__ is None

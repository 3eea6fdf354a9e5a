"""The runbooks' forms of the local stack, in front of Systems Manager's own client."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import httpx
import pytest
from botocore.exceptions import ParamValidationError
from botocore.stub import Stubber

import local.stack
from tests.kit import browsing
from tests.kit.store import REGION
from tests.local.test_frontdoor import a_stack, open_door

NAME = "telekarta-issue-cards"
DOCUMENT = {
    "description": "Makes new cards",
    "parameters": {
        "brand": {"type": "String", "description": "", "allowedValues": ["white_phone", "telegrosik"]},
        "series": {"type": "String", "description": "", "default": ""},
        "valid_months": {"type": "String", "description": "", "default": ""},
        "why": {"type": "String", "description": ""},
    },
}
FORM = {"brand": "telegrosik", "series": "", "valid_months": "", "why": "kantyna & sklep"}


@dataclass
class Console:
    """An operator's browser; Systems Manager's client as it is, and answers that a test says."""

    browser: httpx.Client
    ssm: Any
    answers: Stubber

    def shows_the_form(self) -> None:
        self.answers.add_response("get_document", {"Content": json.dumps(DOCUMENT)}, {"Name": NAME})

    def sends(self, form: dict[str, str]) -> httpx.Response:
        return self.browser.post(f"/desk/runbooks/{NAME}", data=form)


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    credentials = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    ssm = boto3.client("ssm", REGION, **credentials)
    monkeypatch.setattr(local.stack, "client", lambda _service, _endpoint: ssm)
    with (
        open_door(a_stack()) as port,
        browsing.browser(base_url=f"http://127.0.0.1:{port}") as browser,
        Stubber(ssm) as answers,
    ):
        yield Console(browser, ssm, answers)
        answers.assert_no_pending_responses()


def test_what_was_left_blank_is_left_out_as_in_the_console(console: Console) -> None:
    sent = {"brand": ["telegrosik"], "why": ["kantyna & sklep"]}
    console.answers.add_response(
        "start_automation_execution",
        {"AutomationExecutionId": "1" * 36},
        {"DocumentName": NAME, "Parameters": sent},
    )
    answer = console.sends(FORM)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/desk/executions/{'1' * 36}")


def test_what_systems_manager_refuses_is_said_above_what_was_typed(console: Console) -> None:
    console.answers.add_client_error(
        "start_automation_execution", "InvalidAutomationExecutionParametersException", "missing: why"
    )
    console.shows_the_form()
    answer = console.sends(FORM)
    assert answer.status_code == 400
    assert 'role="alert">missing: why<' in answer.text
    assert 'value="kantyna &amp; sklep"' in answer.text
    assert "<option selected>telegrosik" in answer.text


def test_what_the_client_itself_refuses_is_said_too(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(**_asked: Any) -> None:
        raise ParamValidationError(report="Invalid length for parameter Parameters.why")

    monkeypatch.setattr(console.ssm, "start_automation_execution", refuses)
    console.shows_the_form()
    answer = console.sends(FORM)
    assert answer.status_code == 400
    assert "Invalid length for parameter Parameters.why" in answer.text

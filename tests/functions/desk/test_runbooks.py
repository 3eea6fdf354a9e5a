"""Commands from the operators' runbooks: whose they are, and what the execution may keep."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from desk import entry
from desk.runbooks import NotYours, RunbookFailed, of_runbooks
from local.processes import ROOT
from telekarta.adapters.aws.runbooks import S3Handover, SsmExecution, SsmExecutions
from telekarta.domain.cards.card import Status
from telekarta.usecases.ports import StoreUnavailable
from tests.kit.desk_screen import CARD, Screen
from tests.kit.store import REGION
from tools import runbooks as tool

ANNA = "arn:aws:sts::999000999000:assumed-role/Operators/anna.kowalska"
RUN = "11111111-2222-3333-4444-555555555555"
BLOCK = {"brand": "white_phone", "card": "123456", "why": "zgubiona"}
ISSUE = {
    "brand": "white_phone",
    "nominal_grosze": "2000",
    "count": "2",
    "series": "",
    "valid_months": "",
    "why": "kantyna",
    "request_id": "r1",
}


@dataclass
class Console:
    """Systems Manager and the bucket, and an operator in front of a form."""

    screen: Screen = field(default_factory=Screen)
    runs: dict[str, SsmExecution] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    is_down: bool = False
    stack: str = "telekarta"

    @property
    def executions(self) -> "Console":
        return self

    @property
    def handover(self) -> "Console":
        return self

    def execution(self, execution_id: str) -> SsmExecution | None:
        if self.is_down:
            raise StoreUnavailable("down")
        return self.runs.get(execution_id)

    def put(self, name: str, document: Mapping[str, Any]) -> str:
        self.kept[name] = document
        return f"s3://handover/{name}"

    def runs_it(self, command: str, sent: Mapping[str, str], **changes: Any) -> Any:
        runbook = f"telekarta-{command.replace('_', '-')}"
        run: dict[str, Any] = {"runbook": runbook, "executed_by": ANNA, "is_running": True}
        self.runs[RUN] = SsmExecution(**(run | {"parameters": sent} | changes))
        return self.sends({"command": command, **sent, "automation": RUN})

    def sends(self, event: Mapping[str, Any]) -> Any:
        return entry.from_runbook(event, lambda: self.screen.desk, lambda: self, lambda: 60.0)


@pytest.fixture
def console() -> Console:
    return Console()


def test_the_record_names_who_runs_the_runbook(console: Console) -> None:
    assert console.runs_it("block_card", BLOCK)["outcome"] == "done"
    assert console.screen.store.cards[CARD].status is Status.BLOCKED
    (record,) = console.screen.store.commands.values()
    assert (record.who, record.why) == ("assumed-role/Operators/anna.kowalska", "zgubiona")


def test_pins_are_handed_over_and_not_kept_with_the_execution(console: Console) -> None:
    answer = console.runs_it("issue_cards", ISSUE)
    (name,) = console.kept
    assert answer == {"outcome": "done", "cards": 2, "where": f"s3://handover/{name}"}
    pins = [card["pin"] for card in console.kept[name]["cards"]]
    assert len(pins) == 2
    assert not [pin for pin in pins if pin in json.dumps(answer)]


@pytest.mark.parametrize("left_out", [(), ("series", "valid_months")])
def test_what_a_form_left_blank_is_left_out(console: Console, left_out: tuple[str, ...]) -> None:
    """Systems Manager tells of what was left blank with its default, or not at all."""
    told = {name: value for name, value in ISSUE.items() if name not in left_out}
    assert console.runs_it("issue_cards", ISSUE, parameters=told)["cards"] == 2


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"runbook": "telekarta-unblock-card"}, NotYours.OTHER_RUNBOOK),
        ({"runbook": "other-block-card"}, NotYours.OTHER_RUNBOOK),
        ({"is_running": False}, NotYours.NOT_RUNNING),
        ({"parameters": BLOCK | {"card": "654321"}}, NotYours.OTHER_PARAMETERS),
        ({"parameters": BLOCK | {"more": "x"}}, NotYours.OTHER_PARAMETERS),
    ],
)
def test_nobody_acts_in_another_ones_name(console: Console, changes: dict[str, Any], why: NotYours) -> None:
    with pytest.raises(RunbookFailed, match=why):
        console.runs_it("block_card", BLOCK, **changes)
    assert console.screen.store.cards[CARD].status is Status.ACTIVE


@pytest.mark.parametrize("execution", ["nobody's", "", 7, None, {}])
def test_an_execution_that_there_is_not(console: Console, execution: object) -> None:
    with pytest.raises(RunbookFailed, match=NotYours.UNKNOWN_EXECUTION):
        console.sends({"command": "block_card", **BLOCK, "automation": execution})


def test_nobody_may_say_who_they_are(console: Console) -> None:
    console.runs_it("block_card", BLOCK)
    with pytest.raises(RunbookFailed, match=NotYours.OTHER_PARAMETERS):
        console.sends({"command": "block_card", **BLOCK, "who": "the director", "automation": RUN})


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (BLOCK | {"card": "999999"}, "There is no such card"),
        (BLOCK | {"card": "12"}, "card must be"),
        (BLOCK | {"why": ""}, "why is missing"),
    ],
)
def test_what_was_not_done_fails_the_execution(
    console: Console, parameters: dict[str, str], message: str
) -> None:
    with pytest.raises(RunbookFailed, match=message):
        console.runs_it("block_card", parameters)


def test_systems_manager_that_does_not_answer_is_no_identity(console: Console) -> None:
    console.is_down = True
    with pytest.raises(RunbookFailed, match="safe to give the same command again"):
        console.runs_it("block_card", BLOCK)
    assert console.screen.store.cards[CARD].status is Status.ACTIVE


def test_every_command_that_changes_something_has_its_runbook_in_the_template() -> None:
    assert tool.renewed(tool.STACK.read_text()) == tool.STACK.read_text()
    assert {"issue_cards", "block_card", "close_case", "reverse_posting"} <= {
        spec.name for spec in of_runbooks()
    }


# ---------------------------------------------------------------- AWS's side


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


def test_what_is_handed_over_lies_in_the_bucket(cloud: None) -> None:
    s3 = boto3.client("s3", REGION)
    s3.create_bucket(Bucket="handover", CreateBucketConfiguration={"LocationConstraint": REGION})
    where = S3Handover("handover", REGION).put("issue_cards/1.json", {"name": "Łódź"})
    assert where == "s3://handover/issue_cards/1.json"
    body = s3.get_object(Bucket="handover", Key="issue_cards/1.json")["Body"].read()
    assert json.loads(body) == {"name": "Łódź"}
    with pytest.raises(ClientError, match="NoSuchBucket"):
        S3Handover("missing", REGION).put("x", {})


class FakeSsm:
    """Systems Manager's answers, in its own shape."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def get_automation_execution(self, AutomationExecutionId: str) -> Any:  # noqa: N803
        if isinstance(self.answer, Exception):
            raise self.answer
        return {"AutomationExecution": self.answer}


def told_by(answer: object) -> SsmExecutions:
    executions = SsmExecutions(REGION)
    executions.__dict__["_ssm"] = FakeSsm(answer)
    return executions


def client_error(code: str) -> Exception:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "GetAutomationExecution")


def test_an_execution_is_read_as_systems_manager_tells_it() -> None:
    answer = {
        "DocumentName": "telekarta-block-card",
        "ExecutedBy": ANNA,
        "AutomationExecutionStatus": "InProgress",
        "Parameters": {"card": ["123456"], "why": [""]},
    }
    found = told_by(answer).execution(RUN)
    expected = SsmExecution("telekarta-block-card", ANNA, {"card": "123456", "why": ""}, is_running=True)
    assert found == expected
    assert told_by(client_error("AutomationExecutionNotFoundException")).execution(RUN) is None
    with pytest.raises(StoreUnavailable):
        told_by(client_error("ThrottlingException")).execution(RUN)
    with pytest.raises(ClientError, match="AccessDenied"):
        told_by(client_error("AccessDeniedException")).execution(RUN)


def test_the_payloads_of_the_console_are_commands() -> None:
    events = json.loads((ROOT / "events/desk_console/from_runbook.json").read_text())
    assert events["command"] in {spec.name for spec in of_runbooks()}

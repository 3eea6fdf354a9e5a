"""Step Functions and the bucket of payouts, as botocore tells of them."""

from collections.abc import Iterator

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from telekarta.adapters.aws.payout_files import S3PayoutFiles
from telekarta.adapters.aws.workflows import StepFunctions, WorkflowFault
from telekarta.usecases.workflow import RunState, WorkflowUnavailable

REGION = "eu-central-1"
MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:telekarta-refund"


@pytest.fixture
def states() -> Iterator[tuple[StepFunctions, Stubber]]:
    workflow = StepFunctions("refund", MACHINE, REGION)
    workflow._client = boto3.client("stepfunctions", region_name=REGION)
    with Stubber(workflow._client) as stubber:
        yield workflow, stubber
        stubber.assert_no_pending_responses()


def test_an_execution_is_named_by_its_case_and_knows_nothing_else(
    states: tuple[StepFunctions, Stubber],
) -> None:
    workflow, stubber = states
    wanted = {"stateMachineArn": MACHINE, "name": "refund-1-2", "input": '{"case": "refund-1"}'}
    stubber.add_response("start_execution", {"executionArn": MACHINE, "startDate": 0}, wanted)
    workflow.start("refund-1", 2)


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_a_task_that_waits_no_more_is_no_fault(states: tuple[StepFunctions, Stubber], code: str) -> None:
    workflow, stubber = states
    stubber.add_client_error("send_task_success", code, http_status_code=400)
    workflow.wake("token")


def test_what_runs_already_is_not_started_again(states: tuple[StepFunctions, Stubber]) -> None:
    workflow, stubber = states
    stubber.add_client_error("start_execution", "ExecutionAlreadyExists", http_status_code=400)
    workflow.start("refund-1", 1)


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ({"status": "RUNNING"}, RunState.RUNNING),
        ({"status": "PENDING_REDRIVE"}, RunState.ENDED),
        ({"status": "ABORTED"}, RunState.ENDED),
        ({"status": "TIMED_OUT"}, RunState.ENDED),
        ({"status": "SUCCEEDED"}, RunState.ENDED),
        ({"status": "FAILED", "error": "States.Runtime"}, RunState.ENDED),
        ({"status": "FAILED", "error": "RefundStuck"}, RunState.GAVE_UP),
    ],
)
def test_what_became_of_an_execution(
    states: tuple[StepFunctions, Stubber], told: dict[str, str], state: RunState
) -> None:
    workflow, stubber = states
    arn = "arn:aws:states:eu-central-1:123456789012:execution:telekarta-refund:refund-1-2"
    whole = {"executionArn": arn, "stateMachineArn": MACHINE, "startDate": 0, **told}
    stubber.add_response("describe_execution", whole, {"executionArn": arn})
    assert workflow.state("refund-1", 2) is state


def test_an_execution_that_never_was_is_unknown(states: tuple[StepFunctions, Stubber]) -> None:
    workflow, stubber = states
    stubber.add_client_error("describe_execution", "ExecutionDoesNotExist", http_status_code=400)
    assert workflow.state("refund-1", 1) is RunState.UNKNOWN


@pytest.mark.parametrize(
    ("code", "status", "raised"),
    [
        ("ThrottlingException", 400, WorkflowUnavailable),
        ("InternalFailure", 500, WorkflowUnavailable),
        ("AccessDeniedException", 400, WorkflowFault),
    ],
)
def test_what_may_pass_is_told_from_what_does_not(
    states: tuple[StepFunctions, Stubber], code: str, status: int, raised: type[Exception]
) -> None:
    workflow, stubber = states
    stubber.add_client_error("start_execution", code, "a secret", http_status_code=status)
    with pytest.raises(raised) as failed:
        workflow.start("refund-1", 1)
    assert "secret" not in str(failed.value)
    assert failed.value.__context__ is None


def test_a_file_for_the_bank_is_put_as_it_is() -> None:
    with mock_aws():
        s3 = boto3.client("s3", region_name=REGION)
        s3.create_bucket(Bucket="payouts", CreateBucketConfiguration={"LocationConstraint": REGION})
        S3PayoutFiles("payouts", REGION).put("elixir0/ZW1.txt", "Żółć\r\n".encode("cp1250"))
        got = s3.get_object(Bucket="payouts", Key="elixir0/ZW1.txt")["Body"].read()
    assert got == b"\xaf\xf3\xb3\xe6\r\n"

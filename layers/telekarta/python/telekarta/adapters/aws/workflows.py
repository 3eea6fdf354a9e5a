"""Step Functions: starting an execution for a case, and waking the task that waits in it."""

from dataclasses import dataclass, field
from typing import Any

from telekarta.usecases.workflow import RunState, WorkflowUnavailable, stuck_error

# Started before, with this very name: that is what was wanted.
_STARTED = "ExecutionAlreadyExists"
# The task waits no more: it was woken before, or its time was up, and it has looked for itself.
_WAITS_NO_MORE = frozenset({"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"})
_UNKNOWN = "ExecutionDoesNotExist"
_TRANSIENT = frozenset(
    {"ThrottlingException", "TooManyRequestsException", "ServiceUnavailable", "InternalFailure"}
)


class WorkflowFault(Exception):
    """Step Functions refused for a reason that asking again does not change: our bug, or a missing right."""


@dataclass(slots=True)
class StepFunctions:
    """The port `Executions`, of the machine that carries `workflow`. `machine` is its ARN; "" where none is
    started."""

    workflow: str
    machine: str = ""
    region: str = ""
    _client: Any = field(default=None, init=False, repr=False)

    def start(self, case_id: str, run: int) -> None:
        """The execution is named by the case, so that a second start is none. Its input is the case's id and
        nothing else: executions are shown in the console, and kept for 90 days."""
        import json  # noqa: PLC0415

        self._ask(
            "start_execution",
            frozenset({_STARTED}),
            stateMachineArn=self.machine,
            name=f"{case_id}-{run}",
            input=json.dumps({"case": case_id}),
        )

    def wake(self, token: str) -> None:
        self._ask("send_task_success", _WAITS_NO_MORE, taskToken=token, output="{}")

    def state(self, case_id: str, run: int) -> RunState:
        machine, _, name = self.machine.partition(":stateMachine:")
        arn = f"{machine}:execution:{name}:{case_id}-{run}"
        told = self._ask("describe_execution", frozenset({_UNKNOWN}), executionArn=arn)
        if told is None:
            return RunState.UNKNOWN
        if told["status"] == "RUNNING":
            return RunState.RUNNING
        return RunState.GAVE_UP if told.get("error") == stuck_error(self.workflow) else RunState.ENDED

    def _ask(self, operation: str, fine: frozenset[str], **parameters: str) -> Any:
        """The answer; None for a refusal that is fine."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            return getattr(self._states(), operation)(**parameters)
        except ClientError as error:
            code = str(error.response["Error"]["Code"])
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        except BotoCoreError as error:
            code, status = type(error).__name__, 500
        if code in fine:
            return None
        # Outside of the handlers: the exception of Step Functions may quote what it was given.
        if status >= 500 or code in _TRANSIENT:
            raise WorkflowUnavailable(f"{operation}: {code}")
        raise WorkflowFault(f"{operation}: {code}")

    def _states(self) -> Any:
        if self._client is None:
            import boto3  # noqa: PLC0415
            from botocore.config import Config  # noqa: PLC0415

            patience = Config(connect_timeout=1, read_timeout=4, retries={"total_max_attempts": 3})
            self._client = boto3.client("stepfunctions", region_name=self.region or None, config=patience)
        return self._client

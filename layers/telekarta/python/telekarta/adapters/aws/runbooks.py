"""Operators' runbooks in Systems Manager: whose execution it is, and where what it made waits."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from telekarta.adapters.aws.passing import passes
from telekarta.usecases.ports import StoreUnavailable


class RunbooksUnavailable(StoreUnavailable):
    """Systems Manager or the bucket did not answer. What they refuse for good comes as a ClientError."""


@dataclass(frozen=True, slots=True)
class SsmExecution:
    """One run of a runbook. `executed_by` is the ARN of who started it."""

    runbook: str
    executed_by: str
    parameters: Mapping[str, str]
    is_running: bool


@dataclass(frozen=True)
class SsmExecutions:
    region: str = ""

    def execution(self, execution_id: str) -> SsmExecution | None:
        """None if there is none with this id. Raises RunbooksUnavailable."""
        from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError  # noqa: PLC0415

        try:
            answer = self._ssm.get_automation_execution(AutomationExecutionId=execution_id)
        except ParamValidationError:
            return None
        except ClientError as error:
            if error.response["Error"]["Code"] == "AutomationExecutionNotFoundException":
                return None
            if not passes(error):
                raise
            raise RunbooksUnavailable(type(error).__name__) from error
        except BotoCoreError as error:
            raise RunbooksUnavailable(type(error).__name__) from error
        found = answer["AutomationExecution"]
        return SsmExecution(
            runbook=found["DocumentName"],
            executed_by=found["ExecutedBy"],
            parameters={name: "".join(values) for name, values in found.get("Parameters", {}).items()},
            is_running=found["AutomationExecutionStatus"] == "InProgress",
        )

    @cached_property
    def _ssm(self) -> Any:
        return _client("ssm", self.region)


@dataclass(frozen=True)
class S3Handover:
    """A bucket whose objects are gone after some days."""

    bucket: str
    region: str = ""

    def put(self, name: str, document: Mapping[str, Any]) -> str:
        """Keep it; where it is. Raises RunbooksUnavailable."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        body = json.dumps(document, indent=2, ensure_ascii=False).encode()
        try:
            self._s3.put_object(Bucket=self.bucket, Key=name, Body=body, ContentType="application/json")
        except ClientError as error:
            if not passes(error):
                raise
            raise RunbooksUnavailable(type(error).__name__) from error
        except BotoCoreError as error:
            raise RunbooksUnavailable(type(error).__name__) from error
        return f"s3://{self.bucket}/{name}"

    @cached_property
    def _s3(self) -> Any:
        return _client("s3", self.region)


def _client(service: str, region: str) -> Any:
    import boto3  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415

    patience = Config(connect_timeout=1, read_timeout=5, retries={"total_max_attempts": 3})
    return boto3.client(service, region_name=region or None, config=patience)

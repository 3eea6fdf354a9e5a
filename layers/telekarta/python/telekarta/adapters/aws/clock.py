"""The clock, and the local stage's one that can be moved forward."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from telekarta.adapters.environment import LOCAL_STAGE, Environment
from telekarta.usecases.ports import Clock

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.parameters import SSMProvider


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@cache
def _provider(region: str) -> "SSMProvider":
    from aws_lambda_powertools.utilities.parameters import SSMProvider  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415

    return SSMProvider(boto_config=Config(region_name=region) if region else None)


@dataclass(frozen=True, slots=True)
class ShiftedClock:
    """The system's clock plus the seconds that an SSM parameter holds; no parameter is no shift.

    It is read every time: who has moved the clock wants to see it moved, and only the local stage has one.
    """

    parameter: str
    region: str = ""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._offset_s())

    def _offset_s(self) -> int:
        from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError  # noqa: PLC0415
        from botocore.exceptions import ClientError  # noqa: PLC0415

        try:
            return int(str(_provider(self.region).get(self.parameter, force_fetch=True) or 0))
        except GetParameterError as error:
            cause = error.__context__
            if isinstance(cause, ClientError) and cause.response["Error"]["Code"] == "ParameterNotFound":
                return 0
            raise


def clock(environment: Environment) -> Clock:
    """The clock of the stage: outside the local one it can't be moved, whatever the settings say."""
    if environment.stage == LOCAL_STAGE and environment.clock_offset_parameter:
        return ShiftedClock(environment.clock_offset_parameter, environment.region)
    return SystemClock()

"""Having a hold looked at, by the function `timers`: asked for and forgotten."""

import json
import logging
from dataclasses import dataclass, field
from typing import Any

from telekarta.domain.cards.card import Ref

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class TimersHoldChecker:
    """The port `HoldChecker`, as an asynchronous invocation.

    A caller is waiting for other things, so there is one short attempt, and whatever goes wrong is only
    logged: the hold is looked at when it expires.
    """

    function: str
    region: str = ""
    _client: Any = field(default=None, init=False, repr=False)

    def check(self, ref: Ref) -> None:
        try:
            payload = json.dumps({"job": "check_hold", "ref": str(ref)}).encode()
            self._lambda().invoke(FunctionName=self.function, InvocationType="Event", Payload=payload)
        except Exception as fault:
            logger.warning("hold not checked: %s", type(fault).__name__)

    def _lambda(self) -> Any:
        if self._client is None:
            import boto3  # noqa: PLC0415
            from botocore.config import Config  # noqa: PLC0415

            hasty = Config(connect_timeout=0.5, read_timeout=1, retries={"total_max_attempts": 1})
            self._client = boto3.client("lambda", region_name=self.region or None, config=hasty)
        return self._client

"""Waiting for what another process does: no longer than it takes, and never for ever."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

WITHIN_S = 90  # more than what is waited for takes on a machine with both cores busy
PAUSE_S = 0.05


def until(found: Callable[[], T | None], within_s: float = WITHIN_S, pause_s: float = PAUSE_S) -> T:
    """What is found as soon as something is: None and False are nothing."""
    deadline = time.monotonic() + within_s  # noqa: TID251 - the one place that waits
    while (answer := found()) is None or answer is False:
        assert time.monotonic() < deadline, "it did not happen"  # noqa: TID251
        time.sleep(pause_s)  # noqa: TID251
    return answer

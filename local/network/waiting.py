"""What a call waits for, and what can happen meanwhile."""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Doing(StrEnum):
    """What the call is at, as the caller would say it."""

    SPEAKING = "speaking"
    PROMPTING = "prompting"
    LISTENING = "listening"
    RINGING = "ringing"
    TALKING = "talking"
    OVER = "over"


class CallerHungUp(Exception):
    """Thrown into a call at the moment when the caller puts the phone down."""


@dataclass(frozen=True, slots=True)
class Wait:
    until: datetime
    doing: Doing


@dataclass(frozen=True, slots=True)
class Spoken:
    """The listener reports that prompt `ref` was spoken to the end."""

    ref: int


Happened = str | Spoken | None  # a key, the end of a prompt, or the time is up
Part = Generator[Wait, Happened, Any]

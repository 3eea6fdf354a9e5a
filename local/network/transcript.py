"""What happened in a call, moment by moment, for people and for tests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What sort of event it is; the details are in brackets."""

    DIALLED = "dialled"
    ANSWERED = "answered"
    HEARD = "heard"  # (ref, language, voice, in_gather, lasts_s)
    SOUND = "sound"  # a media file or tones
    ASKED = "asked"  # (num_digits, finish_on_key, timeout_s): from here on keys count
    PRESSED = "pressed"
    LOST_KEY = "lost_key"  # pressed when nobody was listening for keys
    SILENCE = "silence"
    RINGING = "ringing"  # (to, caller_id)
    CONNECTED = "connected"
    PARTED = "parted"  # the called party's leg is over (status, duration_s)
    CUT_OFF = "cut_off"  # the talk reached its time limit (duration_s)
    HUNG_UP = "hung_up"  # the caller put the phone down
    REFUSED = "refused"  # Reject: the call was never answered
    ENDED = "ended"  # (status, duration_s)
    PROBLEM = "problem"  # (severity, code, where)
    REQUEST = "request"  # (method, url, params, status, body)
    CALLBACK = "callback"  # the same, for a status callback


@dataclass(frozen=True, slots=True)
class Event:
    """`after_s` counts from the moment of dialling."""

    at: datetime
    after_s: float
    kind: Kind
    text: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        minutes, seconds = divmod(int(self.after_s), 60)
        return f"{minutes:02}:{seconds:02}  {self.kind:<10} {self.text}".rstrip()

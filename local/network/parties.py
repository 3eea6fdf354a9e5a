"""How the called party behaves."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answers:
    """Picks up after some seconds of ringing, and talks for ever or hangs up after some seconds of talk."""

    after_s: float = 4
    hangs_up_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Busy:
    """On the phone already."""


@dataclass(frozen=True, slots=True)
class NeverAnswers:
    """The phone rings, nobody comes."""


@dataclass(frozen=True, slots=True)
class NoSuchNumber:
    """The carrier can't route the call."""


Party = Answers | Busy | NeverAnswers | NoSuchNumber

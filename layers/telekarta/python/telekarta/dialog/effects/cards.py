"""What the dialog asks of the world to let the holder of a card in."""

from collections.abc import Mapping
from dataclasses import dataclass

from telekarta.dialog.effects import Effect, Outcome


class AdmitOutcome(Outcome):
    """What became of a keyed PIN."""

    ADMITTED = "admitted"
    WRONG = "wrong"
    TOO_MANY = "too_many"  # wrong, and the last try of this call
    PAUSED = "paused"
    BLOCKED = "blocked"
    USED_UP = "used_up"
    EXPIRED = "expired"
    IN_A_CALL = "in_a_call"
    BELOW_MINIMUM = "below_minimum"


WRONG_PINS: Mapping[Outcome, str] = {AdmitOutcome.WRONG: "WrongPin", AdmitOutcome.TOO_MANY: "WrongPin"}


@dataclass(frozen=True, slots=True, repr=False)
class AdmitCard(Effect):
    """Let the holder of a White Phone card in by its number and PIN (WP §3.3)."""

    outcomes = AdmitOutcome
    counts = WRONG_PINS
    card: str
    pin: str


@dataclass(frozen=True, slots=True, repr=False)
class AdmitPin(Effect):
    """Let the holder of a Telegrosik card in by its PIN alone (TG §4.1)."""

    outcomes = AdmitOutcome
    counts = WRONG_PINS
    pin: str

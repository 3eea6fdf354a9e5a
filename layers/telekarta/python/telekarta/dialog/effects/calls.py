"""What the dialog asks of the world to quote, place and end a call."""

from dataclasses import dataclass

from telekarta.dialog.effects import Effect, Outcome


class QuoteOutcome(Outcome):
    """What became of a keyed destination."""

    QUOTED = "quoted"
    TOO_LITTLE = "too_little"  # the balance does not pay for a second of it
    EMERGENCY_NUMBER = "emergency_number"
    SHORT_NUMBER = "short_number"
    INFORMATION_LINE = "information_line"
    PREMIUM_NUMBER = "premium_number"
    SHARED_COST_NUMBER = "shared_cost_number"
    SATELLITE_NUMBER = "satellite_number"
    UNPRICED_DESTINATION = "unpriced_destination"
    BLOCKED_NUMBER = "blocked_number"
    INTERNATIONAL_ONLY_HERE = "international_only_here"
    NO_SUCH_NUMBER = "no_such_number"
    NUMBER_TOO_SHORT = "number_too_short"
    OWN_NUMBER = "own_number"


class PlaceOutcome(Outcome):
    """What became of setting the price aside."""

    CONNECT = "connect"
    TOO_LITTLE = "too_little"
    BLOCKED = "blocked"
    USED_UP = "used_up"
    EXPIRED = "expired"
    IN_A_CALL = "in_a_call"
    BELOW_MINIMUM = "below_minimum"


class DialOutcome(Outcome):
    """How a placed call ended."""

    TALKED = "talked"
    TALKED_OUT = "talked_out"  # what is left is too little for another call
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    UNRECORDED = "unrecorded"  # there was no such hold any more: nothing was charged by this report


@dataclass(frozen=True, slots=True, repr=False)
class QuoteCall(Effect):
    """May what was keyed be called, and how long does the balance last?"""

    outcomes = QuoteOutcome
    keyed: str


@dataclass(frozen=True, slots=True)
class PlaceCall(Effect):
    """Set the price of the quoted call aside."""

    outcomes = PlaceOutcome


@dataclass(frozen=True, slots=True)
class EndCall(Effect):
    """Settle the placed call as the carrier reports it. `duration_s` is None when it was not told;
    `leg_sid` is the carrier's id of the dialled leg."""

    outcomes = DialOutcome
    counts = {DialOutcome.TALKED: "CallSettled", DialOutcome.TALKED_OUT: "CallSettled"}
    status: str
    duration_s: int | None
    leg_sid: str = ""

"""What a dialog asks of the world, and every way in which the world may answer.

An effect is a request; its `outcomes` name all answers. A screen that asks an effect must have an edge
for each of them, which the structural tests check. Outcomes are plain enums, not strings: the "blocked"
of a card and the "blocked" of an account are different answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import ClassVar

from telekarta.dialog.caller import Caller
from telekarta.dialog.language import Language


class Outcome(Enum):
    """A named answer of the world."""


class LineOutcome(Outcome):
    ACCOUNT = "account"
    NO_ACCOUNT = "no_account"
    HIDDEN = "hidden"
    BLOCKED = "blocked"
    EXPIRED = "expired"
    IN_A_CALL = "in_a_call"


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


class MoveOutcome(Outcome):
    """What became of a card's PIN keyed to move the card onto the account."""

    MOVED = "moved"
    WRONG = "wrong"
    TOO_MANY = "too_many"
    PAUSED = "paused"
    BLOCKED = "blocked"
    USED_UP = "used_up"
    EXPIRED = "expired"
    IN_A_CALL = "in_a_call"


class OpenOutcome(Outcome):
    OPENED = "opened"
    HAD_ONE = "had_one"


class BalanceOutcome(Outcome):
    READ = "read"


class RememberOutcome(Outcome):
    REMEMBERED = "remembered"


class PukStateOutcome(Outcome):
    UNSET = "unset"
    SET = "set"


class PukCheckOutcome(Outcome):
    RIGHT = "right"
    WRONG = "wrong"
    TOO_MANY = "too_many"
    PAUSED = "paused"


class PukProposeOutcome(Outcome):
    PROPOSED = "proposed"
    GUESSABLE = "guessable"


class PukConfirmOutcome(Outcome):
    SET = "set"
    DIFFERENT = "different"


class TakeOutcome(Outcome):
    """What became of money that another card was to give."""

    MOVED = "moved"
    WRONG = "wrong"
    TOO_MANY = "too_many"
    PAUSED = "paused"
    SAME_CARD = "same_card"
    NOT_ENOUGH = "not_enough"
    BLOCKED = "blocked"
    USED_UP = "used_up"
    EXPIRED = "expired"
    IN_A_CALL = "in_a_call"
    OWN_CARD_UNUSABLE = "own_card_unusable"


class GiveOutcome(Outcome):
    """What became of money for another card."""

    QUOTED = "quoted"
    MOVED = "moved"
    UNKNOWN_CARD = "unknown_card"
    TOO_MANY = "too_many"
    SAME_CARD = "same_card"
    NOT_ENOUGH = "not_enough"
    IN_A_CALL = "in_a_call"
    OTHER_CARD_UNUSABLE = "other_card_unusable"
    OWN_CARD_UNUSABLE = "own_card_unusable"


class VoucherOutcome(Outcome):
    """What became of a keyed voucher."""

    CREDITED = "credited"
    CREDITED_WITH_BONUS = "credited_with_bonus"
    UNKNOWN = "unknown"
    USED = "used"
    EXPIRED = "expired"
    LATER = "later"  # Plus does not answer; what was begun goes on by itself
    CARD_TAKES_NONE = "card_takes_none"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Effect:
    """A request to the world."""

    outcomes: ClassVar[type[Outcome]]


@dataclass(frozen=True, slots=True)
class IdentifyLine(Effect):
    """Whose line is calling? (TG §2.8)"""

    outcomes = LineOutcome


@dataclass(frozen=True, slots=True, repr=False)
class AdmitCard(Effect):
    """Let the holder of a White Phone card in by its number and PIN (WP §3.3)."""

    outcomes = AdmitOutcome
    card: str
    pin: str


@dataclass(frozen=True, slots=True, repr=False)
class AdmitPin(Effect):
    """Let the holder of a Telegrosik card in by its PIN alone (TG §4.1)."""

    outcomes = AdmitOutcome
    pin: str


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
    status: str
    duration_s: int | None
    leg_sid: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class MoveCard(Effect):
    """Move the card with this PIN onto the caller's account (TG §5.3)."""

    outcomes = MoveOutcome
    pin: str


@dataclass(frozen=True, slots=True, repr=False)
class TakeMoney(Effect):
    """Move the chosen amount from the card that was keyed onto the caller's (WP §4.1.3): 6 digits of a number
    and 8 of a PIN, or the 12 of a Telegrosik PIN."""

    outcomes = TakeOutcome
    keyed: str


@dataclass(frozen=True, slots=True)
class QuoteGift(Effect):
    """What would moving the chosen amount to the card with this serial cost? (TG §2.19)"""

    outcomes = GiveOutcome
    serial: str


@dataclass(frozen=True, slots=True)
class GiveMoney(Effect):
    """Move it to the card that was read back."""

    outcomes = GiveOutcome


@dataclass(frozen=True, slots=True, repr=False)
class RedeemVoucher(Effect):
    """Redeem a Plus voucher for the caller's card (WP §4.1.5)."""

    outcomes = VoucherOutcome
    code: str


@dataclass(frozen=True, slots=True)
class OpenAccount(Effect):
    """Open an account for the calling line (TG §2.2)."""

    outcomes = OpenOutcome


@dataclass(frozen=True, slots=True)
class ReadBalance(Effect):
    """Read the balance anew: somebody may have topped it up during the call."""

    outcomes = BalanceOutcome


@dataclass(frozen=True, slots=True)
class Remember(Effect):
    """Keep the caller's language and pace for the next call."""

    outcomes = RememberOutcome
    language: Language
    slow: bool


@dataclass(frozen=True, slots=True)
class LookForPuk(Effect):
    """Has the card a PUK?"""

    outcomes = PukStateOutcome


@dataclass(frozen=True, slots=True, repr=False)
class CheckPuk(Effect):
    outcomes = PukCheckOutcome
    puk: str


@dataclass(frozen=True, slots=True, repr=False)
class ProposePuk(Effect):
    outcomes = PukProposeOutcome
    puk: str


@dataclass(frozen=True, slots=True, repr=False)
class ConfirmPuk(Effect):
    outcomes = PukConfirmOutcome
    puk: str


Value = int | str | date
Values = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Result:
    """The world's answer: the outcome, the caller as they are now, and values that prompts may speak."""

    outcome: Outcome
    caller: Caller
    values: Values = field(default_factory=dict)

"""What the dialog asks of the world about a card's PUK (WP §1.2.11)."""

from dataclasses import dataclass

from telekarta.dialog.effects import Effect, Outcome


class PukStateOutcome(Outcome):
    """Whether the card has a PUK."""

    UNSET = "unset"
    SET = "set"


class PukCheckOutcome(Outcome):
    """What became of the present PUK, keyed to change it."""

    RIGHT = "right"
    WRONG = "wrong"
    TOO_MANY = "too_many"
    PAUSED = "paused"


class PukProposeOutcome(Outcome):
    """What became of a new PUK."""

    PROPOSED = "proposed"
    GUESSABLE = "guessable"


class PukConfirmOutcome(Outcome):
    """What became of the new PUK, keyed once more."""

    SET = "set"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class LookForPuk(Effect):
    """Has the card a PUK?"""

    outcomes = PukStateOutcome


@dataclass(frozen=True, slots=True, repr=False)
class CheckPuk(Effect):
    """Is what was keyed the card's present PUK? Who does not know it can't change it."""

    outcomes = PukCheckOutcome
    counts = {PukCheckOutcome.WRONG: "WrongPin", PukCheckOutcome.TOO_MANY: "WrongPin"}
    puk: str


@dataclass(frozen=True, slots=True, repr=False)
class ProposePuk(Effect):
    """Keep what was keyed as the card's new PUK, once it has been keyed again."""

    outcomes = PukProposeOutcome
    puk: str


@dataclass(frozen=True, slots=True, repr=False)
class ConfirmPuk(Effect):
    """Make the proposed PUK the card's, if the same digits were keyed again."""

    outcomes = PukConfirmOutcome
    puk: str

"""What the dialog asks of the world about accounts that are known by their line."""

from dataclasses import dataclass

from telekarta.dialog.effects import Effect, Outcome


class LineOutcome(Outcome):
    """Whom the calling line lets in: an account, nobody yet, or an account that may not call."""

    ACCOUNT = "account"
    NO_ACCOUNT = "no_account"
    HIDDEN = "hidden"
    BLOCKED = "blocked"
    EXPIRED = "expired"
    IN_A_CALL = "in_a_call"


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
    """Whether the line has a new account or had one."""

    OPENED = "opened"
    HAD_ONE = "had_one"


@dataclass(frozen=True, slots=True)
class IdentifyLine(Effect):
    """Whose line is calling? (TG §2.8)"""

    outcomes = LineOutcome


@dataclass(frozen=True, slots=True, repr=False)
class MoveCard(Effect):
    """Move the card with this PIN onto the caller's account (TG §5.3)."""

    outcomes = MoveOutcome
    counts = {MoveOutcome.WRONG: "WrongPin", MoveOutcome.TOO_MANY: "WrongPin"}
    pin: str


@dataclass(frozen=True, slots=True)
class OpenAccount(Effect):
    """Open an account for the calling line (TG §2.2)."""

    outcomes = OpenOutcome

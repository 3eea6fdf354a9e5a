"""What the dialog asks of the world for the menu: the balance, and what a holder wants remembered."""

from dataclasses import dataclass

from telekarta.dialog.effects import Effect, Outcome
from telekarta.dialog.language import Language


class BalanceOutcome(Outcome):
    READ = "read"


class RememberOutcome(Outcome):
    REMEMBERED = "remembered"


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

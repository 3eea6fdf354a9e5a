"""Who is turned away because of a hold has it looked at: its call may be over, its report lost."""

from datetime import datetime

from telekarta.domain.cards.card import Card, Ref
from telekarta.usecases.calls.lost_hangups import is_worth_checking
from telekarta.usecases.ports import HoldChecker


class NobodyChecks:
    """The port `HoldChecker` where nothing can be asked: the hold is looked at when it expires."""

    def check(self, ref: Ref) -> None:
        """Does nothing."""


def have_hold_checked(checker: HoldChecker, card: Card, now: datetime) -> None:
    """The caller hears "in a call" all the same; the next one may hear better."""
    if card.hold is not None and is_worth_checking(card.hold, now):
        checker.check(card.ref)

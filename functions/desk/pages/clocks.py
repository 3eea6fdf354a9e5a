"""A case's clock, as operators see it: how many days are left, and how urgent that is."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum


class Colour(StrEnum):
    """Told by a word as well, for who can't tell the colours apart."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


# A letter needs to be written, looked at and posted: so early the case is one of this week's.
AMBER_DAYS = 5


@dataclass(frozen=True, slots=True)
class Clock:
    due: date
    days_left: int
    whole_days: int = 30  # from the opening to the day it is due
    met: str = ""  # what was done of what was due, in a word: then the day does not press any more

    @property
    def colour(self) -> Colour:
        if self.met:
            return Colour.GREEN
        if self.days_left <= 0:
            return Colour.RED
        return Colour.AMBER if self.days_left <= min(AMBER_DAYS, self.whole_days // 2) else Colour.GREEN

    @property
    def urgency(self) -> tuple[bool, int]:
        """The most urgent one is the least."""
        return bool(self.met), self.days_left

    @property
    def words(self) -> str:
        if self.met:
            return self.met
        match self.days_left:
            case 0:
                return "due today"
            case 1:
                return "1 day left"
            case -1:
                return "1 day late"
            case days:
                return f"{days} days left" if days > 0 else f"{-days} days late"


def clock(opened: date, due: date, today: date) -> Clock:
    return Clock(due, (due - today).days, whole_days=max((due - opened).days, 1))


def promised(opened: date, days: int, today: date) -> Clock:
    """The clock of our own promise."""
    return clock(opened, opened + timedelta(days=days), today)


def met(stopped: Clock, word: str) -> Clock:
    """The clock after what it is about was done."""
    return replace(stopped, met=word)

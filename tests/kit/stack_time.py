"""The clock of the stack that the tests share, where a test must not meet midnight."""

from datetime import datetime, timedelta

from local.frontdoor import move_clock, stack_now
from local.stack import Stack
from telekarta.domain.calendar.deadlines import day_of, midnight

MORNING = timedelta(hours=9)


def in_the_morning(stack: Stack) -> datetime:
    """The stack's next morning, about nine in Poland, to which its clock has gone: the day is not over before
    the test is, and has the same date in UTC."""
    now = stack_now(stack)
    morning = midnight(day_of(now) + timedelta(days=1)) + MORNING
    move_clock(stack, round((morning - now).total_seconds()))
    return stack_now(stack)

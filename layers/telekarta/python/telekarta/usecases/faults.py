"""What may be told of a fault of ours: its kind and the way it came, never its message.

A message may quote a record, what a caller keyed or what a visitor typed; a place holds only code.
"""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from traceback import walk_tb
from typing import ParamSpec, TypeVar

_DEEPEST = 6

P = ParamSpec("P")
T = TypeVar("T")


def described(fault: BaseException) -> str:
    """The kind and the innermost lines: `KeyError at ledger/postings.py:31 < desk/entry.py:88`."""
    way = [f"{_short(frame.f_code.co_filename)}:{line}" for frame, line in walk_tb(fault.__traceback__)]
    kind = type(fault).__name__
    return f"{kind} at {' < '.join(reversed(way[-_DEEPEST:]))}" if way else kind


def _short(file: str) -> str:
    return "/".join(Path(file).parts[-2:])


class Fault(Exception):
    """A fault of ours as it may leave a function: its kind. Lambda logs what is raised, words and all."""


def kind_only(
    tell: Callable[..., object], *known: type[Exception]
) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """A function that lets `known` exceptions out as they are, and any other as a Fault.

    `tell` (a logger's method) hears first how it came. It still leaves, so that whoever asked asks again.
    """

    def guarded(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def guard(*given: P.args, **named: P.kwargs) -> T:
            try:
                return function(*given, **named)
            except known:
                raise
            except Exception as fault:
                tell("a fault", error=described(fault))
                kind = type(fault).__name__
            # Outside of the handler, so that what was raised does not hang on to it.
            raise Fault(kind)

        return guard

    return guarded

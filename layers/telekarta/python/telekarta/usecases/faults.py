"""What may be told of a fault of ours: its kind and the way it came, never its message.

A message may quote a record, what a caller keyed or what a visitor typed; a place holds only code.
"""

from pathlib import Path
from traceback import walk_tb

_DEEPEST = 6


def described(fault: BaseException) -> str:
    """The kind and the innermost lines: `KeyError at domain/lots.py:31 < desk/entry.py:88`."""
    way = [f"{_short(frame.f_code.co_filename)}:{line}" for frame, line in walk_tb(fault.__traceback__)]
    kind = type(fault).__name__
    return f"{kind} at {' < '.join(reversed(way[-_DEEPEST:]))}" if way else kind


def _short(file: str) -> str:
    return "/".join(Path(file).parts[-2:])

"""The call as the carrier tells of it."""

from dataclasses import dataclass

from telekarta.domain.brands import Line


@dataclass(frozen=True, slots=True)
class Leg:
    """The facts that the carrier sends with every webhook of a call."""

    call_sid: str
    line: Line  # the number of ours that was dialled
    calling: str  # the caller's line in E.164, or HIDDEN

"""The simulated carrier: what it keeps of every call is the truth that the books are measured by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from telekarta.domain.cards import Ref
from telekarta.domain.tariff import Rate


class Doing(StrEnum):
    WAITING = "waiting"  # for our answer to a webhook
    LISTENING = "listening"
    NOTIFIED = "notified"  # hears words to their end; then the carrier comes back without keys
    DIALLED = "dialled"
    OVER = "over"


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """A webhook on its way. `node` is "incoming", "report", or the node that it answers."""

    call_sid: str
    node: str
    query: str
    form: Mapping[str, str]
    words: str


@dataclass(slots=True, eq=False)
class Leg:
    """The carrier's record of a dialled leg, and the terms that it was dialled on."""

    sid: str
    call_sid: str
    number: str
    limit_s: int
    action_query: str
    # What was promised to whom: the holder pays, by the list that was in force when the caller was told.
    hold_id: str = ""
    holder: Ref | None = None
    rate: Rate | None = None
    version: str = ""
    most_grosze: int = 0
    report_query: str = ""
    started_at: datetime = datetime.min
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    status: str = ""
    duration_s: int = 0
    due_grosze: int | None = None  # None while it is not over

    @property
    def is_charged(self) -> bool:
        return self.hold_id != ""


@dataclass(slots=True, eq=False)
class Call:
    """A caller's own leg, and where the carrier is in our documents."""

    sid: str
    number: str
    from_: str
    card: int  # which of the known cards this caller means to use
    doing: Doing = Doing.WAITING
    waits_for: Request | None = None
    node: str = ""
    query: str = ""
    keyed_card: str = ""  # the card number that was last keyed: a White Phone PIN is keyed after it
    holder: Ref | None = None  # whom the codes that were keyed name
    promised_version: str = ""  # the price list in force when the caller was last quoted
    leg: Leg | None = None
    spoken: list[str] = field(default_factory=list)

"""The simulated carrier: what it keeps of every call is the truth that the books are measured by.

`number` is the step at which a thing came into the world: choices are made by it, see `World.pick`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from telekarta.domain.cards.card import Ref
from telekarta.domain.prices.tariff import Rate
from telekarta.usecases.ports import CarrierCall, CarrierUnavailable

if TYPE_CHECKING:
    from tests.simulation.world import World


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
    number: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """A wish to have a card's hold looked at, on its way to the timers."""

    ref: Ref
    number: int = 0

    @property
    def words(self) -> str:
        return f"the hold of {self.ref} is looked at"


@dataclass(slots=True, eq=False)
class Leg:
    """The carrier's record of a dialled leg, and the terms that it was dialled on."""

    sid: str
    call_sid: str
    to: str
    limit_s: int
    node: str  # that waits for its end
    action_query: str
    # What was promised to whom: the holder pays, by the list that was in force when the caller was told.
    hold_id: str = ""
    holder: Ref | None = None
    rate: Rate | None = None
    version: str = ""
    most_grosze: int = 0
    report_query: str = ""
    started_at: datetime = datetime.min.replace(tzinfo=UTC)
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    status: str = ""
    duration_s: int = 0
    due_grosze: int | None = None  # None while it is not over
    number: int = 0

    @property
    def is_charged(self) -> bool:
        return self.hold_id != ""


@dataclass(slots=True, eq=False)
class Call:
    """A caller's own leg, and where the carrier is in our documents."""

    sid: str
    to: str
    from_: str
    card: int  # which of the known cards this caller means to use
    since: datetime  # they are doing what they do
    number: int = 0
    doing: Doing = Doing.WAITING
    waits_for: Request | None = None
    node: str = ""
    query: str = ""
    keyed_card: str = ""  # the card number that was last keyed: a White Phone PIN is keyed after it
    holder: Ref | None = None  # whom the codes that were keyed name
    promised_version: str = ""  # the price list in force when the caller was last quoted
    leg: Leg | None = None
    dialled: list[Leg] = field(default_factory=list)
    ended_at: datetime | None = None


class Records:
    """The ports `Carrier` and `CarrierLog`: the truth, when it can be had."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def call(self, sid: str) -> CarrierCall | None:
        self._asked()
        call = self._world.calls.get(sid)
        if call is None:
            return None
        status = "completed" if call.doing is Doing.OVER else "in-progress"
        return CarrierCall(sid, "", call.to, call.from_, status, None, None, None, call.ended_at)

    def legs(self, parent_sid: str) -> tuple[CarrierCall, ...]:
        self._asked()
        return tuple(map(_record, self._world.calls[parent_sid].dialled))

    def legs_between(self, since: datetime, until: datetime) -> tuple[CarrierCall, ...]:
        self._asked()
        return tuple(_record(leg) for leg in self._world.legs.values() if since <= leg.started_at < until)

    def _asked(self) -> None:
        self._world.turns.hand_over()
        if self._world.attempt.next_fault("carrier") is not None:
            raise CarrierUnavailable


def _record(leg: Leg) -> CarrierCall:
    going = "in-progress" if leg.answered_at else "ringing"
    return CarrierCall(
        sid=leg.sid,
        parent_sid=leg.call_sid,
        to=leg.to,
        from_="",
        status=leg.status or going,
        duration_s=leg.duration_s if leg.status == "completed" else None,
        created_at=leg.started_at,
        started_at=leg.answered_at,
        ended_at=leg.ended_at,
    )

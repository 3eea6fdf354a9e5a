"""A call in real time: the browser's side of the network.

One `LiveCall` serves one open page. The page sends commands, it gets every event of the call at once and
the state of the call about twice a second. Time is virtual as everywhere in the network, but runs after
the wall clock, faster if the page asks for it.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from local.network.call import Call
from local.network.parties import Answers, Busy, NeverAnswers, NoSuchNumber, Party
from local.network.phone_network import PhoneNetwork
from local.network.transcript import Event, Kind
from local.network.waiting import Doing

TICK_S = 0.1
TICKS_BETWEEN_STATES = 5
SPEEDS = (1, 10, 60)
LONGEST_SKIP_S = 60


@dataclass(slots=True)
class Pace:
    """Maps the wall clock to the network's time."""

    virtual: datetime
    real_s: float
    speed: int = 1

    def now(self) -> datetime:
        passed_s = (time.monotonic() - self.real_s) * self.speed
        return self.virtual + timedelta(seconds=passed_s)

    def restart(self, virtual: datetime, speed: int | None = None) -> None:
        self.virtual, self.real_s = virtual, time.monotonic()
        self.speed = speed or self.speed


def party_of(settings: Mapping[str, Any]) -> Party:
    """The called party by the page's choice: `{"kind": "answers", "after_s": 3, "hangs_up_after_s": 60}`."""
    match settings.get("kind"):
        case "busy":
            return Busy()
        case "never_answers":
            return NeverAnswers()
        case "no_such_number":
            return NoSuchNumber()
        case _:
            stays = settings.get("hangs_up_after_s")
            after_s = float(settings.get("after_s") or 0)
            return Answers(after_s, None if stays in {None, ""} else float(stays))


def event_message(event: Event) -> dict[str, Any]:
    return {
        "type": "event",
        "kind": event.kind,
        "text": event.text,
        "after_s": round(event.after_s, 1),
        "details": {name: value for name, value in event.details.items() if name not in {"body", "params"}},
    }


class LiveCall:
    """At most one call at a time; `messages` is what the page is to be told."""

    def __init__(self, network: PhoneNetwork) -> None:
        self._network = network
        self._pace = Pace(network.now, time.monotonic())
        self._one_at_a_time = asyncio.Lock()
        self._loop = asyncio.get_running_loop()
        self._call: Call | None = None
        self._talking_since: datetime | None = None
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        network.listen(self._on_event)

    async def obey(self, command: Mapping[str, Any]) -> None:
        """One command of the page. The product is asked in a thread, so the page stays alive meanwhile."""
        async with self._one_at_a_time:
            await asyncio.to_thread(self._obey, command)

    async def tick_for_ever(self) -> None:
        ticks = 0
        while True:
            await asyncio.sleep(TICK_S)
            async with self._one_at_a_time:
                await asyncio.to_thread(self._catch_up)
                ticks += 1
                if ticks % TICKS_BETWEEN_STATES == 0:
                    self.messages.put_nowait(self._state())

    async def close(self) -> None:
        """The page is gone: the caller hangs up, and what is still due is delivered."""
        async with self._one_at_a_time:
            await asyncio.to_thread(self._hang_up_and_settle)

    def _obey(self, command: Mapping[str, Any]) -> None:
        self._catch_up()
        match command.get("do"):
            case "dial":
                self._dial(command)
            case "key" if self._call:
                for key in str(command["key"]):
                    self._call.press(key)
            case "hang_up" if self._call:
                self._call.hang_up()
            case "spoken" if self._call:
                self._call.spoken(int(command["ref"]))
            case "aloud" if self._call:
                self._call.paced_by_listener = bool(command["on"])
            case "party":
                self._network.default_party = party_of(command)
            case "speed" if command.get("speed") in SPEEDS:
                self._pace.restart(self._network.now, int(command["speed"]))
            case "skip":
                self._skip()
        self._pace.restart(self._network.now)
        self._say(self._state())

    def _dial(self, command: Mapping[str, Any]) -> None:
        if self._call and not self._call.over:
            return
        self._network.default_party = party_of(command.get("party", {}))
        try:
            self._call = self._network.place(
                str(command["to"]), str(command["from"]), paced_by_listener=bool(command.get("aloud"))
            )
        except ValueError as unknown:
            self._say({"type": "event", "kind": "problem", "text": str(unknown), "after_s": 0, "details": {}})

    def _skip(self) -> None:
        """Forward by a minute, but never past the next thing that happens."""
        until = self._network.now + timedelta(seconds=LONGEST_SKIP_S)
        due = self._network.timeline.next_due()
        self._network.timeline.run_until(min(until, due) if due else until)

    def _catch_up(self) -> None:
        self._network.timeline.run_until(self._pace.now())
        # Time stands still while the product thinks: a slow answer must not eat the caller's time.
        self._pace.restart(self._network.now)

    def _hang_up_and_settle(self) -> None:
        if self._call:
            self._call.hang_up()
        self._network.settle()

    def _state(self) -> dict[str, Any]:
        doing = self._call.doing if self._call else Doing.OVER
        talked = (self._network.now - self._talking_since).total_seconds() if self._talking_since else 0
        return {"type": "state", "doing": doing, "talk_s": int(talked), "speed": self._pace.speed}

    def _on_event(self, _: Call, event: Event) -> None:
        if event.kind is Kind.CONNECTED:
            self._talking_since = event.at
        elif event.kind in {Kind.PARTED, Kind.DIALLED}:
            self._talking_since = None
        self._say(event_message(event))

    def _say(self, message: dict[str, Any]) -> None:
        self._loop.call_soon_threadsafe(self.messages.put_nowait, message)

"""The phone network itself: numbers, parties, time, and what it promises about status callbacks."""

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from local.network.call import Call
from local.network.parties import Answers, Party
from local.network.records import CallRecord, CallRecords
from local.network.timeline import Timeline
from local.network.transcript import Event
from local.network.transport import Transport
from local.network.webhook import Webhooks


@dataclass(frozen=True, slots=True)
class Deliveries:
    """How status callbacks arrive: how many copies of each, how late at most, and how many never.

    A delay is drawn for every copy, so late ones overtake each other and may come after the call.
    """

    copies: int = 1
    latest_s: float = 0
    lost_share: float = 0


PUNCTUAL = Deliveries()
HOSTILE = Deliveries(copies=2, latest_s=120)
LOST = Deliveries(lost_share=1)


class PhoneNetwork:
    """Places calls to our numbers and lets time go by.

    `numbers` are ours (a call to another is refused; none given: every number is ours), `verified` may
    be shown as caller ids beside them. `parties` says how called numbers behave; the others are answered
    after 4 seconds. `seed` makes sids and deliveries repeatable.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        base_url: str,
        account_sid: str,
        auth_token: str,
        numbers: Collection[str] = (),
        verified: Collection[str] = (),
        timeline: Timeline | None = None,
        records: CallRecords | None = None,
        deliveries: Deliveries = PUNCTUAL,
        seed: int | None = None,
    ) -> None:
        self.webhooks = Webhooks(transport, auth_token)
        self.base_url = base_url.rstrip("/")
        self.account_sid = account_sid
        self.timeline = timeline or Timeline()
        self.records = records or CallRecords()
        self.deliveries = deliveries
        self.parties: dict[str, Party] = {}
        self.default_party: Party = Answers()
        self.calls: list[Call] = []
        self._numbers = frozenset(numbers)
        self._verified = frozenset(verified)
        self._chance = random.Random(seed)
        self._listeners: list[Callable[[Call, Event], None]] = []

    @property
    def now(self) -> datetime:
        return self.timeline.now

    @property
    def incoming_url(self) -> str:
        return f"{self.base_url}/voice/incoming"

    @property
    def fallback_url(self) -> str:
        return f"{self.base_url}/voice/fallback"

    @property
    def status_url(self) -> str:
        return f"{self.base_url}/voice/status"

    def place(self, to: str, from_: str, *, paced_by_listener: bool = False) -> Call:
        """Dial one of our numbers. `from_` is E.164, or what a withheld number looks like (`anonymous`)."""
        if self._numbers and to not in self._numbers:
            raise ValueError(f"{to} is not one of our numbers")
        call = Call(self, to, from_, paced_by_listener=paced_by_listener)
        self.calls.append(call)
        call.start()
        return call

    def advance(self, seconds: float) -> None:
        """Let time go by for every call."""
        self.timeline.advance(seconds)

    def settle(self) -> None:
        """Let everything that is still due happen: late callbacks, and calls until they are over."""
        while (due := self.timeline.next_due()) is not None:
            self.timeline.run_until(due)

    def listen(self, listener: Callable[[Call, Event], None]) -> None:
        """Every event of every call goes to the listener, at once."""
        self._listeners.append(listener)

    def announce(self, call: Call, event: Event) -> None:
        for listener in self._listeners:
            listener(call, event)

    def party(self, number: str) -> Party:
        return self.parties.get(number, self.default_party)

    def may_show(self, caller_id: str, parent: CallRecord) -> bool:
        """A caller id must be the caller's or the dialled number, or one that we own or verified."""
        shown = {parent.from_, parent.to} | self._numbers | self._verified
        return caller_id in shown

    def delivery_delays_s(self) -> list[float]:
        """When the copies of one status callback arrive, in seconds from now."""
        rule = self.deliveries
        copies = [n for n in range(rule.copies) if self._chance.random() >= rule.lost_share]
        return [self._chance.uniform(0, rule.latest_s) if rule.latest_s else 0 for _ in copies]

    def new_sid(self, prefix: str) -> str:
        return f"{prefix}{self._chance.getrandbits(128):032x}"

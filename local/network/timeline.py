"""Time of the phone network: appointments in order, done as time is moved forward."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count


@dataclass(order=True, slots=True)
class Appointment:
    """One thing to do at one moment; those of the same moment are done in the order they were made."""

    when: datetime
    number: int
    action: Callable[[], None] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        self.cancelled = True


class Timeline:
    """`now` only moves in `run_until` and `advance`, which do everything that falls due on the way."""

    def __init__(self, start: datetime | None = None) -> None:
        self.now = start or datetime.now(UTC)
        self._due: list[Appointment] = []
        self._numbers = count()

    def at(self, when: datetime, action: Callable[[], None]) -> Appointment:
        appointment = Appointment(when, next(self._numbers), action)
        heapq.heappush(self._due, appointment)
        return appointment

    def after(self, delay_s: float, action: Callable[[], None]) -> Appointment:
        return self.at(self.now + timedelta(seconds=delay_s), action)

    def next_due(self) -> datetime | None:
        while self._due and self._due[0].cancelled:
            heapq.heappop(self._due)
        return self._due[0].when if self._due else None

    def run_until(self, when: datetime) -> None:
        while (due := self.next_due()) is not None and due <= when:
            appointment = heapq.heappop(self._due)
            self.now = max(self.now, appointment.when)
            appointment.action()
        self.now = max(self.now, when)

    def advance(self, seconds: float) -> None:
        self.run_until(self.now + timedelta(seconds=seconds))

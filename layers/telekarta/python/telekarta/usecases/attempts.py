"""How often something may be tried within an hour, so that nobody finds cards out by trying."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

HOUR_S = 3600


class AttemptStore(Protocol):
    """Counters that forget. All methods may raise StoreUnavailable."""

    def take(self, name: str, most: int, forget_at: datetime) -> bool:
        """Count one more, unless there are that many already: False, and nothing is counted."""
        ...

    def give_back(self, name: str) -> None:
        """Count one less."""
        ...


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many tries an hour of the clock. A try is counted before it is made, so that a hundred at once
    are a hundred; one that turned out to be honest is given back. A lost answer may count one too many."""

    kind: str
    most: int

    def name(self, digest: str, now: datetime) -> str:
        """`digest` is a keyed one: the counter tells nobody whose it is."""
        return f"attempts:{self.kind}:{digest}:{int(now.timestamp()) // HOUR_S}"

    def take(self, store: AttemptStore, digest: str, now: datetime) -> bool:
        return store.take(self.name(digest, now), self.most, now + timedelta(seconds=2 * HOUR_S))

    def give_back(self, store: AttemptStore, digest: str, now: datetime) -> None:
        store.give_back(self.name(digest, now))

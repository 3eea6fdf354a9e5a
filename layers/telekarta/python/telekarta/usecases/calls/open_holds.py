"""Showing operators the money that is held for calls."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from telekarta.domain.cards.card import Card
from telekarta.usecases.commands import MOST_LISTED
from telekarta.usecases.ports import Clock, HoldStore


class OpenHoldDeps(Protocol):
    """What looking at holds needs from outside."""

    @property
    def store(self) -> HoldStore: ...
    @property
    def clock(self) -> Clock: ...


@dataclass(frozen=True, slots=True)
class ListOpenHolds:
    pass


@dataclass(frozen=True, slots=True)
class HoldsListed:
    """Cards with a hold, the one that expires first in front."""

    cards: tuple[Card, ...]
    now: datetime


def list_open_holds(deps: OpenHoldDeps, _command: ListOpenHolds) -> HoldsListed:
    """The first hundred cards with a hold. Raises StoreUnavailable."""
    return HoldsListed(deps.store.open_holds(MOST_LISTED), deps.clock.now())

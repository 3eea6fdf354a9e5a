"""Claims over a store in memory, with Lajt and Plus as the local stack has them, and no network between."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.partners.sandbox_state import MISSING, TOKENS, Book, LajtCard, Mood, PartnerAnswer
from telekarta.adapters.partners import claims as money_sources
from telekarta.adapters.partners.claims import Lajt, Plus
from telekarta.adapters.payments.wire import Answer
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Ref
from telekarta.domain.cards.issuing import issue
from telekarta.domain.ledger.postings import Source
from telekarta.usecases.topups.claims import ClaimDeps, Worked, finish_claims
from telekarta.usecases.topups.ports import GatewayUnavailable
from telekarta.usecases.topups.sms import Reply, SmsDeps, take_message
from tests.kit.memory_store import MemoryStore

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)  # a Monday
CARD = Ref.card(Brand.WHITE_PHONE, "123456")
SENDER = "+48720100200"
PEPPER = b"grains"


@dataclass
class Office:
    """The product's side of claims, and the other sides behind their real clients."""

    store: MemoryStore = field(default_factory=MemoryStore)
    book: Book = field(default_factory=Book)
    moment: datetime = NOW
    counted: dict[str, int] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        assert self.store.issue(*issue(CARD, 2000, "digest", "A", None, NOW))
        self.book.cards[SENDER] = LajtCard(5000, CARD.number)

    def now(self) -> datetime:
        return self.moment

    def pepper(self) -> bytes:
        return PEPPER

    def take(self, name: str, most: int, forget_at: datetime) -> bool:
        if self.counted.get(name, 0) >= most:
            return False
        self.counted[name] = self.counted.get(name, 0) + 1
        return True

    def give_back(self, name: str) -> None:
        self.counted[name] -= 1

    def wait(self, **of: float) -> None:
        self.moment += timedelta(**of)

    @property
    def deps(self) -> ClaimDeps:
        sources = {
            Source.LAJT: Lajt(lambda: TOKENS["lajt"], "/lajt"),
            Source.PLUS_VOUCHER: Plus(lambda: TOKENS["plus"], "/plus"),
        }
        return ClaimDeps(self.store, self.store, sources, self)

    def texts(self, text: str, sid: str = "SM1", sender: str = SENDER, is_person: bool = True) -> Reply:
        deps = SmsDeps(self.deps, self, self)
        return take_message(deps, sid, sender, text, lambda _sender: is_person)

    def finishes(self) -> Worked:
        return finish_claims(self.deps)

    def balance(self) -> int:
        return self.store.cards[CARD].balance_grosze

    def ask(
        self, what: str, method: str, url: str, *, headers: Mapping[str, str], body: Any = None
    ) -> Answer:
        """The wire: what the stand-in's pages would answer."""
        self.asked.append((method, url))
        _, source, _, key, *rest = url.split("/")
        if self.book.moods[source] is Mood.DOWN:
            raise GatewayUnavailable("answered 503")
        told = self._act(source, method, key, rest, json.loads(body) if body else {})
        name = f"{key}/{rest}" if method != "GET" else f"{key}?"
        if told is not MISSING and self.book.loses(source, name):
            raise GatewayUnavailable("answered 502")
        return Answer(told.status, json.dumps(told.body).encode())

    def _act(
        self, source: str, method: str, key: str, rest: list[str], body: dict[str, Any]
    ) -> PartnerAnswer:
        if method == "GET":
            return self.book.found(source, key)
        if rest:
            return self.book.reverse(key)
        if source == "lajt":
            return self.book.transfer(key, **body)
        return self.book.redeem(key, **body)


def an_office(monkeypatch: pytest.MonkeyPatch) -> Office:
    office = Office()
    monkeypatch.setattr(money_sources, "ask", office.ask)
    return office

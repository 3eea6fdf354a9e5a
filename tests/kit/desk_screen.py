"""A dashboard's widget in front of an operator, called as CloudWatch calls it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

from desk import entry
from desk.pages.front import Front
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Ref
from telekarta.domain.cards.issuing import issue
from tests.kit.desk import a_desk
from tests.kit.memory_store import MemoryStore

NOW = datetime(2026, 11, 17, 12, tzinfo=UTC)
ENDPOINT = "arn:aws:lambda:eu-central-1:999000999000:function:telekarta-desk"
CARD = Ref.card(Brand.WHITE_PHONE, "123456")
ANNA = {"who": "anna.kowalska", "why": "Zgłoszenie 2026/11/17"}
COUNTS = {
    "Webhook": 900,
    "EndCall.talked": 60,
    "EndCall.talked_out": 3,
    "EndCall.busy": 20,
    "EndCall.no_answer": 17,
    "QuoteCall.premium_number": 4,
    "PlaceCall.in_a_call": 9,
    "QuoteCall.quoted": 120,
    "WrongPin": 5,
}


class Shelf:
    def keys(self, folder: str) -> tuple[str, ...]:
        return (f"{folder}/message.txt", f"{folder}/1-przelew.pdf")

    def link(self, key: str) -> str:
        return f"https://documents.test/{key}?until=later"

    def words(self, key: str) -> str:
        return f"{key}: Dzień dobry, <b>proszę</b> o zwrot"


@dataclass
class Figures:
    counted: Mapping[str, int] = field(default_factory=lambda: COUNTS)

    def counts(self, lately: timedelta) -> Mapping[str, int]:
        assert lately
        return self.counted

    def latency_ms(self, lately: timedelta) -> Mapping[str, float]:
        return {"p50": 31.4, "p99": 210.0}


class Screen:
    """A dashboard's widget in front of an operator: what it shows, and its buttons."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.now_is = NOW
        self.report: dict[str, Any] | None = None
        assert self.store.issue(*issue(CARD, 2000, "digest", "2026-11", None, NOW))
        self.desk = a_desk(self.store, self, pepper=self, reports=self)
        self.html = ""

    def now(self) -> datetime:
        return self.now_is

    def pepper(self) -> bytes:
        return b"grains"

    def latest_trial_balance(self) -> dict[str, Any] | None:
        return self.report

    @property
    def front(self) -> Front:
        return Front(self.desk, Figures(), Shelf(), "payouts")

    def calls(self, event: Mapping[str, Any], typed: Mapping[str, str] | None = None, **context: Any) -> Any:
        full = {**event, "widgetContext": {"theme": "light", "forms": {"all": typed or {}}, **context}}
        event = json.loads(json.dumps(full))
        return entry.widget(event, lambda: self.front, ENDPOINT)

    def opens(self, page: str, typed: Mapping[str, str] | None = None, **params: str) -> str:
        self.html = self.calls({"page": page, **params}, typed)
        return self.html

    def reads(self, page: str, **params: str) -> str:
        return str(self.calls({"page": page, "as": "text", **params})["markdown"])

    def buttons(self) -> dict[str, dict[str, Any]]:
        found = re.findall(r">([^<>]*)</a><cwdb-action ([^>]*)>(.*?)</cwdb-action>", self.html, re.S)
        assert all(f'endpoint="{ENDPOINT}"' in attributes for _, attributes, _ in found)
        return {unescape(label): json.loads(unescape(event)) for label, _, event in found}

    def presses(self, label: str, **typed: str) -> str:
        self.html = self.calls(self.buttons()[label], typed)
        return self.html


def words_of(html: str) -> str:
    without = re.sub(r"(?s)<style>.*?</style>|<cwdb-action.*?</cwdb-action>", "", html)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", without)).split())

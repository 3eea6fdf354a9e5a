"""Payments of both sandboxes, what is still to happen to them, and the notifications under way.

A payer's choice is a plan: a few steps, some of them later by the stack's clock. A step that is due changes
the payment's status and puts notifications into the post; the post repeats each until the provider is
content with the answer.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import RLock
from typing import Any

import httpx

PATIENCE_S = 15
LATER_S = -1  # as long as the payer said
REFUND_LATE = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Step:
    """After `delay_s` the payment is `status`, and that is told `copies` times. A step that changes nothing
    only tells: an old word that arrives late."""

    status: str
    delay_s: int = 0
    copies: int = 1
    changes: bool = True


@dataclass(slots=True)
class Refund:
    """A refund that was taken: `id` is the shop's, `number` the provider's own."""

    id: str
    number: str
    amount_grosze: int
    asked_at: str
    ends_at: str
    refused: bool

    def is_over(self, now: datetime) -> bool:
        return now >= datetime.fromisoformat(self.ends_at)


@dataclass(slots=True)
class Payment:
    """`id` is the provider's: PayU's order id, Przelewy24's token. `status` is in PayU's words for both.

    `paid` and `verified` are Przelewy24's order ids, one for each time that somebody paid.
    """

    id: str
    provider: str
    order_id: str
    amount_grosze: int
    description: str
    language: str
    notify_url: str
    continue_url: str
    created_at: str
    customer_ip: str = ""
    email: str = ""
    blik: bool = False
    status: str = "NEW"
    paid: list[int] = field(default_factory=list)
    verified: list[int] = field(default_factory=list)
    refunds: dict[str, int] = field(default_factory=dict)
    refunding: str = (
        "accept"  # or refuse, late, refuse_late, untold: what comes of a refund that is asked for
    )
    given_back: list[Refund] = field(default_factory=list)

    def give_back(self, id_: str, number: str, amount_grosze: int, now: datetime) -> Refund:
        """A refund as it will end; what will be refused takes no money."""
        ends_at = now + REFUND_LATE if self.refunding in ("late", "refuse_late") else now
        refused = self.refunding == "refuse_late"
        given = Refund(id_, number, amount_grosze, now.isoformat(), ends_at.isoformat(), refused)
        self.refunds[id_] = 0 if refused else amount_grosze
        self.given_back.append(given)
        return given

    @property
    def tells_of_refunds(self) -> bool:
        return self.refunding != "untold"

    @property
    def is_open(self) -> bool:
        return self.status not in ("COMPLETED", "CANCELED")


@dataclass(slots=True)
class Turn:
    """A step of a plan that waits for its time."""

    due_at: str
    payment_id: str
    status: str
    copies: int
    changes: bool


@dataclass(slots=True)
class Delivery:
    """One notification under way. `number` is the Przelewy24 order id that it waits to see verified."""

    due_at: str
    first_at: str
    payment_id: str
    url: str
    headers: dict[str, str]
    body: str
    number: int = 0
    attempt: int = 0


Announcement = tuple[dict[str, str], str, int]  # headers, body and the delivery's number


@dataclass(frozen=True, slots=True)
class Habits:
    """What differs between providers.

    `announce` is given the payment, the word for its status and whether it is news, and says what to post,
    if anything. A provider that `takes_once` lets nothing more happen to a closed payment.
    """

    announce: Callable[[Payment, str, bool, datetime], Announcement | None]
    plans: Mapping[str, tuple[Step, ...]]
    repeats_min: tuple[int, ...]
    takes_once: bool


class Book:
    """Everything the sandboxes know, in memory, and in a file if a path is given.

    With `by_itself` the routes keep a postman going; without it whoever holds the book calls `run_due`.
    """

    def __init__(
        self,
        habits: Mapping[str, Habits],
        path: Path | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        by_itself: bool = True,
    ) -> None:
        self.now = now
        self.by_itself = by_itself
        self.tokens: dict[str, datetime] = {}  # forgotten with the process, as a provider's restart would
        self._habits = habits
        self._path = path
        self._lock = RLock()
        self._payments: dict[str, Payment] = {}
        self._turns: list[Turn] = []
        self._deliveries: list[Delivery] = []
        if path is not None and path.exists():
            self._load(json.loads(path.read_text()))

    def payments(self) -> list[Payment]:
        """Newest first."""
        with self.changing():
            return sorted(self._payments.values(), key=lambda payment: payment.created_at, reverse=True)

    def payment(self, id_: str) -> Payment | None:
        with self.changing():
            return self._payments.get(id_)

    def ordered(self, provider: str, order_id: str) -> Payment | None:
        """By the merchant's own id."""
        return next((p for p in self.payments() if (p.provider, p.order_id) == (provider, order_id)), None)

    def add(self, payment: Payment) -> bool:
        """False if the merchant has used the id before."""
        with self.changing():
            if self.ordered(payment.provider, payment.order_id):
                return False
            self._payments[payment.id] = payment
            return True

    def follow(self, payment: Payment, plan: str, later_s: int = 0) -> None:
        """Do what the payer chose; KeyError for what the provider doesn't offer."""
        now = self.now()
        with self.changing():
            for step in self._habits[payment.provider].plans[plan]:
                due = now + timedelta(seconds=later_s if step.delay_s == LATER_S else step.delay_s)
                self._turns.append(Turn(_text(due), payment.id, step.status, step.copies, step.changes))
            self._turn(now)

    def post(self, payment: Payment, announcement: Announcement, url: str, now: datetime) -> None:
        """Put a notification into the post."""
        headers, body, number = announcement
        with self.changing():
            at = _text(now)
            self._deliveries.append(Delivery(at, at, payment.id, url, headers, body, number))

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the book; what is due happens first, and the file is written at the end."""
        with self._lock:
            before = self._plain() if self._path else ""
            if self._turns:
                self._turn(self.now())
            yield
            if self._path and (after := self._plain()) != before:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                fresh = self._path.with_suffix(".new")
                fresh.write_text(after)
                fresh.replace(self._path)

    @property
    def is_idle(self) -> bool:
        return not self._turns and not self._deliveries

    def run_due(self) -> int:
        """Post what is due now; the number of requests sent."""
        now = self.now()
        with self.changing():
            due = [delivery for delivery in self._deliveries if _moment(delivery.due_at) <= now]
            self._deliveries = [delivery for delivery in self._deliveries if delivery not in due]
        for delivery in due:
            self._deliver(delivery, now)
        return len(due)

    def _turn(self, now: datetime) -> None:
        due = [turn for turn in self._turns if _moment(turn.due_at) <= now]
        self._turns = [turn for turn in self._turns if _moment(turn.due_at) > now]
        for turn in due:
            payment = self._payments[turn.payment_id]
            habits = self._habits[payment.provider]
            if turn.changes and not payment.is_open and habits.takes_once:
                continue
            if turn.changes:
                payment.status = turn.status
            if announcement := habits.announce(payment, turn.status, turn.changes, now):
                for _ in range(turn.copies):
                    self.post(payment, announcement, payment.notify_url, now)

    def _deliver(self, delivery: Delivery, now: datetime) -> None:
        try:
            status = httpx.post(
                delivery.url,
                content=delivery.body.encode(),
                headers=delivery.headers,
                timeout=PATIENCE_S,
                trust_env=False,
            ).status_code
        except httpx.HTTPError:
            status = 0
        payment = self._payments[delivery.payment_id]
        habits = self._habits[payment.provider]
        with self.changing():
            if delivery.number in payment.verified or (status == 200 and not delivery.number):
                return
            if delivery.attempt < len(habits.repeats_min):
                pause = timedelta(minutes=habits.repeats_min[delivery.attempt])
                # A clock that was moved far forward does not bring all the repeats at once.
                delivery.due_at = _text(max(_moment(delivery.first_at) + pause, now + timedelta(minutes=1)))
                delivery.attempt += 1
                self._deliveries.append(delivery)

    def _plain(self) -> str:
        return json.dumps(
            {
                "payments": [asdict(payment) for payment in self._payments.values()],
                "turns": [asdict(turn) for turn in self._turns],
                "deliveries": [asdict(delivery) for delivery in self._deliveries],
            },
            ensure_ascii=False,
            indent=1,
        )

    def _load(self, kept: dict[str, list[dict[str, Any]]]) -> None:
        self._payments = {plain["id"]: _payment_of(plain) for plain in kept["payments"]}
        self._turns = [Turn(**plain) for plain in kept["turns"]]
        self._deliveries = [Delivery(**plain) for plain in kept["deliveries"]]


def _payment_of(plain: dict[str, Any]) -> Payment:
    given_back = [Refund(**each) for each in plain.get("given_back", ())]
    return Payment(**{**plain, "given_back": given_back})


def _text(moment: datetime) -> str:
    return moment.isoformat()


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)

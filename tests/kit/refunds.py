"""Refunds over a store in memory, and scripts of what happens to them, day by day.

A script is a list of lines: which day, what happens, with what. The same scripts are played on the store in
memory (tests/workflows) and against the deployed state machine (tests/e2e/refunds): `Office` is what both
have.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, Protocol, cast

from desk.registry import REGISTRY
from telekarta.domain.bank.statements import BankEntry
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Card, Ref
from telekarta.domain.cards.codes import puk_digest, telegrosik_pin_digest, white_phone_pin_digest
from telekarta.domain.cards.issuing import issue
from telekarta.domain.cases.case import CaseState
from telekarta.domain.ledger.postings import Hold, Lot, Posting, PostingKind, Source
from telekarta.domain.refunds.next_action import Do
from telekarta.domain.refunds.refund import Refund
from telekarta.domain.topups.payments import Method, Payment, PaymentStage, Provider
from telekarta.usecases.desk.deps import DeskDeps
from telekarta.usecases.refunds.desk.changing import RefundDeskDeps
from telekarta.usecases.refunds.payouts import RefundNoticeDeps, told_of_payout
from telekarta.usecases.refunds.ports import Letter
from telekarta.usecases.refunds.steps.ending import give_up
from telekarta.usecases.refunds.steps.running import RefundStepDeps
from telekarta.usecases.refunds.watch import RefundWatchDeps
from telekarta.usecases.refunds.workflow import REFUND
from telekarta.usecases.topups.ports import (
    GatewayRefusal,
    GatewayRefused,
    GatewayUnavailable,
    ProviderRefund,
    RefundOrder,
    RefundState,
)
from telekarta.usecases.topups.receipts import Undeliverable, Unsent
from telekarta.usecases.workflow import LOOK, WAIT, RunState, WorkflowUnavailable
from tests.kit.house import PEPPER, FixedPepper
from tests.kit.memory_store import MemoryStore
from tests.kit.state_machine import chosen, machine, step_of

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
PIN, PUK, LONG_PIN = "40271953", "55512340", "481516234212"
ACCOUNT = "61 1090 1014 0000 0712 1981 2874"
OTHER_ACCOUNT = "27 1140 2004 0000 3002 0135 5387"
MACHINE = machine("refund")
BY_ANNA = {"who": "anna.kowalska", "why": "wniosek"}


@dataclass
class Calendar:
    moment: datetime = START

    def now(self) -> datetime:
        return self.moment


@dataclass
class FakeWorkflow:
    """Executions that were started and tokens that were woken."""

    started: list[str] = field(default_factory=list)
    woken: list[str] = field(default_factory=list)
    ended: dict[str, RunState] = field(default_factory=dict)  # by the execution's name
    fault: bool = False

    def start(self, case_id: str, run: int) -> None:
        if self.fault:
            raise WorkflowUnavailable
        self.started.append(f"{case_id}-{run}")

    def wake(self, token: str) -> None:
        if self.fault:
            raise WorkflowUnavailable
        self.woken.append(token)

    def state(self, case_id: str, run: int) -> RunState:
        if self.fault:
            raise WorkflowUnavailable
        name = f"{case_id}-{run}"
        if name not in self.started:
            return RunState.UNKNOWN
        return self.ended.get(name, RunState.RUNNING)


@dataclass
class FakeLetters:
    sent: dict[str, Letter] = field(default_factory=dict)
    sendings: int = 0

    def send(self, letter: Letter) -> None:
        if letter.to.startswith("nobody@"):
            raise Undeliverable("BadRequestException")
        if letter.to.startswith("later@") and self.sendings == 0:
            self.sendings += 1
            raise Unsent("Throttling")
        self.sendings += 1
        self.sent[letter.id] = letter


@dataclass
class FakeFiles:
    kept: dict[str, bytes] = field(default_factory=dict)

    def put(self, name: str, content: bytes) -> None:
        assert self.kept.setdefault(name, content) == content, "the same file says the same"


@dataclass
class Refunder:
    """A provider that gives back, refuses or does not answer, by what the payment is called."""

    told: list[RefundOrder] = field(default_factory=list)
    knows: dict[str, RefundState] = field(default_factory=dict)  # what it says when asked, by the refund's id
    silent: bool = False

    def look_up_refund(self, refund: RefundOrder) -> ProviderRefund | None:
        if self.silent:
            raise GatewayUnavailable("no answer")
        if refund.id not in self.knows:
            return None
        return ProviderRefund(
            refund.order_id, refund.provider_order_id, "R1", self.knows[refund.id], refund.amount_grosze
        )

    def refund(self, refund: RefundOrder) -> ProviderRefund:
        known = [each.id for each in self.told]
        self.told.append(refund)
        if refund.order_id.startswith("d"):
            if len(known) == 0:
                raise GatewayUnavailable("no answer")
            raise GatewayRefused(GatewayRefusal.INVALID, "exists")
        if refund.order_id.startswith("e"):
            raise GatewayRefused(GatewayRefusal.INVALID, "no")
        return ProviderRefund(
            refund.order_id, refund.provider_order_id, "R1", RefundState.PENDING, refund.amount_grosze
        )

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a refund asks for no {name}")


# ---------------------------------------------------------------- scripts


@dataclass(frozen=True)
class Line:
    day: float
    what: str
    more: Mapping[str, Any] = field(default_factory=dict)


def on(day: float, what: str, **more: Any) -> Line:
    return Line(day, what, more)


class Office(Protocol):
    """Where a script is played: the store, the clock, and the desk. `case` is the only case of the script."""

    store: Any
    ref: Ref
    case_id: str

    def now(self) -> datetime: ...

    def command(self, payload: Mapping[str, Any]) -> Mapping[str, Any]: ...

    def deps(self) -> Any: ...


def money(
    source: Source, amount: int, number: int, at: datetime, ref: Ref, payment: str = ""
) -> tuple[Lot, Posting]:
    origin = f"topup:{source}:{payment or f'{ref.number}-{number}'}"
    if source is Source.PROMOTION:
        origin = f"bonus:{ref.number}-{number}"
    # A bonus came with the first top-up, which is the second lot.
    paid_in = f"topup:{Source.BANK}:{ref.number}-2" if source is Source.PROMOTION else None
    lot = Lot(str(number), source, amount, at, origin, paid_in)
    kind = PostingKind.BONUS if source is Source.PROMOTION else PostingKind.TOP_UP
    posting = Posting(
        origin,
        kind,
        f"incoming:{source}",
        str(ref),
        amount,
        "WP §4.1.1",
        at,
        grants=(lot,),
    )
    return lot, posting


def puts_on(
    store: Any,
    ref: Ref,
    sources: Mapping[str, int],
    topped_up: int,
    payment: str,
    puk: str,
    pepper: bytes = PEPPER,
) -> None:
    """A card whose money came `topped_up` days before the start; a bonus came with the first top-up."""
    pin = (
        white_phone_pin_digest(pepper, ref.number, PIN)
        if ref.brand is Brand.WHITE_PHONE
        else telegrosik_pin_digest(pepper, LONG_PIN)
    )
    card, issued = issue(ref, 500, pin, "A", None, START - timedelta(days=400))
    postings, lots = [], list(card.lots)
    first = START - timedelta(days=topped_up)
    for number, (name, amount) in enumerate(sources.items(), 2):
        source = Source(name)
        at = first if source is Source.PROMOTION or number == 2 else first + timedelta(minutes=number)
        lot, posting = money(
            source, amount, number, at, ref, payment if name in ("payu", "przelewy24") else ""
        )
        lots.append(lot)
        postings.append(posting)
    digest = puk_digest(pepper, ref.number, puk) if puk else ""
    whole = replace(card, lots=tuple(lots), last_active_at=first, puk_digest=digest)
    assert store.issue(whole, issued)
    assert store.book_all([], postings) is None


def spends(store: Any, ref: Ref, amount: int, now: datetime) -> None:
    """The holder talks: the lots give in the order of spending."""
    card = store.card(ref)
    purse, draws = card.purse.spend(amount)
    call_id, earned = f"call:{ref.number}-{card.version}", f"revenue:calls:{ref.brand}"
    posting = Posting(call_id, PostingKind.CALL, str(ref), earned, amount, "WP §6.3", now, draws=draws)
    assert store.book(card, card.with_purse(purse), posting) is None


def a_call(now: datetime) -> Hold:
    return Hold("CA1-1", 100, now, now + timedelta(hours=4), "CA1", "+48221234567", "v", "48", 60)


@dataclass
class MemoryOffice:
    """A script's world in one process. `step` plays the state machine until it waits."""

    store: Any = field(default_factory=MemoryStore)
    refunds: Any = None
    payments: Any = None
    payment_id: str = ""
    clock: Calendar = field(default_factory=Calendar)
    workflow: FakeWorkflow = field(default_factory=FakeWorkflow)
    letters: FakeLetters = field(default_factory=FakeLetters)
    files: FakeFiles = field(default_factory=FakeFiles)
    provider: Refunder = field(default_factory=Refunder)
    ref: Ref = Ref.card(Brand.WHITE_PHONE, "123456")
    case_id: str = "refund-w1"
    running: bool = False
    stuck: bool = False
    steps: list[str] = field(default_factory=list)
    before_step: Callable[[str], None] = lambda verb: None

    def __post_init__(self) -> None:
        self.refunds = self.refunds or self.store
        self.payments = self.payments or self.store

    def now(self) -> datetime:
        return self.clock.now()

    @property
    def desk(self) -> RefundDeskDeps:
        return RefundDeskDeps(self.store, self.refunds, self.workflow, self.clock, FixedPepper())

    @property
    def work(self) -> RefundStepDeps:
        return RefundStepDeps(
            self.store, self.refunds, self.workflow, self.clock, self.letters, self.files, self.payments,
            {Provider.PAYU: self.provider, Provider.PRZELEWY24: self.provider}, "https://telekarta.test",
        )  # fmt: skip

    @property
    def watch(self) -> RefundWatchDeps:
        work = self.work
        return RefundWatchDeps(
            work.store, work.refunds, work.workflow, work.clock, work.payments, work.gateways, work.base_url
        )

    def deps(self) -> RefundStepDeps:
        return self.work

    def command(self, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        command: Any = REGISTRY.read(dict(payload))
        told = REGISTRY.answered(cast("DeskDeps", SimpleNamespace(refunds=self.desk)), command)
        self.running = self.running or any(s.startswith(self.case_id) for s in self.workflow.started)
        return told

    def refund(self) -> Refund | None:
        found: Refund | None = self.refunds.refund(self.case_id)
        return found

    def card(self) -> Card:
        found: Card | None = self.store.card(self.ref)
        assert found is not None
        return found

    def fresh_card(
        self, sources: Mapping[str, int], topped_up: int, payment: str, puk: str, brand: str
    ) -> None:
        if brand == "telegrosik":
            self.ref = Ref.card(Brand.TELEGROSIK, "1234567890")
        puts_on(self.store, self.ref, sources, topped_up, payment, puk)
        if payment:
            self.payments.add_payment(a_payment(payment, self.ref, sum(sources.values())))
            self.payment_id = payment

    def payment(self) -> Payment:
        found: Payment | None = self.payments.payment(self.payment_id)
        assert found is not None
        return found

    def payout(self, number: int) -> Mapping[str, Any]:
        shown_now = self.command({"command": "show_refund", "case": self.case_id})
        found: Mapping[str, Any] = shown_now["payouts"][number - 1]
        return found

    def special(self, line: Line) -> None:
        match line.what:
            case "expires":
                card = self.card()
                old = replace(card, version=card.version + 1, last_active_at=START - timedelta(days=700))
                assert self.store.book_all([(card, old)], []) is None
            case "gives_up":
                self.give_up()
            case "restarts":
                self.stuck = False
            case _:
                raise AssertionError(line.what)

    def play(self, script: Sequence[Line]) -> list[Mapping[str, Any]]:
        """Let it all happen; the answers to the commands."""
        answers: list[Mapping[str, Any]] = []
        for line in script:
            until = START + timedelta(days=line.day)
            while self.clock.moment + timedelta(hours=12) <= until:
                self.clock.moment += timedelta(hours=12)
                self.step()
            self.clock.moment = max(self.clock.moment, until)
            answer = happens(self, line)
            if answer is not None:
                answers.append(answer)
            self.step()
        return answers

    def open_cases(self) -> list[str]:
        return sorted(case.kind.value for case in self.store.cases(CaseState.OPEN, 100))

    def step(self) -> None:
        """As the state machine's text says, from its start: a wait ends the playing, or its end."""
        if not self.running or self.stuck:
            return
        state: str = MACHINE["StartAt"]
        told: Mapping[str, Any] = {}
        for _ in range(150):
            now = MACHINE["States"][state]
            match now["Type"]:
                case "Choice":
                    state = chosen(now, told)
                    continue
                case "Fail":
                    self.stuck = True
                    return
                case "Succeed" | "Wait":
                    return
            if (step := step_of(now)) == WAIT:
                REFUND.wait(self.work, self.case_id, f"token-{len(self.steps)}")
                return
            told, state = self.does(step), now["Next"]
        raise AssertionError("the machine goes round and round")

    def does(self, step: str) -> Mapping[str, Any]:
        """What a Task gets for its step; tried again once if a provider or the mail was not there."""
        if step != LOOK:
            self.before_step(step)
            self.steps.append(step)
        act = REFUND.look if step == LOOK else REFUND.steps[Do(step)]
        try:
            told = act(self.work, self.case_id)
        except (GatewayUnavailable, Unsent):
            told = act(self.work, self.case_id)
        return {"do": told.action.do.value, "in_a_call": told.in_a_call}

    def give_up(self) -> None:
        give_up(self.work, self.case_id)
        self.stuck = True


# What may happen, each to any office.


def _given(
    office: Any,
    puk: str = "",
    topped_up: int = 30,
    brand: str = "white_phone",
    payment: str = "",
    **sources: int,
) -> None:
    office.fresh_card(sources, topped_up, payment, puk, brand)


def application(office: Any, late: int = 0, **changes: Any) -> dict[str, Any]:
    """An application that came `late` days before the start."""
    card = office.card()
    codes = {"pin": PIN if office.ref.brand is Brand.WHITE_PHONE else LONG_PIN}
    kinds = {Source.PLUS_VOUCHER: "voucher", Source.RETAIL: "purchase"}
    refundable = {Source.BANK, Source.PAYU, Source.PRZELEWY24, Source.PLUS_VOUCHER}
    if office.ref.brand is Brand.TELEGROSIK:
        refundable = {Source.BANK, Source.PAYU, Source.PRZELEWY24, Source.RETAIL}
    proofs = [
        {"posting": top_up, "kind": kinds.get(source, "transfer"), "document": "skan.pdf"}
        for source, top_up in dict.fromkeys((lot.source, lot.top_up) for lot in card.lots)
        if source in refundable
    ]
    whole = {
        "command": "apply_for_refund",
        "brand": office.ref.brand,
        "card": office.ref.number,
        "request_id": office.case_id.removeprefix("refund-"),
        "arrived": "letter",
        "received_on": (START - timedelta(days=late)).date().isoformat(),
        "amount_grosze": 100_000,
        "proofs": proofs or None,
        "account": ACCOUNT,
        "owner": "Jan Kowalski",
        "signed": True,
        "address": "Jan Kowalski, ul. Polna 1, 00-001 Warszawa",
        **codes,
        **BY_ANNA,
    }
    return {name: value for name, value in (whole | changes).items() if value is not None}


def _entry(office: Any, amount: int, number: int, reversal: bool = False) -> BankEntry:
    payout = office.payout(number)
    broken = payout["reference"][:7] + " " + payout["reference"][7:]
    return BankEntry(
        f"2026/{number}/{amount}",
        "",
        date(2026, 11, 20),
        amount,
        "PLN",
        f"{broken} Zwrot",
        "",
        None,
        "f",
        reversal,
    )


def happens(office: Any, line: Line) -> Mapping[str, Any] | None:
    """Let the line happen; a command's answer is returned."""
    more = dict(line.more)
    match line.what:
        case "given":
            _given(office, **more)
        case "applies":
            return office.command(application(office, **more))
        case "completes":
            return office.command(
                {"command": "complete_application", "case": office.case_id, **BY_ANNA, **more}
            )
        case "grants" | "refuses":
            decision = line.what.removesuffix("s")
            reasons = {"reasons": "Brak podstaw."} if decision == "refuse" else {}
            decides = {"command": "decide_refund", "case": office.case_id, "decision": decision}
            return office.command({**decides, **reasons, **BY_ANNA, **more})
        case "withdraws" | "resumes":
            command = f"{line.what.removesuffix('s')}_refund"
            return office.command({"command": command, "case": office.case_id, **BY_ANNA})
        case "spends":
            spends(office.store, office.ref, more["amount"], office.now())
        case "calls":
            card = office.card()
            assert isinstance(office.store.place_hold(card.ref, card.purse, a_call(office.now()), ""), Card)
        case "hangs_up":
            card = office.card()
            assert office.store.release_hold(card.ref, card.purse, "CA1-1") is None
        case "bank_pays":
            amount = more.get("amount", office.payout(more.get("number", 1))["amount_grosze"])
            told_of_payout(office.deps(), _entry(office, -amount, more.get("number", 1)))
        case "bank_returns":
            number = more.get("number", 1)
            amount = office.payout(number)["amount_grosze"]
            told_of_payout(office.deps(), _entry(office, amount, number, reversal=True))
        case "provider_says":
            payout = office.payout(1)
            payment = office.payment()
            deps = office.deps()
            told = ProviderRefund(
                payment.id,
                payment.provider_order_id,
                "R1",
                RefundState(more["state"]),
                payout["amount_grosze"],
            )
            assert RefundNoticeDeps(deps.refunds, deps.store, deps.workflow, deps.clock).take(payment, told)
        case "confirms" | "marks_returned":
            command = "confirm_payout" if line.what == "confirms" else "mark_payout_returned"
            return office.command({"command": command, "reference": office.payout(1)["reference"], **BY_ANNA})
        case "nothing":
            pass
        case _:
            office.special(line)
    return None


def a_payment(payment_id: str, ref: Ref, amount: int) -> Payment:
    return Payment(
        payment_id,
        ref,
        Method.PAYU,
        amount,
        PaymentStage.CREDITED,
        START,
        provider_order_id="P1",
        paid_at=START,
    )

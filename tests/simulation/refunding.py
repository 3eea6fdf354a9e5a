"""Refunds in the simulated world: who applies with which papers, the workflow's executions, the bank and the
providers with what really left, and operators who see what they see.

A task of the workflow dies at every write and after everything that leaves the house, runs twice at once, and
is told again; wakings get lost, so that waits time out; the bank pays, returns and repeats itself; a provider
refuses, now or later, tells late, twice or never. Meanwhile the cards are talked away, topped up and moved.

What is due is worked out here a second time, from the application and from what the postings took.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice, permutations
from typing import TYPE_CHECKING

from desk.registry import REGISTRY
from telekarta.domain.bank.statements import BankEntry, Booking, name_entries
from telekarta.domain.brands import Brand
from telekarta.domain.calendar.deadlines import day_of, midnight
from telekarta.domain.cards.card import Kind, Ref
from telekarta.domain.cases.case import CaseKind, CaseState
from telekarta.domain.ledger.postings import Lot, Posting, PostingKind, Source
from telekarta.domain.refunds.application import AnswerBy, Arrival, Proof, ProofKind
from telekarta.domain.refunds.next_action import WAITS, Do
from telekarta.domain.refunds.refund import Event, Payout, PayoutState, Refund, RefundStage, Way
from telekarta.domain.topups.payments import PaymentStage as Paid
from telekarta.usecases.ports import ReportsUnavailable, StoreUnavailable
from telekarta.usecases.refunds.commands import (
    AcceptProof,
    ApplyForRefund,
    CompleteApplication,
    ConfirmPayout,
    DecideRefund,
    GivenProof,
    MarkPayoutReturned,
    RefundRefused,
    ResumeRefund,
    TakeBackProof,
    Verdict,
    WithdrawRefund,
    entered,
)
from telekarta.usecases.refunds.desk.changing import RefundDeskDeps
from telekarta.usecases.refunds.payouts import PayoutOutcome, PayoutTold, RefundNoticeDeps, told_of_payout
from telekarta.usecases.refunds.ports import Letter
from telekarta.usecases.refunds.steps.running import RefundStepDeps
from telekarta.usecases.refunds.watch import RefundWatchDeps, Seen, watch_refunds
from telekarta.usecases.refunds.workflow import REFUND
from telekarta.usecases.topups.ports import GatewayUnavailable, RefundState
from telekarta.usecases.topups.receipts import Undeliverable, Unsent
from telekarta.usecases.workflow import RunState, StepAnswer, WorkflowUnavailable
from tests.simulation.auditor import Law, Stock, must
from tests.simulation.bank import ACCOUNTS, Sent
from tests.simulation.cloud import Attempt, Died, smooth
from tests.simulation.payments import SimulatedProvider

if TYPE_CHECKING:
    from tests.simulation.world import World

_NRBS = ("61109010140000071219812874", "27114020040000300201355387")
_NO_NRB = "61109010140000071219812875"
_IN_A_CALL = timedelta(seconds=120)  # as the state machine waits
_WATCHED_EVERY = timedelta(hours=1)  # as the template schedules it
_FLOWS_ON = timedelta(seconds=60)  # by then an execution has reached its next wait
_MOST_TRIES = 6
# The terms, written down a second time: what may go back, what proves it, what is kept.
_REFUNDABLE = {
    Brand.WHITE_PHONE: {Source.BANK, Source.PAYU, Source.PRZELEWY24, Source.PLUS_VOUCHER},
    Brand.TELEGROSIK: {Source.RETAIL, Source.BANK, Source.PAYU, Source.PRZELEWY24},
}
_PROVEN_BY = {
    Source.BANK: ProofKind.TRANSFER,
    Source.PAYU: ProofKind.TRANSFER,
    Source.PRZELEWY24: ProofKind.TRANSFER,
    Source.PLUS_VOUCHER: ProofKind.VOUCHER,
    Source.RETAIL: ProofKind.PURCHASE,
}
_LEAST_ON_CARD = {Brand.WHITE_PHONE: 2000, Brand.TELEGROSIK: 1}
_FEE = {Brand.WHITE_PHONE: 2000, Brand.TELEGROSIK: 0}
_HALF_A_YEAR = timedelta(days=184 + 7)  # six months and the holidays after them
_TOP_UPS = frozenset(Source) - {
    *(Source.CANTEEN, Source.RETAIL, Source.PROMOTION, Source.COMPENSATION, Source.CARRIED_OVER)
}
_OWN = frozenset(
    {
        PostingKind.REFUND_HELD,
        PostingKind.REFUND_RELEASED,
        PostingKind.REFUND_KEPT,
        PostingKind.REFUND_PAID,
    }
)
Money = tuple[Source, str]  # and the posting by which it was paid in


def _sum(money: Mapping[Money, int]) -> int:
    return sum(money.values())


@dataclass(frozen=True, slots=True)
class Due:
    """What a granted application is due."""

    drawn: Counter[Money]
    bonuses: dict[str, int]
    fee_grosze: int

    @property
    def bonus_grosze(self) -> int:
        return sum(self.bonuses.values())

    @property
    def payable_grosze(self) -> int:
        return _sum(self.drawn) - self.bonus_grosze - self.fee_grosze


@dataclass(slots=True)
class Asked:
    """What this world knows of a case by itself. `pool` is what could be refunded when its money was last
    looked at, what was set aside with it."""

    held: Counter[Money] = field(default_factory=Counter)
    pool: Counter[Money] = field(default_factory=Counter)
    on_card_grosze: int = 0
    last_top_up_at: datetime | None = None
    spent_bonuses: dict[str, int] = field(default_factory=dict)
    is_fixed: bool = False  # since something was set aside, what was found then counts
    due: Due | None = None
    put_back_grosze: int = 0  # of what was granted
    given_back_grosze: int = 0  # of fee and bonus


@dataclass(slots=True)
class BankOrder:
    """A transfer as the bank has it."""

    reference: str
    content: bytes
    amount_grosze: int
    brand: Brand
    number: int
    is_paid: bool = False
    is_returned: bool = False


@dataclass(slots=True, eq=False)
class Execution:
    """One run of the state machine: which task is due, or until when it waits."""

    case: str
    run: int
    number: int
    verb: str = "look"
    until: datetime | None = None
    token: str = ""
    moves: int = 0
    tries: int = 0
    is_over: bool = False
    gave_up: bool = False

    @property
    def flows(self) -> bool:
        return not self.is_over and self.until is None


class CasesOnFile(dict[str, Refund]):
    """The store's cases; it keeps in mind which were written."""

    def __init__(self) -> None:
        super().__init__()
        self.changed: list[Refund] = []

    def __setitem__(self, case_id: str, case: Refund) -> None:
        super().__setitem__(case_id, case)
        self.changed.append(case)


class Outside:
    """What the product reaches outside: the ports `Workflow`, `Letters` and `PayoutFiles`. Each may fail
    before or after it did what it was asked, and the function may die at the same moments."""

    def __init__(self, refunding: "Refunding", world: "World") -> None:
        self._refunding, self._world = refunding, world

    def start(self, case_id: str, run: int) -> None:
        self._stumble("the workflow", WorkflowUnavailable)
        self._refunding.executions.setdefault(f"{case_id}-{run}", Execution(case_id, run, self._world.number))
        self._stumble("the workflow", WorkflowUnavailable)

    def wake(self, token: str) -> None:
        self._stumble("the workflow", WorkflowUnavailable)
        for execution in self._refunding.executions.values():
            if execution.token == token:
                execution.verb, execution.until, execution.token = "look", None, ""
                execution.moves += 1

    def state(self, case_id: str, run: int) -> RunState:
        self._stumble("the workflow", WorkflowUnavailable)
        execution = self._refunding.executions.get(f"{case_id}-{run}")
        if execution is None:
            return RunState.UNKNOWN
        if execution.gave_up:
            return RunState.GAVE_UP
        return RunState.ENDED if execution.is_over else RunState.RUNNING

    def send(self, letter: Letter) -> None:
        self._stumble("the mail", Unsent)
        if letter.to == "nobody":
            raise Undeliverable("no such address")
        self._refunding.letters.add(letter.id)
        self._stumble("the mail", Unsent)

    def put(self, name: str, content: bytes) -> None:
        self._stumble("the files", ReportsUnavailable)
        self._refunding.take_order(name, content)
        self._stumble("the files", ReportsUnavailable)

    def _stumble(self, what: str, error: type[Exception]) -> None:
        world = self._world
        world.turns.hand_over()
        luck = world.chance.random()
        if luck < world.hostility / 6:
            world.attempt.struck.append(what)
            raise error("no answer") if luck < world.hostility / 10 else Died(what)


class Refunding:
    """All that the world does about refunds."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.outside = Outside(self, world)
        self.executions: dict[str, Execution] = {}
        self.orders: dict[str, BankOrder] = {}
        self.letters: set[str] = set()
        self.entered: list[ApplyForRefund] = []
        self.unanswered: list[object] = []
        self._asked: dict[str, Asked] = {}
        self._seen: dict[str, Refund] = {}
        self._case_of: dict[str, str] = {}
        self._way: dict[str, str] = {}  # how far the books say a payout is
        self._bonuses: dict[tuple[str, str], int] = {}  # granted, by card and top-up
        self._taken_back: Counter[tuple[str, str]] = Counter()

    # ------------------------------------------------------------------ the product

    @property
    def desk(self) -> RefundDeskDeps:
        world = self._world
        return RefundDeskDeps(world.line, world.line, self.outside, world.clock, world.pepper)

    @property
    def _work(self) -> RefundStepDeps:
        world, line, outside = self._world, self._world.line, self.outside
        gateways = world.paying.providers
        return RefundStepDeps(line, line, outside, world.clock, outside, outside, line, gateways, "")

    @property
    def notices(self) -> RefundNoticeDeps:
        world = self._world
        return RefundNoticeDeps(world.line, world.line, self.outside, world.clock)

    def payout(self, entry: BankEntry) -> PayoutTold:
        """The port of the bank's files (wiring/bank.py)."""
        told = told_of_payout(self.notices, entry)
        must(told.outcome is not PayoutOutcome.DIFFERS, Law.OUT_IS_OUT, entry.title, "differs")
        return told

    # ------------------------------------------------------------------ who applies

    def application(self) -> ApplyForRefund | None:
        """Somebody with money on a card asks for it, as people do: too early, too late, without a paper."""
        world, chance = self._world, self._world.chance
        lately = list(world.store.cards)[-14:]
        richest = sorted(lately, key=lambda ref: (-self._refundable(ref), str(ref)))[:3]
        rich = [ref for ref in richest if self._refundable(ref)]
        # Most White Phone cards hold less than the fee: those that hold more get more chances.
        rich += [ref for ref in lately if ref.brand is Brand.WHITE_PHONE and self._refundable(ref) > 2500]
        if not rich:
            return None
        # Who paid on the web may want it back the same way.
        paid = [each.ref for each in world.store.paying.values() if each.stage is Paid.CREDITED]
        paid = [ref for ref in paid if self._refundable(ref)][-3:]
        ref = chance.choice(paid if paid and chance.random() < 0.5 else rich)
        known = next((card.pin for card in world.cards if card.ref == ref), "")
        has_account = chance.random() < 0.8
        return entered(
            brand=ref.brand,
            card=ref.number,
            request_id=f"w{world.number}-{chance.randrange(10)}",
            arrived=chance.choice((Arrival.LETTER, Arrival.EMAIL, Arrival.IN_PERSON)),
            received_on=day_of(world.now) - timedelta(days=chance.choice((0, 0, 1, 3, 20))),
            who="operator",
            why="an application",
            amount_grosze=self._amount(ref),
            pin=known if chance.random() < 0.9 else chance.choice(("", "11111111")),
            proofs=self._papers(ref, 0.95),
            account=chance.choice((_NRBS[0],) * 9 + (_NO_NRB,)) if has_account else "",
            owner="Jan Kowalski" if has_account else "",
            signed=chance.random() < 0.9,
            same_way=chance.random() < 0.7,
            answer_by=AnswerBy.EMAIL,
            address="nobody" if chance.random() < 0.1 else "a@example.pl",
        )

    def _refundable(self, ref: Ref) -> int:
        lots = self._world.store.cards[ref].lots
        return sum(lot.left_grosze for lot in lots if lot.source in _REFUNDABLE[ref.brand])

    def _amount(self, ref: Ref) -> int | None:
        chance = self._world.chance
        luck = chance.random()
        if luck < 0.15:
            return None
        return 100_000 if luck < 0.6 else chance.randint(1, self._refundable(ref) + 1)

    def _papers(self, ref: Ref, share: float) -> tuple[GivenProof, ...]:
        """Documents of some of the card's top-ups; once in a while one is of something else."""
        world, chance = self._world, self._world.chance
        lots = {(lot.source, lot.top_up) for lot in world.store.cards[ref].lots if lot.left_grosze}
        papers = []
        for posting in world.store.booked.values():
            if posting.kind not in (PostingKind.TOP_UP, PostingKind.CARD_ISSUED):
                continue
            money = posting.grants[0]
            kind = _PROVEN_BY.get(money.source)
            fits = posting.credit == str(ref) or ref.kind is Kind.ACCOUNT
            if kind and fits and (money.source, posting.id) in lots and chance.random() < share:
                papers.append(GivenProof(posting.id, kind, "a scan"))
        if chance.random() < 0.1:
            stray = chance.choice(list(world.store.booked))
            papers.append(GivenProof(stray, chance.choice(list(ProofKind)), "a scan"))
        return tuple(papers[-8:])

    # ------------------------------------------------------------------ operators

    def decision(self) -> object | None:
        """What an operator decides about a case as it was when they looked."""
        world, chance = self._world, self._world.chance
        cases = list(world.store.refunding.values())
        waiting = [case for case in cases if not case.is_over]
        if not cases:
            return None
        case = chance.choice((waiting or cases)[-6:])
        luck = chance.random()
        if luck < 0.04:
            return ResumeRefund(case.id, "operator", "goes on")
        if luck < 0.1:
            return WithdrawRefund(case.id, "operator", "has thought better of it")
        if case.stage is RefundStage.PAYING and luck < 0.8:
            return self.about_payout(case) or self.completion(case)
        if luck < (0.7 if case.missing else 0.2):
            return self.completion(case)
        if case.awaited and luck < 0.6:
            lot = chance.choice(case.awaited)
            return AcceptProof(case.id, lot.top_up, "a scan", "operator", "has read it")
        if luck < 0.25 and case.application.proofs:
            taken = chance.choice(case.application.proofs).posting
            return TakeBackProof(case.id, taken, "operator", "was none")
        verdict = Verdict.GRANT if luck < 0.94 else Verdict.REFUSE
        reasons = "" if luck < 0.96 else "Brak podstaw."
        return DecideRefund(case.id, verdict, "operator", "decides", reasons)

    def completion(self, case: Refund) -> CompleteApplication:
        """What was missing, or some of it."""
        world, chance = self._world, self._world.chance
        known = next((card.pin for card in world.cards if card.ref == case.ref), "")
        whole = chance.random() < 0.8
        return CompleteApplication(
            case.id,
            "operator",
            "more came",
            amount_grosze=self._amount(case.ref)
            if case.application.asked_grosze is None or not whole
            else None,
            pin=known if whole else "",
            proofs=self._papers(case.ref, 1.0 if whole else 0.3),
            account=_NRBS[1] if whole or chance.random() < 0.5 else "",
            owner="Jan Kowalski",
            signed=True,
            unfit=chance.random() < 0.1,
        )

    def about_payout(self, case: Refund) -> ConfirmPayout | MarkPayoutReturned | None:
        """An operator tells of a payout what the bank's pages, or the provider's, show."""
        for payout in case.payouts:
            if payout.state is PayoutState.SENT and self._is_out(payout):
                return ConfirmPayout(payout.reference, "operator", "seen there")
            if payout.state in (PayoutState.SENT, PayoutState.PAID) and self._is_back(payout):
                return MarkPayoutReturned(payout.reference, "operator", "seen there")
        return None

    def command(self, command: object, attempt: Attempt) -> None:
        """Who gets no answer gives the command again, sooner or later."""
        world = self._world
        world.attempt = attempt
        name = type(command).__name__
        of = (
            getattr(command, "case", "")
            or getattr(command, "request_id", "")
            or getattr(command, "reference", "")
        )
        if isinstance(command, ApplyForRefund) and command not in self.entered:
            self.entered.append(command)
        try:
            answer = REGISTRY.carry_out(self._world.desk, command)
        except (StoreUnavailable, Died):
            self._excused(attempt, name)
            self.unanswered.append(command)
            world.tell(f"{name} {of}: nobody answers")
            return
        told = answer.reason if isinstance(answer, RefundRefused) else f"{answer.refund.stage}"
        world.tell(f"{name} {of}: {told}")

    # ------------------------------------------------------------------ the state machine

    def flowing(self) -> list[Execution]:
        return [each for each in self.executions.values() if each.flows]

    def run(self, execution: Execution, attempt: Attempt) -> None:
        """One task; whoever runs it a second time at once is heard by nobody."""
        world = self._world
        if not execution.flows:
            return
        verb, moves = execution.verb, execution.moves
        world.attempt = attempt
        try:
            told = REFUND.carry_out(self._work, verb, execution.case, execution.token)
        except (StoreUnavailable, GatewayUnavailable, Unsent, Died):
            self._excused(attempt, verb)
            world.tell(f"{execution.case}: {verb} broke off ({', '.join(attempt.struck)})")
            execution.tries += 1
            if verb != Do.GIVE_UP and (execution.tries > _MOST_TRIES or world.chance.random() < 0.02):
                execution.verb, execution.tries = Do.GIVE_UP, 0
            return
        if execution.moves == moves:
            world.tell(f"{execution.case}: {verb}, then {told.action.do}")
            self._route(execution, verb, told)

    def _route(self, execution: Execution, verb: str, told: StepAnswer) -> None:
        now, action = self._world.now, told.action
        execution.moves, execution.tries = execution.moves + 1, 0
        if verb == Do.GIVE_UP or action.do is Do.FINISHED:
            execution.is_over, execution.gave_up = True, verb == Do.GIVE_UP
        elif verb == "wait":
            execution.until = now + timedelta(seconds=max(1, told.wait_s))
        elif told.in_a_call:
            execution.verb, execution.until = "look", now + _IN_A_CALL
        elif action.do in WAITS:
            execution.verb, execution.token = "wait", f"{execution.case}-{execution.run}-{execution.moves}"
        else:
            execution.verb = action.do

    def flow_on(self, execution: Execution, stop_at: str = "") -> None:
        """Task by task to the next wait, or to the task that shall meet others."""
        for _ in range(200):
            if not execution.flows or execution.verb == stop_at:
                return
            self.run(execution, self._world.new_attempt())
        must(False, Law.REFUND_ENDS, execution.case, "goes round and round at", execution.verb)

    def pass_time(self, until: datetime) -> None:
        """Waits time out, and what flows reaches its next wait."""
        world = self._world
        if not self.executions:
            return
        if until - world.now >= _FLOWS_ON:
            for execution in self.flowing():
                self.flow_on(execution)
        if until - world.now >= _WATCHED_EVERY:
            world.now += _WATCHED_EVERY
            self.watch(world.new_attempt())
            for execution in self.flowing():
                self.flow_on(execution)
        while True:
            due = [
                each for each in self.executions.values() if each.until is not None and each.until <= until
            ]
            if not due:
                return
            first = min(due, key=lambda each: (each.until, each.number, each.run))
            assert first.until is not None
            world.now = max(world.now, first.until)
            first.verb, first.until, first.token = "look", None, ""
            first.moves += 1
            if until - world.now >= _FLOWS_ON:
                self.flow_on(first)

    def stop(self, execution: Execution) -> None:
        """Somebody stops it, or an outage does."""
        self._world.tell(f"the execution of {execution.case} is stopped")
        execution.is_over, execution.moves = True, execution.moves + 1
        execution.until, execution.token = None, ""

    def watch(self, attempt: Attempt) -> None:
        """The hourly look at all open refunds."""
        world, line = self._world, self._world.line
        if not any(not case.is_over for case in world.store.refunding.values()):
            return
        world.attempt = attempt
        outside = RefundWatchDeps(line, line, self.outside, world.clock, line, world.paying.providers, "")
        try:
            watched = watch_refunds(outside)
        except (StoreUnavailable, Died):
            self._excused(attempt, "the watch of refunds")
            world.tell("the watch of refunds broke off")
            return
        must(Seen.FAILED not in watched.outcomes, Law.NO_FAULT, "the watch of refunds", watched)
        if watched.outcomes:
            world.tell(f"the watch of refunds: {dict(watched.outcomes)}")

    # ------------------------------------------------------------------ the bank, the providers

    def take_order(self, name: str, content: bytes) -> None:
        """The bank gets a file; the same one again is the same order."""
        reference = name.rpartition("/")[2].removesuffix(".txt")
        amount_grosze = int(content.split(b",")[2])
        before = self.orders.get(reference)
        if before is not None:
            must(before.content == content, Law.OUT_IS_OUT, name, "is two different orders")
            return
        case = self._case(reference)
        self.orders[reference] = BankOrder(
            reference, content, amount_grosze, case.ref.brand, self._world.number
        )
        must(reference.encode() in content, Law.OUT_IS_OUT, name, "does not name itself")
        must(case.application.nrb.encode() in content, Law.OUT_IS_OUT, name, "is for a stranger")
        self.check_out(reference, amount_grosze)

    def check_given_back(self, reference: str, amount_grosze: int, payment: str) -> None:
        """A provider gives back a payment of which this refund is made, if that was asked for."""
        self.check_out(reference, amount_grosze)
        case, came = self._case(reference), self._world.store.booked.get(payment)
        due = self._of(case.id).due
        must(came is not None, Law.REFUND_IS_DUE, reference, "gives back what was not credited:", payment)
        assert came is not None
        assert due is not None
        of = due.drawn[came.grants[0].source, payment]
        fits = case.application.same_way and amount_grosze <= of
        must(fits, Law.REFUND_IS_DUE, reference, "gives back", amount_grosze, "of", of, payment)

    def check_out(self, reference: str, amount_grosze: int) -> None:
        """Money is told to go out: never more than is due, counting all that may still arrive."""
        case = self._case(reference)
        payout = next(each for each in case.payouts if each.reference == reference)
        must(payout.amount_grosze == amount_grosze, Law.REFUND_IS_DUE, reference, "is", amount_grosze)
        due = self._of(case.id).due
        must(due is not None, Law.REFUND_IS_DUE, case.id, "pays before it was granted")
        assert due is not None
        out = sum(each.amount_grosze for each in case.payouts if self._may_arrive(each))
        must(out <= due.payable_grosze, Law.REFUND_IS_DUE, case.id, "pays", out, "of", due.payable_grosze)

    def _case(self, reference: str) -> Refund:
        must(reference in self._case_of, Law.OUT_IS_OUT, reference, "is no payout")
        return self._world.store.refunding[self._case_of[reference]]

    def _provider(self, payout: Payout) -> SimulatedProvider:
        return next(
            each for each in self._world.paying.providers.values() if each.provider.value == payout.way.value
        )

    def _may_arrive(self, payout: Payout) -> bool:
        if payout.way is Way.BANK:
            order = self.orders.get(payout.reference)
            return order is not None and not order.is_returned
        given = self._provider(payout).given_back.get(payout.reference)
        return given is not None and given.state is not RefundState.REFUSED

    def _is_out(self, payout: Payout) -> bool:
        if payout.way is Way.BANK:
            order = self.orders.get(payout.reference)
            return order is not None and order.is_paid
        given = self._provider(payout).given_back.get(payout.reference)
        return given is not None and given.state is RefundState.DONE

    def _is_back(self, payout: Payout) -> bool:
        """It came back, or will never leave."""
        if payout.way is Way.BANK:
            return payout.reference in self.orders and self.orders[payout.reference].is_returned
        return not self._may_arrive(payout)

    def bank_moves(self, order: BankOrder) -> None:
        """The bank pays, and may find later that there is no such account."""
        amount = -order.amount_grosze
        if order.is_paid:
            order.is_returned, amount = True, order.amount_grosze
        order.is_paid = True
        self._world.tell(f"the bank {'returns' if amount > 0 else 'pays'} {order.reference}")
        title = f"{order.reference[:8]} {order.reference[8:]} Zwrot srodkow"
        told = "R" if amount > 0 else "P"
        booking = Booking(
            day_of(self._world.now), amount, "PLN", title, "JAN KOWALSKI",
            bank_reference=f"{told}{order.reference}", is_reversal=amount > 0,
        )  # fmt: skip
        (entry,) = name_entries(ACCOUNTS[order.brand], [booking])
        self._world.banking.sent.append(Sent(entry, None, self._world.number, is_payout=True))

    # ------------------------------------------------------------------ what the postings must be

    def check_sides(self, posting: Posting) -> None:
        """Nothing but a refund's own postings touches a case's money, and none takes more than there is. With
        the sides of each of them below, what was asked back is always somewhere."""
        for account in (posting.debit, posting.credit):
            if account.startswith(("refunds_held:", "payouts:")):
                must(posting.kind in _OWN, Law.REFUND_ADDS_UP, posting.id, "touches", account)
                left = self._world.books.balance(account)
                must(left >= 0, Law.NEVER_NEGATIVE, account, left)

    def check_bonus(self, posting: Posting) -> None:
        key = (posting.credit, str(posting.details["top_up"]))
        self._bonuses[key] = self._bonuses.get(key, 0) + posting.amount_grosze

    def check_held(self, posting: Posting, lots: dict[str, Stock]) -> None:
        """Money of the card that may go back at all, into the account of the case."""
        case_id = str(posting.details["case"])
        case, asked = self._world.store.refunding[case_id], self._of(case_id)
        must(posting.debit == str(case.ref), Law.OWN_CARD, posting.id, posting.debit)
        must(posting.credit == f"refunds_held:{case_id}", Law.REFUND_ADDS_UP, posting.id, posting.credit)
        must(case.application.knows_codes, Law.OWN_CARD, posting.id, "takes a stranger's money")
        for draw in posting.draws:
            source = lots[draw.lot].source
            must(source in _REFUNDABLE[case.ref.brand], Law.REFUND_IS_DUE, posting.id, "takes", source)
            asked.held[source, lots[draw.lot].top_up] += draw.amount_grosze

    def check_released(self, posting: Posting) -> None:
        """What comes back is what was taken, as it was paid in, and never more of it."""
        case_id = str(posting.details["case"])
        case, asked = self._world.store.refunding[case_id], self._of(case_id)
        must(posting.debit == f"refunds_held:{case_id}", Law.REFUND_ADDS_UP, posting.id, posting.debit)
        moved = self._world.store.booked.get(f"move:{case.ref}")
        own = (str(case.ref),) if moved is None else (moved.credit,)
        must(posting.credit in own, Law.OWN_CARD, posting.id, "is on", posting.credit, "not", own)
        for lot in posting.grants:
            money = lot.source, lot.top_up
            asked.held[money] -= lot.left_grosze
            left = asked.held[money]
            must(left >= 0, Law.LOT_IS_TRACED, posting.id, "gives back more than was taken of", money)
        if asked.due is not None:
            asked.put_back_grosze += posting.amount_grosze

    def check_kept(self, posting: Posting) -> None:
        """Fee and bonus, once; and both again, if nothing was paid out after all."""
        case_id = str(posting.details["case"])
        case, asked = self._world.store.refunding[case_id], self._of(case_id)
        to = {"fee": f"revenue:refund_fees:{case.ref.brand}", "bonus": "promotions:taken_back"}
        name, _, back = posting.id.partition(":")[0].removeprefix("refund_").partition("_")
        sides = (f"refunds_held:{case_id}", to[name])
        expected = sides[::-1] if back else sides
        must((posting.debit, posting.credit) == expected, Law.REFUND_ADDS_UP, posting.id, expected)
        if not back:
            return
        asked.given_back_grosze += posting.amount_grosze
        out = [each.reference for each in case.payouts if self._way.get(each.reference) in ("sent", "paid")]
        must(not out, Law.REFUND_IS_DUE, posting.id, "is given back, and paid out is", out)
        kept = self._world.store.booked[f"refund_{name}:{case_id}"].amount_grosze
        must(posting.amount_grosze == kept, Law.REFUND_IS_DUE, posting.id, "is not", kept)
        for top_up, amount in asked.due.bonuses.items() if name == "bonus" and asked.due else ():
            self._taken_back[str(case.ref), top_up] -= amount

    # ------------------------------------------------------------------ what is set aside, and due

    def _look_again(self, case: Refund) -> None:
        """Its money was looked at: this is how it was, and what of it is set aside."""
        world, asked = self._world, self._of(case.id)
        card = world.store.cards.get(case.ref)
        lots = card.lots if card is not None else ()
        asked.pool = self._pool(case, lots) + asked.held
        held = _sum(asked.held)
        balance = sum(lot.left_grosze for lot in lots) + held
        asked.on_card_grosze = max(asked.on_card_grosze, balance, self._on_arrival(case))
        came = [lot.granted_at for lot in lots if lot.source in _TOP_UPS]
        came += [
            posting.booked_at
            for posting in world.store.booked.values()
            if posting.credit == str(case.ref)
            and posting.kind in (PostingKind.TOP_UP, PostingKind.CARD_TRANSFER)
        ]
        if not asked.is_fixed:
            asked.last_top_up_at = max(came, default=None)
            asked.spent_bonuses = self._spent_bonuses(str(case.ref), lots)
        found = case.found
        assert found is not None
        seen = self._pool(case, found.lots)
        if seen != asked.pool:
            # Others were at the card in the same moment: what was seen then counts.
            asked.pool = seen
            if not asked.is_fixed:
                asked.spent_bonuses = {each.top_up: each.spent_grosze for each in found.bonuses}
        asked.is_fixed = asked.is_fixed or bool(held)
        wanted = case.application.asked_grosze
        wanted = _sum(asked.pool) if wanted is None else wanted
        if not case.application.knows_codes:
            must(not held, Law.REFUND_IS_DUE, case.id, "holds a stranger's money")
            return
        must(held <= wanted, Law.REFUND_IS_DUE, case.id, "holds", held, "of", wanted)
        proven = self._proven(case)
        first = Counter({money: amount for money, amount in asked.held.items() if money in proven})
        self._check_best(case, first, {m: n for m, n in asked.pool.items() if m in proven}, wanted)
        rest = Counter({money: amount for money, amount in asked.held.items() if money not in proven})
        others = {m: n for m, n in asked.pool.items() if m not in proven}
        self._check_best(case, rest, others, wanted - _sum(first))

    @staticmethod
    def _pool(case: Refund, lots: Iterable[Lot]) -> Counter[Money]:
        pool: Counter[Money] = Counter()
        for lot in lots:
            if lot.source in _REFUNDABLE[case.ref.brand] and lot.left_grosze:
                pool[lot.source, lot.top_up] += lot.left_grosze
        return pool

    def _check_best(self, case: Refund, held: Counter[Money], pool: Mapping[Money, int], wanted: int) -> None:
        """No order in which that money could be drawn on gives the holder more."""
        got = self._gives(case, held)
        orders = islice(permutations(sorted(pool)), 24)
        for order in orders:
            drawn: Counter[Money] = Counter()
            for money in order:
                drawn[money] = min(pool[money], wanted - _sum(drawn))
                better = self._gives(case, drawn)
                must(got >= better, Law.REFUND_IS_DUE, case.id, "gives", got, "where", better, "is", drawn)

    def _gives(self, case: Refund, drawn: Mapping[Money, int]) -> int:
        """What is left of the money after what it costs by itself."""
        return _sum(drawn) - sum(self._deducted(case, drawn).values()) - self._on_vouchers(case, drawn)

    def _deducted(self, case: Refund, drawn: Mapping[Money, int]) -> dict[str, int]:
        if case.ref.brand is Brand.TELEGROSIK:
            return {}
        by_top_up: Counter[str] = Counter()
        for (_, top_up), amount in drawn.items():
            by_top_up[top_up] += amount
        spent = self._of(case.id).spent_bonuses
        return {each: min(spent[each], by_top_up[each]) for each in spent if by_top_up[each]}

    @staticmethod
    def _on_vouchers(case: Refund, drawn: Mapping[Money, int]) -> int:
        vouchers = sum(amount for (source, _), amount in drawn.items() if source is Source.PLUS_VOUCHER)
        return 0 if case.ref.brand is Brand.TELEGROSIK else vouchers // 10

    @staticmethod
    def _proven(case: Refund) -> set[Money]:
        return {(proof.source, proof.posting) for proof in case.application.proofs}

    def _on_arrival(self, case: Refund) -> int:
        """What the books say was on the card when that day ended."""
        name, end = str(case.ref), midnight(case.application.received_on + timedelta(days=1))
        before = [each for each in self._world.store.booked.values() if each.booked_at < end]
        came = sum(each.amount_grosze for each in before if each.credit == name)
        return came - sum(each.amount_grosze for each in before if each.debit == name)

    def _spent_bonuses(self, card: str, lots: Iterable[Lot]) -> dict[str, int]:
        """What was spent of each bonus, and no refund has taken back."""
        spent = {}
        for (owner, top_up), granted in self._bonuses.items():
            if owner == card:
                own = [lot for lot in lots if (lot.source, lot.top_up) == (Source.PROMOTION, top_up)]
                left = sum(lot.left_grosze for lot in own)
                taken_back = self._taken_back[owner, top_up]
                # What was taken back counts as granted no more; what is left is left of the rest.
                counts = max(0, granted - taken_back)
                spent[top_up] = counts - min(left, counts)
        return spent

    def check_paid(self, posting: Posting) -> None:
        """Each step of a payout, once and in its order, and only if it really happened out there."""
        case_id, reference = str(posting.details["case"]), str(posting.details["payout"])
        case = self._world.store.refunding[case_id]
        payout = next(each for each in case.payouts if each.reference == reference)
        held, under_way, outside = (
            f"refunds_held:{case_id}",
            f"payouts:{payout.way}",
            f"incoming:{payout.way}",
        )
        moves = {
            (held, under_way): ("", "sent", True),
            (under_way, outside): ("sent", "paid", self._is_out(payout)),
            (under_way, held): ("sent", "back", self._is_back(payout)),
            (outside, held): ("paid", "back", self._is_back(payout)),
        }
        sides = (posting.debit, posting.credit)
        must(sides in moves, Law.REFUND_ADDS_UP, posting.id, sides)
        was, becomes, is_true = moves[sides]
        known = self._way.get(reference, "")
        must(known == was, Law.OUT_IS_OUT, posting.id, f"{known or 'planned'}, then {becomes}")
        must(is_true, Law.OUT_IS_OUT, reference, "is not", becomes)
        if becomes == "sent" and payout.way is Way.BANK:
            must(reference in self.orders, Law.OUT_IS_OUT, reference, "is sent, and no bank knows")
        must(posting.amount_grosze == payout.amount_grosze, Law.REFUND_ADDS_UP, posting.id)
        self._way[reference] = becomes

    # ------------------------------------------------------------------ what the cases must be

    def look(self) -> None:
        """After every change of the store."""
        changed = self._world.cases_on_file.changed
        for case in changed:
            before = self._seen.get(case.id)
            self._seen[case.id] = case
            self._check_case(before, case)
        changed.clear()

    def _of(self, case_id: str) -> Asked:
        return self._asked.setdefault(case_id, Asked())

    def _check_case(self, before: Refund | None, case: Refund) -> None:
        for payout in case.payouts:
            self._case_of[payout.reference] = case.id
        known = before.application.proofs if before else ()
        for proof in set(case.application.proofs) - set(known):
            must(self._is_true(case.ref, proof), Law.REFUND_IS_DUE, case.id, "believes", proof)
        new = case.history[len(before.history) if before else 0 :]
        if any(line.event in (Event.HELD, Event.HELD_ANEW) for line in new):
            self._look_again(case)
        if before is None or before.stage is case.stage:
            self._check_written_off(before, case)
            return
        match case.stage:
            case RefundStage.GRANTED:
                self._check_granted(case)
            case RefundStage.PAYING if before.stage is RefundStage.GRANTED:
                self._check_settled(case)
            case RefundStage.CLOSED:
                self._check_closed(case)

    def _is_true(self, ref: Ref, proof: Proof) -> bool:
        """Whether the document is about money that came onto this card, or onto what was moved onto it."""
        posting = self._world.store.booked.get(proof.posting)
        if posting is None or posting.kind not in (PostingKind.TOP_UP, PostingKind.CARD_ISSUED):
            return False
        money = posting.grants[0]
        own = posting.credit == str(ref) or ref.kind is Kind.ACCOUNT
        return own and proof.source is money.source and _PROVEN_BY.get(money.source) is proof.kind

    def due(self, case: Refund) -> Due:
        """What the application is due, by the terms and what was set aside."""
        proven = self._proven(case)
        held = self._of(case.id).held
        drawn = Counter({money: amount for money, amount in held.items() if money in proven and amount})
        fee = _FEE[case.ref.brand] + self._on_vouchers(case, drawn)
        return Due(drawn, self._deducted(case, drawn), fee)

    def _check_granted(self, case: Refund) -> None:
        asked, due, brand = self._of(case.id), self.due(case), case.ref.brand
        must(due.payable_grosze > 0, Law.REFUND_IS_DUE, case.id, "is granted", due)
        enough = asked.on_card_grosze >= _LEAST_ON_CARD[brand]
        must(enough, Law.REFUND_IS_DUE, case.id, "is granted of", asked.on_card_grosze)
        if brand is Brand.WHITE_PHONE and asked.last_top_up_at is not None:
            late = case.application.received_on - day_of(asked.last_top_up_at)
            must(late <= _HALF_A_YEAR, Law.REFUND_IS_DUE, case.id, "came too late:", late)

    def _check_settled(self, case: Refund) -> None:
        asked, due, booked = self._of(case.id), self.due(case), self._world.store.booked
        asked.due = due
        fee, bonus = (booked.get(f"refund_{name}:{case.id}") for name in ("fee", "bonus"))
        kept = (fee.amount_grosze if fee else 0, bonus.amount_grosze if bonus else 0)
        must(kept == (due.fee_grosze, due.bonus_grosze), Law.REFUND_IS_DUE, case.id, "keeps", kept, due)
        paid = sum(payout.amount_grosze for payout in case.payouts)
        must(paid == due.payable_grosze, Law.REFUND_IS_DUE, case.id, "pays", paid, "not", due)
        unproven = asked.held - due.drawn
        must(not unproven, Law.REFUND_ADDS_UP, case.id, "keeps what is not proven:", unproven)
        for top_up, amount in due.bonuses.items():
            self._taken_back[str(case.ref), top_up] += amount

    def _check_written_off(self, before: Refund | None, case: Refund) -> None:
        """What was refused can't arrive any more, or another payout would send it twice."""
        for payout, was in zip(case.payouts, before.payouts if before else (), strict=False):
            if payout.state is PayoutState.REFUSED and was.state is not payout.state:
                may = self._may_arrive(payout)
                must(not may, Law.OUT_IS_OUT, payout.reference, "is written off, and may arrive")

    def _check_closed(self, case: Refund) -> None:
        asked = self._of(case.id)
        left = self._world.books.balance(f"refunds_held:{case.id}")
        must(left == 0, Law.REFUND_ENDS, case.id, "is closed with", left, "grosze in its account")
        if asked.due is None:
            must(not _sum(asked.held), Law.REFUND_ADDS_UP, case.id, "did not give back", asked.held)
            return
        paid = sum(each.amount_grosze for each in case.payouts if self._way.get(each.reference) == "paid")
        due = asked.due.payable_grosze + asked.given_back_grosze
        told = (case.id, "paid", paid, "and put back", asked.put_back_grosze, "of", due)
        must(paid + asked.put_back_grosze == due, Law.REFUND_ADDS_UP, *told)
        in_vain = not paid and bool(asked.put_back_grosze)
        whole = asked.due.fee_grosze + asked.due.bonus_grosze
        must(asked.given_back_grosze == (whole if in_vain else 0), Law.REFUND_IS_DUE, *told)

    # ------------------------------------------------------------------ the end

    def come_to_rest(self) -> None:
        """First nobody does anything for weeks: what is open is on an operator's list. Then everybody does
        what is theirs to do, and every case comes to its end."""
        world = self._world
        self._give_again()
        world.advance(3600)
        world.advance(40 * 86400)
        for case in world.store.refunding.values():
            must(case.is_over or self._is_listed(case), Law.REFUND_ENDS, case.id, case.stage, "is forgotten")
        for _ in range(12):
            still = [case for case in world.store.refunding.values() if not case.is_over]
            if not still:
                break
            for case in still:
                self._finish(case)
        else:
            must(False, Law.REFUND_ENDS, [(case.id, case.stage) for case in still], "never end")
        self._tell_all()
        self._check_end()

    def _give_again(self) -> None:
        while self.unanswered:
            self.command(self.unanswered.pop(0), smooth())

    def _is_listed(self, case: Refund) -> bool:
        """Its own entry, as long as it waits for a decision, and what is overdue by now."""
        found = self._world.store.found
        waits = found.get(f"{CaseKind.REFUND}:{case.id}")
        has_own = waits is not None and (case.stage is not RefundStage.OPEN or waits.state is CaseState.OPEN)
        kinds = {CaseKind.REFUND_STUCK, CaseKind.REFUND_RETURNED, CaseKind.REFUND_UNPAID}
        if case.stage is RefundStage.OPEN:
            kinds = {CaseKind.REFUND_STUCK, CaseKind.REFUND_OVERDUE}
        listed = any(
            each.kind in kinds and each.state is CaseState.OPEN and each.facts.get("refund") == case.id
            for each in found.values()
        )
        return has_own and listed

    def _finish(self, case: Refund) -> None:
        world = self._world
        alive = [each for each in self.executions.values() if each.case == case.id and not each.is_over]
        if not alive:
            self.command(ResumeRefund(case.id, "operator", "goes on"), smooth())
        for execution in list(self.executions.values()):
            self.flow_on(execution)
        case = world.store.refunding[case.id]
        if case.stage is RefundStage.OPEN and case.found is not None:
            self.command(
                DecideRefund(case.id, Verdict.REFUSE, "operator", "the end", "Brak podstaw."), smooth()
            )
        if case.stage is RefundStage.PAYING:
            self._tell_all()
            case = world.store.refunding[case.id]
            told = self.about_payout(case)
            self.command(told or self._last_word(case), smooth())
        for execution in list(self.executions.values()):
            self.flow_on(execution)
        world.advance(180)

    def _last_word(self, case: Refund) -> object:
        if len(case.history) % 2:
            return WithdrawRefund(case.id, "operator", "puts it back")
        return CompleteApplication(
            case.id, "operator", "more came", account=_NRBS[1], owner="Jan Kowalski"
        )  # fmt: skip

    def _tell_all(self) -> None:
        """The bank does what it was told and says so; the providers too."""
        world = self._world
        for order in self.orders.values():
            if not order.is_paid:
                self.bank_moves(order)
        world.paying.end_refunds()
        world.banking.tell_everything()
        for execution in list(self.executions.values()):
            self.flow_on(execution)

    def _check_end(self) -> None:
        world = self._world
        for case in world.store.refunding.values():
            left = world.books.balance(f"refunds_held:{case.id}")
            must(case.is_over and left == 0, Law.REFUND_ENDS, case.id, case.stage, left)
            for payout in case.payouts:
                paid = self._way.get(payout.reference) == "paid"
                must(paid == self._may_arrive(payout), Law.OUT_IS_OUT, payout.reference, "is", payout.state)
        for way in Way:
            left = world.books.balance(f"payouts:{way}")
            must(left == 0, Law.REFUND_ADDS_UP, left, "grosze are under way by", way)

    def _excused(self, attempt: Attempt, who: str) -> None:
        must(bool(attempt.struck) or not self._world.alone, Law.NO_FAULT, who, "gave up")

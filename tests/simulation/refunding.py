"""Refunds in the simulated world: who applies with which papers, the workflow's executions, the bank and the
providers with what really left, and operators who see what they see.

A task of the workflow dies at every write and after everything that leaves the house, runs twice at once, and
is told again; wakings get lost, so that waits time out; the bank pays, returns and repeats itself; a provider
refuses, now or later, tells late, twice or never. Meanwhile the cards are talked away, topped up and moved.

What is due is worked out here a second time, from the application and from what the postings took.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from telekarta.domain.bank import BankEntry, Booking, name_entries
from telekarta.domain.brands import Brand
from telekarta.domain.cards import Kind, Ref
from telekarta.domain.cases import CaseKind, CaseState
from telekarta.domain.deadlines import day_of
from telekarta.domain.ledger import Posting, PostingKind, Source
from telekarta.domain.payments import Stage as Paid
from telekarta.domain.refund_cases import WAITS, Do, Payout, PayoutState, RefundCase, Stage, Way
from telekarta.domain.refunds import AnswerBy, Arrival, Proof, ProofKind
from telekarta.usecases.payment_ports import GatewayUnavailable, RefundState
from telekarta.usecases.payouts import PayoutOutcome, RefundNotices, confirm_payouts
from telekarta.usecases.ports import ReportsUnavailable, StoreUnavailable
from telekarta.usecases.receipts import Undeliverable, Unsent
from telekarta.usecases.refund_ports import Letter, RunState, WorkflowUnavailable
from telekarta.usecases.refund_steps import VERBS, RefundWork, Told, wait_for
from telekarta.usecases.refund_watch import RefundWatch, Seen, watch_refunds
from telekarta.usecases.refunds import (
    ApplyForRefund,
    CompleteApplication,
    ConfirmPayout,
    DecideRefund,
    GivenProof,
    MarkPayoutReturned,
    RefundCommand,
    RefundDesk,
    RefundRefused,
    ResumeRefund,
    Verdict,
    WithdrawRefund,
    carry_out_refund,
)
from tests.simulation.banking import ACCOUNTS, Sent
from tests.simulation.books import Law, Stock, must
from tests.simulation.cloud import Attempt, Died, smooth
from tests.simulation.paying import SimulatedProvider

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
Money = tuple[Source, datetime]


@dataclass(frozen=True, slots=True)
class Piece:
    """Money of one lot that was set aside."""

    lot: str
    source: Source
    granted_at: datetime
    amount_grosze: int

    @property
    def money(self) -> Money:
        return self.source, self.granted_at


@dataclass(frozen=True, slots=True)
class Due:
    """What a granted application is due."""

    drawn: tuple[Piece, ...]
    bonuses: dict[datetime, int]
    fee_grosze: int
    payable_grosze: int

    @property
    def drawn_grosze(self) -> int:
        return sum(piece.amount_grosze for piece in self.drawn)

    @property
    def bonus_grosze(self) -> int:
        return sum(self.bonuses.values())


@dataclass(slots=True)
class Asked:
    """What this world knows of a case by itself."""

    held: tuple[Piece, ...] = ()
    on_card_grosze: int = 0  # before anything was set aside
    last_top_up_at: datetime | None = None
    spent_bonuses: dict[datetime, int] = field(default_factory=dict)
    due: Due | None = None
    back: Counter[Money] = field(default_factory=Counter)

    @property
    def held_grosze(self) -> int:
        return sum(piece.amount_grosze for piece in self.held)


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


class CasesOnFile(dict[str, RefundCase]):
    """The store's cases; it keeps in mind which were written."""

    def __init__(self) -> None:
        super().__init__()
        self.changed: list[RefundCase] = []

    def __setitem__(self, case_id: str, case: RefundCase) -> None:
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
        self.unanswered: list[RefundCommand] = []
        self._asked: dict[str, Asked] = {}
        self._seen: dict[str, RefundCase] = {}
        self._case_of: dict[str, str] = {}
        self._way: dict[str, str] = {}  # how far the books say a payout is
        self._bonuses: dict[tuple[str, datetime], int] = {}  # granted, by card and moment
        self._taken_back: Counter[tuple[str, datetime]] = Counter()

    # ------------------------------------------------------------------ the product

    @property
    def _desk(self) -> RefundDesk:
        world = self._world
        return RefundDesk(world.line, world.line, self.outside, world.clock, world.pepper)

    @property
    def _work(self) -> RefundWork:
        world, line, outside = self._world, self._world.line, self.outside
        gateways = world.paying.providers
        return RefundWork(line, line, outside, world.clock, outside, outside, line, gateways, "")

    @property
    def notices(self) -> RefundNotices:
        world = self._world
        return RefundNotices(world.line, world.line, self.outside, world.clock)

    def is_payout(self, entry: BankEntry) -> bool:
        """The port of the bank's files (adapters/bank_parts.py)."""
        (outcome,) = confirm_payouts(self.notices, (entry,))
        must(outcome is not PayoutOutcome.DIFFERS, Law.OUT_IS_OUT, entry.title, "differs")
        return outcome is not PayoutOutcome.NOT_OURS

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
        return ApplyForRefund(
            brand=ref.brand,
            card=ref.number,
            request_id=f"w{world.number}-{chance.randrange(10)}",
            arrived=chance.choice((Arrival.LETTER, Arrival.EMAIL, Arrival.IN_PERSON)),
            received_on=day_of(world.now) - timedelta(days=chance.choice((0, 0, 1, 3, 20))),
            who="operator",
            why="an application",
            amount_grosze=self._amount(ref),
            pin=known if chance.random() < 0.9 else chance.choice(("", "11111111")),
            proofs=self._papers(ref, 0.85),
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
        lots = {(lot.source, lot.granted_at) for lot in world.store.cards[ref].lots if lot.left_grosze}
        papers = []
        for posting in world.store.booked.values():
            if posting.kind not in (PostingKind.TOP_UP, PostingKind.CARD_ISSUED):
                continue
            money = posting.grants[0]
            kind = _PROVEN_BY.get(money.source)
            fits = posting.credit == str(ref) or ref.kind is Kind.ACCOUNT
            if kind and fits and (money.source, money.granted_at) in lots and chance.random() < share:
                papers.append(GivenProof(posting.id, kind, "a scan"))
        if chance.random() < 0.1:
            stray = chance.choice(list(world.store.booked))
            papers.append(GivenProof(stray, chance.choice(list(ProofKind)), "a scan"))
        return tuple(papers[-8:])

    # ------------------------------------------------------------------ operators

    def decision(self) -> RefundCommand | None:
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
        if case.stage is Stage.PAYING and luck < 0.8:
            return self.about_payout(case) or self.completion(case)
        if luck < (0.7 if case.missing else 0.2):
            return self.completion(case)
        verdict = Verdict.GRANT if luck < 0.92 else Verdict.REFUSE
        return DecideRefund(case.id, verdict, "operator", "decides")

    def completion(self, case: RefundCase) -> CompleteApplication:
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
        )

    def about_payout(self, case: RefundCase) -> ConfirmPayout | MarkPayoutReturned | None:
        """An operator tells of a payout what the bank's pages, or the provider's, show."""
        for payout in case.payouts:
            if payout.state is PayoutState.SENT and self._is_out(payout):
                return ConfirmPayout(payout.reference, "operator", "seen there")
            if payout.state in (PayoutState.SENT, PayoutState.PAID) and self._is_back(payout):
                return MarkPayoutReturned(payout.reference, "operator", "seen there")
        return None

    def command(self, command: RefundCommand, attempt: Attempt) -> None:
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
            answer = carry_out_refund(self._desk, command)
        except (StoreUnavailable, Died):
            self._excused(attempt, name)
            self.unanswered.append(command)
            world.tell(f"{name} {of}: nobody answers")
            return
        told = answer.reason if isinstance(answer, RefundRefused) else f"{answer.case.stage}"
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
            if verb == "wait":
                told = wait_for(self._work, execution.case, execution.token)
            else:
                told = VERBS[verb](self._work, execution.case)
        except (StoreUnavailable, GatewayUnavailable, Unsent, Died):
            self._excused(attempt, verb)
            world.tell(f"{execution.case}: {verb} broke off ({', '.join(attempt.struck)})")
            execution.tries += 1
            if verb != Do.GIVE_UP and (execution.tries > _MOST_TRIES or world.chance.random() < 0.02):
                execution.verb, execution.tries = Do.GIVE_UP, 0
            return
        if execution.moves == moves:
            world.tell(f"{execution.case}: {verb}, then {told.step.do}")
            self._route(execution, verb, told)

    def _route(self, execution: Execution, verb: str, told: Told) -> None:
        now, step = self._world.now, told.step
        execution.moves, execution.tries = execution.moves + 1, 0
        if verb == Do.GIVE_UP or step.do is Do.FINISHED:
            execution.is_over, execution.gave_up = True, verb == Do.GIVE_UP
        elif verb == "wait":
            execution.until = now + timedelta(seconds=max(1, told.wait_s))
        elif told.in_a_call:
            execution.verb, execution.until = "look", now + _IN_A_CALL
        elif step.do in WAITS:
            execution.verb, execution.token = "wait", f"{execution.case}-{execution.run}-{execution.moves}"
        else:
            execution.verb = step.do

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
        outside = RefundWatch(line, line, self.outside, world.clock, line, world.paying.providers, "")
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
        money = (came.grants[0].source, came.grants[0].granted_at)
        of = sum(piece.amount_grosze for piece in due.drawn if piece.money == money)
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

    def _case(self, reference: str) -> RefundCase:
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
        key = (posting.credit, posting.grants[0].granted_at)
        self._bonuses[key] = self._bonuses.get(key, 0) + posting.amount_grosze

    def check_held(self, posting: Posting, lots: dict[str, Stock]) -> None:
        """Of what may go back at all, the proven first and vouchers last, as much as was asked for."""
        case_id = str(posting.details["case"])
        case, asked = self._world.store.refunding[case_id], self._of(case_id)
        must(posting.debit == str(case.ref), Law.OWN_CARD, posting.id, posting.debit)
        must(posting.credit == f"refunds_held:{case_id}", Law.REFUND_ADDS_UP, posting.id, posting.credit)
        must(not asked.held, Law.REFUND_ADDS_UP, posting.id, "is held twice")
        asked.held = tuple(
            Piece(draw.lot, lots[draw.lot].source, lots[draw.lot].granted_at, draw.amount_grosze)
            for draw in posting.draws
        )
        before = {lot.id: lot.left_grosze for lot in lots.values()}
        for draw in posting.draws:
            before[draw.lot] += draw.amount_grosze
        asked.on_card_grosze = sum(before.values())
        came = [lot.granted_at for lot in lots.values() if lot.source in _TOP_UPS]
        asked.last_top_up_at = max(came, default=None)
        asked.spent_bonuses = self._spent_bonuses(posting.debit, lots)
        proven = {(proof.source, proof.granted_at) for proof in case.application.proofs}
        due = case.application.asked_grosze
        expected = []
        for lot in sorted(
            (lot for lot in lots.values() if lot.source in _REFUNDABLE[case.ref.brand] and before[lot.id]),
            key=lambda lot: _in_turn(lot.source, lot.granted_at, lot.id, proven),
        ):
            taken = before[lot.id] if due is None else min(due, before[lot.id])
            due = None if due is None else due - taken
            if taken:
                expected.append((lot.id, taken))
        drawn = [(piece.lot, piece.amount_grosze) for piece in asked.held]
        must(drawn == expected, Law.REFUND_IS_DUE, posting.id, "held", drawn, "not", expected)

    def _spent_bonuses(self, card: str, lots: dict[str, Stock]) -> dict[datetime, int]:
        """What was spent of each bonus, and no refund has taken back."""
        spent = {}
        for (owner, at), granted in self._bonuses.items():
            if owner == card:
                own = [lot for lot in lots.values() if (lot.source, lot.granted_at) == (Source.PROMOTION, at)]
                left = sum(lot.left_grosze for lot in own)
                spent[at] = max(0, granted - left - self._taken_back[owner, at])
        return spent

    def check_released(self, posting: Posting) -> None:
        """What comes back is what was taken, with its source and its day, and never more of it."""
        case_id = str(posting.details["case"])
        case, asked = self._world.store.refunding[case_id], self._of(case_id)
        must(posting.debit == f"refunds_held:{case_id}", Law.REFUND_ADDS_UP, posting.id, posting.debit)
        moved = self._world.store.booked.get(f"move:{case.ref}")
        own = (str(case.ref),) if moved is None else (moved.credit,)
        must(posting.credit in own, Law.OWN_CARD, posting.id, "is on", posting.credit, "not", own)
        for lot in posting.grants:
            asked.back[lot.source, lot.granted_at] += lot.left_grosze
        taken: Counter[Money] = Counter()
        for piece in asked.held:
            taken[piece.money] += piece.amount_grosze
        more = asked.back - taken
        must(not more, Law.LOT_IS_TRACED, posting.id, "gives back", more, "more than was taken")

    def check_kept(self, posting: Posting) -> None:
        case_id = str(posting.details["case"])
        brand = self._world.store.refunding[case_id].ref.brand
        to = {"refund_fee": f"revenue:refund_fees:{brand}", "refund_bonus": "promotions:taken_back"}
        expected = (f"refunds_held:{case_id}", to[posting.id.partition(":")[0]])
        must((posting.debit, posting.credit) == expected, Law.REFUND_ADDS_UP, posting.id, expected)

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

    def _check_case(self, before: RefundCase | None, case: RefundCase) -> None:
        for payout in case.payouts:
            self._case_of[payout.reference] = case.id
        known = before.application.proofs if before else ()
        for proof in case.application.proofs[len(known) :]:
            must(self._is_true(case.ref, proof), Law.REFUND_IS_DUE, case.id, "believes", proof)
        if before is None or before.stage is case.stage:
            self._check_written_off(before, case)
            return
        match case.stage:
            case Stage.GRANTED:
                self._check_granted(case)
            case Stage.PAYING if before.stage is Stage.GRANTED:
                self._check_settled(case)
            case Stage.CLOSED:
                self._check_closed(case)

    def _is_true(self, ref: Ref, proof: Proof) -> bool:
        """Whether the document is about money that came onto this card, or onto what was moved onto it."""
        posting = self._world.store.booked.get(proof.posting)
        if posting is None or posting.kind not in (PostingKind.TOP_UP, PostingKind.CARD_ISSUED):
            return False
        money = posting.grants[0]
        own = posting.credit == str(ref) or ref.kind is Kind.ACCOUNT
        said = (proof.source, proof.granted_at) == (money.source, money.granted_at)
        return own and said and _PROVEN_BY.get(money.source) is proof.kind

    def due(self, case: RefundCase) -> Due:
        """What the application is due, by the terms and what was set aside."""
        asked, brand = self._of(case.id), case.ref.brand
        proven = {(proof.source, proof.granted_at) for proof in case.application.proofs}
        left = case.application.asked_grosze or 0
        drawn = []
        for piece in sorted(
            (piece for piece in asked.held if piece.money in proven),
            key=lambda piece: _in_turn(piece.source, piece.granted_at, piece.lot, proven),
        ):
            taken = min(left, piece.amount_grosze)
            left -= taken
            if taken:
                drawn.append(replace(piece, amount_grosze=taken))
        total = sum(piece.amount_grosze for piece in drawn)
        vouchers = sum(piece.amount_grosze for piece in drawn if piece.source is Source.PLUS_VOUCHER)
        moments = {piece.granted_at for piece in drawn}
        bonuses = {at: spent for at, spent in asked.spent_bonuses.items() if at in moments and spent}
        if brand is Brand.TELEGROSIK:
            bonuses, vouchers = {}, 0
        fee = _FEE[brand] + vouchers // 10
        return Due(tuple(drawn), bonuses, fee, total - fee - sum(bonuses.values()))

    def _check_granted(self, case: RefundCase) -> None:
        asked, due, brand = self._of(case.id), self.due(case), case.ref.brand
        must(due.payable_grosze > 0, Law.REFUND_IS_DUE, case.id, "is granted", due)
        enough = asked.on_card_grosze >= _LEAST_ON_CARD[brand]
        must(enough, Law.REFUND_IS_DUE, case.id, "is granted of", asked.on_card_grosze)
        if brand is Brand.WHITE_PHONE and asked.last_top_up_at is not None:
            late = case.application.received_on - day_of(asked.last_top_up_at)
            must(late <= _HALF_A_YEAR, Law.REFUND_IS_DUE, case.id, "came too late:", late)

    def _check_settled(self, case: RefundCase) -> None:
        asked, due, booked = self._of(case.id), self.due(case), self._world.store.booked
        asked.due = due
        fee, bonus = (booked.get(f"refund_{name}:{case.id}") for name in ("fee", "bonus"))
        kept = (fee.amount_grosze if fee else 0, bonus.amount_grosze if bonus else 0)
        must(kept == (due.fee_grosze, due.bonus_grosze), Law.REFUND_IS_DUE, case.id, "keeps", kept, due)
        paid = sum(payout.amount_grosze for payout in case.payouts)
        must(paid == due.payable_grosze, Law.REFUND_IS_DUE, case.id, "pays", paid, "not", due)
        back = sum(asked.back.values())
        rest = asked.held_grosze - due.drawn_grosze
        must(back == rest, Law.REFUND_ADDS_UP, case.id, "puts back", back, "not", rest)
        for at, amount in due.bonuses.items():
            self._taken_back[str(case.ref), at] += amount

    def _check_written_off(self, before: RefundCase | None, case: RefundCase) -> None:
        """What was refused can't arrive any more, or another payout would send it twice."""
        for payout, was in zip(case.payouts, before.payouts if before else (), strict=False):
            if payout.state is PayoutState.REFUSED and was.state is not payout.state:
                may = self._may_arrive(payout)
                must(not may, Law.OUT_IS_OUT, payout.reference, "is written off, and may arrive")

    def _check_closed(self, case: RefundCase) -> None:
        asked = self._of(case.id)
        left = self._world.books.balance(f"refunds_held:{case.id}")
        must(left == 0, Law.REFUND_ENDS, case.id, "is closed with", left, "grosze in its account")
        back = sum(asked.back.values())
        if asked.due is None:
            must(back == asked.held_grosze, Law.REFUND_ADDS_UP, case.id, "gave back", back)
            return
        paid = sum(each.amount_grosze for each in case.payouts if self._way.get(each.reference) == "paid")
        rest = asked.held_grosze - asked.due.drawn_grosze
        must(
            paid + back - rest == asked.due.payable_grosze,
            Law.REFUND_ADDS_UP,
            *(case.id, "paid", paid, "and put back", back - rest, "of", asked.due.payable_grosze),
        )

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

    def _is_listed(self, case: RefundCase) -> bool:
        """Its own entry, as long as it waits for a decision, and what is overdue by now."""
        found = self._world.store.found
        waits = found.get(f"{CaseKind.REFUND}:{case.id}")
        has_own = waits is not None and (case.stage is not Stage.OPEN or waits.state is CaseState.OPEN)
        kinds = {CaseKind.REFUND_STUCK, CaseKind.REFUND_RETURNED, CaseKind.REFUND_UNPAID}
        if case.stage is Stage.OPEN:
            kinds = {CaseKind.REFUND_STUCK, CaseKind.REFUND_OVERDUE}
        listed = any(
            each.kind in kinds and each.state is CaseState.OPEN and each.facts.get("refund") == case.id
            for each in found.values()
        )
        return has_own and listed

    def _finish(self, case: RefundCase) -> None:
        world = self._world
        alive = [each for each in self.executions.values() if each.case == case.id and not each.is_over]
        if not alive:
            self.command(ResumeRefund(case.id, "operator", "goes on"), smooth())
        for execution in list(self.executions.values()):
            self.flow_on(execution)
        case = world.store.refunding[case.id]
        if case.stage is Stage.OPEN and case.found is not None:
            self.command(DecideRefund(case.id, Verdict.REFUSE, "operator", "the end"), smooth())
        if case.stage is Stage.PAYING:
            self._tell_all()
            case = world.store.refunding[case.id]
            told = self.about_payout(case)
            self.command(told or self._last_word(case), smooth())
        for execution in list(self.executions.values()):
            self.flow_on(execution)
        world.advance(180)

    def _last_word(self, case: RefundCase) -> RefundCommand:
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


def _in_turn(source: Source, at: datetime, lot: str, proven: set[Money]) -> tuple[bool, bool, datetime, str]:
    return (source, at) not in proven, source is Source.PLUS_VOUCHER, at, lot

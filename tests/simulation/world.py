"""The simulated world: the product's real door, desk and use cases, and around them all others.

Everything that happens is decided by `chance`, a generator that each step gets anew from the seed and its own
number. So a story from which steps were dropped still tells the others as before.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Protocol, TypeVar

from desk.registry import REGISTRY
from telekarta.adapters.twilio.credentials import TwilioCredentials
from telekarta.adapters.twilio.webhook import Webhook
from telekarta.dialog.effects.calls import DialOutcome
from telekarta.dialog.engine import Move
from telekarta.dialog.screens import Dial, End, Notice
from telekarta.dialog.state import encode
from telekarta.domain.brands import Brand
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.calls.charging import RINGING_S
from telekarta.domain.cards.card import Ref
from telekarta.domain.cards.codes import telegrosik_pin_digest, white_phone_pin_digest
from telekarta.domain.cards.issuing import issue
from telekarta.domain.cases.case import CaseKind
from telekarta.domain.ledger.postings import Hold, Lot, Source
from telekarta.domain.prices.tariff import Rate
from telekarta.domain.topups.topup import TopUp
from telekarta.usecases.bank.transfers import TransferDeskDeps
from telekarta.usecases.books.closing import BooksDeps, day_before, reconcile_day, trial_balance
from telekarta.usecases.calls.calling import CallDeps
from telekarta.usecases.calls.lost_hangups import HoldDeps, HoldOutcome, Looked, check_hold, sweep
from telekarta.usecases.calls.perform import performers
from telekarta.usecases.calls.settling import SettledLately
from telekarta.usecases.desk.deps import DeskDeps
from telekarta.usecases.ports import CarrierUnavailable, StoreUnavailable
from telekarta.usecases.prices.publishing import PriceDeskDeps
from telekarta.usecases.topups.crediting import Credited, TopUps, credit
from tests.kit.memory_reports import MemoryReports
from tests.kit.memory_store import MemoryStore
from tests.kit.prices import ShelfInMemory
from tests.simulation.auditor import Books, CardsOnFile, Law, Violation, must
from tests.simulation.bank import Banking
from tests.simulation.cards import KnownCard
from tests.simulation.carrier import Call, Check, Doing, Leg, Records, Request
from tests.simulation.claims import Claiming
from tests.simulation.cloud import Attempt, Died, StoreLine, Turns, hostile, smooth
from tests.simulation.payments import Paying
from tests.simulation.prices import fair_price_grosze, list_on, price_book, promotions, rate_of
from tests.simulation.refunding import CasesOnFile, Refunding
from tests.simulation.registry import LAWS
from tests.simulation.topups import TopUpTold
from voice.steps import Answer, Door

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
PEPPER = b"a pepper for simulated worlds"
PROCESSES = 3
_STREAMS = 1_000_003  # keeps the streams of one seed's steps apart from the next seed's
_KEPT_REQUESTS = 60
_TELL_BALANCE = frozenset({"card_balance", "account_balance", "balance_left", "too_little_for_this_number"})
_SWEEP_EVERY = timedelta(minutes=2)  # as the template schedules it
_SETTLED_WITHIN = timedelta(minutes=10)
_CARRIER_WAITS_S = 15
# What may never be found here, for everything that the carrier did is known and the books are right.
_OF_THE_BOOKS = frozenset(
    {
        CaseKind.UNKNOWN_CALL,
        CaseKind.CALL_WITHOUT_END,
        CaseKind.CHARGE_DIFFERS,
        CaseKind.CALL_NOT_CHARGED,
        CaseKind.POSTING_WITHOUT_CALL,
        CaseKind.BALANCE_DIFFERS,
    }
)
_CALLER_WAITS_S = 600


class Numbered(Protocol):
    @property
    def number(self) -> int: ...


N = TypeVar("N", bound=Numbered)


class _Pepper:
    def pepper(self) -> bytes:
        return PEPPER


class _Twilio:
    def credentials(self) -> TwilioCredentials:
        return TwilioCredentials("", ())


@dataclass(frozen=True, slots=True)
class QuickDoor(Door):
    """The real way in, without what costs time and moves no money: the signature and the spoken text."""

    moves: list[Move]

    def _open(self, event: Any) -> Webhook:
        return event["webhook"]

    def _render(self, move: Move, base_url: str) -> str:
        self.moves.append(move)
        return ""


@dataclass(slots=True)
class Told:
    """What became of one attempt: None for the answer if the function died."""

    answer: Answer | None
    move: Move | None
    attempt: Attempt


class World:
    def __init__(self, seed: int, calm: frozenset[int] = frozenset()) -> None:
        """`calm` are steps in which nothing goes wrong in the cloud, whatever the seed says."""
        self.seed, self.calm = seed, calm
        self.chance = Random(seed * _STREAMS)
        self.number, self.hostility = 0, 0.25
        self.now = self._swept_at = START
        self.cards_on_file = CardsOnFile()
        self.cases_on_file = CasesOnFile()
        self.store = MemoryStore(cards=self.cards_on_file, refunding=self.cases_on_file)
        self.line: Any = StoreLine(self)
        self.attempt = smooth()
        self.turns = Turns(self)
        self.books = Books(self, LAWS)
        self.clock, self.digits, self.pepper = _Now(self), _Digits(self), _Pepper()
        self.prices = price_book(self.chance, day_of(START))
        self._lists = {(each.brand, each.version): each for each in self.prices.lists}
        records = Records(self)
        self.timers = HoldDeps(self.line, records, self.prices)
        self.accountant = BooksDeps(self.line, MemoryReports(), records, self.prices)
        self.promotions = promotions(day_of(START))
        self.top_ups: list[TopUpTold] = []
        self.bonuses: set[tuple[str, object]] = set()  # that were granted: the promotion, and for what
        self.money: dict[str, int] = {}  # that came, by the id that its posting will have
        self.paying = Paying(self)
        self.banking = Banking(self)
        self.claiming = Claiming(self)
        self.refunding: Refunding = Refunding(self)
        self.desk = self._desk()
        self.processes = [self._process() for _ in range(PROCESSES)]
        self.cards: list[KnownCard] = []
        self.calls: dict[str, Call] = {}
        self.open_calls: list[Call] = []
        self.legs: dict[str, Leg] = {}
        self._legs_by_hold: dict[str, Leg] = {}
        self.live_legs: list[Leg] = []
        self.mail: list[Request | Check] = []
        self.old: deque[Request] = deque(maxlen=_KEPT_REQUESTS)
        self.story: list[str] = []
        self.told_step = ""
        self.is_quiet = False
        self.alone = True
        self._open_shops()

    # ------------------------------------------------------------------ the product

    def _process(self) -> CallDeps:
        return CallDeps(
            self.line,
            self.clock,
            self.pepper,
            self.prices,
            SettledLately(most=50),
            hold_checker=_Checker(self),
            claims=self.claiming.deps,
        )

    def replace_process(self, which: int) -> None:
        """One warm process goes away; the next one knows nothing of what it has settled."""
        self.processes[which] = self._process()

    def new_attempt(self) -> Attempt:
        return smooth() if self.is_quiet else hostile(self.chance, self.hostility)

    def run(self, request: Request, attempt: Attempt, deps: CallDeps) -> Told:
        """Give one webhook to one process, once."""
        self.attempt = attempt
        door = QuickDoor(performers(deps), _Twilio(), [])
        event = {"webhook": Webhook("", request.query, request.form, "")}
        try:
            match request.node:
                case "incoming":
                    answer = door.incoming(event)
                case "report":
                    answer = door.report(event)
                case node:
                    answer = door.step(event, node)
        except Died:
            return Told(None, None, attempt)
        told = Told(answer, door.moves[-1] if door.moves else None, attempt)
        self._check_told(request, told)
        return told

    def _check_told(self, request: Request, told: Told) -> None:
        assert told.answer is not None
        facts, move = told.answer.facts, told.move
        outcome = facts.get("outcome", "")
        if move is None:
            gave_up = "StoreUnavailable" in (outcome, facts.get("error", "").partition(" at ")[0])
            excused = gave_up and (bool(told.attempt.struck) or not self.alone)
            must(excused, Law.NO_FAULT, request.words, dict(facts))
            return
        holder = move.caller.holder
        amount = move.values.get("amount")
        hears = self.calls[request.call_sid].waits_for is request
        if hears and holder is not None and _TELL_BALANCE.intersection(move.say):
            lately = self.books.lately.get(holder) or {self.books.balance(str(holder))}
            if facts.get("effect") == "EndCall":
                # Its other report was first: what the call left is told as it was then, without a read.
                lately = lately | {self.books.after_charge.get(move.caller.hold_id, -1)}
            must(amount in lately, Law.HEARD_IS_TRUE, request.words, "hears", amount, "of", lately)
        if facts.get("effect") == "EndCall":
            self._check_end(request, outcome, move)

    def _check_end(self, request: Request, outcome: str, move: Move) -> None:
        leg = self.leg_of_hold(move.caller.hold_id)
        if leg is None or leg.due_grosze is None or not _is_whole_report(request):
            return
        if outcome in (DialOutcome.TALKED.value, DialOutcome.TALKED_OUT.value):
            cost = move.values["cost"]
            must(cost == leg.due_grosze, Law.HEARD_IS_TRUE, leg.hold_id, "cost", cost, "not", leg.due_grosze)
        elif leg.due_grosze:
            raise Violation(Law.HEARD_IS_TRUE, f"{leg.hold_id} cost {leg.due_grosze}, but {outcome} is told")
        charge = self.books.charge_of(leg.hold_id)
        must(
            (charge.amount_grosze if charge else 0) == leg.due_grosze,
            Law.CHARGE_IS_QUOTE_BY_RECORD,
            leg.hold_id,
            "was reported and is not charged",
        )

    def _desk(self) -> DeskDeps:
        """The operators' desk; of price lists and reports nothing is commanded here."""
        line, shelf = self.line, ShelfInMemory()
        return DeskDeps(
            store=line,
            clock=self.clock,
            pepper=self.pepper,
            chance=self.digits,
            prices=self.prices,
            reports=MemoryReports(),
            payments=line,
            refunds=self.refunding.desk,
            transfers=TransferDeskDeps(line, self.clock, self.digits, self.promotions),
            price_lists=PriceDeskDeps(shelf, shelf, line, self.clock, self.digits),
        )

    def command(self, command: object, attempt: Attempt | None = None) -> object:
        """An operator's command; None if its answer got lost."""
        self.attempt = attempt or self.new_attempt()
        mine = self.attempt
        try:
            return REGISTRY.carry_out(self.desk, command)
        except (StoreUnavailable, Died):
            must(bool(mine.struck) or not self.alone, Law.NO_FAULT, type(command).__name__, "gave up")
            return None

    # ------------------------------------------------------------------ the timers

    def sweep(self, attempt: Attempt) -> None:
        self.attempt = attempt
        try:
            for looked in sweep(self.timers, self.now).looked:
                self._tell_looked(looked)
        except (StoreUnavailable, Died):
            must(bool(attempt.struck) or not self.alone, Law.NO_FAULT, "the sweep gave up")
            self.tell("the sweep broke off")

    def check(self, ref: Ref, attempt: Attempt) -> None:
        self.attempt = attempt
        try:
            looked = check_hold(self.timers, ref, self.now)
        except (StoreUnavailable, Died):
            must(bool(attempt.struck) or not self.alone, Law.NO_FAULT, "the check gave up")
            return
        if looked is not None:
            self._tell_looked(looked)

    def close_day(self, attempt: Attempt) -> None:
        """The morning's trial balance and reconciliation: they may break off, but find nothing wrong."""
        self.attempt = attempt
        day = day_before(self.now)
        try:
            trial_balance(self.accountant, day, self.now)
            reconcile_day(self.accountant, day, self.now)
        except (StoreUnavailable, CarrierUnavailable, Died):
            must(bool(attempt.struck) or not self.alone, Law.NO_FAULT, "the day's closing gave up")
            self.tell(f"the closing of {day} broke off")
        else:
            self.tell(f"{day} is closed")
        found = [case for case in self.store.found.values() if case.kind in _OF_THE_BOOKS]
        must(not found, Law.DAY_CLOSES, *found)

    # ------------------------------------------------------------------ money that comes

    def credit(self, ref: Ref, money: TopUp, attempt: Attempt) -> None:
        """Somebody tells of money that came; whoever pays in tells again until they are answered."""
        self.attempt = attempt
        try:
            answer = credit(TopUps(self.line, self.promotions), ref, money, self.now)
        except (StoreUnavailable, Died):
            must(bool(attempt.struck) or not self.alone, Law.NO_FAULT, "a top-up gave up")
            self.tell(f"nobody answers who tells of {money.posting_id}")
            return
        self.tell(f"{money.amount_grosze} grosze, {money.posting_id}, for {ref}: {answer_words(answer)}")
        if isinstance(answer, Credited):
            must(
                money.posting_id in self.store.booked, Law.MONEY_COMES_ONCE, money.posting_id, "is not there"
            )
            must(answer.amount_grosze == money.amount_grosze, Law.MONEY_COMES_ONCE, answer)

    def _tell_looked(self, looked: Looked) -> None:
        self.tell(f"the timers look at {looked.hold_id}: {looked.outcome}")
        must(looked.outcome is not HoldOutcome.FAILED, Law.NO_FAULT, looked)
        must(looked.outcome is not HoldOutcome.CASE_OPENED, Law.HOLD_ENDS, looked, "of a call that is known")

    # ------------------------------------------------------------------ what there is

    def _open_shops(self) -> None:
        """Cards of both brands; some hold money of several sources, as cards that live long do."""
        for number in range(6):
            brand = (Brand.WHITE_PHONE, Brand.TELEGROSIK)[number % 2]
            serial = f"{100001 + number}" if number % 2 == 0 else f"{1000000001 + number}"
            self._sell(Ref.card(brand, serial), f"{40271950 + number}", f"{481516234210 + number}")

    def _sell(self, ref: Ref, short_pin: str, long_pin: str) -> None:
        white_phone = ref.brand is Brand.WHITE_PHONE
        pin = short_pin if white_phone else long_pin
        digest = (
            white_phone_pin_digest(PEPPER, ref.number, pin)
            if white_phone
            else telegrosik_pin_digest(PEPPER, pin)
        )
        card, posting = issue(ref, self.chance.choice((500, 1000, 2000)), digest, "A", None, self.now)
        if self.chance.random() < 0.6:
            sources = self.chance.sample(list(Source), 4)
            parts = (posting.amount_grosze - 60, 30, 20, 10)
            lots = tuple(
                Lot(str(n), source, part, self.now - timedelta(days=self.chance.randrange(40)), posting.id)
                for n, (source, part) in enumerate(zip(sources, parts, strict=True), start=1)
            )
            card, posting = replace(card, lots=lots), replace(posting, grants=lots)
        self.store.issue(card, posting)
        self.cards.append(KnownCard(ref, pin))

    def rate(self, brand: Brand, version: str, e164: str) -> Rate:
        return rate_of(self._lists[brand, version], e164)

    def leg_of_hold(self, hold_id: str) -> Leg | None:
        return self._legs_by_hold.get(hold_id)

    def is_over(self, call_sid: str) -> bool:
        """The carrier will dial nothing more for the call."""
        return self.calls[call_sid].doing is Doing.OVER

    def tell(self, *words: object) -> None:
        self.told_step += ("; " if self.told_step else "") + " ".join(map(str, words))

    def pick(self, among: Sequence[N]) -> N:
        """One of them by the step's chance and their own numbers, not by their places: whoever is chosen
        here is chosen too in a story from which others were dropped."""
        mark = self.chance.getrandbits(32)
        return max(among, key=lambda each: ((each.number + 1) * 2654435761 ^ mark) * 2246822519 & 0xFFFFFFFF)

    def some_open_call(self, *doing: Doing) -> Call | None:
        calls = [call for call in self.open_calls if not doing or call.doing in doing]
        return self.pick(calls) if calls else None

    # ------------------------------------------------------------------ webhooks

    def send(self, call: Call, node: str, query: str, words: str, **form: str) -> Request:
        """A webhook that the caller waits for."""
        request = self.request(call, node, query, words, **form)
        call.doing, call.waits_for, call.since = Doing.WAITING, request, self.now
        return request

    def request(self, call: Call, node: str, query: str, words: str, **form: str) -> Request:
        own = {"CallSid": call.sid, "To": call.to, "From": call.from_}
        return Request(call.sid, node, query, own | form, f"{call.sid} {words}", self.number)

    def report(self, leg: Leg, words: str, **form: str) -> Request:
        """The status callback of a dialled leg; nobody waits for it."""
        own = {"CallSid": leg.sid, "ParentCallSid": leg.call_sid, "From": "", "To": leg.to}
        return Request(
            leg.call_sid, "report", leg.report_query, own | form, f"{leg.call_sid} {words}", self.number
        )

    def arrive(self, item: Request | Check) -> None:
        if isinstance(item, Check):
            self.check(item.ref, self.new_attempt())
        else:
            self.deliver(item)

    def deliver(self, request: Request) -> None:
        """One delivery, in one process; if the caller waits for it, the carrier may try once more."""
        self.old.append(request)
        for _ in range(2):
            told = self.run(request, self.new_attempt(), self.chance.choice(self.processes))
            self.tell_of(request, told)
            # The answer may get lost on its way back to the carrier, which can't be told from a death.
            lost = told.answer is None or self.chance.random() < self.hostility / 8
            if not lost:
                self.act_on(request, told)
                return
            self.tell("no answer came back")
            if self.chance.random() < 0.4:
                break
        self.fail(request)

    def tell_of(self, request: Request, told: Told) -> None:
        facts = told.answer.facts if told.answer else {"outcome": "died"}
        came = f"{facts['effect']} {facts['outcome']}" if "effect" in facts else facts.get("outcome", "")
        struck = f" ({', '.join(told.attempt.struck)})" if told.attempt.struck else ""
        goes = f" -> {facts['next']}" if "next" in facts else ""
        self.tell(f"{request.words}: {came}{goes}{struck}")

    def fail(self, request: Request) -> None:
        """The carrier got no answer: whoever waits hears a recorded error, and the call is over."""
        call = self.calls[request.call_sid]
        if call.waits_for is request:
            self.end_call(call)

    def act_on(self, request: Request, told: Told) -> None:
        """The carrier does what the document says, if anybody still waits for it."""
        call = self.calls[request.call_sid]
        if call.waits_for is not request or call.doing is not Doing.WAITING:
            return
        call.waits_for, call.since = None, self.now
        if told.move is None:
            self.end_call(call)
            return
        move, screen = told.move, told.move.screen
        call.node, call.query = move.node, encode(move.caller)
        if move.node == "announcing":
            call.promised_version = list_on(self.prices, move.caller.brand, day_of(self.now)).version
        match screen:
            case End():
                self.end_call(call)
            case Dial():
                self._dial(call, move, screen)
            case Notice():
                call.doing = Doing.NOTIFIED
            case _:
                call.doing = Doing.LISTENING

    # ------------------------------------------------------------------ the carrier's legs

    def _dial(self, call: Call, move: Move, screen: Dial) -> None:
        sid = f"{call.sid}/{len(call.dialled) + 1}"
        leg = Leg(sid, call.sid, screen.number, screen.limit_s, call.node, call.query)
        leg.started_at, leg.number = self.now, self.number
        self.legs[sid] = leg
        call.dialled.append(leg)
        call.leg, call.doing = leg, Doing.DIALLED
        self.live_legs.append(leg)
        if not screen.is_charged:
            return
        leg.hold_id, leg.holder, leg.version = move.caller.hold_id, call.holder, call.promised_version
        leg.rate = self.rate(move.caller.brand, leg.version, screen.number)
        leg.most_grosze = fair_price_grosze(leg.rate, screen.limit_s)
        by = move.caller.leg.calling.replace("+", "%2B")
        leg.report_query = f"{call.query}&in=%2B{call.to[1:]}&by={by}"
        must(leg.hold_id not in self._legs_by_hold, Law.TALK_IS_HELD, leg.hold_id, "pays for two talks")
        self._legs_by_hold[leg.hold_id] = leg
        self.books.check_talks(self.live_legs)

    def end_leg(self, leg: Leg, status: str = "completed") -> None:
        """The carrier writes its record; from now on the reports are on their way."""
        leg.ended_at, leg.status = self.now, status
        if status == "completed" and leg.answered_at is not None:
            over_s = self.chance.choice((0, 0, 0, 1))  # the carrier's own clock may run over the limit
            talked_s = int((leg.ended_at - leg.answered_at).total_seconds())
            leg.duration_s = min(talked_s, leg.limit_s + over_s)
        price = fair_price_grosze(leg.rate, leg.duration_s) if leg.rate is not None else 0
        leg.due_grosze = min(price, leg.most_grosze)
        self.live_legs.remove(leg)
        self._report_end(leg)

    def _report_end(self, leg: Leg) -> None:
        call, chance = self.calls[leg.call_sid], self.chance
        form = {"DialCallStatus": leg.status, "DialCallSid": leg.sid}
        if leg.status == "completed" and chance.random() > self.hostility / 6:
            form["DialCallDuration"] = str(leg.duration_s)
        words = f"is told the end of its talk, {leg.duration_s} s, {leg.status}"
        if call.doing is not Doing.OVER:
            self.post(self.send(call, leg.node, leg.action_query, words, **form))
        elif chance.random() < 0.5:
            # A caller who hangs up may or may not be asked about the talk that this ended.
            self.post(self.request(call, leg.node, leg.action_query, words, **form))
        if leg.is_charged:
            form = {"CallStatus": leg.status}
            if leg.status == "completed":
                form["CallDuration"] = str(leg.duration_s)
            self.post(self.report(leg, f"is reported: {leg.duration_s} s, {leg.status}", **form))

    def post(self, request: Request) -> None:
        """Put a webhook on its way: it may get lost, or arrive twice, and others may overtake it."""
        luck = self.chance.random()
        if luck < self.hostility / 2:
            self.tell(f"(lost on its way: {request.words})")
            self.fail(request)
            return
        self.mail.append(request)
        if luck > 1 - self.hostility / 2:
            self.mail.append(request)

    def end_call(self, call: Call) -> None:
        """The caller's leg is over, and with it the one that was dialled for it."""
        call.doing, call.waits_for, call.ended_at = Doing.OVER, None, self.now
        if call in self.open_calls:
            self.open_calls.remove(call)
        if call.leg is not None and call.leg in self.live_legs:
            self.end_leg(call.leg, "completed" if call.leg.answered_at else "canceled")

    # ------------------------------------------------------------------ time

    def advance(self, seconds: float) -> None:
        """Let time pass: talks run into their limits, what rings for too long is given up, who waits for too
        long goes away, and the timers do their work."""
        until = self.now + timedelta(seconds=seconds)
        for due, leg, status in sorted(map(_runs_out, self.live_legs), key=lambda each: each[0]):
            if due <= until:
                self._sweep_until(due)
                self.now = max(self.now, due)
                self.end_leg(leg, status)
        for call in list(self.open_calls):
            waits_s = _CARRIER_WAITS_S if call.doing is Doing.WAITING else _CALLER_WAITS_S
            if call.doing is not Doing.DIALLED and call.since + timedelta(seconds=waits_s) < until:
                self.end_call(call)
        self._sweep_until(until)
        self.paying.pass_time(until)
        self.refunding.pass_time(until)
        self.now = max(self.now, until)

    def _sweep_until(self, until: datetime) -> None:
        """The sweeps of that time. A hold ends ten minutes after its expiry at the latest: five sweeps come
        within that time, and that all of them fail is a case for the alarm, not for us."""
        while (hold := self._next_expired(until)) is not None:
            rounds = (max(hold.expires_at, self._swept_at) - START) // _SWEEP_EVERY + 1
            at = START + rounds * _SWEEP_EVERY
            if at > until:
                return
            self.now, self._swept_at = max(self.now, at), at
            last = at + _SWEEP_EVERY > hold.expires_at + _SETTLED_WITHIN
            self.sweep(smooth() if last else self.new_attempt())
            must(not last or hold != self._next_expired(until), Law.HOLD_ENDS, hold, "is not settled in time")

    def _next_expired(self, until: datetime) -> Hold | None:
        held = [hold for hold in self.books.held.values() if hold.expires_at <= until]
        return min(held, key=lambda hold: (hold.expires_at, hold.id), default=None)

    # ------------------------------------------------------------------ the end

    def come_to_rest(self) -> None:
        """No more faults. All hang up, what is on its way arrives; what never was reported expires and is
        swept. Then no grosz may be anywhere but where the books say."""
        self.is_quiet, self.hostility = True, 0
        for call in list(self.open_calls):
            self.end_call(call)
        while self.mail:
            self.arrive(self.mail.pop(0))
        self.advance(5 * 60 * 60)
        self.paying.come_to_rest()
        self.banking.come_to_rest()
        self.claiming.come_to_rest()
        self.refunding.come_to_rest()
        self.books.read_all()
        self.advance(86400)
        self.close_day(smooth())

    def take(self, number: int, step: "Callable[[World], None]") -> None:
        """One step of the story, and what must hold after it."""
        self.chance, self.number = Random(self.seed * _STREAMS + number + 1), number
        self.hostility = 0.0 if number in self.calm else 0.25
        self.books.lately.clear()
        self.told_step = ""
        try:
            self.advance(self.chance.choice((0, 0, 0, 1, 5)))
            step(self)
            self.books.look()
            self.books.check_talks(self.live_legs)
        finally:
            if self.told_step:
                self.story.append(f"{number:5}  {self.now:%Y-%m-%d %H:%M:%S}  {self.told_step}")


def _runs_out(leg: Leg) -> tuple[datetime, Leg, str]:
    """When the leg ends by itself, and as what."""
    if leg.answered_at is None:
        return leg.started_at + timedelta(seconds=RINGING_S), leg, "no-answer"
    return leg.answered_at + timedelta(seconds=leg.limit_s + 1), leg, "completed"


def answer_words(answer: object) -> str:
    if isinstance(answer, Credited):
        return "was booked" if answer.was_booked else f"credited, with a bonus of {answer.bonus_grosze}"
    return str(answer)


class _Checker:
    """The wish goes to the timers; it may get lost or come late."""

    def __init__(self, world: World) -> None:
        self._world = world

    def check(self, ref: Ref) -> None:
        if self._world.chance.random() >= self._world.hostility:
            self._world.mail.append(Check(ref, self._world.number))


class _Now:
    def __init__(self, world: World) -> None:
        self._world = world

    def now(self) -> datetime:
        return self._world.now


class _Digits:
    """Chance for the desk: the step's own."""

    def __init__(self, world: World) -> None:
        self._world = world

    def digits(self, length: int, *, leading_zero: bool) -> str:
        first = self._world.chance.choice("0123456789" if leading_zero else "123456789")
        return first + "".join(self._world.chance.choices("0123456789", k=length - 1))

    def token(self) -> str:
        return self.digits(20, leading_zero=True)


def _is_whole_report(request: Request) -> bool:
    form = request.form
    status = form.get("DialCallStatus") or form.get("CallStatus")
    return status == "completed" and ("DialCallDuration" in form or "CallDuration" in form)

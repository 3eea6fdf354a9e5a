"""What can happen in the simulated world: one small class for each thing, with how often it does.

A new money path joins by adding its class here; rules of its own postings join in `books._KINDS`. A step that
finds nothing to happen to lets something likelier happen.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Kind, Ref
from telekarta.domain.cards.terms import NOMINALS_GROSZE
from telekarta.domain.ledger.postings import Posting, PostingKind, Source
from telekarta.domain.refunds.next_action import Do
from telekarta.domain.topups.topup import TopUp
from telekarta.usecases.bank.commands import TransferCommand, TransferRefused
from telekarta.usecases.books.correcting import CorrectCall, ReversePosting
from telekarta.usecases.calls.numbers import BlockNumber, UnblockNumber
from telekarta.usecases.cards.changing import BlockCard, UnblockCard
from telekarta.usecases.cards.issuing import CardsIssued, IssueCards
from telekarta.usecases.topups.ports import RefundState
from tests.simulation.carrier import Call, Doing, Request
from tests.simulation.claims import CODES
from tests.simulation.cloud import Attempt
from tests.simulation.payments import METHODS
from tests.simulation.prices import REFUSED, SOLD
from tests.simulation.world import PROCESSES, KnownCard, Told, TopUpTold, World

MOST_OPEN_CALLS = 5
CARDS_IN_USE = 3  # of each brand: few cards for many callers, that they meet is the point
KEYING_A_NUMBER_S = 5
_CALLERS = ("+48221234567", "+48221234568", "+48601222333", "anonymous")
_WHITE_PHONE, _TELEGROSIK, _LOCAL, _ACTIVATION = (
    "+48800007744",
    "+48800901900",
    "+48223301900",
    "+48800801919",
)
_DIALLED = (_WHITE_PHONE,) * 4 + (_TELEGROSIK,) * 5 + (_LOCAL, _ACTIVATION)


class Step:
    """Something that happens. `weight` is how often, against the others."""

    weight: ClassVar[int]

    def __call__(self, world: World) -> None:
        raise NotImplementedError


class Dials(Step):
    """Somebody calls one of our numbers."""

    weight = 14

    def __call__(self, world: World) -> None:
        if len(world.open_calls) >= MOST_OPEN_CALLS:
            return
        chance = world.chance
        call = Call(
            sid=f"CA{world.number}",
            to=chance.choice(_DIALLED),
            from_=chance.choice(_CALLERS),
            card=chance.randrange(CARDS_IN_USE),
            since=world.now,
            number=world.number,
        )
        world.calls[call.sid] = call
        world.open_calls.append(call)
        if call.to != _WHITE_PHONE and call.from_.startswith("+"):
            call.holder = Ref.account(call.from_)  # until a PIN names another
        _hand_over(world, world.send(call, "incoming", "", f"dials {call.to} from {call.from_}"))


class Acts(Step):
    """A caller does what the screen asks for, more or less."""

    weight = 96

    def __call__(self, world: World) -> None:
        call = world.some_open_call(Doing.LISTENING, Doing.NOTIFIED)
        if call is None:
            Dials()(world)
        else:
            _hand_over(world, next_request(world, call))


class LegMoves(Step):
    """The dialled party answers, is busy, talks, hangs up."""

    weight = 22

    def __call__(self, world: World) -> None:
        if not world.live_legs:
            Acts()(world)
            return
        chance, leg = world.chance, world.pick(world.live_legs)
        if leg.answered_at is None:
            status = chance.choice(("answered",) * 7 + ("busy", "no-answer", "failed"))
            world.tell(f"{leg.to}, dialled for {leg.call_sid}: {status}")
            if status == "answered":
                leg.answered_at = world.now
            else:
                world.end_leg(leg, status)
            return
        world.advance(chance.choice((0, 1, 7, 59, 60, 61, 400, leg.limit_s)))
        if leg in world.live_legs and chance.random() < 0.7:
            world.tell(f"{leg.to} hangs up on {leg.call_sid}")
            world.end_leg(leg)


class HangsUp(Step):
    """A caller hangs up, wherever the call is, also between a request and its answer."""

    weight = 4

    def __call__(self, world: World) -> None:
        call = world.some_open_call()
        if call is not None:
            world.tell(f"{call.sid} hangs up, {call.doing} at {call.node or 'the entrance'}")
            world.end_call(call)


class MailArrives(Step):
    """Something that was on its way arrives; not always what was sent first."""

    weight = 20

    def __call__(self, world: World) -> None:
        if not world.mail:
            Acts()(world)
            return
        item = world.pick(world.mail)
        world.mail.remove(item)
        world.arrive(item)


class MailIsRepeated(Step):
    """A webhook that was delivered before comes again, perhaps long after."""

    weight = 4

    def __call__(self, world: World) -> None:
        if world.old:
            world.tell("once more")
            world.deliver(world.pick(world.old))


Job = Callable[[Attempt], None]


class AllAtOnce(Step):
    """Two or three things are worked on at the same time, some of them twins."""

    weight = 12

    def __call__(self, world: World) -> None:
        chance = world.chance
        requests = [
            next_request(world, call)
            for call in list(world.open_calls)
            if call.doing in (Doing.LISTENING, Doing.NOTIFIED) and chance.random() < 0.7
        ]
        for item in world.mail[:2]:
            if isinstance(item, Request):
                world.mail.remove(item)
                requests.append(item)
        world.mail += requests[3:]
        requests = requests[:3]
        if requests and chance.random() < 0.4:
            requests.append(chance.choice(requests))
        others = [_by_others(world)] if chance.random() < 0.5 else []
        if len(requests) + len(others) < 2:
            world.mail += requests
        else:
            _at_once(world, requests, others)


class RaceForACard(Step):
    """A card is moved onto an account while somebody calls with either, or an operator blocks one of them."""

    weight = 8

    def __call__(self, world: World) -> None:
        chance = world.chance
        movers = [
            call
            for call in world.open_calls
            if call.doing is Doing.LISTENING and call.node in ("account", "load_account")
        ]
        if not movers:
            Acts()(world)
            return
        mover = world.pick(movers)
        account = Ref.account(mover.from_)
        rivals = [
            call
            for call in world.open_calls
            if call.doing is Doing.NOTIFIED
            and call.holder is not None
            and call.holder.brand is Brand.TELEGROSIK
        ]
        rival = world.pick(rivals) if rivals else None
        taken = rival.holder if rival else None
        card = next((card for card in world.cards if card.ref == taken), None)
        card = card or _mine(world, mover, Brand.TELEGROSIK)
        requests = [
            world.send(mover, mover.node, mover.query, f"keys {card.pin} at {mover.node}", Digits=card.pin)
        ]
        requests += [next_request(world, each) for each in movers if each is not mover][:1]
        if rival is not None:
            requests.append(next_request(world, rival))
        ref = chance.choice((card.ref, account))
        if ref in world.store.cards and (len(requests) == 1 or chance.random() < 0.2):
            _at_once(world, requests, [_commanded(world, UnblockCard, ref, BlockCard)])
        else:
            _at_once(world, requests, [])


def _at_once(world: World, requests: list[Request], others: list[Job]) -> None:
    told: list[tuple[Request, Told]] = []
    jobs = [_webhook(world, request, told) for request in requests] + others
    attempts = [(world.new_attempt(), job) for job in jobs]
    world.tell("at once")
    world.alone = False
    try:
        world.turns.run([(each, lambda a=each, j=job: j(a)) for each, job in attempts])
    finally:
        world.alone = True
    for request, answer in told:
        world.old.append(request)
        world.tell_of(request, answer)
        if answer.answer is None:
            world.fail(request)
        else:
            world.act_on(request, answer)


def _webhook(world: World, request: Request, told: list[tuple[Request, Told]]) -> Job:
    deps = world.chance.choice(world.processes)
    return lambda attempt: told.append((request, world.run(request, attempt, deps)))


def _by_others(world: World) -> Job:
    """What the timers and the operators may do to a card in the middle of a call."""
    chance = world.chance
    in_use = [call.holder for call in world.open_calls if call.holder in world.store.cards]
    ref = chance.choice(in_use or list(world.store.cards))
    match chance.randrange(5):
        case 0:
            return world.sweep
        case 4:
            return world.close_day
        case 1:
            return _commanded(world, UnblockCard, ref, BlockCard)
        case _:
            held = [each for each, card in world.store.cards.items() if card.hold is not None]
            return lambda attempt: world.check(chance.choice(held) if held else ref, attempt)


_CardCommand = type[BlockCard | UnblockCard]


def _commanded(world: World, kind: _CardCommand, ref: Ref, *kinds: _CardCommand) -> Job:
    """An operator's command about the card while it is in use."""
    chosen = world.chance.choice((kind, *kinds))
    command = chosen(ref.brand, ref.number, "operator", "a report")

    def job(attempt: Attempt) -> None:
        world.tell(f"{chosen.__name__} {ref}")
        world.command(command, attempt)

    return job


class TimePasses(Step):
    weight = 3

    def __call__(self, world: World) -> None:
        seconds = world.chance.choice((10, 10, 50, 50, 200, 900, 20000))
        world.tell(f"{seconds} s pass")
        world.advance(seconds)


class MonthsPass(Step):
    """Price lists change and cards expire."""

    weight = 1

    def __call__(self, world: World) -> None:
        if world.chance.random() < 0.2:
            days = world.chance.choice((1, 3, 10, 35, 100))
            world.tell(f"{days} days pass")
            world.advance(days * 86400)


class ProcessIsReplaced(Step):
    weight = 2

    def __call__(self, world: World) -> None:
        world.tell("a new process of the voice function, with an empty memory")
        world.replace_process(world.chance.randrange(PROCESSES))


class OperatorIssues(Step):
    weight = 4

    def __call__(self, world: World) -> None:
        chance = world.chance
        brand = chance.choice(tuple(Brand))
        nominal = chance.choice(NOMINALS_GROSZE[brand][:4])
        answer = world.command(IssueCards(brand, nominal, 1, "operator", "a sale"))
        if isinstance(answer, CardsIssued):
            for each in answer.cards:
                world.tell(f"a {brand} card of {nominal} grosze is sold: {each.card}")
                world.cards.insert(0, KnownCard(Ref.card(brand, each.card), each.pin, world.number))


class MoneyComes(Step):
    """A top-up is told of, now or once more; the second telling may name another card."""

    weight = 5

    def __call__(self, world: World) -> None:
        chance = world.chance
        ref = chance.choice(list(world.store.cards)[-10:])
        if world.top_ups and chance.random() < 0.3:
            earlier = world.pick(world.top_ups)
            # Who tells again may not say the same hour, and may take it for another card's.
            money = replace(earlier.money, at=chance.choice((earlier.money.at, world.now)))
            world.credit(ref if chance.random() < 0.3 else earlier.ref, money, world.new_attempt())
            return
        top_up = _money_that_came(world, ref, 0)
        jobs = [lambda attempt: world.credit(ref, top_up, attempt)] * chance.choice((1, 1, 2))
        if len(jobs) == 1:
            jobs[0](world.new_attempt())
        else:
            _at_once(world, [], jobs)


class OperatorCorrects(Step):
    """A call was charged wrongly, says somebody; or it is given back for another reason."""

    weight = 4

    def __call__(self, world: World) -> None:
        booked = [each for each in world.store.booked.values() if each.kind in _CORRECTABLE]
        job = _obeyed(world, _correction(world, world.chance.choice(booked[-6:])))
        if world.chance.random() < 0.6:
            job(world.new_attempt())
        else:
            _at_once(world, [], [job] * 2)


class RaceForMoney(Step):
    """A card's caller, a top-up, a correction and another one come to the card at the same time."""

    weight = 6

    def __call__(self, world: World) -> None:
        chance = world.chance
        callers = [
            call
            for call in world.open_calls
            if call.doing is Doing.NOTIFIED and call.holder in world.store.cards
        ]
        caller = world.pick(callers) if callers else None
        ref = caller.holder if caller else None
        ref = ref or chance.choice(list(world.store.cards)[-6:])
        about = [
            each
            for each in world.store.booked.values()
            if each.kind in _CORRECTABLE and str(ref) in (each.debit, each.credit)
        ]
        jobs = [_credited(world, ref, n) for n in range(2)]
        jobs += [_obeyed(world, _correction(world, chance.choice(about))) for _ in range(2) if about]
        requests = [next_request(world, caller)] if caller else []
        _at_once(world, requests, chance.sample(jobs, k=2))


_CORRECTABLE = (PostingKind.CALL, PostingKind.CARD_ISSUED)


def _money_that_came(world: World, ref: Ref, which: int) -> TopUp:
    chance = world.chance
    source = chance.choice((Source.BANK, Source.PAYU, Source.PRZELEWY24, Source.PLUS_VOUCHER))
    money = TopUp(source, f"T{world.number}-{which}", chance.choice((500, 700, 5001, 8000)), world.now)
    world.money[money.posting_id] = money.amount_grosze
    world.top_ups.append(TopUpTold(ref, money, world.number))
    return money


def _credited(world: World, ref: Ref, which: int) -> Job:
    money = _money_that_came(world, ref, which)
    return lambda attempt: world.credit(ref, money, attempt)


def _correction(world: World, posting: Posting) -> CorrectCall | ReversePosting:
    chance = world.chance
    if posting.kind is PostingKind.CALL and chance.random() < 0.7:
        duration_s = max(0, int(posting.details["duration_s"]) + chance.randint(-60, 60))
        return CorrectCall(posting.id, duration_s, "operator", "it was shorter or longer")
    amount = chance.choice((None, 1, min(50, posting.amount_grosze)))
    return ReversePosting(posting.id, f"R{chance.randrange(7)}", "operator", "an excuse", amount)


def _obeyed(world: World, command: CorrectCall | ReversePosting) -> Job:
    def job(attempt: Attempt) -> None:
        world.tell(f"{type(command).__name__} {command.posting}")
        world.command(command, attempt)

    return job


class MorningComes(Step):
    """The books are looked at."""

    weight = 2

    def __call__(self, world: World) -> None:
        world.close_day(world.new_attempt())


class FamilyPays(Step):
    """Somebody on the web tops up a card: is sent to a provider, pays, cancels, comes back a day later."""

    weight = 6

    def __call__(self, world: World) -> None:
        chance, paying = world.chance, world.paying
        open_sales = paying.open_sales()
        if not open_sales or chance.random() < 0.4:
            ref = chance.choice(list(world.store.cards)[-10:])
            amount = chance.choice((500, 2501, 6000, 9000))
            paying.start(ref, chance.choice(METHODS), amount, world.new_attempt())
            return
        sale = world.pick(open_sales)
        (paying.pays if chance.random() < 0.75 else paying.cancels)(sale)


class ProviderTells(Step):
    """A notification comes: in time, late, again, or twice at once; the timers may ask at the same moment."""

    weight = 6

    def __call__(self, world: World) -> None:
        chance, paying = world.chance, world.paying
        if not paying.posted:
            FamilyPays()(world)
            return
        first = world.pick(paying.posted)
        # All that is on its way of one order may come at the same moment.
        same = [each for each in paying.posted if each.told.order_id == first.told.order_id]
        news = same if chance.random() < 0.5 else [first]
        for each in news:
            paying.posted.remove(each)
        jobs: list[Job] = [lambda attempt, each=each: paying.deliver(each, attempt) for each in news]
        if paying.told and chance.random() < 0.3:
            again = world.pick(paying.told)
            jobs.append(lambda attempt: paying.deliver(again, attempt))
        if chance.random() < 0.3:
            jobs.append(chance.choice((jobs[0], paying.ask)))
        if len(jobs) == 1:
            jobs[0](world.new_attempt())
        else:
            _at_once(world, [], jobs)


class BankTells(Step):
    """Money is sent to our accounts, and the bank tells of it in a file, once more, or in two at once."""

    weight = 6

    def __call__(self, world: World) -> None:
        chance, banking = world.chance, world.banking
        if not banking.sent or chance.random() < 0.6:
            cards = [ref for ref in list(world.store.cards)[-10:] if ref.kind is Kind.CARD]
            for which in range(chance.choice((1, 1, 2, 4))):
                banking.is_sent(chance.choice(cards or [world.cards[0].ref]), which)
        files = [banking.file() for _ in range(chance.choice((1, 1, 2)))]
        jobs: list[Job] = [lambda attempt, raw=raw: banking.take(raw, attempt) for raw in files]
        if chance.random() < 0.2:
            jobs.append(jobs[0])
        if len(jobs) == 1:
            jobs[0](world.new_attempt())
        else:
            _at_once(world, [], jobs)


class OperatorsDecideTransfers(Step):
    """One operator, or several at once who know nothing of each other, and perhaps a file beside them."""

    weight = 4

    def __call__(self, world: World) -> None:
        chance, banking = world.chance, world.banking
        commands = [banking.decision() for _ in range(chance.choice((1, 2, 2)))]
        jobs = [_decided(world, command) for command in commands if command]
        if not jobs:
            BankTells()(world)
            return
        if chance.random() < 0.2:
            raw = banking.file()
            jobs.append(lambda attempt: banking.take(raw, attempt))
        if len(jobs) == 1:
            jobs[0](world.new_attempt())
        else:
            _at_once(world, [], jobs)


def _decided(world: World, command: TransferCommand) -> Job:
    def job(attempt: Attempt) -> None:
        answer = world.command(command, attempt)
        told = answer.reason if isinstance(answer, TransferRefused) else type(answer).__name__
        world.tell(f"{type(command).__name__} {command.case}: {told}")

    return job


class SomebodyTexts(Step):
    """An order by SMS: new, told again, or told twice at once; the timers may look at the same moment."""

    weight = 5

    def __call__(self, world: World) -> None:
        chance, claiming = world.chance, world.claiming
        if claiming.texts and chance.random() < 0.4:
            text = chance.choice(claiming.texts[-5:])
        else:
            words = chance.choice(
                (f"{claiming.some_card().number} 5", f"{claiming.some_card().number} 50", "?")
            )
            text = (f"SM{world.number}", "+48720100200", words)
            claiming.texts.append(text)
        jobs: list[Job] = [lambda attempt: claiming.text(*text, attempt)]
        jobs += chance.choice(([], [], jobs, [claiming.finish]))
        if len(jobs) == 1:
            jobs[0](world.new_attempt())
        else:
            _at_once(world, [], jobs)


class ClaimsAreFinished(Step):
    weight = 2

    def __call__(self, world: World) -> None:
        world.claiming.finish(world.new_attempt())


class SomebodyAppliesForRefund(Step):
    """An application is entered; or entered again, or beside another one for the same card."""

    weight = 5

    def __call__(self, world: World) -> None:
        chance, refunding = world.chance, world.refunding
        if refunding.unanswered and chance.random() < 0.5:
            refunding.command(refunding.unanswered.pop(0), world.new_attempt())
            return
        first = refunding.application()
        if first is None:
            MoneyComes()(world)
            return
        if refunding.entered and chance.random() < 0.1:
            first = chance.choice(refunding.entered[-4:])
        commands = [first] * chance.choice((1, 1, 1, 2))
        if chance.random() < 0.1:
            commands.append(replace(first, request_id=f"{first.request_id[:-1]}x-1"))
        jobs = [_entered(world, each) for each in commands]
        if len(jobs) == 1:
            jobs[0](world.new_attempt())
        else:
            _at_once(world, [], jobs)


def _entered(world: World, command: object) -> Job:
    return lambda attempt: world.refunding.command(command, attempt)


class RefundsFlow(Step):
    """A task of a refund's workflow is done, or several up to the next wait; some twice at once, and some
    beside a caller with that card, money for it, or an operator's decision."""

    weight = 12

    def __call__(self, world: World) -> None:
        chance, refunding = world.chance, world.refunding
        flowing = refunding.flowing()
        if not flowing:
            OperatorsDecideRefunds()(world)
            return
        execution = world.pick(flowing)
        luck = chance.random()
        if luck < 0.02:
            refunding.stop(chance.choice(list(refunding.executions.values())))
            return
        if luck < 0.5 and execution.verb != Do.SEND:
            refunding.flow_on(execution, Do.SEND)
            return
        if luck < 0.65:
            refunding.run(execution, world.new_attempt())
            return
        jobs: list[Job] = [lambda attempt: refunding.run(execution, attempt)]
        ref = world.store.refunding[execution.case].ref
        if luck < 0.8:
            jobs *= 2
        command = refunding.decision()
        others: list[Job] = [
            _credited(world, ref, 0),
            _commanded(world, UnblockCard, ref, BlockCard),
            *([_entered(world, command)] if command else []),
            *([_heard(world)] if world.paying.posted else []),
        ]
        callers = [call for call in world.open_calls if call.doing is Doing.NOTIFIED and call.holder == ref]
        requests = [next_request(world, world.pick(callers))] if callers else []
        _at_once(world, requests, jobs + [chance.choice(others)] * (len(jobs) + len(requests) < 3))


def _heard(world: World) -> Job:
    def job(attempt: Attempt) -> None:
        if world.paying.posted:
            world.paying.deliver(world.paying.posted.pop(0), attempt)

    return job


class OperatorsDecideRefunds(Step):
    """One operator, or two who know nothing of each other."""

    weight = 7

    def __call__(self, world: World) -> None:
        chance, refunding = world.chance, world.refunding
        commands = [refunding.decision() for _ in range(chance.choice((1, 1, 2)))]
        jobs = [_entered(world, command) for command in commands if command]
        if not jobs:
            SomebodyAppliesForRefund()(world)
        elif len(jobs) == 1:
            jobs[0](world.new_attempt())
        else:
            _at_once(world, [], jobs)


class RefundsGoOut(Step):
    """The bank pays what it was told to, or finds that there is no such account; a provider ends what it
    began. Who is told of it hears of it later, in a file or a notification."""

    weight = 6

    def __call__(self, world: World) -> None:
        chance, refunding = world.chance, world.refunding
        pending = [
            (each, name) for each in world.paying.providers.values() for name in each.pending_refunds()
        ]
        orders = [order for order in refunding.orders.values() if not order.is_returned]
        if pending and (not orders or chance.random() < 0.5):
            provider, name = chance.choice(pending)
            state = RefundState.DONE if chance.random() < 0.7 else RefundState.REFUSED
            world.paying.posted.append(provider.refund_ends(name, state))
        elif orders:
            order = chance.choice(orders[-4:])
            if not order.is_paid or chance.random() < 0.6:
                refunding.bank_moves(order)
            if chance.random() < 0.7:
                world.banking.take(world.banking.file(), world.new_attempt())
        else:
            RefundsFlow()(world)


class OperatorBlocks(Step):
    weight = 3

    def __call__(self, world: World) -> None:
        chance = world.chance
        ref = chance.choice(list(world.store.cards)[-8:])
        # Blocked cards get free again soon, or nobody would call any more.
        is_blocked = world.store.cards[ref].status == "blocked"
        kind = UnblockCard if is_blocked or chance.random() < 0.3 else BlockCard
        world.tell(f"{kind.__name__} {ref}")
        world.command(kind(ref.brand, ref.number, "operator", "a report"))


class OperatorBlocksNumbers(Step):
    weight = 1

    def __call__(self, world: World) -> None:
        if world.store.blocked:
            prefix = next(iter(world.store.blocked))
            world.tell(f"{prefix} is let go from the block list")
            world.command(UnblockNumber(prefix, "operator", "over"))
        elif world.chance.random() < 0.5:
            world.tell("+49 gets onto the block list")
            world.command(BlockNumber("+49", "operator", "fraud"))


STEPS: tuple[Step, ...] = tuple(kind() for kind in Step.__subclasses__())


# ---------------------------------------------------------------- what callers do


def _hand_over(world: World, request: Request) -> None:
    """Most webhooks are answered at once; some stay on their way while other things happen."""
    if world.chance.random() < 1 - world.hostility / 2:
        world.deliver(request)
    else:
        world.tell(f"{request.words} (on its way)")
        world.mail.append(request)


def next_request(world: World, call: Call) -> Request:
    """What the carrier posts when this caller has done something at this screen."""
    if call.doing is Doing.NOTIFIED:
        return world.send(call, call.node, call.query, "has listened to the end")
    keys = keys_at(world, call)
    words = f"keys {keys} at {call.node}" if keys else f"says nothing at {call.node}"
    return world.send(call, call.node, call.query, words, **({"Digits": keys} if keys else {}))


def keys_at(world: World, call: Call) -> str:
    """What the caller keys. A code of a known card names whose money it is from now on."""
    chance = world.chance
    luck = chance.random()
    if luck < 0.02:
        return ""
    if luck < 0.04 and call.node not in ("menu", "choose_language", "open_account"):
        return chance.choice(("0", "7", "12*34"))
    match call.node:
        case "card_number":
            call.keyed_card = _mine(world, call, Brand.WHITE_PHONE).ref.number if luck < 0.97 else "999999"
            return call.keyed_card
        case "card_pin":
            known = [card for card in world.cards if card.ref.number == call.keyed_card]
            if not known or luck > 0.93:
                return "00000000"
            call.holder = known[0].ref
            return known[0].pin
        case "pin" | "load_account":
            return _long_pin(world, call, wrong=luck > 0.93, names_holder=call.node == "pin")
        case "destination":
            return _number(world, luck)
        case "account":
            if luck < 0.25:
                return _long_pin(world, call, wrong=luck < 0.08, names_holder=False)
            return _number(world, luck)
        case "menu":
            return chance.choice("111122345906666666666")
        case "top_up":
            return chance.choice("1112220")
        case "take_amount" | "give_amount":
            return chance.choice(("1", "2", "3", "00", "00", "0", "500"))
        case "take_from":
            other = chance.choice(world.cards[: CARDS_IN_USE * 2])
            short = other.ref.brand is Brand.WHITE_PHONE
            return (other.ref.number + other.pin) if short else other.pin
        case "voucher":
            return chance.choice((*CODES[:12], "99999999999999"))
        case "give_to":
            return _mine(world, call, Brand.TELEGROSIK).ref.number if luck < 0.8 else "9999999999"
        case "confirm_gift":
            return chance.choice("1111120")
        case "choose_language":
            return chance.choice("120")
        case "open_account":
            return chance.choice("111120")
        case _:
            return chance.choice(("73519264", "73519264", "73519264", "15926487"))


def _number(world: World, luck: float) -> str:
    if 0.3 < luck < 0.45:
        return "0"  # the menu tells the balance as it is now, also while another call holds it
    world.advance(KEYING_A_NUMBER_S)
    return world.chance.choice(REFUSED if luck > 0.96 else SOLD)


def _long_pin(world: World, call: Call, *, wrong: bool, names_holder: bool) -> str:
    if wrong:
        return "777777777777"
    card = _mine(world, call, Brand.TELEGROSIK)
    if names_holder:
        call.holder = card.ref
    elif world.chance.random() < 0.6:
        # They move what somebody else is calling with just now.
        in_use = {each.holder for each in world.open_calls}
        card = next((each for each in world.cards if each.ref in in_use and len(each.pin) == 12), card)
    return card.pin


def _mine(world: World, call: Call, brand: Brand) -> KnownCard:
    """Callers use the newest cards; each the one that is theirs."""
    cards = [card for card in world.cards if card.ref.brand is brand]
    return cards[call.card % min(CARDS_IN_USE, len(cards))]

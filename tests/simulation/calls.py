"""Calls in the simulated world: callers dial, key what the screens ask for, talk and hang up, some at once.

The carrier's side is in `carrier`.
"""

from typing import TYPE_CHECKING

from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Ref
from telekarta.domain.ledger.postings import Posting, PostingKind
from telekarta.usecases.calls.numbers import BlockNumber, UnblockNumber
from telekarta.usecases.cards.changing import BlockCard, UnblockCard
from tests.simulation.auditor import Law, Laws, Stock, Violation, must
from tests.simulation.cards import KnownCard, commanded
from tests.simulation.carrier import Call, Doing, Request
from tests.simulation.claims import CODES
from tests.simulation.prices import REFUSED, SOLD
from tests.simulation.steps import Job, Step, at_once

if TYPE_CHECKING:
    from tests.simulation.world import World

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


class Dials(Step):
    """Somebody calls one of our numbers."""

    weight = 14

    def __call__(self, world: "World") -> None:
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

    def __call__(self, world: "World") -> None:
        call = world.some_open_call(Doing.LISTENING, Doing.NOTIFIED)
        if call is None:
            Dials()(world)
        else:
            _hand_over(world, next_request(world, call))


class LegMoves(Step):
    """The dialled party answers, is busy, talks, hangs up."""

    weight = 22

    def __call__(self, world: "World") -> None:
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

    def __call__(self, world: "World") -> None:
        call = world.some_open_call()
        if call is not None:
            world.tell(f"{call.sid} hangs up, {call.doing} at {call.node or 'the entrance'}")
            world.end_call(call)


class MailArrives(Step):
    """Something that was on its way arrives; not always what was sent first."""

    weight = 20

    def __call__(self, world: "World") -> None:
        if not world.mail:
            Acts()(world)
            return
        item = world.pick(world.mail)
        world.mail.remove(item)
        world.arrive(item)


class MailIsRepeated(Step):
    """A webhook that was delivered before comes again, perhaps long after."""

    weight = 4

    def __call__(self, world: "World") -> None:
        if world.old:
            world.tell("once more")
            world.deliver(world.pick(world.old))


class AllAtOnce(Step):
    """Two or three things are worked on at the same time, some of them twins."""

    weight = 12

    def __call__(self, world: "World") -> None:
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
            at_once(world, requests, others)


class RaceForACard(Step):
    """A card is moved onto an account while somebody calls with either, or an operator blocks one of them."""

    weight = 8

    def __call__(self, world: "World") -> None:
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
            at_once(world, requests, [commanded(world, UnblockCard, ref, BlockCard)])
        else:
            at_once(world, requests, [])


def _by_others(world: "World") -> Job:
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
            return commanded(world, UnblockCard, ref, BlockCard)
        case _:
            held = [each for each, card in world.store.cards.items() if card.hold is not None]
            return lambda attempt: world.check(chance.choice(held) if held else ref, attempt)


class ProcessIsReplaced(Step):
    weight = 2

    def __call__(self, world: "World") -> None:
        world.tell("a new process of the voice function, with an empty memory")
        world.replace_process(world.chance.randrange(len(world.processes)))


class OperatorBlocksNumbers(Step):
    weight = 1

    def __call__(self, world: "World") -> None:
        if world.store.blocked:
            prefix = next(iter(world.store.blocked))
            world.tell(f"{prefix} is let go from the block list")
            world.command(UnblockNumber(prefix, "operator", "over"))
        elif world.chance.random() < 0.5:
            world.tell("+49 gets onto the block list")
            world.command(BlockNumber("+49", "operator", "fraud"))


# ---------------------------------------------------------------- what callers do


def _hand_over(world: "World", request: Request) -> None:
    """Most webhooks are answered at once; some stay on their way while other things happen."""
    if world.chance.random() < 1 - world.hostility / 2:
        world.deliver(request)
    else:
        world.tell(f"{request.words} (on its way)")
        world.mail.append(request)


def next_request(world: "World", call: Call) -> Request:
    """What the carrier posts when this caller has done something at this screen."""
    if call.doing is Doing.NOTIFIED:
        return world.send(call, call.node, call.query, "has listened to the end")
    keys = keys_at(world, call)
    words = f"keys {keys} at {call.node}" if keys else f"says nothing at {call.node}"
    return world.send(call, call.node, call.query, words, **({"Digits": keys} if keys else {}))


def keys_at(world: "World", call: Call) -> str:
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


def _number(world: "World", luck: float) -> str:
    if 0.3 < luck < 0.45:
        return "0"  # the menu tells the balance as it is now, also while another call holds it
    world.advance(KEYING_A_NUMBER_S)
    return world.chance.choice(REFUSED if luck > 0.96 else SOLD)


def _long_pin(world: "World", call: Call, *, wrong: bool, names_holder: bool) -> str:
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


def _mine(world: "World", call: Call, brand: Brand) -> KnownCard:
    """Callers use the newest cards; each the one that is theirs."""
    cards = [card for card in world.cards if card.ref.brand is brand]
    return cards[call.card % min(CARDS_IN_USE, len(cards))]


# ---------------------------------------------------------------- what they pay


def _check_call(world: "World", posting: Posting, before: dict[str, Stock]) -> None:
    del before
    hold_id = posting.id.removeprefix("call:")
    leg = world.leg_of_hold(hold_id)
    if leg is None:
        raise Violation(Law.CHARGE_IS_QUOTE_BY_RECORD, f"{posting.id} was never dialled")
    must(leg.due_grosze is not None, Law.CHARGE_IS_QUOTE_BY_RECORD, posting.id, "while the talk goes on")
    must(leg.status == "completed", Law.UNANSWERED_IS_FREE, posting.id, leg.status)
    must(posting.debit == str(leg.holder), Law.OWN_CARD, posting.id, posting.debit, "not", leg.holder)
    must(
        posting.amount_grosze == leg.due_grosze,
        Law.CHARGE_IS_QUOTE_BY_RECORD,
        posting.id,
        f"{leg.duration_s} s at {leg.rate}: {posting.amount_grosze}, not {leg.due_grosze}",
    )
    told = (posting.details["duration_s"], posting.details["tariff_version"], posting.details["destination"])
    must(
        told == (leg.duration_s, leg.version, leg.to),
        Law.CHARGE_IS_QUOTE_BY_RECORD,
        posting.id,
        told,
        (leg.duration_s, leg.version, leg.to),
    )


STEPS: tuple[Step, ...] = (
    Dials(),
    Acts(),
    LegMoves(),
    HangsUp(),
    MailArrives(),
    MailIsRepeated(),
    AllAtOnce(),
    RaceForACard(),
    ProcessIsReplaced(),
    OperatorBlocksNumbers(),
)
LAWS: Laws = {
    PostingKind.CALL: _check_call,
}

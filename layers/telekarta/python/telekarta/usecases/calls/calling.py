"""A call: quote and hold before it, settle after it.

A call costs one conditional write when it is placed and one transaction when it is settled. Neither needs
a read: the caller's purse comes back in the signed URL, and the store refuses the write if the card has
moved on since, answering with the card as it is.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from telekarta.dialog.caller import Caller
from telekarta.dialog.effects import Result, Value
from telekarta.dialog.effects.calls import (
    DialOutcome,
    EndCall,
    PlaceCall,
    PlaceOutcome,
    QuoteCall,
    QuoteOutcome,
)
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.calls.admission import refusal_to_call
from telekarta.domain.calls.charging import Quote, hold_for, quote
from telekarta.domain.calls.terms import MINIMUM_TO_CALL_GROSZE
from telekarta.domain.cards.card import Card, CardRefusal, Kind, Ref
from telekarta.domain.cards.codes import line_digest
from telekarta.domain.ledger.postings import Hold, Purse
from telekarta.domain.prices.dialling import (
    Destination,
    DialRefusal,
    is_registrable,
    parse_destination,
    refusal_for,
)
from telekarta.domain.prices.tariff import Prices, Rate
from telekarta.domain.rules import rule
from telekarta.usecases.calls.admission import AdmissionDeps
from telekarta.usecases.calls.settling import Ended, SettledLately, settle_hold
from telekarta.usecases.ports import StoreUnavailable
from telekarta.usecases.rounds import ROUNDS
from telekarta.usecases.topups.claims import ClaimDeps


@dataclass(frozen=True, slots=True)
class CallDeps(AdmissionDeps):
    prices: Prices
    settled: SettledLately
    claims: ClaimDeps = field(kw_only=True)


_PLACE_REFUSALS = {
    CardRefusal.BLOCKED: PlaceOutcome.BLOCKED,
    CardRefusal.USED_UP: PlaceOutcome.USED_UP,
    CardRefusal.EXPIRED: PlaceOutcome.EXPIRED,
    CardRefusal.IN_A_CALL: PlaceOutcome.IN_A_CALL,
    CardRefusal.BELOW_MINIMUM: PlaceOutcome.BELOW_MINIMUM,
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What is going to be connected, at what rate, by which price list."""

    destination: Destination
    rate: Rate
    tariff_version: str


class NotAdmitted(Exception):
    """A call without a card or an account: no screen of ours leads here."""


def _holder(caller: Caller) -> tuple[Ref, Purse]:
    if caller.holder is None or caller.purse is None:
        raise NotAdmitted(caller.leg.call_sid)
    return caller.holder, caller.purse


@rule("WP §2.1", "WP §2.7", "WP §2.8", "WP §3.4", "WP §10.7", "TG §3.1", "TG §4.2")
def terms_for(deps: CallDeps, caller: Caller, keyed: str, now: datetime) -> Terms | DialRefusal:
    """The terms of a call to what was keyed, or why it is never connected.

    Only a number that may have been registered for the card costs a read (WP §2.8): such calls are rare.
    """
    destination = parse_destination(keyed)
    if isinstance(destination, DialRefusal):
        return destination
    registered: frozenset[str] = frozenset()
    if is_registrable(destination):
        ref, _ = _holder(caller)
        card = deps.store.card(ref)
        registered = card.information_lines if card else registered
    refusal = refusal_for(
        destination,
        registered_lines=registered,
        blocked_prefixes=deps.store.blocked_prefixes(),
        access=caller.leg.line.access,
        brand=caller.brand,
    )
    if refusal is not None:
        return refusal
    prices = deps.prices.current(caller.brand, day_of(now))
    rate = prices.rate_for(destination.e164)
    return Terms(destination, rate, prices.version) if rate else DialRefusal.UNPRICED_DESTINATION


@rule("WP §3.6", "TG §4.2", "TG §5.2")
def quote_call(deps: CallDeps, caller: Caller, effect: QuoteCall) -> Result:
    """QUOTED with the seconds that the balance buys; nothing is written, and as a rule nothing read.

    A balance that seems too small is read anew before the caller is turned away: somebody may have
    topped it up during this very call.
    """
    ref, purse = _holder(caller)
    terms = terms_for(deps, caller, effect.keyed, deps.clock.now())
    if isinstance(terms, DialRefusal):
        return Result(QuoteOutcome(terms.value), caller)
    quoted = quote(terms.rate, purse.balance_grosze)
    if quoted is None:
        card = deps.store.line(ref.number).account if ref.kind is Kind.ACCOUNT else deps.store.card(ref)
        purse = card.purse if card else purse
        quoted = quote(terms.rate, purse.balance_grosze)
    caller = caller.with_purse(purse)
    if quoted is None:
        return Result(QuoteOutcome.TOO_LITTLE, caller, {"amount": purse.balance_grosze})
    placed = replace(
        caller.placed_call,
        destination=terms.destination.e164,
        tariff_version=terms.tariff_version,
        limit_s=quoted.limit_s,
    )
    return Result(QuoteOutcome.QUOTED, replace(caller.having(placed), misses=0))


def _quoted_rate(deps: CallDeps, caller: Caller) -> Rate:
    """The rate that the caller was quoted: by the list's name, so a list that changes meanwhile does not."""
    placed = caller.placed_call
    rate = deps.prices.version(caller.brand, placed.tariff_version).rate_for(placed.destination)
    if rate is None:
        raise NotAdmitted(caller.leg.call_sid)
    return rate


@rule("WP §3.2", "WP §3.6", "TG §4.2", "TG §5.2")
def place_call(deps: CallDeps, caller: Caller, _effect: PlaceCall) -> Result:
    """Hold what the quoted call may cost at most.

    Told twice, it finds its own hold on the card and answers as before. Money that came or went
    meanwhile is counted: the card as it is now is quoted again.
    """
    now = deps.clock.now()
    ref, purse = _holder(caller)
    rate = _quoted_rate(deps, caller)
    caller = caller.having(caller.placed_call.next_attempt())
    # The first guess is the purse that the caller came with; after that, the card as the store shows it.
    card: Card | None = None
    for _ in range(ROUNDS):
        if card is not None:
            decided = _already_decided(caller, card, now)
            if decided is not None:
                return decided
            purse = card.purse
        quoted = quote(rate, purse.balance_grosze)
        if quoted is None:
            return Result(PlaceOutcome.TOO_LITTLE, caller.with_purse(purse), {"amount": purse.balance_grosze})
        hold = _hold_of(caller, quoted.limit_s, rate, now)
        mark = "" if caller.admission.knows_line else line_digest(deps.pepper.pepper(), caller.leg.calling)
        answer = deps.store.place_hold(ref, purse, hold, mark)
        if isinstance(answer, Card):
            return _connect(caller, answer.purse, quoted.limit_s)
        if answer.card is None:
            raise NotAdmitted(caller.leg.call_sid)
        card = answer.card
    raise StoreUnavailable("the card kept changing")


def _hold_of(caller: Caller, limit_s: int, rate: Rate, now: datetime) -> Hold:
    """The hold of the caller's current attempt, as its terms stand in the state."""
    placed = caller.placed_call
    quoted = Quote(limit_s, rate.price_grosze(limit_s))
    return hold_for(
        caller.hold_id, caller.leg.call_sid, placed.destination, rate, placed.tariff_version, quoted, now
    )


def _has_ended(closed_hold: str, hold_id: str) -> bool:
    """Whether the hold, or a later one of the same call, has ended: then this is a webhook told again."""
    closed_call, _, closed_attempt = closed_hold.rpartition("-")
    call, _, attempt = hold_id.rpartition("-")
    return closed_call == call and int(closed_attempt) >= int(attempt)


def _already_decided(caller: Caller, card: Card, now: datetime) -> Result | None:
    """What a card that is not as we saw it already says about this call."""
    if card.hold is not None and card.hold.id == caller.hold_id:
        return _connect(caller, card.purse, card.hold.limit_s)
    if _has_ended(card.closed_hold, caller.hold_id):
        # A repeat of a webhook whose call has ended: the carrier has long forgotten that it asked.
        return Result(PlaceOutcome.IN_A_CALL, caller)
    refusal = refusal_to_call(card, now)
    if refusal is None:
        return None
    minimum = MINIMUM_TO_CALL_GROSZE[card.ref.brand]
    return Result(_PLACE_REFUSALS[refusal], caller, {"amount": card.balance_grosze, "minimum": minimum})


def _connect(caller: Caller, purse: Purse, limit_s: int) -> Result:
    connected = caller.having(
        replace(caller.admission, purse=purse, knows_line=True), replace(caller.placed_call, limit_s=limit_s)
    )
    return Result(PlaceOutcome.CONNECT, replace(connected, misses=0))


# How the carrier names the end of a dialled call. `canceled` is the caller hanging up while it rang.
_UNANSWERED = {
    "busy": DialOutcome.BUSY,
    "no-answer": DialOutcome.NO_ANSWER,
    "canceled": DialOutcome.NO_ANSWER,
    "failed": DialOutcome.FAILED,
}


@rule("WP §3.5", "WP §6.1", "WP §6.3", "TG §4.5", "TG §6.1", "TG §6.4", "TG §6.5")
def end_call(deps: CallDeps, caller: Caller, effect: EndCall) -> Result:
    """Settle the call by the carrier's report of it: the end of the dialled leg, or its status callback.

    Both may come, in any order, more than once. The first one settles; the others find its posting, or
    no hold any more, and change nothing.
    """
    now = deps.clock.now()
    ref, purse = _holder(caller)
    rate = _quoted_rate(deps, caller)
    duration_s = 0 if effect.status in _UNANSWERED else effect.duration_s
    if duration_s is None or effect.status not in {"completed", *_UNANSWERED}:
        # Not the end of a call, or an end without its length: nothing is let go or charged on a guess.
        # The other report settles it, or the carrier's own record.
        return Result(DialOutcome.UNRECORDED, caller, {"amount": purse.balance_grosze})
    ended = deps.settled.get(caller.hold_id)
    if ended is None:
        hold = _hold_of(caller, caller.placed_call.limit_s, rate, now)
        ended = settle_hold(deps.store, ref, purse, hold, rate, duration_s, effect.leg_sid, now)
        deps.settled.keep(caller.hold_id, ended)
    return _spoken(caller, ended, effect.status)


def _spoken(caller: Caller, ended: Ended, status: str) -> Result:
    caller = caller.with_purse(ended.purse).having(replace(caller.placed_call, destination="", limit_s=0))
    values: dict[str, Value] = {"amount": ended.purse.balance_grosze}
    if status != "completed":
        return Result(_UNANSWERED[status], caller, values)
    if ended.cost_grosze is None:
        return Result(DialOutcome.UNRECORDED, caller, values)
    minimum = MINIMUM_TO_CALL_GROSZE[caller.brand]
    values |= {"cost": ended.cost_grosze, "minimum": minimum}
    talked_out = ended.purse.balance_grosze < minimum
    return Result(DialOutcome.TALKED_OUT if talked_out else DialOutcome.TALKED, caller, values)

"""The lost hang-up: holds that no report has ended are settled from the carrier's own records.

A call's end is told twice, by the Dial's action and by the dialled leg's status callback, and both can get
lost. Then the money stays held until the hold expires; from there on `sweep` asks the carrier, again and
again.

Every step may run twice, stop half-way, or race with a webhook that comes late after all. What protects is
the same as in a call: the charge is the posting `call:<hold id>`, which exists once, and it ends the hold in
the same transaction, on condition that the hold is still there. Whoever comes second finds the posting, or no
hold, and books nothing. A case is opened before its hold is let go: stopped in between, the next sweep finds
the hold still there and the case already open; the other way round the case would be lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from telekarta.domain.calendar.deadlines import as_text
from telekarta.domain.calls.charging import RINGING_S
from telekarta.domain.cards.card import Card, Ref
from telekarta.domain.cases.case import CaseKind, new_case
from telekarta.domain.ledger.postings import Hold
from telekarta.domain.prices.tariff import Prices
from telekarta.domain.rules import rule
from telekarta.usecases.calls.settling import settle_hold
from telekarta.usecases.faults import described
from telekarta.usecases.ports import (
    CallHolds,
    Carrier,
    CarrierCall,
    CarrierUnavailable,
    CaseStore,
    HoldStore,
    KnownCards,
    StoreUnavailable,
)

# So many a run: at the carrier's usual pace they fit into the function's time with room to spare.
HOLDS_PER_SWEEP = 100
# The carrier's clock shows whole seconds, and it may be a little behind ours. Between the start of one leg
# and the hold for the next one the caller keys a number, which takes longer than this.
CARRIER_CLOCK_S = 3
# The hold outlives its call's limit already; a call that has no end hours after that will get none.
GIVEN_UP_AFTER = timedelta(hours=4)
# A carrier that does not answer is not asked on: each question may take until its timeout.
UNANSWERED_AT_MOST = 3
FOUND_BY = "sweep_holds"

_UNANSWERED = frozenset({"busy", "no-answer", "failed", "canceled"})
_OVER = _UNANSWERED | {"completed"}


class SweepStore(KnownCards, CallHolds, HoldStore, CaseStore, Protocol):
    """Cards, their holds, and cases."""


@dataclass(frozen=True, slots=True)
class HoldDeps:
    store: SweepStore
    carrier: Carrier
    prices: Prices


class HoldOutcome(StrEnum):
    CHARGED = "charged"
    RELEASED = "released"
    ENDED_ALREADY = "ended_already"  # by a report that came late after all
    STILL_GOING = "still_going"
    CASE_OPENED = "case_opened"  # and let go, with nothing charged
    CARRIER_UNAVAILABLE = "carrier_unavailable"
    FAILED = "failed"  # a fault of ours with this one hold; the others are swept all the same


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of one hold. `error` is our fault (`faults`), "" if there was none."""

    hold_id: str
    outcome: HoldOutcome
    error: str = ""


@dataclass(frozen=True, slots=True)
class Swept:
    """What came of each hold, and how many seconds ago the oldest one left had expired (0: none is left)."""

    looked: tuple[Looked, ...]
    oldest_hold_age_s: int

    def count(self, outcome: HoldOutcome) -> int:
        return sum(looked.outcome is outcome for looked in self.looked)


_ENDED = {
    HoldOutcome.CHARGED,
    HoldOutcome.RELEASED,
    HoldOutcome.ENDED_ALREADY,
    HoldOutcome.CASE_OPENED,
}


@rule("WP §3.5", "WP §6.3", "TG §6.5")
def sweep(deps: HoldDeps, now: datetime) -> Swept:
    """Settle the holds that have expired. Raises StoreUnavailable; the rest is left to the next sweep."""
    looked: list[Looked] = []
    oldest_age_s = unanswered = 0
    found = deps.store.expired_holds(now, HOLDS_PER_SWEEP)
    for card in found:
        if card.hold is None:
            continue
        if unanswered < UNANSWERED_AT_MOST:
            told = _look_apart(deps, card, card.hold, now)
        else:
            told = Looked(card.hold.id, HoldOutcome.CARRIER_UNAVAILABLE)
        unanswered = unanswered + 1 if told.outcome is HoldOutcome.CARRIER_UNAVAILABLE else 0
        looked.append(told)
        if told.outcome not in _ENDED:
            oldest_age_s = max(oldest_age_s, _age_s(card.hold, now))
    if len(found) == HOLDS_PER_SWEEP and found[-1].hold is not None:
        # There may be more that nobody has looked at, as old as the last one here at most.
        oldest_age_s = max(oldest_age_s, _age_s(found[-1].hold, now))
    return Swept(tuple(looked), oldest_age_s)


def _age_s(hold: Hold, now: datetime) -> int:
    """For how long the hold has been expired."""
    return int((now - hold.expires_at).total_seconds())


def check_hold(deps: HoldDeps, ref: Ref, now: datetime) -> Looked | None:
    """Look at one card's hold before it expires; None if there is nothing to look at.

    Somebody was turned away because of it, and its call may be over: only the carrier knows.
    """
    card = deps.store.card(ref)
    if card is None or card.hold is None or not is_worth_checking(card.hold, now):
        return None
    return _look_apart(deps, card, card.hold, now)


def is_worth_checking(hold: Hold, now: datetime) -> bool:
    """Not while it may still be ringing: the call is surely going on, and its reports are on their way."""
    return now - hold.placed_at > timedelta(seconds=RINGING_S)


def _look_apart(deps: HoldDeps, card: Card, hold: Hold, now: datetime) -> Looked:
    """One hold that can't be settled must not keep the others waiting."""
    try:
        return Looked(hold.id, _look(deps, card, hold, now))
    except CarrierUnavailable:
        return Looked(hold.id, HoldOutcome.CARRIER_UNAVAILABLE)
    except StoreUnavailable:
        raise
    except Exception as fault:
        return Looked(hold.id, HoldOutcome.FAILED, described(fault))


def _look(deps: HoldDeps, card: Card, hold: Hold, now: datetime) -> HoldOutcome:
    call = deps.carrier.call(hold.call_sid)
    if call is None:
        # Before its expiry a hold is never given up: its reports are still awaited.
        return _give_up(deps, card, hold, CaseKind.UNKNOWN_CALL, now, now)
    leg = leg_of_hold(hold, deps.carrier.legs(hold.call_sid))
    if leg is None and call.status in _OVER:
        # The caller hung up before anything was dialled, or our answer never reached the carrier.
        return _settle(deps, card, hold, 0, "", call.ended_at, now)
    if leg is not None and leg.status in _UNANSWERED:
        return _settle(deps, card, hold, 0, leg.sid, leg.ended_at, now)
    if leg is not None and leg.status == "completed" and leg.duration_s is not None:
        return _settle(deps, card, hold, leg.duration_s, leg.sid, leg.ended_at, now)
    return _give_up(deps, card, hold, CaseKind.CALL_WITHOUT_END, hold.expires_at + GIVEN_UP_AFTER, now)


def leg_of_hold(hold: Hold, legs: Sequence[CarrierCall]) -> CarrierCall | None:
    """The leg that was dialled on this hold, out of all that the caller dialled in this call.

    The attempt's number does not help, for an attempt that was refused has no leg. But money is held before
    each leg is dialled, and while this hold is open no other one can follow on its card: so it is the first
    leg to the hold's destination that is not older than the hold.
    """
    earliest = hold.placed_at - timedelta(seconds=CARRIER_CLOCK_S)
    dialled = [
        leg
        for leg in legs
        if leg.to == hold.destination and leg.created_at is not None and leg.created_at >= earliest
    ]
    return min(dialled, key=lambda leg: (leg.created_at, leg.sid), default=None)


def _settle(
    deps: HoldDeps,
    card: Card,
    hold: Hold,
    duration_s: int,
    leg_sid: str,
    ended_at: datetime | None,
    now: datetime,
) -> HoldOutcome:
    """By the terms that were quoted, which the hold has kept; booked for the moment when the call ended."""
    rate = deps.prices.version(card.ref.brand, hold.tariff_version).rate_for(hold.destination)
    if rate is None:
        raise LookupError("the quoted price list has no price for the destination")
    moment = min(ended_at, now) if ended_at else now
    ended = settle_hold(deps.store, card.ref, card.purse, hold, rate, duration_s, leg_sid, moment)
    if ended.cost_grosze is None:
        return HoldOutcome.ENDED_ALREADY
    return HoldOutcome.CHARGED if ended.cost_grosze else HoldOutcome.RELEASED


def _give_up(
    deps: HoldDeps, card: Card, hold: Hold, kind: CaseKind, not_before: datetime, now: datetime
) -> HoldOutcome:
    """Open a case and let the hold go with nothing charged: what can't be proven is not the holder's debt.

    Not before its time, and never before the hold has expired.
    """
    if now < max(not_before, hold.expires_at):
        return HoldOutcome.STILL_GOING
    facts: dict[str, str | int] = {
        "card": str(card.ref),
        "hold": hold.id,
        "call_sid": hold.call_sid,
        "destination": hold.destination,
        "held_grosze": hold.amount_grosze,
        "placed_at": as_text(hold.placed_at),
        "expired_at": as_text(hold.expires_at),
        "tariff_version": hold.tariff_version,
    }
    deps.store.open_case(new_case(kind, hold.id, hold.call_sid, facts, FOUND_BY, now))
    _settle(deps, card, hold, 0, "", None, now)
    return HoldOutcome.CASE_OPENED

"""The three-way reconciliation: the carrier's legs, our open holds and the postings of calls, side by side.

Each leg that was answered is charged by exactly one posting, with the carrier's duration and the price of the
list that was quoted (WP §6.3, TG §6.5). What does not fit becomes a case; it is decided by a person, and put
right by a correction. A posting that was corrected has been looked at already: it is counted, not judged.

A window is judged by the end of the legs in it, and by the moment that the postings were booked for, which
is the same up to the carrier's delay in telling; so both are looked up beyond the window's edges too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product

from telekarta.domain.brands import HELP_LINES, Brand
from telekarta.domain.calendar.deadlines import as_text, day_of, midnight
from telekarta.domain.cards.card import Ref
from telekarta.domain.cases.case import CaseKind
from telekarta.domain.ledger.postings import Posting
from telekarta.domain.prices.tariff import Prices, Rate, UnknownPriceListError
from telekarta.domain.rules import rule

# A call that ended a moment ago may still be on its way into the books: the next day's run looks at it.
MARGIN = timedelta(hours=1)

# Between the quote and the answer there are the words that tell it, and the ringing.
_QUOTED_BEFORE = timedelta(minutes=5)

_FREE = frozenset(HELP_LINES.values())


@dataclass(frozen=True, slots=True)
class Window:
    """What is judged: from `since` up to, and without, `until`."""

    since: datetime
    until: datetime

    def holds(self, moment: datetime) -> bool:
        return self.since <= moment < self.until


def window_of(day: date, now: datetime) -> Window:
    """The day, on Warsaw's calendar, with what the run of the day before may have left; nothing that is
    younger than the margin. A finding is one case however often it is found, so the overlap is harmless."""
    until = min(midnight(day + timedelta(days=1)), now - MARGIN)
    return Window(midnight(day) - MARGIN, until)


@dataclass(frozen=True, slots=True)
class Leg:
    """A dialled leg as the carrier recorded it. `duration_s` is 0 for one that nobody answered; `ended_at` is
    None while it goes on."""

    sid: str
    call_sid: str
    to: str
    duration_s: int
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit. `of` and `kind` name it: found again, it is the same."""

    kind: CaseKind
    of: str
    subject: str
    facts: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What was compared, and what did not fit. `capped` calls were charged what was set aside for them and
    ran a moment over (WP §3.6); `waiting` legs have their money held still."""

    day: date
    window: Window
    legs: int
    charged: int
    capped: int
    corrected: int
    waiting: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Booked:
    """The posting of a call, and whether it was corrected."""

    posting: Posting
    is_corrected: bool

    def text(self, name: str) -> str:
        return str(self.posting.details.get(name, ""))


@rule("WP §6.3", "TG §6.5")
def reconcile(
    day: date,
    window: Window,
    legs: Iterable[Leg],
    held_call_sids: frozenset[str],
    booked: Iterable[Booked],
    prices: Prices,
) -> Reconciliation:
    """`legs` and `booked` may reach beyond the window: what lies outside is only matched with, not judged."""
    by_leg = {leg.sid: leg for leg in legs}
    charges = _charges_by_leg(booked, by_leg)
    judged = [leg for leg in by_leg.values() if leg.ended_at is not None and window.holds(leg.ended_at)]
    answered = [leg for leg in judged if leg.duration_s > 0 and leg.to not in _FREE]
    findings: list[Finding] = []
    counts = {"charged": 0, "capped": 0, "corrected": 0, "waiting": 0}
    for leg in sorted(answered, key=lambda leg: leg.sid):
        found, count = _judge_leg(leg, charges.get(leg.sid, []), held_call_sids, prices)
        findings.extend(found)
        if count:
            counts[count] += 1
    findings.extend(
        _without_call(charge)
        for charge in charges.get("", [])
        if window.holds(charge.posting.booked_at) and not charge.is_corrected
    )
    # A posting whose leg was not answered, or went to a line that is free of charge.
    unpaid = {leg.sid for leg in judged} - {leg.sid for leg in answered}
    for sid in sorted(unpaid & charges.keys()):
        findings.extend(_without_call(each) for each in charges[sid] if not each.is_corrected)
    return Reconciliation(day, window, len(answered), **counts, findings=tuple(findings))


def _charges_by_leg(booked: Iterable[Booked], legs: Mapping[str, Leg]) -> dict[str, list[Booked]]:
    """The postings by their leg; under "" those whose leg the carrier has not.

    A report may come without the leg's id: then it is the leg of the same call to the same number.
    """
    by_call: dict[tuple[str, str, int], list[str]] = {}
    for leg in legs.values():
        by_call.setdefault((leg.call_sid, leg.to, leg.duration_s), []).append(leg.sid)
    charges: dict[str, list[Booked]] = {}
    for charge in sorted(booked, key=lambda each: each.posting.id):
        sid = charge.text("leg_sid")
        if not sid:
            duration_s = charge.posting.details.get("duration_s")
            same = by_call.get((charge.text("call_sid"), charge.text("destination"), _number(duration_s)), [])
            sid = next((each for each in same if each not in charges), "")
        charges.setdefault(sid if sid in legs else "", []).append(charge)
    return charges


def _number(value: object) -> int:
    return value if isinstance(value, int) else -1


def _judge_leg(
    leg: Leg, charges: list[Booked], held: frozenset[str], prices: Prices
) -> tuple[list[Finding], str]:
    if not charges:
        if leg.call_sid in held:
            return [], "waiting"
        return ([], "") if _is_free(leg, prices) else ([_not_charged(leg)], "")
    # The first by id is the one that stands; a second posting of one leg is always one too many.
    first, *more = charges
    findings = [_differs(each, leg, 0, "charged twice") for each in more if not each.is_corrected]
    if first.is_corrected:
        return findings, "corrected"
    rate = _quoted_rate(first, prices)
    if rate is None:
        return [_differs(first, leg, 0, "no such price in the list"), *findings], ""
    price, paid = rate.price_grosze(leg.duration_s), first.posting.amount_grosze
    if first.posting.details.get("duration_s") != leg.duration_s:
        return [_differs(first, leg, price, "another duration"), *findings], ""
    if paid == price:
        return findings, "charged"
    if paid < price and paid == first.posting.details.get("held_grosze"):
        return findings, "capped"
    return [_differs(first, leg, price, "another price"), *findings], ""


def _is_free(leg: Leg, prices: Prices) -> bool:
    """Whether the number costs nothing in some list that the call may have been quoted from: the one in
    force when it ended, or when it was quoted, a little before it began. The leg does not tell its brand."""
    assert leg.ended_at is not None
    quoted_at = leg.ended_at - timedelta(seconds=leg.duration_s) - _QUOTED_BEFORE
    for brand, day in product(Brand, {day_of(leg.ended_at), day_of(quoted_at)}):
        try:
            rate = prices.current(brand, day).rate_for(leg.to)
        except UnknownPriceListError:
            continue
        if rate is not None and rate.price_grosze(leg.duration_s) == 0:
            return True
    return False


def _quoted_rate(charge: Booked, prices: Prices) -> Rate | None:
    """The rate of the list that the posting names, found anew from the number that was dialled."""
    brand = Ref.parse(charge.posting.debit).brand
    try:
        rate = prices.version(brand, charge.text("tariff_version")).rate_for(charge.text("destination"))
    except UnknownPriceListError:
        return None
    return rate if rate is not None and rate.prefix == charge.text("rate_prefix") else None


def _not_charged(leg: Leg) -> Finding:
    return Finding(CaseKind.CALL_NOT_CHARGED, leg.sid, leg.call_sid, _leg_facts(leg))


def _without_call(charge: Booked) -> Finding:
    posting = charge.posting
    return Finding(CaseKind.POSTING_WITHOUT_CALL, posting.id, charge.text("call_sid"), _posting_facts(charge))


def _differs(charge: Booked, leg: Leg, price_grosze: int, problem: str) -> Finding:
    facts = _leg_facts(leg) | _posting_facts(charge)
    return Finding(
        CaseKind.CHARGE_DIFFERS,
        charge.posting.id,
        leg.call_sid,
        facts | {"problem": problem, "price_grosze": price_grosze},
    )


def _leg_facts(leg: Leg) -> dict[str, str | int]:
    return {
        "leg_sid": leg.sid,
        "call_sid": leg.call_sid,
        "destination": leg.to,
        "carrier_duration_s": leg.duration_s,
        "ended_at": as_text(leg.ended_at) if leg.ended_at else "",
    }


def _posting_facts(charge: Booked) -> dict[str, str | int]:
    posting = charge.posting
    known = (
        "leg_sid",
        "call_sid",
        "destination",
        "duration_s",
        "tariff_version",
        "rate_prefix",
        "held_grosze",
    )
    return {
        "posting": posting.id,
        "card": posting.debit,
        "amount_grosze": posting.amount_grosze,
        "booked_at": as_text(posting.booked_at),
        **{name: posting.details[name] for name in known if name in posting.details},
    }

"""A call's money: what it may cost at most, and what it did cost."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from telekarta.domain.brands import Brand
from telekarta.domain.calendar.deadlines import as_text
from telekarta.domain.cards.card import Ref
from telekarta.domain.ledger.postings import Hold, Posting, PostingKind, Purse, call_revenue
from telekarta.domain.prices.tariff import Rate
from telekarta.domain.rules import rule

LONGEST_CALL_S = 4 * 60 * 60  # the carrier's own ceiling for one call
RINGING_S = 45
# A hold outlives the longest possible call by the time that the carrier's report may need.
HOLD_MARGIN_S = 120


@dataclass(frozen=True, slots=True)
class Quote:
    """What a balance buys at a rate: how long, and the money to set aside for it."""

    limit_s: int
    hold_grosze: int


@rule("WP §3.6", "TG §4.2")
def quote(rate: Rate, balance_grosze: int) -> Quote | None:
    """The longest call that the balance pays for, or None if it does not pay for one second."""
    limit_s = min(rate.longest_s(balance_grosze), LONGEST_CALL_S)
    return Quote(limit_s, rate.price_grosze(limit_s)) if limit_s > 0 else None


def hold_for(
    hold_id: str,
    call_sid: str,
    destination: str,
    rate: Rate,
    tariff_version: str,
    quoted: Quote,
    now: datetime,
) -> Hold:
    """The hold that sets the quoted money aside."""
    return Hold(
        id=hold_id,
        amount_grosze=quoted.hold_grosze,
        placed_at=now,
        expires_at=now + timedelta(seconds=RINGING_S + quoted.limit_s + HOLD_MARGIN_S),
        call_sid=call_sid,
        destination=destination,
        tariff_version=tariff_version,
        rate_prefix=rate.prefix,
        limit_s=quoted.limit_s,
    )


@rule("WP §3.5", "WP §3.6.1", "WP §6.1", "WP §6.3", "TG §6.1", "TG §6.4", "TG §6.5")
def charge_grosze(rate: Rate, duration_s: int, held_grosze: int) -> int:
    """The price of the call from answer to hang-up, never more than was set aside.

    The carrier cuts a call at the limit, but its clock may run a second over: that second is ours.
    """
    return min(rate.price_grosze(duration_s), held_grosze)


def call_posting_id(hold: Hold) -> str:
    """A hold is charged once: its posting's id is made of its own."""
    return f"call:{hold.id}"


def settle(
    ref: Ref, purse: Purse, hold: Hold, rate: Rate, duration_s: int, leg_sid: str, now: datetime
) -> tuple[Purse, Posting | None]:
    """The purse after the held call, and its posting; None when nothing is owed (a call of no seconds).

    `now` is the moment of the hang-up; the call began `duration_s` before it. `leg_sid` is the carrier's
    id of the dialled leg.
    """
    cost = charge_grosze(rate, duration_s, hold.amount_grosze)
    if cost == 0:
        return purse.touched(), None
    after, draws = purse.spend(cost)
    posting = Posting(
        id=call_posting_id(hold),
        kind=PostingKind.CALL,
        debit=str(ref),
        credit=call_revenue(ref.brand),
        amount_grosze=cost,
        rule="WP §6.3" if ref.brand is Brand.WHITE_PHONE else "TG §6.5",
        booked_at=now,
        draws=draws,
        details={
            "call_sid": hold.call_sid,
            "leg_sid": leg_sid,
            "destination": hold.destination,
            "started_at": as_text(now - timedelta(seconds=duration_s)),
            "duration_s": duration_s,
            "tariff_version": hold.tariff_version,
            "rate_prefix": rate.prefix,
            "rate_units_per_min": rate.units_per_min,
            "rate_units_per_grosz": rate.units_per_grosz,
            "held_grosze": hold.amount_grosze,
        },
    )
    return after, posting

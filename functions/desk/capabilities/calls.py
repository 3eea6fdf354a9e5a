"""Calls: which numbers nobody is connected to, what a call costs, and the money that is held for calls."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from desk import fields
from desk.answers import Json, grosze_per_min, hold, named, seconds
from desk.fields import Field, whole
from desk.spec import Spec
from telekarta.domain.cards.card import Card
from telekarta.domain.ledger.postings import Hold
from telekarta.domain.prices.dialling import DialRefusal
from telekarta.usecases.calls.numbers import (
    BlockListChanged,
    BlockListShown,
    BlockNumber,
    ListBlockedNumbers,
    QuoteRate,
    RateQuoted,
    UnblockNumber,
    block_number,
    list_blocked_numbers,
    quote_rate,
    unblock_number,
)
from telekarta.usecases.calls.open_holds import HoldsListed, ListOpenHolds, list_open_holds
from telekarta.usecases.commands import Outcome

WHY_NOT_CONNECTED: Mapping[StrEnum, str] = {
    DialRefusal.EMERGENCY_NUMBER: "Emergency numbers are not connected (WP §2.7).",
    DialRefusal.SHORT_NUMBER: "Short numbers are not connected (WP §2.7).",
    DialRefusal.INFORMATION_LINE: "An information line is connected only from a White Phone card that has it"
    " registered (WP §2.8).",
    DialRefusal.PREMIUM_NUMBER: "Premium-rate numbers are not connected (WP §2.7).",
    DialRefusal.SHARED_COST_NUMBER: "A shared-cost number is connected only from a White Phone card that has"
    " it registered (WP §2.8).",
    DialRefusal.SATELLITE_NUMBER: "Satellite numbers are not connected.",
    DialRefusal.UNPRICED_DESTINATION: "The price list has no price for this number.",
    DialRefusal.BLOCKED_NUMBER: "The number, or a prefix of it, is on the block list (WP §10.7).",
    DialRefusal.INTERNATIONAL_ONLY_HERE: "The local access number connects abroad only (TG §4.2).",
    DialRefusal.NO_SUCH_NUMBER: "There is no such number.",
    DialRefusal.NUMBER_TOO_SHORT: "The number is too short.",
    DialRefusal.OWN_NUMBER: "This is one of our own numbers.",
}


def _changed(answer: BlockListChanged) -> Json:
    blocked_by = {"still_blocked_by": list(answer.still_blocked_by)} if answer.still_blocked_by else {}
    return {"outcome": answer.outcome, "prefix": answer.prefix, **blocked_by}


def _blocked(answer: BlockListShown) -> Json:
    blocked = [{"prefix": prefix, "reason": reason} for prefix, reason in sorted(answer.reasons.items())]
    return {"outcome": Outcome.DONE, "blocked": blocked}


def _rate(quoted: RateQuoted) -> Json:
    rate = quoted.rate
    asked = {"price_grosze": quoted.price_grosze, "longest_s": quoted.longest_s}
    return {
        "outcome": Outcome.DONE,
        "number": quoted.number,
        "list_version": quoted.tariff_version,
        "prefix": rate.prefix,
        "name_pl": rate.name_pl,
        "name_en": rate.name_en,
        "grosze_per_min": grosze_per_min(rate),
        **{name: value for name, value in asked.items() if value is not None},
    }


def _holds(answer: HoldsListed) -> Json:
    held = [_held(card, card.hold, answer.now) for card in answer.cards if card.hold]
    return {"outcome": Outcome.DONE, "holds": held}


def _held(card: Card, of_card: Hold, now: datetime) -> Json:
    return {
        **named(card),
        "hold": hold(of_card),
        "age_s": seconds(now - of_card.placed_at),
        "expired_for_s": max(seconds(now - of_card.expires_at), 0),
    }


SPECS = (
    Spec(
        "block_number",
        BlockNumber,
        (fields.prefix, *fields.SIGNED),
        "Connects nobody to the number any more, or to all that begin with the prefix; both brands."
        " It takes up to a minute to be heard everywhere, and cuts no call in progress. (WP §10.7)",
        {"prefix": "+48221234567", **fields.SIGNATURE},
        carry_out=block_number,
        respond=_changed,
    ),
    Spec(
        "unblock_number",
        UnblockNumber,
        (fields.prefix, *fields.SIGNED),
        "Takes the number or prefix off the block list. `still_blocked_by` names shorter prefixes that go on"
        " blocking it. (WP §10.7)",
        {"prefix": "+48221234567", **fields.SIGNATURE},
        carry_out=unblock_number,
        respond=_changed,
    ),
    Spec(
        "list_blocked_numbers",
        ListBlockedNumbers,
        (),
        "Shows the block list with its reasons.",
        {},
        carry_out=list_blocked_numbers,
        respond=_blocked,
    ),
    Spec(
        "rate",
        QuoteRate,
        (
            fields.brand,
            fields.number,
            Field("duration_s", whole(0, 86_400), "price of a call of so many seconds", required=False),
            Field("balance_grosze", whole(0, 10_000_000), "longest call for this balance", required=False),
            fields.access,
        ),
        "Shows what a call costs now, or why it is not connected. Lines registered for a card are not"
        " counted in. (WP §6.1, TG §6.4)",
        {
            "brand": "telegrosik",
            "number": "+48 600 700 866",
            "duration_s": 90,
            "balance_grosze": 2000,
            "access": "free",
        },
        carry_out=quote_rate,
        respond=_rate,
        refusals=WHY_NOT_CONNECTED,
    ),
    Spec(
        "list_open_holds",
        ListOpenHolds,
        (),
        "Shows the money that is held for calls: for which call, for how long already, and for how long past"
        " its expiry. The first 100, longest expired first. An expired hold is settled by itself within"
        " minutes, from the carrier's record of the call.",
        {},
        carry_out=list_open_holds,
        respond=_holds,
    ),
)

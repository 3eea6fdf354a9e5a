"""What the answers of several commands have in common, as JSON: amounts in grosze, moments in UTC."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from telekarta.domain.calendar.deadlines import as_text
from telekarta.domain.cards.card import Card
from telekarta.domain.ledger.postings import Hold, Lot, Posting
from telekarta.domain.prices.tariff import Rate
from telekarta.usecases.commands import Outcome

Json = dict[str, Any]

INVALID = "invalid"
UNAVAILABLE = "unavailable"


def refused(reason: StrEnum, words: Mapping[StrEnum, str]) -> Json:
    return {"outcome": Outcome.REFUSED, "reason": reason, "message": words[reason]}


def unavailable() -> Json:
    return {
        "outcome": UNAVAILABLE,
        "message": "The records did not answer, so it is not known whether the change was made. It is safe to"
        " give the same command again.",
    }


def outcome_of(done: bool) -> Outcome:
    """Whether there was anything to do."""
    return Outcome.DONE if done else Outcome.UNCHANGED


def named(card: Card) -> Json:
    return {
        "brand": card.ref.brand,
        "card": card.ref.number,
        "kind": card.ref.kind,
        "status": card.status,
        "version": card.version,
    }


def hold(shown: Hold) -> Json:
    times = {"placed_at": as_text(shown.placed_at), "expires_at": as_text(shown.expires_at)}
    return {**asdict(shown), **times}


def lot(shown: Lot) -> Json:
    known = {name: value for name, value in asdict(shown).items() if name != "paid_in"}
    return {**known, "granted_at": as_text(shown.granted_at), "top_up": shown.top_up}


def posting(shown: Posting) -> Json:
    return {
        "id": shown.id,
        "kind": shown.kind,
        "debit": shown.debit,
        "credit": shown.credit,
        "amount_grosze": shown.amount_grosze,
        "rule": shown.rule,
        "booked_at": as_text(shown.booked_at),
        "draws": [asdict(draw) for draw in shown.draws],
        "grants": [lot(each) for each in shown.grants],
        "details": dict(shown.details),
    }


def seconds(length: timedelta) -> int:
    return int(length.total_seconds())


def grosze_per_min(rate: Rate) -> str:
    """Decimal text, since a rate may be a fraction of a grosz: `9.5`."""
    return f"{(Decimal(rate.units_per_min) / rate.units_per_grosz).normalize():f}"

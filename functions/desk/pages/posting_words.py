"""A card's postings as operators read them: what was charged, how long, to where and at what price."""

from decimal import Decimal
from typing import Any

from desk.answers import Json

# What only machines compare.
_NOT_FOR_PEOPLE = frozenset({"fingerprint", "command", "leg_sid", "call_sid", "held_grosze", "request_id"})


def in_words(card: Json) -> Json:
    """The card as show_card tells it, with `says` beside each posting."""
    return {**card, "postings": [{**each, "says": _says(each["details"])} for each in card["postings"]]}


def _says(details: dict[str, Any]) -> str:
    if "rate_prefix" in details and "duration_s" in details:
        return _call(details)
    told = (
        f"{name.replace('_', ' ')} {value}" for name, value in details.items() if name not in _NOT_FOR_PEOPLE
    )
    return ", ".join(told)


def _call(details: dict[str, Any]) -> str:
    per_min = (Decimal(details["rate_units_per_min"]) / details["rate_units_per_grosz"]).normalize()
    to = f" to {details['destination']}" if "destination" in details else ""
    listed = f"list {details['tariff_version']}, " if "tariff_version" in details else ""
    return (
        f"{details['duration_s']} s{to}; {listed}prefix {details['rate_prefix']}, {per_min:f} gr per minute"
    )

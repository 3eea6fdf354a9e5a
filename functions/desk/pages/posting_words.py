"""A card's postings as operators read them: what was charged, how long, to where and at what price."""

from collections.abc import Mapping
from decimal import Decimal

from telekarta.domain.ledger.postings import Posting

# What only machines compare.
_NOT_FOR_PEOPLE = frozenset({"fingerprint", "command", "leg_sid", "call_sid", "held_grosze", "request_id"})


def in_words(posting: Posting) -> str:
    """What the posting is about; "" if its details say nothing to people."""
    details = posting.details
    if "rate_prefix" in details and "duration_s" in details:
        return _call(details)
    told = (
        f"{name.replace('_', ' ')} {value}" for name, value in details.items() if name not in _NOT_FOR_PEOPLE
    )
    return ", ".join(told)


def _call(details: Mapping[str, str | int]) -> str:
    per_min = (Decimal(details["rate_units_per_min"]) / Decimal(details["rate_units_per_grosz"])).normalize()
    to = f" to {details['destination']}" if "destination" in details else ""
    listed = f"list {details['tariff_version']}, " if "tariff_version" in details else ""
    return (
        f"{details['duration_s']} s{to}; {listed}prefix {details['rate_prefix']}, {per_min:f} gr per minute"
    )

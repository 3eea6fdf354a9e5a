"""The bank accounts of ours, and the brand whose cards each tops up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from telekarta.domain.brands import Brand
from telekarta.domain.rules import rule


@dataclass(frozen=True, slots=True)
class Account:
    """An account of ours and the brand whose cards its transfers top up, from `since` to `until`."""

    nrb: str
    brand: Brand
    since: date
    until: date | None = None


@rule("WP §4.1.1", "TG §2.6")
def brand_of(accounts: Sequence[Account], nrb: str, day: date) -> Brand | None:
    """The brand that the account tops up on that day; None if it is none of ours."""
    return next(
        (
            a.brand
            for a in accounts
            if a.nrb == nrb and a.since <= day and (a.until is None or day <= a.until)
        ),
        None,
    )

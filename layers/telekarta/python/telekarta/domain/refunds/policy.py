"""What a brand's terms say of refunds, as one value; the numbers themselves are in `terms`."""

from dataclasses import dataclass
from datetime import date

from telekarta.domain.brands import Brand
from telekarta.domain.ledger.postings import Source


@dataclass(frozen=True, slots=True)
class Policy:
    """A brand's policy since a day. `refundable` are the sources of money that is given back;
    `minimum_grosze` must be on the card, and `within_months` of the last top-up is applied for (None:
    whenever). Of what is refunded `fee_grosze` is kept once, `voucher_fee_percent` of the money that came by
    Plus vouchers, and the spent bonus if `deducts_spent_bonus`. The days are those of an application's
    clocks."""

    brand: Brand
    since: date
    refundable: frozenset[Source]
    minimum_grosze: int
    within_months: int | None
    fee_grosze: int
    voucher_fee_percent: int
    deducts_spent_bonus: bool
    answer_within_days: int
    complete_within_days: int
    complete_by_letter_within_days: int
    entered_within_days: int
    remind_days_before: tuple[int, ...]

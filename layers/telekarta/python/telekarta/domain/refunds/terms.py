"""The numbers of refunds: what each brand's terms, the law and our own policy fix, since when, by which
clause.

How clauses that can be read in two ways are read is in docs/decisions/0017-refunds.md.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from telekarta.domain.brands import Brand
from telekarta.domain.ledger.postings import Source
from telekarta.domain.rules import cited


@dataclass(frozen=True, slots=True)
class Policy:
    """What a brand's terms say of refunds, since a day. Periods that a brand does not know are None."""

    brand: Brand
    since: date
    refundable: frozenset[Source]  # WP §7.4, §7.7
    minimum_grosze: int  # WP §7.5: that must be on the card
    within_months: int | None  # WP §7.9: of the last top-up
    fee_grosze: int  # WP §7.6.1: once for each application that is granted
    voucher_fee_percent: int  # WP §7.6.2: of the money that came by Plus vouchers
    deducts_spent_bonus: bool  # WP §7.8
    answer_within_days: int = 30  # WP §7.10: from the day of arrival, carried out by then
    # Ours: how long an applicant has to send what is missing; letters travel to them and back.
    complete_within_days: int = 14
    complete_by_letter_within_days: int = 21
    entered_within_days: int = 5  # ours: what came in time may wait so long for an operator to enter it
    remind_days_before: tuple[int, ...] = (10, 5, 2)  # ours: operators, before the last day of WP §7.10


cited("WP §7.4", "WP §7.5", "WP §7.6.1", "WP §7.6.2", "WP §7.7", "WP §7.8", "WP §7.9", "WP §7.10")
POLICIES = (
    Policy(
        Brand.WHITE_PHONE,
        date(2024, 11, 10),
        refundable=frozenset({Source.BANK, Source.PAYU, Source.PRZELEWY24, Source.PLUS_VOUCHER}),
        minimum_grosze=2000,
        within_months=6,
        fee_grosze=2000,
        voucher_fee_percent=10,
        deducts_spent_bonus=True,
    ),
    # Telegrosik's terms have no clause on refunds, so there is nothing to base a fee, a minimum or a limit
    # on: whatever was paid for, the card's nominal included, is given back on proof of payment.
    Policy(
        Brand.TELEGROSIK,
        date(2024, 11, 10),
        refundable=frozenset({Source.RETAIL, Source.BANK, Source.PAYU, Source.PRZELEWY24}),
        minimum_grosze=1,
        within_months=None,
        fee_grosze=0,
        voucher_fee_percent=0,
        deducts_spent_bonus=False,
    ),
)


def policy_for(brand: Brand, day: date) -> Policy:
    """The brand's policy on that day; the first one for earlier days."""
    own = sorted((each for each in POLICIES if each.brand is brand), key=lambda each: each.since)
    return max((each for each in own if each.since <= day), key=lambda each: each.since, default=own[0])


# Claims lapse after six years, at the end of the year (KC art. 118): then who applied is forgotten, in the
# table as in the buckets.
FORGOTTEN_AFTER = timedelta(days=2557)

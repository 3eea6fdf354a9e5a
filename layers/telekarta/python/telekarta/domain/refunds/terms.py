"""The numbers of refunds, since when and by which clause. What clauses that can be read in two ways mean here
is in docs/decisions/0017-refunds.md.
"""

from datetime import date, timedelta

from telekarta.domain.brands import Brand
from telekarta.domain.ledger.postings import Source
from telekarta.domain.refunds.policy import Policy
from telekarta.domain.rules import cited

# From the day of arrival, and carried out by then. No holiday moves it: it is our limit.
cited("WP §7.10")
ANSWER_WITHIN_DAYS = 30

# Ours, since no clause has them: how long an applicant has to send what is missing (a letter travels there
# and back), how long what came in time may wait for an operator to enter it, and when operators are reminded.
COMPLETE_WITHIN_DAYS = 14
COMPLETE_BY_LETTER_WITHIN_DAYS = 21
ENTERED_WITHIN_DAYS = 5
REMIND_DAYS_BEFORE = (10, 5, 2)
# So long before the last day of WP §7.10 an application may be decided, though proofs may still come.
DECIDED_AHEAD = timedelta(days=2)

cited("WP §7.4", "WP §7.5", "WP §7.6.1", "WP §7.6.2", "WP §7.7", "WP §7.8", "WP §7.9", "WP §7.10")
POLICIES = (
    Policy(
        Brand.WHITE_PHONE,
        since=date(2024, 11, 10),
        refundable=frozenset(
            {Source.BANK, Source.PAYU, Source.PRZELEWY24, Source.PLUS_VOUCHER}
        ),  # WP §7.4, §7.7
        minimum_grosze=2000,  # WP §7.5
        within_months=6,  # WP §7.9
        fee_grosze=2000,  # WP §7.6.1
        voucher_fee_percent=10,  # WP §7.6.2
        deducts_spent_bonus=True,  # WP §7.8
        answer_within_days=ANSWER_WITHIN_DAYS,
        complete_within_days=COMPLETE_WITHIN_DAYS,
        complete_by_letter_within_days=COMPLETE_BY_LETTER_WITHIN_DAYS,
        entered_within_days=ENTERED_WITHIN_DAYS,
        remind_days_before=REMIND_DAYS_BEFORE,
    ),
    # Telegrosik's terms have no clause on refunds, so there is nothing to base a fee, a minimum or a limit
    # on: whatever was paid for, the card's nominal included, is given back on proof of payment.
    Policy(
        Brand.TELEGROSIK,
        since=date(2024, 11, 10),
        refundable=frozenset({Source.RETAIL, Source.BANK, Source.PAYU, Source.PRZELEWY24}),
        minimum_grosze=1,
        within_months=None,
        fee_grosze=0,
        voucher_fee_percent=0,
        deducts_spent_bonus=False,
        answer_within_days=ANSWER_WITHIN_DAYS,
        complete_within_days=COMPLETE_WITHIN_DAYS,
        complete_by_letter_within_days=COMPLETE_BY_LETTER_WITHIN_DAYS,
        entered_within_days=ENTERED_WITHIN_DAYS,
        remind_days_before=REMIND_DAYS_BEFORE,
    ),
)

# Claims lapse after six years, at the end of the year (KC art. 118): then the applicant is forgotten, in the
# table as in the buckets.
FORGOTTEN_AFTER = timedelta(days=2557)

"""The numbers that bind a card: nominals, how long it is valid, how long its numbers and codes are."""

from telekarta.domain.brands import Brand
from telekarta.domain.rules import cited

# The terms of Telegrosik name no nominals: these are the ones that are printed.
cited("WP §2.6", "TG §2.9")
NOMINALS_GROSZE = {
    Brand.WHITE_PHONE: (300, 500, 1000, 2000, 5000),
    Brand.TELEGROSIK: (500, 1000, 1500, 2000, 2500, 5000, 10000),
}

# Counted from the last call or top-up.
cited("WP §4.4")
WHITE_PHONE_VALID_MONTHS = 12

# Counted from the first use, unless the card's series says otherwise.
cited("TG §6.12")
TELEGROSIK_VALID_MONTHS = 12

# Counted from the last use, unless the account has a longer time.
cited("TG §5.4")
ACCOUNT_VALID_MONTHS = 12

cited("WP §5.3")
WHITE_PHONE_CARD_DIGITS = 6

# A PIN is "a unique run of digits": how many is what is printed.
cited("WP §1.2.10", "TG §2.10")
WHITE_PHONE_PIN_DIGITS = 8
TELEGROSIK_PIN_DIGITS = 12
TELEGROSIK_SERIAL_DIGITS = 10

cited("WP §1.2.11")
PUK_DIGITS = 8

cited("WP §4.1.5")
PLUS_VOUCHER_DIGITS = 14

# The least time in which a holder who is called on to stop a breach may do so.
cited("TG §10.5")
SHORTEST_TERM_DAYS = 7

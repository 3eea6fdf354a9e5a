"""The numbers that bind a top-up: the least and the most, fees, and how long it may take."""

from datetime import date

from telekarta.domain.brands import Brand
from telekarta.domain.rules import cited

# One payment on the web.
cited("WP §4.1.2")
ONLINE_LEAST_GROSZE = 500
ONLINE_MOST_GROSZE = 30_000

# The terms leave the fee for moving money to another card to the price list; until one names it, it is this,
# by the day since which it holds. White Phone takes none.
cited("TG §2.19")
CARD_TRANSFER_FEES_GROSZE: dict[Brand, tuple[tuple[date, int], ...]] = {
    Brand.TELEGROSIK: ((date(2023, 7, 1), 50),),
}

# The terms name no least sum to move: this is ours.
cited("WP §4.1.3", "TG §2.19")
CARD_TRANSFER_LEAST_GROSZE = 100

# An order by SMS from a Lajt mobile card, in whole złotys.
cited("WP §5.2")
SMS_ORDER_LEAST_GROSZE = 100

cited("WP §5.3")
SMS_ORDERS_NUMBER = "+48720507507"

# From the order to the money on the card.
cited("WP §5.4")
SMS_ORDER_WORKING_HOURS = 48

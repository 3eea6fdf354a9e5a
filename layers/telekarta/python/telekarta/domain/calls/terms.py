"""The numbers that bind a call."""

from telekarta.domain.brands import Brand
from telekarta.domain.rules import cited

# What must be on a card. Telegrosik's service ends only when the balance is used up.
cited("WP §3.2", "TG §3.7")
MINIMUM_TO_CALL_GROSZE = {Brand.WHITE_PHONE: 20, Brand.TELEGROSIK: 1}

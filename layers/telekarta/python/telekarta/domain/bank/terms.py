"""The accounts to which a transfer tops up a card."""

from datetime import date

from telekarta.domain.bank.accounts import Account
from telekarta.domain.brands import Brand
from telekarta.domain.rules import cited

# Telegrosik's terms (§2.6) name its account on the web page only: it joins here when it is known.
cited("WP §4.1.1")
OUR_ACCOUNTS = (Account("75109000046599000000001010", Brand.WHITE_PHONE, since=date(2000, 1, 1)),)

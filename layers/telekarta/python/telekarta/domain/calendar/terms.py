"""Public holidays by the Act of 18 January 1951 on days free of work; every Sunday is one besides."""

from datetime import date

# Month and day.
FIXED_HOLIDAYS = frozenset({(1, 1), (1, 6), (5, 1), (5, 3), (8, 15), (11, 1), (11, 11), (12, 25), (12, 26)})

# Added by the Act of 6 December 2024.
CHRISTMAS_EVE_SINCE = date(2025, 2, 1)

# Easter Sunday and Monday, Pentecost, Corpus Christi: days after Easter.
HOLIDAYS_AFTER_EASTER = frozenset({0, 1, 49, 60})

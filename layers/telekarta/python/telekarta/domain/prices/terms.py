"""The numbers that bind a change of prices."""

from datetime import timedelta

from telekarta.domain.rules import cited

# Between the day on which new prices are published and the day on which they hold.
cited("WP §6.5", "TG §6.11")
NOTICE = timedelta(days=30)

"""What counts of the keys that a caller pressed."""

from collections.abc import Mapping

from telekarta.dialog.screens import Go, Reply
from telekarta.domain.cards.terms import TELEGROSIK_PIN_DIGITS

MENU_KEY = "0"
TO_MENU: Mapping[str, Reply] = {MENU_KEY: Go("menu")}


def after_last_star(keyed: str) -> str:
    """The keys that count of an entry: a star throws away all before it (TG §4.4)."""
    return keyed.rpartition("*")[2]


def looks_like_pin(keyed: str) -> bool:
    """Whether an entry at the account's prompt is a card's PIN and not a number to call (TG §5.3).

    A PIN has twelve digits and never starts with 0; no number that can be called here does both: abroad
    starts with 00, and at home a number has nine digits, or eleven with the country's 48.
    """
    return keyed.isdigit() and len(keyed) == TELEGROSIK_PIN_DIGITS and keyed[0] != "0"


def again(here: str, keyed: str, why: str) -> Go:
    """The edge back to the same screen, with the reason; a star among the keys was a wish, not a mistake."""
    return Go(here) if "*" in keyed else Go(here, (why,), miss=True)

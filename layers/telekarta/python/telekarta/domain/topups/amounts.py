"""An amount as a person types it, read into grosze without a fraction ever being made."""

import re
from enum import StrEnum

from telekarta.domain.money import grosze
from telekarta.domain.rules import rule
from telekarta.domain.topups.terms import ONLINE_LEAST_GROSZE, ONLINE_MOST_GROSZE

# Spaces part thousands, a comma or a full stop begins the grosze. "1,000" is neither here nor there: refused.
_TYPED = re.compile(r"([0-9]{1,3}(?: [0-9]{3})+|[0-9]{1,9})(?:[.,]([0-9]{1,2}))?")
_CURRENCY = re.compile(r"\s*(?:zł|zl|pln)\.?$|^pln\s*", re.IGNORECASE)
_TYPED_AT_MOST = 40


class AmountRefusal(StrEnum):
    """Why what was typed is no amount that may be asked for."""

    MISSING = "missing"
    UNREADABLE = "unreadable"
    TOO_LITTLE = "too_little"
    TOO_MUCH = "too_much"


@rule("WP §4.1.2")
def typed_amount(
    text: str, least_grosze: int = ONLINE_LEAST_GROSZE, most_grosze: int = ONLINE_MOST_GROSZE
) -> int | AmountRefusal:
    """The grosze that were typed: `5`, `5,00`, `5.00 zł`, `PLN 5`, ` 1 000`; only plain digits count. The
    limits are those of a top-up on the web unless others are given."""
    bare = text[: _TYPED_AT_MOST + 1].replace("\u00a0", " ").replace("\u202f", " ").strip()
    if not bare:
        return AmountRefusal.MISSING
    found = _TYPED.fullmatch(_CURRENCY.sub("", bare).strip())
    if found is None or len(bare) > _TYPED_AT_MOST:
        return AmountRefusal.UNREADABLE
    whole, part = found.groups()
    amount_grosze = grosze(int(whole.replace(" ", "")) * 100 + int((part or "0").ljust(2, "0")))
    if amount_grosze < least_grosze:
        return AmountRefusal.TOO_LITTLE
    return AmountRefusal.TOO_MUCH if amount_grosze > most_grosze else amount_grosze

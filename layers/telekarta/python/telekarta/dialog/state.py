"""The caller's state as a query string. The carrier signs the whole URL, so what comes back is ours.

Empty things are left out: at the first prompts the state is a few characters long.
A PIN or a PUK has no place here: `Caller` has no field for one.
"""

from typing import Any
from urllib.parse import parse_qsl, quote

from telekarta.dialog.caller import Caller, Leg
from telekarta.dialog.language import Language
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Kind, Ref
from telekarta.domain.ledger.postings import Purse


class BadState(ValueError):
    """A query string that no screen of ours has written."""


_NUMBERS = {
    "m": "misses",
    "w": "wrong_codes",
    "a": "attempts",
    "s": "steps",
    "q": "line_paused_until_epoch_s",
    "t": "limit_s",
    "g": "amount_grosze",
}
_TEXTS = {"c": "card", "d": "destination", "v": "tariff_version", "r": "target"}
_FLAGS = {"z": "slow", "k": "knows_line"}


def encode(caller: Caller) -> str:
    """The query string, keys in a fixed order."""
    fields = {"l": str(caller.language)}
    if caller.holder is not None:
        # An account is named by the calling line, which every webhook brings along.
        fields["h"] = "a" if caller.is_account else caller.holder.number
    if caller.purse is not None:
        fields["p"] = _purse_text(caller.purse)
    for key, name in (_NUMBERS | _TEXTS).items():
        if value := getattr(caller, name):
            fields[key] = str(value)
    for key, name in _FLAGS.items():
        if getattr(caller, name):
            fields[key] = "1"
    return "&".join(f"{key}={quote(value, safe='~.:')}" for key, value in fields.items())


def decode(query: str, leg: Leg) -> Caller:
    """The caller that `encode` wrote down. Raises BadState for anything else."""
    try:
        fields = dict(parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), max_num_fields=30))
        rest: dict[str, Any] = {name: _number(fields.get(key, "0")) for key, name in _NUMBERS.items()}
        rest |= {name: fields.get(key, "") for key, name in _TEXTS.items()}
        rest |= {name: fields.get(key) == "1" for key, name in _FLAGS.items()}
        return Caller(
            leg=leg,
            language=Language(fields.get("l", Language.PL)),
            holder=_holder(fields.get("h", ""), leg),
            purse=_purse(fields["p"]) if "p" in fields else None,
            **rest,
        )
    except ValueError as error:
        raise BadState(str(error)) from error


def _holder(text: str, leg: Leg) -> Ref | None:
    if not text:
        return None
    if text == "a":
        return Ref(Brand.TELEGROSIK, Kind.ACCOUNT, leg.calling)
    if not text.isdigit():
        raise BadState("a card is named by digits")
    return Ref.card(leg.line.brand, text)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise BadState("a number is written in digits")
    return int(text)


def _purse_text(purse: Purse) -> str:
    """`version~lot:grosze.lot:grosze`, the lots in spending order."""
    return f"{purse.version}~" + ".".join(f"{lot}:{left}" for lot, left in purse.lots)


def _purse(text: str) -> Purse:
    version, _, lots = text.partition("~")
    pairs = [lot.split(":") for lot in lots.split(".")] if lots else []
    return Purse(_number(version), tuple((lot, _number(left)) for lot, left in pairs))

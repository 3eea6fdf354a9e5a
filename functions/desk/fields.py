"""The kinds of fields that a command has: each reads one JSON value, or says what is wrong with it.

No message repeats the value: an operator may have pasted a PIN into the wrong field.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from telekarta.domain.brands import Access, Brand
from telekarta.domain.cards.terms import NOMINALS_GROSZE, PLUS_VOUCHER_DIGITS
from telekarta.domain.cases.case import CaseState


class Wrong(Exception):
    """What is wrong with a value, for the operator to read."""


# Reads a JSON value, given the fields that were read before it. Raises Wrong.
Reader = Callable[[Any, Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    read: Reader
    doc: str
    required: bool = True
    choices: tuple[str, ...] = ()  # where there are few: a form offers them
    is_secret: bool = False  # nothing may keep it, so no runbook may ask for it


def choice(kind: type[StrEnum]) -> Reader:
    names = ", ".join(kind)

    def read(value: Any, _before: Mapping[str, Any]) -> StrEnum:
        if not isinstance(value, str) or value not in set(kind):
            raise Wrong(f"must be one of {names}")
        return kind(value)

    return read


def whole(least: int, most: int) -> Reader:
    """A whole number, or its digits as text: forms and runbooks know no numbers."""

    def read(value: Any, _before: Mapping[str, Any]) -> int:
        if isinstance(value, str) and _DIGITS.fullmatch(value):
            value = int(value)
        # A bool is an int to Python, and nobody means `true` cards.
        if type(value) is not int or not least <= value <= most:
            raise Wrong(f"must be a whole number from {least} to {most}")
        return value

    return read


def text(longest: int) -> Reader:
    """One line of text; runs of blanks become one."""

    def read(value: Any, _before: Mapping[str, Any]) -> str:
        if not isinstance(value, str) or len(value) > longest:
            raise Wrong(f"must be a text of at most {longest} characters")
        line = " ".join(value.split())
        if not line or not line.isprintable():
            raise Wrong("must be a text, and not an empty one")
        return line

    return read


def shaped(pattern: str, wanted: str, *, grouped: bool = False) -> Reader:
    """`grouped`: people write it in groups, and what they put between them means nothing."""
    compiled = re.compile(pattern, re.ASCII)

    def read(value: Any, _before: Mapping[str, Any]) -> str:
        if not isinstance(value, str):
            raise Wrong(f"must be {wanted}, as text")
        written = _BETWEEN_GROUPS.sub("", value) if grouped else value
        if not compiled.fullmatch(written):
            raise Wrong(f"must be {wanted}")
        return written

    return read


_BETWEEN_GROUPS = re.compile(r"[\s-]")


_DIGITS = re.compile("[0-9]{1,9}", re.ASCII)

white_phone_card = shaped("[1-9][0-9]{5}", "the 6 digits of a White Phone card number", grouped=True)
telegrosik_card = shaped(
    r"[1-9][0-9]{9}|\+[1-9][0-9]{6,14}",
    "the 10 digits of a card's serial, or an account's line with its plus",
    grouped=True,
)
_CARD_OF: dict[object, Reader] = {Brand.WHITE_PHONE: white_phone_card, Brand.TELEGROSIK: telegrosik_card}


def day(value: Any, _before: Mapping[str, Any]) -> date:
    """A day, `2026-11-20`."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise Wrong("must be a day, as 2026-11-20")


# Without a brand there is nothing to compare with, and its own problem has been told already.


def card(value: Any, before: Mapping[str, Any]) -> str:
    """A card of the brand that was read before."""
    reader = _CARD_OF.get(before.get("brand"))
    return str(reader(value, before)) if reader else ""


def voucher_code(value: Any, _before: Mapping[str, Any]) -> str:
    """The digits of a Plus voucher's code, with or without the blanks that are printed between."""
    digits = re.sub("[ -]", "", value) if isinstance(value, str) else ""
    if not re.fullmatch(f"[0-9]{{{PLUS_VOUCHER_DIGITS}}}", digits):
        raise Wrong(f"must be the {PLUS_VOUCHER_DIGITS} digits of a Plus voucher, as text")
    return digits


def nominal(value: Any, before: Mapping[str, Any]) -> int:
    """A nominal of the brand that was read before (WP §2.6)."""
    sold = NOMINALS_GROSZE.get(before["brand"], ()) if "brand" in before else ()
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if sold and (type(value) is not int or value not in sold):
        raise Wrong(f"must be a nominal that the brand sells, in grosze: {', '.join(map(str, sold))}")
    return int(value) if sold else 0


def valid_months(value: Any, before: Mapping[str, Any]) -> int:
    if before.get("brand") is Brand.WHITE_PHONE:
        raise Wrong("only a Telegrosik series can have a validity of its own (TG §6.12)")
    return int(whole(1, 120)(value, before))


_e164_beginning = shaped(r"\+[1-9][0-9]{0,14}", "a number or its beginning, with a plus and the country code")


def blockable(value: Any, before: Mapping[str, Any]) -> str:
    prefix = str(_e164_beginning(value, before))
    if "+48".startswith(prefix):
        raise Wrong("would block every number in Poland")
    return prefix


brand = Field("brand", choice(Brand), "`white_phone` or `telegrosik`", choices=tuple(Brand))
card_of_brand = Field(
    "card", card, "White Phone: card number; Telegrosik: serial, or `+48...` for the account of that line"
)
own_card = Field("card", white_phone_card, "number of a White Phone card")
number = Field("number", text(40), "as a caller would key it, or with a plus")
prefix = Field("prefix", blockable, "full number or its beginning, e.g. `+48700`")
who = Field("who", text(100), "who gives the command")
why = Field("why", text(500), "the reason, for the record")
access = Field(
    "access",
    choice(Access),
    "way in: `free` (as if left out) or `local`",
    required=False,
    choices=tuple(Access),
)
posting = Field(
    "posting",
    shaped("[!-~]{1,200}", "a posting's id as show_card shows it"),
    "its id, as `show_card` shows it",
)
request_id = Field(
    "request_id",
    shaped("[A-Za-z0-9._-]{1,64}", "1 to 64 letters, digits, dots, dashes or underscores"),
    "a name of your own for this request: told twice, it is done once",
)
case = Field(
    "case", shaped("[!-~]{1,200}", "a case as list_cases names it"), "its name, as `list_cases` shows it"
)
payment = Field(
    "payment",
    shaped("[0-9a-f]{32}", "the 32 digits and letters of a payment's number"),
    "its number, as its payer has it, or as a case or a posting's details show it",
)
case_state = Field("state", choice(CaseState), "`open` (as if left out) or `closed`", required=False)

# Every command that changes something asks who gives it and why.
SIGNED = (who, why)
SIGNATURE: Mapping[str, str] = {"who": "anna.kowalska", "why": "Zgłoszenie 2026/11/17"}  # in examples

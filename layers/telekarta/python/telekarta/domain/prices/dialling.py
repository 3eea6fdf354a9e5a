"""What a caller keyed, and whether we connect it.

`parse_destination` reads the keys and knows no card, line or brand; `refusal_for` adds those. Every way to
be refused has a name, and each name is spoken with its own reason, so a caller learns what to key instead.
`phonenumbers` only validates and classifies; the price list decides what is sold (WP §3.4, TG §3.1).
The choices are explained in docs/decisions/0003-rating-and-destinations.md.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType, ValidationResult

from telekarta.domain.brands import LINES, Access, Brand
from telekarta.domain.rules import cited, rule


class Category(StrEnum):
    """What kind of number it is, in the numbering plan of its country."""

    FIXED = "fixed"
    MOBILE = "mobile"
    VOIP = "voip"
    INFORMATION_LINE = "information_line"
    SHARED_COST = "shared_cost"
    PREMIUM = "premium"
    EMERGENCY = "emergency"
    SHORT = "short"
    SATELLITE = "satellite"
    OTHER = "other"  # pagers, personal numbers, voice mail, networks of no country


class DialRefusal(StrEnum):
    """Why a number is not connected."""

    EMERGENCY_NUMBER = "emergency_number"
    SHORT_NUMBER = "short_number"
    INFORMATION_LINE = "information_line"
    PREMIUM_NUMBER = "premium_number"
    SHARED_COST_NUMBER = "shared_cost_number"
    SATELLITE_NUMBER = "satellite_number"
    UNPRICED_DESTINATION = "unpriced_destination"
    BLOCKED_NUMBER = "blocked_number"
    INTERNATIONAL_ONLY_HERE = "international_only_here"
    NO_SUCH_NUMBER = "no_such_number"
    NUMBER_TOO_SHORT = "number_too_short"
    OWN_NUMBER = "own_number"


@dataclass(frozen=True, slots=True)
class Destination:
    """A number that exists: E.164 with its plus, its kind, and its country (ISO 3166, "" if it has none)."""

    e164: str
    category: Category
    domestic: bool
    country: str


cited("WP §2.7", "TG §3.1")
_REFUSAL_OF = {
    Category.EMERGENCY: DialRefusal.EMERGENCY_NUMBER,
    Category.SHORT: DialRefusal.SHORT_NUMBER,
    Category.INFORMATION_LINE: DialRefusal.INFORMATION_LINE,
    Category.SHARED_COST: DialRefusal.SHARED_COST_NUMBER,
    Category.PREMIUM: DialRefusal.PREMIUM_NUMBER,
    Category.SATELLITE: DialRefusal.SATELLITE_NUMBER,
    Category.OTHER: DialRefusal.UNPRICED_DESTINATION,
}

# A holder may have such a line registered for their card; nothing else is ever lifted.
_REGISTRABLE = frozenset({Category.INFORMATION_LINE, Category.SHARED_COST})

_CATEGORY_OF = {
    PhoneNumberType.FIXED_LINE: Category.FIXED,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: Category.FIXED,
    PhoneNumberType.MOBILE: Category.MOBILE,
    PhoneNumberType.VOIP: Category.VOIP,
    PhoneNumberType.TOLL_FREE: Category.INFORMATION_LINE,
    PhoneNumberType.UAN: Category.INFORMATION_LINE,
    PhoneNumberType.SHARED_COST: Category.SHARED_COST,
    PhoneNumberType.PREMIUM_RATE: Category.PREMIUM,
}

# Country codes that belong to no country: the library knows some of them as ordinary numbers.
_CODES_OF_NO_COUNTRY = {
    "800": Category.INFORMATION_LINE,
    "808": Category.SHARED_COST,
    "870": Category.SATELLITE,
    "878": Category.OTHER,
    "881": Category.SATELLITE,
    "882": Category.SATELLITE,
    "883": Category.SATELLITE,
    "888": Category.OTHER,
    "979": Category.PREMIUM,
    "991": Category.OTHER,
}

_POLAND = "48"
_NATIONAL_DIGITS = 9
_LONGEST_E164_DIGITS = 15
# 19xxx, in the whole country or in one area (22 19xxx): towns, taxis, banks.
_INFORMATION_19 = re.compile(r"(?:\d\d)?19\d{3}")
# The first that matches the whole national number.
_POLISH_REFUSALS = (
    # 112 and the services of the 98x and 99x blocks, the Child Alert line among them.
    (re.compile(r"112|98[1-7]|99[1-9]"), DialRefusal.EMERGENCY_NUMBER),
    (re.compile(r"\d{3,6}"), DialRefusal.SHORT_NUMBER),
    (re.compile(r"\d{0,8}"), DialRefusal.NUMBER_TOO_SHORT),
    (re.compile(r"\d{10,}"), DialRefusal.NO_SUCH_NUMBER),
    # The plan's blocks with an extra charge, wider than the ranges in use today.
    (re.compile(r"(?:300|400|70\d)\d{6}"), DialRefusal.PREMIUM_NUMBER),
)

_SEPARATORS = str.maketrans("", "", " -.()")
_DIALLED = re.compile(r"\+?[0-9]+")


@rule("WP §2.1", "WP §2.7", "TG §3.1", "TG §4.1", "TG §4.3", "TG §4.4", "TG §5.2")
@rule("TG §4.1.a", "TG §4.1.b", "TG §4.1.c", "TG §5.2.a", "TG §5.2.b", "TG §5.2.c")
def parse_destination(keyed: str) -> Destination | DialRefusal:
    """The number that the keys name, or why it is never connected. Never raises.

    `keyed` is `00` and a country code, or the national nine digits; a trunk 0 (`022...`), `48` before the
    nine digits and a leading plus are understood as well. A star takes back all before it; `#` ends.
    A well-formed information or shared-cost line is a Destination, for it may be registered (WP §2.8);
    `refusal_for` decides on it.
    """
    dialled = keyed.rpartition("*")[2].partition("#")[0].translate(_SEPARATORS)
    if not _DIALLED.fullmatch(dialled):
        return DialRefusal.NO_SUCH_NUMBER
    if dialled.startswith(("+", "00")):
        digits = dialled[1:] if dialled.startswith("+") else dialled[2:]
        return _polish(digits[2:]) if digits.startswith(_POLAND) else _foreign(digits)
    national = dialled.removeprefix("0")
    if national.startswith(_POLAND) and len(national) == len(_POLAND) + _NATIONAL_DIGITS:
        national = national[2:]
    return _polish(national)


def _polish(number: str) -> Destination | DialRefusal:
    national = number.removeprefix("0")
    if _INFORMATION_19.fullmatch(national):
        return Destination(f"+{_POLAND}{national}", Category.INFORMATION_LINE, domestic=True, country="PL")
    for pattern, refusal in _POLISH_REFUSALS:
        if pattern.fullmatch(national):
            return refusal
    return _validated(_POLAND + national)


def _foreign(digits: str) -> Destination | DialRefusal:
    category = _CODES_OF_NO_COUNTRY.get(digits[:3])
    if category is not None:
        return _REFUSAL_OF[category]
    if digits.startswith("0") or len(digits) > _LONGEST_E164_DIGITS:
        return DialRefusal.NO_SUCH_NUMBER
    return _validated(digits)


def _validated(digits: str) -> Destination | DialRefusal:
    """The number as the library knows it. Unallocated ranges are refused: fraud likes to ring them."""
    try:
        number = phonenumbers.parse(f"+{digits}")
    except NumberParseException as error:
        unknown_code = error.error_type == NumberParseException.INVALID_COUNTRY_CODE
        return DialRefusal.NO_SUCH_NUMBER if unknown_code else DialRefusal.NUMBER_TOO_SHORT
    if not phonenumbers.is_valid_number(number):
        length = phonenumbers.is_possible_number_with_reason(number)
        too_short = length in (ValidationResult.TOO_SHORT, ValidationResult.IS_POSSIBLE_LOCAL_ONLY)
        return DialRefusal.NUMBER_TOO_SHORT if too_short else DialRefusal.NO_SUCH_NUMBER
    category = _CATEGORY_OF.get(phonenumbers.number_type(number), Category.OTHER)
    if category in _REFUSAL_OF and category not in _REGISTRABLE:
        return _REFUSAL_OF[category]
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    country = phonenumbers.region_code_for_number(number) or ""
    return Destination(e164, category, domestic=e164.startswith(f"+{_POLAND}"), country=country)


@rule("WP §2.7", "WP §2.8", "WP §10.7", "TG §3.1", "TG §4.2")
def refusal_for(
    destination: Destination,
    *,
    registered_lines: Collection[str],
    blocked_prefixes: Collection[str],
    access: Access,
    brand: Brand,
) -> DialRefusal | None:
    """Why this card on this way in may not call the number, or None if only its price is still to be found.

    `registered_lines` are the card's information lines in E.164; `blocked_prefixes` are E.164 beginnings or
    whole numbers with their plus. A block beats everything: it is there because of fraud (WP §10.7).
    """
    if any(destination.e164.startswith(prefix) for prefix in blocked_prefixes):
        return DialRefusal.BLOCKED_NUMBER
    if destination.e164 in LINES:
        return DialRefusal.OWN_NUMBER
    registered = (
        brand is Brand.WHITE_PHONE and is_registrable(destination) and destination.e164 in registered_lines
    )
    if destination.category in _REFUSAL_OF and not registered:
        return _REFUSAL_OF[destination.category]
    if brand is Brand.TELEGROSIK and access is Access.LOCAL and destination.domestic:
        return DialRefusal.INTERNATIONAL_ONLY_HERE
    return None


@rule("WP §2.8")
def is_registrable(destination: Destination) -> bool:
    """Whether a holder may have the number registered for their card: a Polish information line, not ours."""
    return destination.domestic and destination.category in _REGISTRABLE and destination.e164 not in LINES


@rule("TG §3.10")
def hides_caller(brand: Brand, destination: Destination) -> bool:
    """Whether the called side is shown our number instead of the caller's.

    Telegrosik hides the caller abroad and on mobiles. White Phone always does: a number that belongs to a
    prison tells more about the caller than their relatives may wish to have on their displays.
    """
    if brand is Brand.WHITE_PHONE:
        return True
    return not destination.domestic or destination.category is Category.MOBILE

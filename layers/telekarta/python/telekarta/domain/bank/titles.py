"""The card that a transfer's title names (WP §4.1.1, TG §2.6).

A title is free text. What is certainly something else (an account, a telephone, a date, an amount, a postal
code ...) is set aside first; what is then left in the shape of a card's number is a candidate. Which of the
candidates exist only the caller knows: `decide` takes that and says whose the money is.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from telekarta.domain.brands import Brand
from telekarta.domain.rules import rule
from telekarta.domain.text import plain


class NotACard(StrEnum):
    """Digits in a title that are certainly no card's number."""

    ACCOUNT = "account"
    PERSON = "person"  # PESEL, identity document
    COMPANY = "company"  # NIP, REGON, KRS
    TELEPHONE = "telephone"
    DATE = "date"
    AMOUNT = "amount"
    POSTAL_CODE = "postal_code"
    PAPER = "paper"  # an invoice, an order, a reference
    OTHER_NUMBER = "other_number"


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may be a card's number, and how it was written: as in the title, with its spaces and slips."""

    number: str
    brand: Brand
    written: str


@dataclass(frozen=True, slots=True)
class TitleMatch:
    """What a title holds: no candidate, one, or several; and what was set aside."""

    candidates: tuple[Candidate, ...] = ()
    ignored: tuple[NotACard, ...] = ()


@dataclass(frozen=True, slots=True)
class Assigned:
    """The money is this card's."""

    card: Candidate


@dataclass(frozen=True, slots=True)
class Unmatched:
    """No card is named, or none of those named exists: WP §4.9, a person decides."""

    tried: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several existing cards are named: WP §4.9, a person decides."""

    candidates: tuple[Candidate, ...]


@rule("WP §4.1.1", "WP §4.9", "TG §2.6")
def decide(match: TitleMatch, existing: Collection[str]) -> Assigned | Unmatched | Ambiguous:
    """Whose the money is. `existing` are those numbers of the candidates whose cards exist."""
    known = tuple(each for each in match.candidates if each.number in existing)
    if not known:
        return Unmatched(match.candidates)
    return Assigned(known[0]) if len(known) == 1 else Ambiguous(known)


# What stands before a number says what it is: kind, words, the number that follows. Spaces belong to a number
# only where people write them, so that a card's number behind it is not swallowed.
_LABELLED = (
    (
        NotACard.TELEPHONE,
        r"TEL|TELEFON[A-Z]*|KOM|KOMORK[A-Z]*|FAX|SMS",
        # Six digits are no Polish telephone, but "karta telefoniczna 123456" is what people write.
        r"[0-9]{7,}|[0-9]{3}[ -][0-9]{2}[ -][0-9]{2}(?![0-9])|[0-9]{2}[ -][0-9]{7}(?![0-9])",
    ),
    (
        NotACard.PERSON,
        r"PESEL[A-Z]*|DOWOD[A-Z]*|PASZPORT[A-Z]*",
        r"[0-9](?:[ -]?[0-9]){10}(?![0-9])|[A-Z]{0,3} ?[0-9]+",
    ),
    (NotACard.COMPANY, r"NIP|IDC|REGON|KRS", r"[0-9](?:[ -]?[0-9]){8,9}(?![0-9])|[0-9]+"),
    (
        NotACard.PAPER,
        r"FAKTUR[A-Z]*|FV|FVAT|F-R[AE]|ZAM|ZAMOWIENI[A-Z]*|UMOW[A-Z]*|REF|TNR|TRANSAKCJ[A-Z]*|SYGN|AKT|INV",
        r"/?[A-Z]{0,4}[0-9]+(?:[/.-](?:[A-Z]{0,2}[0-9]+|[A-Z]{1,2}(?![A-Z])))*",
    ),
    (NotACard.AMOUNT, r"KWOT[A-Z]*", r"[0-9]+(?:[.,][0-9]{1,2})?"),
    (
        NotACard.DATE,
        r"DAT[AY]|DNIA|DNIU|UR",
        r"[0-9]{6,8}(?![0-9])|[0-9]{1,4}(?:[ ./-][0-9]{1,4}){0,2}(?![0-9])",
    ),
)


_CURRENCY = r"(?:ZL|ZLOTYCH|ZLOTE|ZLOTY|PLN|GR|GROSZY|EUR|EURO)(?![A-Z])"


_DAY = r"(?:0?[1-9]|[12][0-9]|3[01])"


_MONTH = r"(?:0?[1-9]|1[0-2])"


# What a shape takes, the next ones no longer see: longer and surer shapes come first.
_SHAPED = (
    (NotACard.ACCOUNT, r"(?<![0-9])(?:PL ?)?[0-9]{2}(?:[ -]?[0-9]{4}){6}(?![0-9])"),
    (
        NotACard.COMPANY,
        r"(?<![0-9])[0-9]{3}-(?:[0-9]{3}-[0-9]{2}-[0-9]{2}|[0-9]{2}-[0-9]{2}-[0-9]{3})(?![0-9])",
    ),
    (NotACard.DATE, rf"(?<![0-9]){_DAY}([./-]){_MONTH}\1(?:19|20)?[0-9]{{2}}(?![0-9])"),
    (NotACard.DATE, rf"(?<![0-9])(?:19|20)?[0-9]{{2}}([./-]){_MONTH}\1{_DAY}(?![0-9])"),
    (NotACard.DATE, rf"(?<![0-9./-]){_MONTH}[./-](?:19|20)[0-9]{{2}}(?![0-9])"),
    (NotACard.TELEPHONE, r"(?<![0-9])(?:\+|00)48(?:[ -]?[0-9]){9}(?![0-9])"),
    # "123 456 50 zl" is a card and an amount; "123 456 zl" is a card, for nobody transfers that much.
    (NotACard.AMOUNT, rf"(?<=[0-9]{{3}}[ -][0-9]{{3}} )[0-9]{{1,5}}(?:[.,][0-9]{{1,2}})? ?{_CURRENCY}"),
    (NotACard.AMOUNT, rf"(?<![0-9])[0-9]{{1,2}}[ .][0-9]{{3}}(?:[.,][0-9]{{2}})? ?{_CURRENCY}"),
    (NotACard.AMOUNT, rf"(?<![0-9])(?<![0-9]{{3}}[ -])[0-9]{{1,5}}(?:[.,][0-9]{{1,2}}|[.,]-)? ?{_CURRENCY}"),
    (NotACard.POSTAL_CODE, r"(?<![0-9-])[0-9]{2}-[0-9]{3}(?![0-9-])"),
    (NotACard.TELEPHONE, r"(?<![0-9])[0-9]{3}([ -])[0-9]{3}\1[0-9]{3}(?![0-9])"),
    (NotACard.TELEPHONE, r"(?<![0-9])[0-9]{2}([ -])[0-9]{3}\1[0-9]{2}\1[0-9]{2}(?![0-9])"),
    (NotACard.AMOUNT, r"(?<![0-9.,])[0-9]{1,5}[.,][0-9]{2}(?![0-9.,-])"),
    (NotACard.PAPER, r"(?<![0-9])[0-9]+(?:/[0-9]+)+(?![0-9])"),
)


_NOT_CARDS = (
    *(
        (kind, re.compile(rf"(?<![A-Z])(?:{words})(?![A-Z])[ .:/]*(?:NR|NUMER[A-Z]*)?[ .:#]*(?:{number})"))
        for kind, words, number in _LABELLED
    ),
    *((kind, re.compile(shape)) for kind, shape in _SHAPED),
)


# Letters may be glued to a number ("WP123456", "123456zl"), digits may not.
_LONE = r"(?<![0-9A-Z])(?P<before>[A-Z]*)(?P<number>{number})(?P<after>[A-Z]*)(?![0-9A-Z])"


_CARDS = (
    # A letter O, I or L among digits is a slip of the finger for 0 or 1.
    (Brand.WHITE_PHONE, re.compile(r"(?<![0-9A-Z])(?P<number>[0-9OIL]{6})(?![0-9A-Z])")),
    *(
        (brand, re.compile(_LONE.format(number=number)))
        for brand, number in (
            (Brand.WHITE_PHONE, r"[0-9]{6}"),
            (Brand.WHITE_PHONE, r"[0-9]{3}[ -][0-9]{3}"),
            (Brand.WHITE_PHONE, r"[0-9]{2} [0-9]{2} [0-9]{2}|[0-9]{2}-[0-9]{2}-[0-9]{2}"),
            (Brand.WHITE_PHONE, r"[0-9](?:[ -][0-9]){5}"),
            (Brand.TELEGROSIK, r"[1-9][0-9]{9}"),
            (Brand.TELEGROSIK, r"[1-9][0-9]{4}[ -][0-9]{5}"),
            (Brand.TELEGROSIK, r"[1-9][0-9]{2}[ -][0-9]{3}[ -][0-9]{4}"),
            (Brand.TELEGROSIK, r"[1-9][0-9]{3}[ -][0-9]{3}[ -][0-9]{3}"),
            (Brand.TELEGROSIK, r"[1-9][0-9]{3}[ -][0-9]{4}[ -][0-9]{2}"),
        )
    ),
)


# Four lines of 35 are usual; a batch that stays one booking has several.
LONGEST_TITLE = 1000


_SLIPS = str.maketrans("OIL", "011")


_SET_ASIDE = "\x00"


_WORDS_GLUED_TO_CARDS = {"DLA", "KRT", "NUM"}


@rule("WP §4.1.1", "TG §2.6", "TG §2.9")
def match_title(title: str) -> TitleMatch:
    """The numbers in a transfer's title that may be a White Phone card's (6 digits) or a Telegrosik serial
    (10 digits, the first not 0), in the order of the title, each once. In a title longer than any bank's
    nothing is looked for, so that it can cost no time."""
    if len(title) > LONGEST_TITLE:
        return TitleMatch(ignored=(NotACard.OTHER_NUMBER,))
    text = re.sub(" +", " ", plain(title))
    ignored: list[NotACard] = []
    for kind, shape in _NOT_CARDS:
        text, times = shape.subn(_hidden, text)
        ignored += [kind] * times
    found: list[tuple[int, Candidate]] = []
    for brand, shape in _CARDS:
        for match in shape.finditer(text):
            if _is_broken_out(match):
                continue
            text = text[: match.start()] + _hidden(match) + text[match.end() :]
            if _is_identity_card(match):
                ignored.append(NotACard.PERSON)
            else:
                number = re.sub("[ -]", "", match["number"].translate(_SLIPS))
                found.append((match.start("number"), Candidate(number, brand, match["number"])))
    if re.search("[0-9]", text):
        ignored.append(NotACard.OTHER_NUMBER)
    first_of_each: dict[str, Candidate] = {}
    for _, candidate in sorted(found, key=lambda each: each[0]):
        first_of_each.setdefault(candidate.number, candidate)
    return TitleMatch(tuple(first_of_each.values()), tuple(ignored))


def _hidden(match: re.Match[str]) -> str:
    return _SET_ASIDE * len(match[0])


def _is_broken_out(match: re.Match[str]) -> bool:
    """Whether the digits are a piece of a longer number, or mostly letters."""
    number, before, after = match["number"], match.string[: match.start()], match.string[match.end() :]
    if sum(map(str.isdigit, number)) < 4:
        return True
    if number.isalnum():
        return False
    # An amount of one or two digits may stand beside "123 456"; beside shorter groups nothing can be told.
    least = 3 if re.match("[0-9]{3}", number) else 1
    pieces = rf"[0-9]{{{least},}}"
    return bool(re.search(rf"{pieces}[ .-]$", before) or re.match(rf"[ .-]{pieces}", after))


def _is_identity_card(match: re.Match[str]) -> bool:
    """Three letters, six digits and their check: a Polish identity card, such as ABA300000."""
    letters = match.groupdict().get("before", "")
    if len(letters) != 3 or letters in _WORDS_GLUED_TO_CARDS or not re.fullmatch("[0-9]{6}", match["number"]):
        return False
    values = [ord(each) - ord("A") + 10 for each in letters] + [int(each) for each in match["number"]]
    return sum(a * b for a, b in zip(values, (7, 3, 1, 9, 7, 3, 1, 7, 3), strict=True)) % 10 == 0

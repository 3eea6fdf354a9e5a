"""Bank statements as values, and the card that a transfer's title names (WP §4.1.1, TG §2.6).

A statement is believed as a whole: what its entries bring must lead from its opening to its closing balance.
Where they don't, or something else is odd, it says so in `problems`, and whoever reads it credits nothing
from it before a person has looked. What can't be read at all is an `UnreadableStatement`, named and located.

A title is free text. What is certainly something else (an account, a telephone, a date, an amount, a postal
code ...) is set aside first; what is then left in the shape of a card's number is a candidate. Which of the
candidates exist only the caller knows: `decide` takes that and says whose the money is.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from telekarta.domain.brands import Brand
from telekarta.domain.rules import rule

OUR_CURRENCY = "PLN"


# Statements


class NoStatement(StrEnum):
    """Why a file is no statement that we can read."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    NOT_A_STATEMENT = "not_a_statement"
    ZIP = "zip"  # an archive, or a spreadsheet, which is one
    PDF = "pdf"
    MALFORMED_XML = "malformed_xml"
    FORBIDDEN_XML = "forbidden_xml"  # a document type, entities: nothing that a statement needs
    NO_ACCOUNT = "no_account"
    BAD_BALANCE = "bad_balance"
    BAD_ENTRY = "bad_entry"
    BAD_DATE = "bad_date"
    BAD_AMOUNT = "bad_amount"


class UnreadableStatement(Exception):
    """A file that can't be read: why, and in which line (from 1; 0 is the file as a whole).

    It carries nothing out of the file but the few characters that could not be read.
    """

    def __init__(self, reason: NoStatement, line: int = 0, text: str = "") -> None:
        self.reason = reason
        self.line = line
        self.text = text[:40]
        super().__init__(f"{self.where}: {reason}" + (f": {self.text!r}" if text else ""))

    @property
    def where(self) -> str:
        return f"line {self.line}" if self.line else "the file"


class StatementDoubt(StrEnum):
    """What makes a statement doubtful that could be read."""

    NO_OPENING_BALANCE = "no_opening_balance"
    NO_CLOSING_BALANCE = "no_closing_balance"  # as in a file that was broken off
    DOES_NOT_ADD_UP = "does_not_add_up"
    MIXED_CURRENCIES = "mixed_currencies"
    BATCH_DOES_NOT_ADD_UP = "batch_does_not_add_up"  # kept as one entry, with all its titles


@dataclass(frozen=True, slots=True)
class Booking:
    """One movement as a file tells it, before it has a reference. Money that came is positive.

    `bank_reference` is what the bank itself calls it, empty where it gives no name. `amount_grosze` counts
    hundredths of `currency`. A reversal takes back an earlier movement: money that returns to us because
    our own transfer bounced is a reversal, and nobody's top-up.
    """

    booked_on: date
    amount_grosze: int
    currency: str
    title: str
    sender_name: str = ""
    sender_nrb: str | None = None
    bank_reference: str = ""
    is_reversal: bool = False


@dataclass(frozen=True, slots=True)
class BankEntry:
    """One movement on an account of ours.

    `reference` names it: the same movement has the same reference in every file that tells it.
    `fingerprint` is a digest of what it says (account, day, amount, title, sender). A reference met again
    with another fingerprint, or a fingerprint met again under another reference, is worth a person's look.
    """

    reference: str
    account_nrb: str
    booked_on: date
    amount_grosze: int
    currency: str
    title: str
    sender_name: str
    sender_nrb: str | None
    fingerprint: str
    is_reversal: bool = False

    @property
    def is_top_up(self) -> bool:
        """Money of ours that came in our currency, and did not merely come back."""
        return self.amount_grosze > 0 and self.currency == OUR_CURRENCY and not self.is_reversal


@dataclass(frozen=True, slots=True)
class Statement:
    """One account's movements between two balances, in the bank's order."""

    account_nrb: str
    number: str
    booked_to: date | None
    currency: str
    opening_grosze: int | None
    closing_grosze: int | None
    entries: tuple[BankEntry, ...]
    problems: tuple[StatementDoubt, ...] = ()


def statement(
    account: str,
    number: str,
    booked_to: date | None,
    currency: str,
    opening_grosze: int | None,
    closing_grosze: int | None,
    bookings: Sequence[Booking],
    problems: Sequence[StatementDoubt] = (),
) -> Statement:
    """A statement with its entries named and its sum checked; `problems` are those the reader met."""
    found = [*problems]
    ours = [booking for booking in bookings if booking.currency == currency]
    if len(ours) != len(bookings):
        found.append(StatementDoubt.MIXED_CURRENCIES)
    if opening_grosze is None:
        found.append(StatementDoubt.NO_OPENING_BALANCE)
    if closing_grosze is None:
        found.append(StatementDoubt.NO_CLOSING_BALANCE)
    if opening_grosze is not None and closing_grosze is not None:
        moved_grosze = sum(booking.amount_grosze for booking in ours)
        if opening_grosze + moved_grosze != closing_grosze:
            found.append(StatementDoubt.DOES_NOT_ADD_UP)
    return Statement(
        account,
        number,
        booked_to,
        currency,
        opening_grosze,
        closing_grosze,
        name_entries(account, bookings),
        tuple(dict.fromkeys(found)),
    )


def name_entries(account: str, bookings: Sequence[Booking]) -> tuple[BankEntry, ...]:
    """The bookings with their references (docs/decisions/0011-bank-statements.md).

    The bank's own reference names a booking, with its amount (banks use one for a transfer and its fee), or
    else the digest of what it says; twins within a statement are counted. The day is left out beside a
    bank's reference, since formats differ in the day they call the booking's.
    """
    seen: Counter[str] = Counter()
    entries = []
    for booking in bookings:
        fingerprint = _fingerprint(account, booking)
        own = re.sub(r"[^0-9A-Z]", "", booking.bank_reference.upper())
        name = f"{account}/{own}/{booking.amount_grosze}" if own else f"{account}/~{fingerprint}"
        seen[name] += 1
        entries.append(
            BankEntry(
                reference=name if seen[name] == 1 else f"{name}/{seen[name]}",
                account_nrb=account,
                booked_on=booking.booked_on,
                amount_grosze=booking.amount_grosze,
                currency=booking.currency,
                title=booking.title,
                sender_name=booking.sender_name,
                sender_nrb=booking.sender_nrb,
                fingerprint=fingerprint,
                is_reversal=booking.is_reversal,
            )
        )
    return tuple(entries)


def _fingerprint(account: str, booking: Booking) -> str:
    # Formats break lines, cut names and drop Polish letters differently: only letters and digits count, and a
    # sender's name only where there is no account number.
    told = (
        account,
        booking.booked_on.isoformat(),
        str(booking.amount_grosze),
        booking.currency,
        re.sub(r"[^0-9A-Z]", "", plain(booking.title)),
        booking.sender_nrb or re.sub(r"[^0-9A-Z]", "", plain(booking.sender_name)),
    )
    return hashlib.sha256("\x1f".join(told).encode("utf-8", "replace")).hexdigest()[:32]


def plain(text: str) -> str:
    """Capitals without Polish letters and with plain digits and spaces: 'Doładowanie' is 'DOLADOWANIE'."""
    stroked = text.replace("ł", "l").replace("Ł", "L")
    letters = unicodedata.normalize("NFKD", stroked)
    bare = "".join(each for each in letters if not unicodedata.combining(each))
    return re.sub(r"\s", " ", bare.upper())


# Account numbers


def is_nrb(text: str) -> bool:
    """Whether this is a Polish account number: 26 digits that pass the check of modulo 97, 'PL' or not."""
    nrb = re.sub(r"[ -]", "", text).removeprefix("PL")
    return re.fullmatch("[0-9]{26}", nrb) is not None and int(nrb[2:] + "2521" + nrb[:2]) % 97 == 1


def nrb_in(text: str) -> str | None:
    """The Polish account number that a field holds, as 26 digits, or None.

    A bank's sort code and account without check digits (24 digits) get the check digits that belong to them.
    """
    digits = re.sub(r"[ /-]", "", text).removeprefix("PL")
    if re.fullmatch("[0-9]{24}", digits):
        digits = f"{98 - int(digits + '252100') % 97:02}{digits}"
    return digits if is_nrb(digits) else None


# Titles


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

"""Bank statements as values (WP §4.1.1, TG §2.6).

The system believes a statement as a whole: what its entries bring must lead from its opening to its closing
balance. Where they don't, or something else is odd, `problems` says so, and nothing of the statement is
credited before a person has looked. A file that can't be read at all is an `UnreadableStatement`, named and
located.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from telekarta.domain.text import plain

OUR_CURRENCY = "PLN"


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

"""A bank transfer on its way to a card: whose account it came to, what became of it, and what is kept of it.

What a transfer became is one posting under one id, made of the bank's reference: the money is on a card, or
it went back to its sender. Whoever comes second, another file or another operator, finds that posting and
can neither credit nor return the money again (WP §4.9).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum

from telekarta.domain.bank.statements import BankEntry
from telekarta.domain.bank.titles import Ambiguous, Candidate, Unmatched
from telekarta.domain.brands import Brand
from telekarta.domain.calendar.deadlines import day_of, midnight
from telekarta.domain.cases.case import Case, CaseKind, new_case
from telekarta.domain.ledger.postings import Posting, PostingKind, Source
from telekarta.domain.mail.redaction import without_codes_and_accounts
from telekarta.domain.rules import rule
from telekarta.domain.topups.topup import TopUp

# A title has room for 140 characters; what is kept of it should still be readable beside the rest.
_LONGEST_TITLE = 200


class Fate(StrEnum):
    """What became of an entry of a statement."""

    CREDITED = "credited"
    CREDITED_BEFORE = "credited_before"  # by another file, the same file, or an operator
    RETURNED = "returned"  # an operator sent it back
    WAITS = "waits"  # a case
    CLOSED = "closed"  # its case was closed by hand, and no money moved
    TAKEN_BACK = "taken_back"  # by the bank: a case
    PAYOUT_CONFIRMED = "payout_confirmed"  # of a refund: the money has left
    PAYOUT_RETURNED = "payout_returned"  # and has come back
    PAYOUT_DIFFERS = "payout_differs"  # another amount than was sent: a case
    NO_TOP_UP = "no_top_up"  # money that left, or came back to us
    DOUBTFUL = "doubtful"  # its statement is not believed
    UNFINISHED = "unfinished"  # something did not answer; the file is taken again


class Why(StrEnum):
    """Why a transfer waits for a person."""

    UNMATCHED = "unmatched"
    AMBIGUOUS = "ambiguous"
    CARD_EXPIRED = "card_expired"
    CARD_USED_UP = "card_used_up"
    OTHER_CURRENCY = "other_currency"
    # The bank's reference was met before, with another day, sender or title: is it other money?
    OTHER_CONTENTS = "other_contents"
    # The same day, sender, amount and title were told before, under another reference: is it the same money?
    OTHER_REFERENCE = "other_reference"


def posting_id(origin: str) -> str:
    """The id of the posting that tells what became of the transfer."""
    return f"topup:{Source.BANK}:{origin}"


def other_origin(entry: BankEntry) -> str:
    """The name of other money under a reference that was met before."""
    return f"{entry.reference}~{entry.fingerprint}"


def money_of(entry: BankEntry, origin: str) -> TopUp:
    """The transfer as a top-up; it came on the day on which the bank booked it."""
    return TopUp(
        Source.BANK,
        origin,
        entry.amount_grosze,
        midnight(entry.booked_on),
        {"fingerprint": entry.fingerprint, "booked_on": entry.booked_on.isoformat()},
    )


def money_of_case(facts: Mapping[str, str | int]) -> TopUp:
    """The transfer that the facts of its case tell of: the same posting as from its file."""
    day = date.fromisoformat(str(facts["booked_on"]))
    details: dict[str, str | int] = {"fingerprint": facts["fingerprint"], "booked_on": day.isoformat()}
    return TopUp(Source.BANK, str(facts["origin"]), int(facts["amount_grosze"]), midnight(day), details)


@rule("WP §4.9")
def returned(facts: Mapping[str, str | int], now: datetime, details: Mapping[str, str | int]) -> Posting:
    """The transfer goes back to its sender: in the place of the posting that would have credited it."""
    money = money_of_case(facts)
    return Posting(
        id=money.posting_id,
        kind=PostingKind.TRANSFER_RETURNED,
        debit=f"incoming:{Source.BANK}",
        credit=f"returned:{Source.BANK}",
        amount_grosze=money.amount_grosze,
        rule="WP §4.9",
        booked_at=now,
        details={**money.details, **details},
    )


def case_id(origin: str) -> str:
    """The id of the transfer's case, whatever it waits for: a transfer has one."""
    return f"{CaseKind.TRANSFER_WAITS}:{origin}"


@rule("WP §4.9")
def waiting_case(
    entry: BankEntry,
    origin: str,
    brand: Brand,
    why: Why,
    tried: Sequence[Candidate],
    file: str,
    now: datetime,
) -> Case:
    """A case with what an operator needs to find the card. Nobody's name or account: the statement has them,
    and the bank's reference leads there."""
    facts: dict[str, str | int] = {
        "reason": why,
        "title": without_codes_and_accounts(entry.title)[:_LONGEST_TITLE] or "-",
        "numbers": " ".join(each.number for each in tried) or "-",
        **_told(entry, brand, file),
        "origin": origin,
        "fingerprint": entry.fingerprint,
    }
    # The subject is no card, not even one that can't take it: the money is for the operator to place.
    return new_case(CaseKind.TRANSFER_WAITS, origin, entry.reference, facts, "bank statement", now)


def _told(entry: BankEntry, brand: Brand, file: str) -> dict[str, str | int]:
    # Another currency's hundredths must never be taken for grosze.
    amount: dict[str, str | int] = (
        {"amount_grosze": entry.amount_grosze}
        if entry.currency == "PLN"
        else {"amount": f"{entry.amount_grosze // 100}.{entry.amount_grosze % 100:02} {entry.currency}"}
    )
    return {
        **amount,
        "booked_on": entry.booked_on.isoformat(),
        "brand": brand,
        "reference": entry.reference,
        "file": file,
    }


def taken_back_case(entry: BankEntry, brand: Brand, file: str, now: datetime) -> Case:
    """The bank took money back: whether it is on a card already, a person finds out."""
    title = without_codes_and_accounts(entry.title)[:_LONGEST_TITLE] or "-"
    facts = {"title": title, **_told(entry, brand, file)}
    return new_case(
        CaseKind.TRANSFER_TAKEN_BACK, entry.reference, entry.reference, facts, "bank statement", now
    )


def why_waits(decided: Unmatched | Ambiguous) -> tuple[Why, tuple[Candidate, ...]]:
    match decided:
        case Unmatched(tried):
            return Why.UNMATCHED, tried
        case Ambiguous(candidates):
            return Why.AMBIGUOUS, candidates


def statement_year(booked_to: date | None, now: datetime) -> int:
    """The year within which a statement's number counts."""
    return (booked_to or day_of(now)).year

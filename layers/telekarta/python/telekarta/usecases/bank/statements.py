"""Bank statements taken to the cards that they are for; what is left waits as a case for an operator.

Safe to repeat, and safe at once, entry by entry: what became of a transfer is one posting whose id is the
bank's reference (`domain/bank/transfers.py`), and what waits is one case of that name. A file that was taken
half is taken again from its beginning; what is done already is found done.
"""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from telekarta.domain.bank.accounts import brand_of
from telekarta.domain.bank.reports import EntryReport, FileReport, StatementReport
from telekarta.domain.bank.statements import BankEntry, NoStatement, Statement, UnreadableStatement
from telekarta.domain.bank.titles import Assigned, Candidate, decide, match_title
from telekarta.domain.bank.transfers import (
    Fate,
    Why,
    case_id,
    money_of,
    other_origin,
    posting_id,
    statement_year,
    taken_back_case,
    waiting_case,
    why_waits,
)
from telekarta.domain.brands import Brand
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.cards.card import Ref
from telekarta.domain.cases.case import CaseKind, CaseState, new_case
from telekarta.domain.ledger.postings import Posting, PostingKind
from telekarta.domain.rules import rule
from telekarta.domain.topups.topup import TopUpRefusal
from telekarta.usecases.bank.ports import BankDeps
from telekarta.usecases.ports import StoreUnavailable
from telekarta.usecases.refunds.payouts import PayoutOutcome
from telekarta.usecases.topups.crediting import TopUps, credit

# What is left for the report when a file has to be taken again for want of time.
REPORTING_S = 15.0
# When the store does not answer for so many entries in a row, the rest would only wait for it too.
MOST_UNANSWERED = 3
# A file that tells of more missing numbers than this has another numbering.
MOST_MISSING = 10

_FOUND_BY = "bank statement"


def _forever() -> float:
    return math.inf


@rule("WP §4.1.1", "WP §4.9", "TG §2.6")
def take_file(
    deps: BankDeps, name: str, raw: bytes | None, time_left_s: Callable[[], float] = _forever
) -> FileReport:
    """Credit what the file brings, each transfer once, and make a case of what a person has to decide.

    `raw` is None for a file that is too large to be looked at. Nothing is raised for a bad file: the report
    says what to do, and a case tells the operators. An entry for which the store does not answer is
    `unfinished` in the report, and the file is to be taken again. Raises StoreUnavailable when not even
    a case can be kept.
    """
    now = deps.clock.now()
    content = raw or b""
    digest = hashlib.sha256(content).hexdigest() if raw is not None else ""
    report = FileReport(name, digest, len(content), now)
    try:
        statements = _read(deps, raw)
    except UnreadableStatement as error:
        facts = {"reason": error.reason, "where": error.where}
        # What was not read has no digest of its content; its name may hold what a case's can't.
        of = digest or hashlib.sha256(name.encode()).hexdigest()
        case = _doubt(deps, of[:16], name, facts, now)
        return replace(report, unreadable=error.reason, line=error.line, case=case)
    patience = _Patience(time_left_s)
    taken = tuple(_take_statement(deps, each, name, now, patience) for each in statements)
    report = replace(report, statements=taken)
    doubted = [each for each in taken if not each.is_believed]
    if not doubted:
        return report
    facts = {
        "reason": " ".join(sorted({p for each in doubted for p in each.problems})) or "account_not_ours",
        "statements": " ".join(each.number or "?" for each in doubted),
    }
    return replace(report, case=_doubt(deps, digest[:16], name, facts, now))


_SIGNATURES = ((b"PK\x03\x04", NoStatement.ZIP), (b"%PDF", NoStatement.PDF))


def _read(deps: BankDeps, raw: bytes | None) -> tuple[Statement, ...]:
    if raw is None:
        raise UnreadableStatement(NoStatement.TOO_LARGE)
    for signature, kind in _SIGNATURES:
        if raw.startswith(signature):
            raise UnreadableStatement(kind)
    return deps.read(raw)


def _doubt(deps: BankDeps, of: str, name: str, facts: dict[str, str], now: datetime) -> str:
    """One case for one content, however often it is put there."""
    case = new_case(CaseKind.STATEMENT_NOT_READ, of, name, {"file": name, **facts}, _FOUND_BY, now)
    deps.store.open_case(case)
    return case.id


@dataclass(slots=True)
class _Patience:
    """Whether going on makes sense: there is time, and the store answers."""

    time_left_s: Callable[[], float]
    unanswered: int = 0

    def is_over(self) -> bool:
        return self.unanswered >= MOST_UNANSWERED or self.time_left_s() < REPORTING_S


def _take_statement(
    deps: BankDeps, told: Statement, file: str, now: datetime, patience: _Patience
) -> StatementReport:
    brand = brand_of(deps.accounts, told.account_nrb, told.booked_to or day_of(now))
    report = StatementReport(
        told.account_nrb,
        brand,
        told.number,
        told.booked_to,
        told.currency,
        told.opening_grosze,
        told.closing_grosze,
        (),
        told.problems,
    )
    if brand is None or told.problems:
        return replace(report, entries=tuple(EntryReport(each, Fate.DOUBTFUL) for each in told.entries))
    twins: Counter[str] = Counter()
    entries = []
    for entry in told.entries:
        twins[entry.fingerprint] += 1
        entries.append(_taken(deps, brand, entry, twins[entry.fingerprint], file, patience))
    missing = _missing(deps, told, now) if not patience.is_over() else ()
    return replace(report, entries=tuple(entries), missing_numbers=missing)


def _taken(
    deps: BankDeps, brand: Brand, entry: BankEntry, twin: int, file: str, patience: _Patience
) -> EntryReport:
    if patience.is_over():
        return EntryReport(entry, Fate.UNFINISHED)
    try:
        done = take_entry(deps, brand, entry, twin, file)
    except StoreUnavailable:
        patience.unanswered += 1
        return EntryReport(entry, Fate.UNFINISHED)
    patience.unanswered = 0
    return done


@rule("WP §4.1.1", "WP §4.9", "TG §2.6")
def take_entry(deps: BankDeps, brand: Brand, entry: BankEntry, twin: int, file: str) -> EntryReport:
    """What becomes of one entry. `twin` counts those of its statement that say the very same.

    What was decided once stays decided: a posting, or a case, of the same name. Only what is met for the
    first time is looked at. Raises StoreUnavailable.
    """
    now = deps.clock.now()
    payout = deps.payout(entry)
    if payout.outcome is not PayoutOutcome.NOT_OURS:
        return EntryReport(entry, _FATES[payout.outcome], refund=payout.refund)
    if entry.amount_grosze <= 0 or entry.is_reversal:
        if entry.amount_grosze < 0 and entry.is_reversal:
            taken_back = taken_back_case(entry, brand, file, now)
            is_new = deps.store.open_case(taken_back)
            return EntryReport(entry, Fate.TAKEN_BACK, case=taken_back.id, is_new=is_new)
        return EntryReport(entry, Fate.NO_TOP_UP)
    decided = _decided_before(deps, entry, entry.reference)
    if decided is not None and decided.fingerprint in ("", entry.fingerprint):
        return decided.report
    # Whoever comes first owns the name. What else comes under it is other money, with a name of its own.
    owner = deps.notes.claim(f"reference:{entry.reference}", entry.fingerprint)
    origin = entry.reference if owner == entry.fingerprint else other_origin(entry)
    if origin != entry.reference:
        decided = _decided_before(deps, entry, origin)
        if decided is not None:
            return decided.report
        done = _waits(deps, brand, entry, origin, Why.OTHER_CONTENTS, (), file, now)
    else:
        done = _decide(deps, brand, entry, twin, file, now)
    if done is None:
        # Somebody was quicker with this very transfer: another file, or an operator.
        decided = _decided_before(deps, entry, origin)
        assert decided is not None, "neither a posting nor a case is ever deleted"
        done = decided.report
    return done


_FATES = {
    PayoutOutcome.CONFIRMED: Fate.PAYOUT_CONFIRMED,
    PayoutOutcome.RETURNED: Fate.PAYOUT_RETURNED,
    PayoutOutcome.DIFFERS: Fate.PAYOUT_DIFFERS,
    PayoutOutcome.KNOWN: Fate.NO_TOP_UP,
}


def _decide(
    deps: BankDeps, brand: Brand, entry: BankEntry, twin: int, file: str, now: datetime
) -> EntryReport | None:
    """What is decided about a transfer that is seen for the first time; None if somebody was quicker."""
    name = f"transfer:{entry.fingerprint}:{twin}"
    if deps.notes.claim(name, entry.reference) != entry.reference:
        return _waits(deps, brand, entry, entry.reference, Why.OTHER_REFERENCE, (), file, now)
    if not entry.is_top_up:
        return _waits(deps, brand, entry, entry.reference, Why.OTHER_CURRENCY, (), file, now)
    return _credited(deps, brand, entry, file, now)


@dataclass(frozen=True, slots=True)
class _Decided:
    report: EntryReport
    fingerprint: str


def _decided_before(deps: BankDeps, entry: BankEntry, origin: str) -> _Decided | None:
    booked = deps.store.posting(posting_id(origin))
    if booked is not None:
        return _Decided(_as_booked(entry, booked), str(booked.details.get("fingerprint", "")))
    case = deps.store.case(case_id(origin))
    if case is None:
        return None
    fate = Fate.WAITS if case.state is CaseState.OPEN else Fate.CLOSED
    why = Why(str(case.facts["reason"]))
    return _Decided(EntryReport(entry, fate, why, case=case.id), str(case.facts["fingerprint"]))


def _as_booked(entry: BankEntry, booked: Posting) -> EntryReport:
    if booked.kind is PostingKind.TRANSFER_RETURNED:
        return EntryReport(entry, Fate.RETURNED)
    return EntryReport(entry, Fate.CREDITED_BEFORE, card=Ref.parse(booked.credit).number)


def _credited(deps: BankDeps, brand: Brand, entry: BankEntry, file: str, now: datetime) -> EntryReport | None:
    match = match_title(entry.title)
    ours = replace(match, candidates=tuple(each for each in match.candidates if each.brand is brand))
    existing = {
        each.number for each in ours.candidates if deps.store.card(Ref.card(brand, each.number)) is not None
    }
    decided = decide(ours, existing)
    if not isinstance(decided, Assigned):
        why, tried = why_waits(decided)
        return _waits(deps, brand, entry, entry.reference, why, tried, file, now)
    ref = Ref.card(brand, decided.card.number)
    done = credit(TopUps(deps.store, deps.promotions), ref, money_of(entry, entry.reference), now)
    if isinstance(done, TopUpRefusal):
        why = _WHY_REFUSED[done]
        return _waits(deps, brand, entry, entry.reference, why, (decided.card,), file, now)
    if done.was_booked:
        return None
    return EntryReport(entry, Fate.CREDITED, card=ref.number, bonus_grosze=done.bonus_grosze)


_WHY_REFUSED = {
    TopUpRefusal.UNKNOWN_CARD: Why.UNMATCHED,
    TopUpRefusal.EXPIRED: Why.CARD_EXPIRED,
    TopUpRefusal.USED_UP: Why.CARD_USED_UP,
}


def _waits(
    deps: BankDeps,
    brand: Brand,
    entry: BankEntry,
    origin: str,
    why: Why,
    tried: Sequence[Candidate],
    file: str,
    now: datetime,
) -> EntryReport | None:
    """The case that the transfer waits as; None if there is one already."""
    case = waiting_case(entry, origin, brand, why, tried, file, now)
    if not deps.store.open_case(case):
        return None
    return EntryReport(entry, Fate.WAITS, why, case=case.id, is_new=True)


def _missing(deps: BankDeps, told: Statement, now: datetime) -> tuple[int, ...]:
    """The numbers before this statement's that nobody has put there, back to the first one of the year that
    was. A report is no place to fail for: what can't be told is left out."""
    number = _number(told.number)
    if number is None:
        return ()
    of_year = f"statement:{told.account_nrb}:{statement_year(told.booked_to, now)}"
    try:
        deps.notes.claim(f"{of_year}:{number}", told.number)
        first = int(deps.notes.claim(f"{of_year}:first", str(number)))
        missing: list[int] = []
        for earlier in range(number - 1, first, -1):
            if deps.notes.noted(f"{of_year}:{earlier}") is not None or len(missing) == MOST_MISSING:
                break
            missing.append(earlier)
        return tuple(reversed(missing))
    except StoreUnavailable:
        return ()


def _number(told: str) -> int | None:
    """The number within a year: '231', '00117/001' and '117/2026' begin with it."""
    digits = re.match(r"\s*0*([0-9]{1,4})(?![0-9])", told)
    return int(digits[1]) if digits else None

"""What a refund is due: which money of the card it is made of, and the calculation (WP §7.4 to §7.9).

Everything is decided on what was found on the card when its money was set aside (`MoneyFound`). What happens
to the card later changes no refund. How clauses that can be read in two ways are read is in
docs/decisions/0017-refunds.md.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from itertools import chain, combinations

from telekarta.domain.brands import Brand
from telekarta.domain.calendar.deadlines import day_of, months_after
from telekarta.domain.calendar.working_days import customers_last_day
from telekarta.domain.ledger.postings import Lot, Source
from telekarta.domain.refunds.application import PROVES, Application, Proof
from telekarta.domain.refunds.money_found import MoneyFound
from telekarta.domain.refunds.policy import Policy
from telekarta.domain.rules import rule

# ---------------------------------------------------------------- what is drawn of it


@dataclass(frozen=True, slots=True)
class Part:
    """Money of one lot that is set aside for a refund."""

    lot: str
    source: Source
    granted_at: datetime
    amount_grosze: int
    top_up: str


def total(parts: Iterable[Part]) -> int:
    return sum(part.amount_grosze for part in parts)


def _take(lots: Iterable[Lot], amount_grosze: int) -> tuple[Part, ...]:
    parts, due = [], amount_grosze
    for lot in lots:
        taken = min(due, lot.left_grosze)
        if taken > 0:
            parts.append(Part(lot.id, lot.source, lot.granted_at, taken, lot.top_up))
            due -= taken
    return tuple(parts)


@rule("WP §7.6", "WP §7.6.1", "WP §7.6.2")
def fees(policy: Policy, draws: Iterable[Part]) -> tuple[int, int]:
    """The fee for the card, once, and the percentage of the voucher money alone, parts of a grosz dropped."""
    vouchers = sum(part.amount_grosze for part in draws if part.source is Source.PLUS_VOUCHER)
    return policy.fee_grosze, vouchers * policy.voucher_fee_percent // 100


@rule("WP §7.8")
def spent_bonuses(policy: Policy, draws: Iterable[Part], found: MoneyFound) -> Mapping[str, int]:
    """What is deducted for the bonuses of the refunded top-ups, by top-up: what was spent of each, and of no
    top-up more than is refunded of it. What is left of a bonus is on the card and no part of the refund
    (WP §7.7.3), so that a bonus is never counted twice."""
    if not policy.deducts_spent_bonus:
        return {}
    drawn: dict[str, int] = {}
    for part in draws:
        drawn[part.top_up] = drawn.get(part.top_up, 0) + part.amount_grosze
    return {
        bonus.top_up: min(bonus.spent_grosze, drawn[bonus.top_up])
        for bonus in found.bonuses
        if bonus.top_up in drawn
    }


# Top-ups that cost their holder something are tried in every way, up to so many: a card has two or three.
_TRIED_AT_MOST = 7


@rule("WP §7.6.2", "WP §7.8")
def _draws(policy: Policy, lots: Iterable[Lot], due_grosze: int, found: MoneyFound) -> tuple[Part, ...]:
    """At most so much of the lots, so that their holder gets the most of it; of ways that give as much the
    one that takes the least off the card; else the oldest money first.

    Money that costs nothing goes first, then vouchers, or top-ups whose bonus was spent. One that its bonus
    would eat up is left on the card."""
    spent = {bonus.top_up for bonus in found.bonuses if bonus.spent_grosze and policy.deducts_spent_bonus}
    free: list[Lot] = []
    costly: dict[str, list[Lot]] = {}
    for lot in sorted(lots, key=lambda lot: (lot.granted_at, len(lot.id), lot.id)):
        if lot.top_up in spent:
            costly.setdefault(lot.top_up, []).append(lot)
        elif lot.source is Source.PLUS_VOUCHER and policy.voucher_fee_percent:
            costly.setdefault("vouchers", []).append(lot)
        else:
            free.append(lot)

    def gives(draws: tuple[Part, ...]) -> int:
        return total(draws) - sum(spent_bonuses(policy, draws, found).values()) - fees(policy, draws)[1]

    def share(group: Sequence[Lot]) -> float:
        whole = _take(group, sum(lot.left_grosze for lot in group))
        return -gives(whole) / total(whole)

    ways = _ways(list(costly.values()), share)
    tried = (_take((*free, *chain.from_iterable(way)), due_grosze) for way in ways)
    return max(tried, key=lambda draws: (gives(draws), -total(draws)))


def _ways(
    groups: Sequence[list[Lot]], share: Callable[[Sequence[Lot]], float]
) -> Iterator[Sequence[list[Lot]]]:
    """Orders in which top-ups may be drawn on. What is kept of one grows slower than the money drawn, so that
    in the best way at most the last one is drawn in part. Of very many only the cheapest come first."""
    if len(groups) > _TRIED_AT_MOST:
        cheapest = sorted(groups, key=share)
        for count in range(len(cheapest) + 1):
            yield cheapest[:count]
            yield from ((*cheapest[:count], last) for last in cheapest[count:])
        return
    for count in range(len(groups) + 1):
        for whole in combinations(groups, count):
            yield whole
            yield from ((*whole, last) for last in groups if last not in whole)


@rule("WP §7.7", "WP §7.7.1", "WP §7.7.2", "WP §7.7.3")
def set_aside(policy: Policy, application: Application, found: MoneyFound) -> tuple[Part, ...]:
    """The money that leaves the card while an operator examines the application: of what can be refunded at
    all as much as the applicant asks for, or all of it while no amount was named. Proven money comes first;
    the rest may still be proven (`awaited`).

    While the applicant has not shown that they know the card's codes, no money leaves the card: knowing its
    six digits must not be enough to take the money from the person who calls with it."""
    if not application.knows_codes:
        return ()
    return (*_proven(policy, application, found), *_to_prove(policy, application, found))


def _proven(policy: Policy, application: Application, found: MoneyFound) -> tuple[Part, ...]:
    lots = [lot for lot in _refundable(policy, found) if is_proven(lot, application.proofs)]
    return _draws(policy, lots, _asked(policy, application, found), found)


def _to_prove(policy: Policy, application: Application, found: MoneyFound) -> tuple[Part, ...]:
    lots = [lot for lot in _refundable(policy, found) if not is_proven(lot, application.proofs)]
    due = _asked(policy, application, found) - total(_proven(policy, application, found))
    return _draws(policy, lots, due, found)


def _refundable(policy: Policy, found: MoneyFound) -> tuple[Lot, ...]:
    return tuple(lot for lot in found.lots if lot.source in policy.refundable)


def _asked(policy: Policy, application: Application, found: MoneyFound) -> int:
    """What is wanted: all of it while no amount was named."""
    if application.asked_grosze is None:
        return sum(lot.left_grosze for lot in _refundable(policy, found))
    return application.asked_grosze


def is_proven(lot: Lot, proofs: Iterable[Proof]) -> bool:
    return any(proof.covers(lot) for proof in proofs)


@rule("WP §7.4")
def awaited(policy: Policy, application: Application, found: MoneyFound) -> tuple[Lot, ...]:
    """The top-ups whose proof is missing for what is asked back, each with the money that it is about."""
    lots = {lot.id: lot for lot in found.lots}
    parts = _to_prove(policy, application, found)
    return tuple(replace(lots[part.lot], left_grosze=part.amount_grosze) for part in parts)


# ---------------------------------------------------------------- the calculation


class LineKind(StrEnum):
    """What a line of the calculation says; the letter and the desk have the words."""

    ON_CARD = "on_card"
    CANTEEN = "canteen"
    TRANSFERRED = "transferred"
    PROMOTION = "promotion"
    NEVER_PAID_IN = "never_paid_in"  # compensation, and what was carried over
    UNPROVEN = "unproven"
    NOT_ASKED = "not_asked"
    EATEN_UP = "eaten_up"  # the spent bonus would take all of it, so it stays on the card
    REFUNDABLE = "refundable"
    SPENT_BONUS = "spent_bonus"
    FEE = "fee"
    VOUCHER_FEE = "voucher_fee"
    PAYABLE = "payable"


SUMS = frozenset({LineKind.REFUNDABLE, LineKind.PAYABLE})

_LEFT_OUT: Mapping[Source, tuple[LineKind, str]] = {
    Source.CARD_TRANSFER: (LineKind.TRANSFERRED, "§7.7.1"),
    Source.LAJT: (LineKind.TRANSFERRED, "§7.7.1"),
    Source.CANTEEN: (LineKind.CANTEEN, "§7.7.2"),
    Source.PROMOTION: (LineKind.PROMOTION, "§7.7.3"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what it takes away is negative. `clause` is "" under a brand whose terms have none."""

    kind: LineKind
    amount_grosze: int
    clause: str = ""


class Unmet(StrEnum):
    """Why nothing can be refunded; all that hold are named."""

    TOO_LATE = "too_late"
    BELOW_MINIMUM = "below_minimum"
    NOTHING_REFUNDABLE = "nothing_refundable"
    NOTHING_PROVEN = "nothing_proven"
    NOTHING_LEFT = "nothing_left"  # bonus and fee eat it up


# Another proof can change these.
MENDABLE = frozenset({Unmet.NOTHING_PROVEN, Unmet.NOTHING_LEFT})
CLAUSE_OF_UNMET: Mapping[Unmet, str] = {
    Unmet.TOO_LATE: "WP §7.9",
    Unmet.BELOW_MINIMUM: "WP §7.5",
    Unmet.NOTHING_REFUNDABLE: "WP §7.7",
    Unmet.NOTHING_PROVEN: "WP §7.4",
    Unmet.NOTHING_LEFT: "WP §7.6",
}


@dataclass(frozen=True, slots=True)
class Calculation:
    """What is due. `draws` is the money that the refund is made of, `refundable` its sum; of that `bonus` and
    `fee` are kept, and `payable` goes out. Where conditions are unmet, `payable` is what it would have been,
    at least nothing."""

    lines: tuple[Line, ...]
    draws: tuple[Part, ...]
    refundable_grosze: int
    bonus_grosze: int
    fee_grosze: int
    payable_grosze: int
    unmet: tuple[Unmet, ...]


@rule("WP §7.9")
def last_day_to_apply(policy: Policy, last_top_up_at: datetime) -> date | None:
    """Six months after the day of the last top-up, moved on if it is no working day; None for no limit."""
    if policy.within_months is None:
        return None
    return customers_last_day(months_after(day_of(last_top_up_at), policy.within_months))


@rule("WP §7.4", "WP §7.5", "WP §7.7.1", "WP §7.7.2", "WP §7.7.3", "WP §7.8")
def calculate(policy: Policy, application: Application, found: MoneyFound) -> Calculation:
    """What the application is due, line by line: the lines between the sums add up to them exactly, whatever
    the amounts."""
    draws = _proven(policy, application, found)
    proven_lots = [lot for lot in _refundable(policy, found) if is_proven(lot, application.proofs)]
    proven = sum(lot.left_grosze for lot in proven_lots)
    refundable = total(draws)
    not_asked = max(0, proven - _asked(policy, application, found))
    bonus = sum(spent_bonuses(policy, draws, found).values())
    fee, voucher_fee = fees(policy, draws) if draws else (0, 0)
    left = refundable - bonus - fee - voucher_fee
    only_vouchers = all(part.source is Source.PLUS_VOUCHER for part in draws)
    clause = _clauses(policy)
    lines = [
        Line(LineKind.ON_CARD, found.balance_grosze, clause("§7.5")),
        *_left_out(policy, found, application.proofs, clause),
        Line(LineKind.NOT_ASKED, -not_asked, clause("§7.3.3")),
        Line(LineKind.EATEN_UP, refundable + not_asked - proven, clause("§7.8")),
        Line(LineKind.REFUNDABLE, refundable, clause("§7.4")),
        Line(LineKind.SPENT_BONUS, -bonus, clause("§7.8")),
        Line(LineKind.FEE, -fee, clause("§7.6.2" if only_vouchers else "§7.6.1")),
        Line(LineKind.VOUCHER_FEE, -voucher_fee, clause("§7.6.2")),
        Line(LineKind.PAYABLE, max(left, 0), clause("§7.6")),
    ]
    return Calculation(
        lines=tuple(line for line in lines if line.amount_grosze or line.kind in SUMS),
        draws=draws,
        refundable_grosze=refundable,
        bonus_grosze=bonus,
        fee_grosze=fee + voucher_fee,
        payable_grosze=max(left, 0),
        unmet=_unmet(policy, application, found, proven_grosze=proven, left_grosze=left),
    )


def outlook(policy: Policy, application: Application, found: MoneyFound) -> Calculation:
    """What the application would be due if every top-up were proven: what applicants see beforehand."""
    kind_of = {source: kind for kind, sources in PROVES.items() for source in sources}
    proofs = tuple(
        Proof(lot.top_up, kind_of[lot.source], "", lot.source) for lot in _refundable(policy, found)
    )
    return calculate(policy, replace(application, proofs=proofs), found)


def _clauses(policy: Policy) -> Callable[[str], str]:
    """Names a clause of the brand's terms; Telegrosik's have none of these."""
    return lambda number: f"WP {number}" if policy.brand is Brand.WHITE_PHONE else ""


def _left_out(
    policy: Policy, found: MoneyFound, proofs: Sequence[Proof], clause: Callable[[str], str]
) -> tuple[Line, ...]:
    """What is on the card and can't be refunded, a line for each reason."""
    amounts: dict[tuple[LineKind, str], int] = {}
    for lot in found.lots:
        if lot.source not in policy.refundable:
            why = _LEFT_OUT.get(lot.source, (LineKind.NEVER_PAID_IN, "§7.4"))
        elif not is_proven(lot, proofs):
            why = (LineKind.UNPROVEN, "§7.4")
        else:
            continue
        amounts[why] = amounts.get(why, 0) + lot.left_grosze
    order = list(LineKind)
    named = sorted(amounts.items(), key=lambda each: order.index(each[0][0]))
    return tuple(Line(kind, -amount, clause(number)) for (kind, number), amount in named)


@rule("WP §7.4", "WP §7.5", "WP §7.7", "WP §7.9")
def _unmet(
    policy: Policy, application: Application, found: MoneyFound, *, proven_grosze: int, left_grosze: int
) -> tuple[Unmet, ...]:
    unmet: list[Unmet] = []
    last_day = last_day_to_apply(policy, found.last_top_up_at) if found.last_top_up_at else None
    if last_day is not None and application.received_on > last_day:
        unmet.append(Unmet.TOO_LATE)
    if max(found.balance_grosze, found.on_arrival_grosze) < policy.minimum_grosze:
        unmet.append(Unmet.BELOW_MINIMUM)
    if not _refundable(policy, found):
        unmet.append(Unmet.NOTHING_REFUNDABLE)
    elif proven_grosze == 0:
        unmet.append(Unmet.NOTHING_PROVEN)
    elif left_grosze <= 0:
        unmet.append(Unmet.NOTHING_LEFT)
    return tuple(unmet)

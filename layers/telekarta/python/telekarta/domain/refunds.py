"""The refund of unused money: what an application needs, what it is due, and how the money moves (WP §7).

Everything is decided on what was found on the card when its money was set aside (`Found`): what happens to
the card later changes no refund. The money that is asked back leaves the card at once, by a posting into an
account of the case's own, so that a call simply sees a smaller balance.

How clauses that can be read in two ways are read is in docs/decisions/0017-refunds.md.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from telekarta.domain.brands import Brand
from telekarta.domain.cards import Card, Ref
from telekarta.domain.deadlines import day_of, months_after
from telekarta.domain.ledger import Draw, Lot, Posting, PostingKind, Source
from telekarta.domain.money import grosze
from telekarta.domain.nrb import NotAnNrb, normalised
from telekarta.domain.rules import cited, rule
from telekarta.domain.working_days import customers_last_day

ONLINE = frozenset({Source.PAYU, Source.PRZELEWY24})
TOP_UPS = frozenset(
    {*ONLINE, Source.BANK, Source.PLUS_VOUCHER, Source.CARD_TRANSFER, Source.LAJT},
)


# ---------------------------------------------------------------- a brand's policy


@dataclass(frozen=True, slots=True)
class Policy:
    """What a brand's terms say of refunds, since a day. Periods that a brand does not know are None."""

    brand: Brand
    since: date
    refundable: frozenset[Source]
    minimum_grosze: int
    within_months: int | None
    fee_grosze: int
    voucher_fee_percent: int
    deducts_spent_bonus: bool
    needs_codes: bool
    answer_within_days: int = 30
    complete_within_days: int = 14
    remind_days_before: tuple[int, ...] = (10, 5, 2)


cited("WP §7.4", "WP §7.5", "WP §7.6.1", "WP §7.6.2", "WP §7.7", "WP §7.8", "WP §7.9", "WP §7.10")
POLICIES = (
    Policy(
        Brand.WHITE_PHONE,
        date(2024, 11, 10),
        refundable=frozenset({Source.BANK, Source.PAYU, Source.PRZELEWY24, Source.PLUS_VOUCHER}),
        minimum_grosze=2000,
        within_months=6,
        fee_grosze=2000,
        voucher_fee_percent=10,
        deducts_spent_bonus=True,
        needs_codes=True,
    ),
    # Its terms have no such clause, so there is nothing to base a fee, a minimum or a limit on; what was paid
    # for, the nominal included, is given back on proof of payment.
    Policy(
        Brand.TELEGROSIK,
        date(2024, 11, 10),
        refundable=frozenset({Source.RETAIL, Source.BANK, Source.PAYU, Source.PRZELEWY24}),
        minimum_grosze=1,
        within_months=None,
        fee_grosze=0,
        voucher_fee_percent=0,
        deducts_spent_bonus=False,
        needs_codes=True,
    ),
)


def policy_for(brand: Brand, day: date) -> Policy:
    """The brand's policy on that day; the first one for earlier days."""
    own = sorted((each for each in POLICIES if each.brand is brand), key=lambda each: each.since)
    return max((each for each in own if each.since <= day), key=lambda each: each.since, default=own[0])


# ---------------------------------------------------------------- the application


class Arrival(StrEnum):
    """How an application came (WP §7.2); also by the form on our pages, and with Telegrosik by telephone."""

    EMAIL = "email"
    WEB = "web"
    LETTER = "letter"
    IN_PERSON = "in_person"
    TELEPHONE = "telephone"


class AnswerBy(StrEnum):
    EMAIL = "email"
    LETTER = "letter"


class CodeCheck(StrEnum):
    """What came of a code. The code itself is compared when it comes, and kept nowhere."""

    NOT_NEEDED = "not_needed"
    NOT_GIVEN = "not_given"
    WRONG = "wrong"
    RIGHT = "right"


class ProofKind(StrEnum):
    TRANSFER = "transfer"  # a bank's confirmation, also of a payment by PayU or Przelewy24
    VOUCHER = "voucher"  # a scan or a photograph on which the Plus code can be read
    PURCHASE = "purchase"  # the receipt of a Telegrosik card


PROVES: Mapping[ProofKind, frozenset[Source]] = {
    ProofKind.TRANSFER: frozenset({Source.BANK, *ONLINE}),
    ProofKind.VOUCHER: frozenset({Source.PLUS_VOUCHER}),
    ProofKind.PURCHASE: frozenset({Source.RETAIL}),
}


@dataclass(frozen=True, slots=True)
class Proof:
    """A document that proves one top-up: the posting that it is about, with that money's source and day.

    Money keeps both wherever it goes (a correction, an account), so they tell whether a lot is proven."""

    posting: str
    kind: ProofKind
    document: str  # where the operator filed it
    source: Source
    granted_at: datetime

    def covers(self, lot: Lot) -> bool:
        return (lot.source, lot.granted_at) == (self.source, self.granted_at)


@rule("WP §7.1", "WP §7.2", "WP §7.2.1", "WP §7.2.2", "WP §7.2.3", "WP §7.3")
@dataclass(frozen=True, slots=True)
class Application:
    """What was applied for, as an operator entered it. `received_on` is the day of its arrival (WP §7.10).

    `nrb` is the 26 digits or "", `nrb_is_wrong` says that one was given which is none. `same_way` asks for
    money from PayU and Przelewy24 to go back the way it came; the rest goes to the account. `enclosed` names
    the documents that came with it and that no operator has read yet: `proofs` come of them."""

    ref: Ref
    arrived: Arrival
    received_on: date
    asked_grosze: int | None
    pin: CodeCheck
    puk: CodeCheck
    proofs: tuple[Proof, ...]
    nrb: str = field(default="", repr=False)
    nrb_is_wrong: bool = False
    owner: str = field(default="", repr=False)
    signed: bool = False
    same_way: bool = False
    answer_by: AnswerBy = AnswerBy.EMAIL
    address: str = field(default="", repr=False)
    enclosed: tuple[str, ...] = ()


# Of an application that was sent by the form.
MOST_ENCLOSED = 10


class Missing(StrEnum):
    """What an application lacks; the one call to complete names all of it."""

    PIN = "pin"
    PIN_WRONG = "pin_wrong"
    PUK = "puk"
    PUK_WRONG = "puk_wrong"
    AMOUNT = "amount"
    PROOF = "proof"
    ACCOUNT = "account"
    ACCOUNT_WRONG = "account_wrong"
    OWNER = "owner"
    SIGNATURE = "signature"


CLAUSE_OF_MISSING: Mapping[Missing, str] = {
    Missing.PIN: "WP §7.3.2",
    Missing.PIN_WRONG: "WP §7.3.2",
    Missing.PUK: "WP §7.3.2",
    Missing.PUK_WRONG: "WP §7.3.2",
    Missing.AMOUNT: "WP §7.3.3",
    Missing.PROOF: "WP §7.3.4",
    Missing.ACCOUNT: "WP §7.3.5",
    Missing.ACCOUNT_WRONG: "WP §7.3.5",
    Missing.OWNER: "WP §7.3.5",
    Missing.SIGNATURE: "WP §7.3.6",
}
_CODE_MISSING = {
    CodeCheck.NOT_GIVEN: (Missing.PIN, Missing.PUK),
    CodeCheck.WRONG: (Missing.PIN_WRONG, Missing.PUK_WRONG),
}


def read_account(text: str) -> tuple[str, bool]:
    """The account's 26 digits, and whether something was given that is no account."""
    try:
        return (normalised(text), False) if text.strip() else ("", False)
    except NotAnNrb:
        return "", True


@rule("WP §7.3.1", "WP §7.3.2", "WP §7.3.3", "WP §7.3.4", "WP §7.3.5", "WP §7.3.6", "WP §7.4")
def missing(application: Application) -> tuple[Missing, ...]:
    """What has to be asked for, in the order of the clause. The card is named by the application's `ref`."""
    lacks: list[Missing] = []
    for number, check in enumerate((application.pin, application.puk)):
        if check in _CODE_MISSING:
            lacks.append(_CODE_MISSING[check][number])
    if not application.asked_grosze:
        lacks.append(Missing.AMOUNT)
    if not application.proofs and not application.enclosed:
        lacks.append(Missing.PROOF)
    # Money that all goes back the way it came needs no account: the provider knows its payer.
    by_provider_only = application.same_way and all(proof.source in ONLINE for proof in application.proofs)
    if application.nrb_is_wrong:
        lacks.append(Missing.ACCOUNT_WRONG)
    elif not application.nrb and not by_provider_only:
        lacks.append(Missing.ACCOUNT)
    if not application.owner and not by_provider_only:
        lacks.append(Missing.OWNER)
    if application.arrived in (Arrival.LETTER, Arrival.IN_PERSON) and not application.signed:
        lacks.append(Missing.SIGNATURE)
    return tuple(lacks)


# ---------------------------------------------------------------- what was found on the card


@dataclass(frozen=True, slots=True)
class Bonus:
    """What a promotion added to one top-up: granted, and of that still on the card."""

    granted_at: datetime
    granted_grosze: int
    left_grosze: int

    @property
    def spent_grosze(self) -> int:
        return self.granted_grosze - self.left_grosze


@dataclass(frozen=True, slots=True)
class Found:
    """The card's money as it was when what was asked back left it; `lots` has no empty ones."""

    at: datetime
    lots: tuple[Lot, ...]
    bonuses: tuple[Bonus, ...] = ()
    last_top_up_at: datetime | None = None

    @property
    def balance_grosze(self) -> int:
        return sum(lot.left_grosze for lot in self.lots)


def look_at(
    card: Card, postings: Iterable[Posting], now: datetime, taken_back: Mapping[datetime, int] | None = None
) -> Found:
    """What is on the card. Lots are never removed, so the last top-up is known though it was spent.
    `taken_back` is what earlier refunds deducted of the bonuses, which counts once (WP §7.8)."""
    granted: dict[datetime, int] = {}
    for posting in postings:
        if posting.kind is PostingKind.BONUS and posting.grants:
            at = posting.grants[0].granted_at
            granted[at] = granted.get(at, 0) + posting.amount_grosze
    for at, amount in (taken_back or {}).items():
        granted[at] = max(0, granted.get(at, 0) - amount)
    left = {
        at: sum(
            lot.left_grosze for lot in card.lots if (lot.source, lot.granted_at) == (Source.PROMOTION, at)
        )
        for at in granted
    }
    return Found(
        at=now,
        lots=tuple(lot for lot in card.lots if lot.left_grosze),
        bonuses=tuple(Bonus(at, amount, min(left[at], amount)) for at, amount in sorted(granted.items())),
        last_top_up_at=max((lot.granted_at for lot in card.lots if lot.source in TOP_UPS), default=None),
    )


@dataclass(frozen=True, slots=True)
class Part:
    """Money of one lot that was set aside for a refund."""

    lot: str
    source: Source
    granted_at: datetime
    amount_grosze: int


def _in_order(lots: Iterable[Lot], proofs: Sequence[Proof]) -> list[Lot]:
    """Proven money first, and vouchers last, since they cost a fee; then the oldest."""
    return sorted(
        lots,
        key=lambda lot: (
            not any(proof.covers(lot) for proof in proofs),
            lot.source is Source.PLUS_VOUCHER,
            lot.granted_at,
            lot.id,
        ),
    )


def _take(lots: Iterable[Lot], amount_grosze: int) -> tuple[Part, ...]:
    parts, due = [], amount_grosze
    for lot in lots:
        taken = min(due, lot.left_grosze)
        if taken > 0:
            parts.append(Part(lot.id, lot.source, lot.granted_at, taken))
            due -= taken
    return tuple(parts)


def total(parts: Iterable[Part]) -> int:
    return sum(part.amount_grosze for part in parts)


@rule("WP §7.7", "WP §7.7.1", "WP §7.7.2", "WP §7.7.3")
def set_aside(policy: Policy, application: Application, found: Found) -> tuple[Part, ...]:
    """What leaves the card when the application comes: of money that can be refunded at all, as much as is
    asked for, or all of it while no amount was named. Proofs may still follow, so that they only decide the
    order."""
    lots = [lot for lot in found.lots if lot.source in policy.refundable]
    return _take(_in_order(lots, application.proofs), _asked(application, lots))


def _asked(application: Application, lots: Iterable[Lot]) -> int:
    """What is wanted of the lots: all of it while no amount was named."""
    if application.asked_grosze is None:
        return sum(lot.left_grosze for lot in lots)
    return application.asked_grosze


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


@rule("WP §7.6", "WP §7.6.1", "WP §7.6.2")
def fees(policy: Policy, draws: Iterable[Part]) -> tuple[int, int]:
    """The fee for the card, once, and the percentage of the voucher money alone, parts of a grosz dropped."""
    vouchers = sum(part.amount_grosze for part in draws if part.source is Source.PLUS_VOUCHER)
    return policy.fee_grosze, vouchers * policy.voucher_fee_percent // 100


@rule("WP §7.8")
def spent_bonus(policy: Policy, draws: Iterable[Part], found: Found) -> int:
    """What was spent of the bonuses of the refunded top-ups. What is left of them is on the card and no part
    of the refund (WP §7.7.3), so that a bonus is never counted twice."""
    return sum(spent_bonuses(policy, draws, found).values())


def spent_bonuses(policy: Policy, draws: Iterable[Part], found: Found) -> Mapping[datetime, int]:
    """The same, by the moments of the bonuses."""
    if not policy.deducts_spent_bonus:
        return {}
    refunded = {part.granted_at for part in draws}
    return {bonus.granted_at: bonus.spent_grosze for bonus in found.bonuses if bonus.granted_at in refunded}


@rule("WP §7.4", "WP §7.5", "WP §7.7.1", "WP §7.7.2", "WP §7.7.3", "WP §7.8")
def calculate(
    policy: Policy, application: Application, found: Found, held: Sequence[Part] | None = None
) -> Calculation:
    """What the application is due, line by line. `held` is what was set aside; without it, what would be. An
    amount that was named after that may be less.

    The lines between the sums add up to them exactly, whatever the amounts."""
    held = set_aside(policy, application, found) if held is None else held
    set_by = {part.lot: part.amount_grosze for part in held}
    proofs = application.proofs
    proven = [lot for lot in found.lots if lot.source in policy.refundable and _is_proven(lot, proofs)]
    in_hand = [replace(lot, left_grosze=set_by[lot.id]) for lot in proven if lot.id in set_by]
    draws = _take(_in_order(in_hand, proofs), _asked(application, in_hand))
    refundable = total(draws)
    bonus = min(spent_bonus(policy, draws, found), refundable)
    fee, voucher_fee = fees(policy, draws) if draws else (0, 0)
    left = refundable - bonus - fee - voucher_fee
    clause = _clauses(policy)
    lines = [
        Line(LineKind.ON_CARD, found.balance_grosze, clause("§7.5")),
        *_left_out(policy, found, proofs, clause),
        Line(LineKind.NOT_ASKED, refundable - sum(lot.left_grosze for lot in proven), clause("§7.3.3")),
        Line(LineKind.REFUNDABLE, refundable, clause("§7.4")),
        Line(LineKind.SPENT_BONUS, -bonus, clause("§7.8")),
        Line(LineKind.FEE, -fee, clause("§7.6.1")),
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
        unmet=_unmet(policy, application, found, refundable, left),
    )


def outlook(policy: Policy, application: Application, found: Found) -> Calculation:
    """What the application would be due if every top-up were proven: what applicants see beforehand."""
    kind_of = {source: kind for kind, sources in PROVES.items() for source in sources}
    proofs = tuple(
        Proof(lot.origin, kind_of[lot.source], "", lot.source, lot.granted_at)
        for lot in found.lots
        if lot.source in policy.refundable
    )
    return calculate(policy, replace(application, proofs=proofs), found)


def _is_proven(lot: Lot, proofs: Iterable[Proof]) -> bool:
    return any(proof.covers(lot) for proof in proofs)


def _clauses(policy: Policy) -> Callable[[str], str]:
    """Names a clause of the brand's terms; Telegrosik's have none of these."""
    return lambda number: f"WP {number}" if policy.brand is Brand.WHITE_PHONE else ""


def _left_out(
    policy: Policy, found: Found, proofs: Sequence[Proof], clause: Callable[[str], str]
) -> tuple[Line, ...]:
    """What is on the card and can't be refunded, a line for each reason."""
    amounts: dict[tuple[LineKind, str], int] = {}
    for lot in found.lots:
        if lot.source not in policy.refundable:
            why = _LEFT_OUT.get(lot.source, (LineKind.NEVER_PAID_IN, "§7.4"))
        elif not _is_proven(lot, proofs):
            why = (LineKind.UNPROVEN, "§7.4")
        else:
            continue
        amounts[why] = amounts.get(why, 0) + lot.left_grosze
    order = list(LineKind)
    named = sorted(amounts.items(), key=lambda each: order.index(each[0][0]))
    return tuple(Line(kind, -amount, clause(number)) for (kind, number), amount in named)


@rule("WP §7.4", "WP §7.5", "WP §7.7", "WP §7.9")
def _unmet(
    policy: Policy, application: Application, found: Found, refundable_grosze: int, left_grosze: int
) -> tuple[Unmet, ...]:
    unmet: list[Unmet] = []
    last_day = last_day_to_apply(policy, found.last_top_up_at) if found.last_top_up_at else None
    if last_day is not None and application.received_on > last_day:
        unmet.append(Unmet.TOO_LATE)
    if found.balance_grosze < policy.minimum_grosze:
        unmet.append(Unmet.BELOW_MINIMUM)
    if not any(lot.source in policy.refundable for lot in found.lots):
        unmet.append(Unmet.NOTHING_REFUNDABLE)
    elif refundable_grosze == 0:
        unmet.append(Unmet.NOTHING_PROVEN)
    elif left_grosze <= 0:
        unmet.append(Unmet.NOTHING_LEFT)
    return tuple(unmet)


# ---------------------------------------------------------------- how the money moves


def held_account(case_id: str) -> str:
    """The account that holds a case's money; it is empty when the case is over."""
    return f"refunds_held:{case_id}"


def fee_revenue(brand: Brand) -> str:
    return f"revenue:refund_fees:{brand}"


BONUSES_TAKEN_BACK = "promotions:taken_back"


def hold(card: Card, case_id: str, parts: Sequence[Part], rule_: str, now: datetime) -> tuple[Card, Posting]:
    """The card without the parts, and the posting that took them. It is no use of the card, so it wakes no
    card that has expired (WP §4.4)."""
    left = {lot.id: lot.left_grosze for lot in card.lots}
    draws = tuple(Draw(p.lot, p.amount_grosze, left[p.lot] - p.amount_grosze) for p in parts)
    after = {draw.lot: draw.left_grosze for draw in draws}
    posting = Posting(
        id=f"refund_hold:{case_id}",
        kind=PostingKind.REFUND_HELD,
        debit=str(card.ref),
        credit=held_account(case_id),
        amount_grosze=total(parts),
        rule=rule_,
        booked_at=now,
        draws=draws,
        details={"case": case_id},
    )
    lots = tuple(replace(lot, left_grosze=after.get(lot.id, lot.left_grosze)) for lot in card.lots)
    return replace(card, version=card.version + 1, lots=lots), posting


def release(
    card: Card, case_id: str, parts: Sequence[Part], rule_: str, now: datetime, number: int = 1
) -> tuple[Card, Posting]:
    """The card with the parts back on it. As with a correction they lie in new lots, with the source and the
    day that they had: an entry in the books is never changed, and a later application finds them as they
    were. `number` counts a case's releases: what was not granted, and what came back unpaid."""
    posting_id = f"refund_release:{case_id}:{number}"
    first = int(card.next_lot_id())
    grants = tuple(
        Lot(str(first + n), part.source, part.amount_grosze, part.granted_at, posting_id)
        for n, part in enumerate(parts)
    )
    posting = Posting(
        id=posting_id,
        kind=PostingKind.REFUND_RELEASED,
        debit=held_account(case_id),
        credit=str(card.ref),
        amount_grosze=total(parts),
        rule=rule_,
        booked_at=now,
        grants=grants,
        details={"case": case_id},
    )
    return replace(card, version=card.version + 1, lots=(*card.lots, *grants)), posting


def without(parts: Sequence[Part], used: Iterable[Part]) -> tuple[Part, ...]:
    """What is left of the parts, lot by lot."""
    taken: dict[str, int] = {}
    for part in used:
        taken[part.lot] = taken.get(part.lot, 0) + part.amount_grosze
    rest = (replace(p, amount_grosze=p.amount_grosze - taken.get(p.lot, 0)) for p in parts)
    return tuple(part for part in rest if part.amount_grosze > 0)


def last_parts(parts: Sequence[Part], amount_grosze: int) -> tuple[Part, ...]:
    """Parts that make up the amount, from the end: bonus and fee were taken from the beginning."""
    picked: list[Part] = []
    due = grosze(amount_grosze)
    for part in reversed(parts):
        taken = min(due, part.amount_grosze)
        if taken > 0:
            picked.append(replace(part, amount_grosze=taken))
            due -= taken
    return tuple(reversed(picked))


def movement(
    posting_id: str,
    kind: PostingKind,
    debit: str,
    credit: str,
    amount_grosze: int,
    rule_: str,
    now: datetime,
    **details: str | int,
) -> Posting:
    """A posting between accounts of ours."""
    return Posting(posting_id, kind, debit, credit, amount_grosze, rule_, now, details=details)

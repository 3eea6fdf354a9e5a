"""How the money of a refund moves: off the card, back on it, and between accounts of ours (WP §7).

The money that is asked back leaves the card at once, by a posting into an account of the refund's own, so
that a call simply sees a smaller balance.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Card, Status
from telekarta.domain.ledger.postings import Draw, Lot, Posting, PostingKind
from telekarta.domain.money import grosze
from telekarta.domain.refunds.calculation import Calculation, Part, total
from telekarta.domain.rules import rule


def held_account(case_id: str) -> str:
    """The account that holds the money of a refund; it is empty when the refund is over."""
    return f"refunds_held:{case_id}"


def fee_revenue(brand: Brand) -> str:
    return f"revenue:refund_fees:{brand}"


BONUSES_TAKEN_BACK = "promotions:taken_back"


def hold(
    card: Card, case_id: str, parts: Sequence[Part], rule_: str, now: datetime, number: int = 1
) -> tuple[Card, Posting]:
    """The card without the parts, and the posting that took them. It is no use of the card, so it wakes no
    card that has expired (WP §4.4). `number` counts the refund's holds."""
    left = {lot.id: lot.left_grosze for lot in card.lots}
    draws = tuple(Draw(p.lot, p.amount_grosze, left[p.lot] - p.amount_grosze) for p in parts)
    after = {draw.lot: draw.left_grosze for draw in draws}
    posting = Posting(
        id=f"refund_hold:{case_id}" if number == 1 else f"refund_hold:{case_id}:{number}",
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
    were. `number` counts the refund's releases: what was exchanged, not granted, or came back unpaid."""
    posting_id = f"refund_release:{case_id}:{number}"
    first = int(card.next_lot_id())
    grants = tuple(
        Lot(str(first + n), part.source, part.amount_grosze, part.granted_at, posting_id, part.top_up)
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


def put_back(card: Card, held: Sequence[Part]) -> Card:
    """The card as if nothing had been set aside; of one that is used up only what was. It is looked at, and
    not kept: its lots' names are those of the parts."""
    amounts: dict[str, int] = {}
    for part in held:
        amounts[part.lot] = amounts.get(part.lot, 0) + part.amount_grosze
    usable = card.status is not Status.USED_UP
    lots = tuple(
        replace(lot, left_grosze=(lot.left_grosze if usable else 0) + amounts.get(lot.id, 0))
        for lot in card.lots
    )
    return replace(card, lots=lots)


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


@rule("WP §7.6", "WP §7.8")
def keep(case_id: str, brand: Brand, found: Calculation, now: datetime) -> tuple[Posting, ...]:
    """The postings by which the fee and the spent bonus leave the refund's account."""
    return tuple(
        movement(
            f"refund_{name}:{case_id}", PostingKind.REFUND_KEPT, held_account(case_id), account, amount,
            clause, now, case=case_id,
        )
        for name, account, amount, clause in _kept(brand, found)
    )  # fmt: skip


@rule("WP §7.6", "WP §7.8")
def give_back_kept(case_id: str, brand: Brand, found: Calculation, now: datetime) -> tuple[Posting, ...]:
    """The postings by which fee and bonus come back into it, if nothing was refunded after all."""
    return tuple(
        movement(
            f"refund_{name}_back:{case_id}", PostingKind.REFUND_KEPT, account, held_account(case_id), amount,
            clause, now, case=case_id,
        )
        for name, account, amount, clause in _kept(brand, found)
    )  # fmt: skip


def _kept(brand: Brand, found: Calculation) -> tuple[tuple[str, str, int, str], ...]:
    parts = (
        ("fee", fee_revenue(brand), found.fee_grosze, "WP §7.6"),
        ("bonus", BONUSES_TAKEN_BACK, found.bonus_grosze, "WP §7.8"),
    )
    return tuple(each for each in parts if each[2])

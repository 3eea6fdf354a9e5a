"""Corrections: an entry in the books is never changed; a new posting, with a reason, puts it right.

A call that was charged too much is given back, one that was charged too little is charged the rest. What is
given back lies in new lots with the source and the date of the lots that it was taken from, so the refund
rules (WP §7) decide about it as if the call had cost less: the money that was spent last is the first to
come back. The correction is the new lots' origin, and names the posting it corrects.

The corrections of one posting are numbered in its id, without gaps: of two that are booked at once the store
takes one, so all of them together never give back more than was charged.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from telekarta.domain.cards.card import Card, Ref
from telekarta.domain.ledger.postings import Draw, Lot, Posting, PostingKind, Purse, Source
from telekarta.domain.prices.tariff import Rate
from telekarta.domain.rules import rule


class CorrectionRefusal(StrEnum):
    """Why a posting can't be corrected so."""

    UNKNOWN_POSTING = "unknown_posting"
    NOT_CORRECTABLE = "not_correctable"  # a kind of posting that no correction undoes
    MORE_THAN_BOOKED = "more_than_booked"  # or than is left of it after earlier corrections
    NOT_ENOUGH_MONEY = "not_enough_money"  # that is not held for a call
    NO_SUCH_PRICE = "no_such_price"  # the posting's price list has no price for its destination
    REQUEST_DIFFERS = "request_differs"  # the request id stands for another correction of this posting


@dataclass(frozen=True, slots=True)
class Reason:
    """Who corrects and why; `request_id` is theirs, to tell the same correction from a second one."""

    who: str
    why: str
    request_id: str
    at: datetime


def correction_id(posting_id: str, number: int) -> str:
    """`number` counts the posting's corrections from 1."""
    return f"correct:{posting_id}:{number}"


def standing_grosze(posting: Posting, corrections: Iterable[Posting]) -> int:
    """What is left of the posting's amount after its corrections: the price that the holder has paid."""
    return posting.amount_grosze + sum(
        correction.amount_grosze * (1 if correction.credit == posting.credit else -1)
        for correction in corrections
    )


def holder_of(posting: Posting) -> Ref | None:
    """The card or account that a correction of the posting would change; None if nothing corrects it.

    A call is put right on the card that paid for it, an issue on the card that was issued. The move of a
    card onto an account is final (TG §5.3), and a correction is corrected through its own posting.
    """
    match posting.kind:
        case PostingKind.CALL:
            return Ref.parse(posting.debit)
        case PostingKind.CARD_ISSUED:
            return Ref.parse(posting.credit)
        case _:
            return None


@rule("WP §6.3", "TG §6.5")
def corrected_price_grosze(posting: Posting, rate: Rate, duration_s: int) -> int:
    """What the call should have cost. Like any call never more than was set aside for it, where the
    posting says how much that was."""
    price, held = rate.price_grosze(duration_s), posting.details.get("held_grosze")
    return min(price, held) if isinstance(held, int) else price


# ---------------------------------------------------------------- giving back


@dataclass(frozen=True, slots=True)
class _Piece:
    source: Source
    granted_at: datetime
    amount_grosze: int
    top_up: str


Lots = Mapping[str, Mapping[str, Lot]]  # by the ledger's name of the card, then by the lot's id


def lots_by_id(*cards: Card) -> Lots:
    return {str(card.ref): {lot.id: lot for lot in card.lots} for card in cards}


def give_back(
    card: Card,
    lots: Lots,
    posting: Posting,
    corrections: Sequence[Posting],
    amount_grosze: int,
    reason: Reason,
    details: Mapping[str, str | int],
) -> tuple[Card, Posting]:
    """The card with the amount back on it, and the posting that brought it.

    `lots` are those of every card that the posting and its corrections were paid from: lots are never
    removed, so the source and the date of what was spent are still known. The amount is at most what stands.
    A correction is no use of the card: it wakes no card that has expired (WP §4.4, TG §6.12), and what is on
    a blocked card stays blocked.
    """
    correction = correction_id(posting.id, len(corrections) + 1)
    first = int(card.next_lot_id())
    pieces = _last_spent(_spent(posting, corrections, lots), amount_grosze)
    grants = tuple(
        Lot(str(first + n), piece.source, piece.amount_grosze, piece.granted_at, correction, piece.top_up)
        for n, piece in enumerate(_merged(pieces))
    )
    booked = Posting(
        id=correction,
        kind=PostingKind.CORRECTION,
        debit=posting.credit,
        credit=str(card.ref),
        amount_grosze=amount_grosze,
        rule=posting.rule,
        booked_at=reason.at,
        grants=grants,
        details=_details(posting, reason, details),
    )
    return replace(card, version=card.version + 1, lots=card.lots + grants), booked


def _spent(posting: Posting, corrections: Sequence[Posting], lots: Lots) -> list[_Piece]:
    """What the holder has paid and not got back, in the order in which it was spent."""
    spent: list[_Piece] = []
    for each in (posting, *corrections):
        if each.draws:
            taken = ((lots[each.debit][draw.lot], draw.amount_grosze) for draw in each.draws)
            spent.extend(_Piece(lot.source, lot.granted_at, amount, lot.top_up) for lot, amount in taken)
        else:
            kept = sum(piece.amount_grosze for piece in spent) - each.amount_grosze
            spent = _first_spent(spent, kept)
    return spent


def _first_spent(spent: Sequence[_Piece], amount_grosze: int) -> list[_Piece]:
    due, pieces = amount_grosze, []
    for piece in spent:
        part = min(due, piece.amount_grosze)
        due -= part
        if part:
            pieces.append(replace(piece, amount_grosze=part))
    return pieces


def _last_spent(spent: Sequence[_Piece], amount_grosze: int) -> list[_Piece]:
    return _first_spent(spent[::-1], amount_grosze)[::-1]


def _merged(pieces: Iterable[_Piece]) -> list[_Piece]:
    """One piece for each source and top-up."""
    merged: dict[tuple[Source, str], _Piece] = {}
    for piece in pieces:
        known = merged.get((piece.source, piece.top_up), replace(piece, amount_grosze=0))
        merged[piece.source, piece.top_up] = replace(
            known, amount_grosze=known.amount_grosze + piece.amount_grosze
        )
    return list(merged.values())


# ---------------------------------------------------------------- taking


def charge_more(
    card: Card,
    posting: Posting,
    corrections: Sequence[Posting],
    amount_grosze: int,
    reason: Reason,
    details: Mapping[str, str | int],
) -> tuple[Card, Posting] | CorrectionRefusal:
    """The card with the rest of the call's price taken off it, in the usual order of spending (WP §7)."""
    return _take(card, card.purse, posting.credit, posting, corrections, amount_grosze, reason, details)


def take_back(
    card: Card,
    posting: Posting,
    corrections: Sequence[Posting],
    amount_grosze: int,
    reason: Reason,
) -> tuple[Card, Posting] | CorrectionRefusal:
    """The card with so much of what the posting granted taken off it: from its own lots, and no others."""
    granted = {lot.id for lot in posting.grants}
    purse = Purse(card.version, tuple(lot for lot in card.purse.lots if lot[0] in granted))
    return _take(card, purse, posting.debit, posting, corrections, amount_grosze, reason, {})


def _take(
    card: Card,
    purse: Purse,
    credit: str,
    posting: Posting,
    corrections: Sequence[Posting],
    amount_grosze: int,
    reason: Reason,
    details: Mapping[str, str | int],
) -> tuple[Card, Posting] | CorrectionRefusal:
    # Held money is the price of a call in progress: nothing else may spend it.
    free = min(purse.balance_grosze, card.balance_grosze - card.held_grosze)
    if amount_grosze > free:
        return CorrectionRefusal.NOT_ENOUGH_MONEY
    _, draws = purse.spend(amount_grosze)
    booked = Posting(
        id=correction_id(posting.id, len(corrections) + 1),
        kind=PostingKind.CORRECTION,
        debit=str(card.ref),
        credit=credit,
        amount_grosze=amount_grosze,
        rule=posting.rule,
        booked_at=reason.at,
        draws=draws,
        details=_details(posting, reason, details),
    )
    return _without(card, draws), booked


def _without(card: Card, draws: Iterable[Draw]) -> Card:
    left = {draw.lot: draw.left_grosze for draw in draws}
    lots = tuple(replace(lot, left_grosze=left.get(lot.id, lot.left_grosze)) for lot in card.lots)
    return replace(card, version=card.version + 1, lots=lots)


def _details(posting: Posting, reason: Reason, more: Mapping[str, str | int]) -> dict[str, str | int]:
    given = {"who": reason.who, "why": reason.why, "request_id": reason.request_id}
    return {"corrects": posting.id, **{name: text for name, text in given.items() if text}, **more}

"""New cards and accounts, and the move of a card onto an account."""

from dataclasses import replace
from datetime import datetime

from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Card, CardRefusal, Ref, Status, is_expired
from telekarta.domain.cards.terms import NOMINALS_GROSZE
from telekarta.domain.ledger.postings import Lot, Posting, PostingKind, Source, nominal_sales
from telekarta.domain.rules import rule


class UnknownNominal(ValueError):
    """A nominal that the brand does not sell."""


@rule("WP §2.6", "TG §2.9", "TG §2.17", "TG §6.3")
def issue(
    ref: Ref,
    nominal_grosze: int,
    pin_digest: str,
    series: str,
    valid_months: int | None,
    now: datetime,
) -> tuple[Card, Posting]:
    """A new card with its nominal on it, and the posting that put it there.

    Raises UnknownNominal for an amount that the brand does not sell (WP §2.6).
    """
    if nominal_grosze not in NOMINALS_GROSZE[ref.brand]:
        raise UnknownNominal(f"{ref.brand} sells no card of {nominal_grosze} grosze")
    posting_id = f"issue:{ref}"
    source = Source.CANTEEN if ref.brand is Brand.WHITE_PHONE else Source.RETAIL
    lot = Lot("1", source, nominal_grosze, now, posting_id)
    card = Card(
        ref=ref,
        version=1,
        status=Status.ACTIVE,
        issued_at=now,
        lots=(lot,),
        nominal_grosze=nominal_grosze,
        series=series,
        valid_months=valid_months,
        pin_digest=pin_digest,
    )
    posting = Posting(
        id=posting_id,
        kind=PostingKind.CARD_ISSUED,
        debit=nominal_sales(ref.brand),
        credit=str(ref),
        amount_grosze=nominal_grosze,
        rule="WP §2.6" if ref.brand is Brand.WHITE_PHONE else "TG §2.9",
        booked_at=now,
        grants=(lot,),
    )
    return card, posting


@rule("TG §2.8", "TG §2.11", "TG §2.2")
def new_account(line: str, now: datetime) -> Card:
    """An empty account for a calling line."""
    return Card(ref=Ref.account(line), version=1, status=Status.ACTIVE, issued_at=now)


def refusal_to_move(card: Card, now: datetime) -> CardRefusal | None:
    """Why a card can't be moved onto an account now. A card with nothing on it counts as used up."""
    if card.status is Status.BLOCKED:
        return CardRefusal.BLOCKED
    if card.status is Status.USED_UP or card.balance_grosze == 0:
        return CardRefusal.USED_UP
    if is_expired(card, now):
        return CardRefusal.EXPIRED
    # Held money can't be moved away: it is the price of a call in progress.
    return CardRefusal.IN_A_CALL if card.hold is not None else None


def move_id(card: Ref) -> str:
    """The id of the posting of a card's only move."""
    return f"move:{card}"


@rule("TG §2.7", "TG §5.3")
def move_onto(account: Card, card: Card, now: datetime) -> tuple[Card, Card, Posting]:
    """The account with the card's money, the card used up, and the posting between them.

    The posting's id is the card's own, and a card moves once in its life: however often it is tried,
    there is one such posting. Each lot keeps its source and its date on the account.
    """
    posting_id = move_id(card.ref)
    spent, draws = card.purse.spend(card.balance_grosze)
    first = int(account.next_lot_id())
    by_id = {lot.id: lot for lot in card.lots}
    grants = tuple(
        replace(by_id[d.lot].moved_by(posting_id), id=str(first + n), left_grosze=d.amount_grosze)
        for n, d in enumerate(draws)
    )
    posting = Posting(
        id=posting_id,
        kind=PostingKind.CARD_TO_ACCOUNT,
        debit=str(card.ref),
        credit=str(account.ref),
        amount_grosze=card.balance_grosze,
        rule="TG §5.3",
        booked_at=now,
        draws=draws,
        grants=grants,
    )
    used_up = replace(card.with_purse(spent), status=Status.USED_UP)
    richer = replace(account, version=account.version + 1, lots=account.lots + grants, last_active_at=now)
    return richer, used_up, posting

"""Correcting a posting: decided on the card as it is, booked on condition that it still is so.

Told twice it is done once. A call that is corrected to a duration is at that duration the second time; a
reversal is done once for each request id.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from telekarta.domain.books.corrections import (
    CorrectionRefusal,
    Reason,
    charge_more,
    corrected_price_grosze,
    correction_id,
    give_back,
    holder_of,
    lots_by_id,
    standing_grosze,
    take_back,
)
from telekarta.domain.cards.card import Card, Ref, Status
from telekarta.domain.cards.issuing import move_id
from telekarta.domain.ledger.postings import Posting, PostingKind
from telekarta.domain.prices.tariff import Prices, UnknownPriceListError
from telekarta.domain.rules import rule
from telekarta.usecases.ports import Replayed, Stale, StoreUnavailable
from telekarta.usecases.rounds import ROUNDS


class CorrectionStore(Protocol):
    """What a correction needs of the store. All methods may raise StoreUnavailable."""

    def card(self, ref: Ref) -> Card | None: ...

    def posting(self, posting_id: str) -> Posting | None: ...

    def book(self, before: Card, after: Card, posting: Posting) -> None | Stale | Replayed: ...


@dataclass(frozen=True, slots=True)
class ReversePosting:
    """Undo the posting, or with an amount part of it."""

    posting: str
    request_id: str
    who: str
    why: str
    amount_grosze: int | None = None


@dataclass(frozen=True, slots=True)
class CorrectCall:
    """Charge the call of the posting for that many seconds, by the list that it was quoted from."""

    posting: str
    duration_s: int
    who: str
    why: str


class CorrectionOutcome(StrEnum):
    DONE = "done"
    UNCHANGED = "unchanged"  # it is so already
    ALREADY_DONE = "already_done"  # by this request, told before


@dataclass(frozen=True, slots=True)
class Corrected:
    """`correction` is None if nothing had to be booked; `standing_grosze` is what is left of the amount."""

    outcome: CorrectionOutcome
    posting: Posting
    correction: Posting | None
    card: Card
    standing_grosze: int


@dataclass(frozen=True, slots=True)
class _Found:
    """A posting with its corrections, the card that it was booked on, and the one that has its money now."""

    posting: Posting
    corrections: tuple[Posting, ...]
    booked_on: Card
    card: Card

    @property
    def standing_grosze(self) -> int:
        return standing_grosze(self.posting, self.corrections)

    def by_request(self, request_id: str) -> Posting | None:
        same = (each for each in self.corrections if each.details.get("request_id") == request_id)
        return next(same, None)


# The card and the correction to be booked, an answer without one, or a refusal.
Decided = tuple[Card, Posting] | Corrected | CorrectionRefusal


@rule("WP §6.3", "TG §6.5")
def reverse_posting(
    store: CorrectionStore, command: ReversePosting, now: datetime
) -> Corrected | CorrectionRefusal:
    """Give back what a call cost, or take back what an issue granted. Raises StoreUnavailable."""
    reason = Reason(command.who, command.why, command.request_id, now)

    def decide(found: _Found) -> Decided:
        told = found.by_request(command.request_id)
        if told is not None:
            if command.amount_grosze not in (None, told.amount_grosze):
                return CorrectionRefusal.REQUEST_DIFFERS
            return _as_it_is(found, CorrectionOutcome.ALREADY_DONE, told)
        standing = found.standing_grosze
        amount = standing if command.amount_grosze is None else command.amount_grosze
        if amount > standing:
            return CorrectionRefusal.MORE_THAN_BOOKED
        if amount == 0:
            return _as_it_is(found, CorrectionOutcome.UNCHANGED, None)
        if found.posting.kind is PostingKind.CARD_ISSUED:
            return take_back(found.card, found.posting, found.corrections, amount, reason)
        return _give_back(found, amount, reason, {})

    return _correct(store, command.posting, decide)


@rule("WP §6.1", "WP §6.3", "TG §6.4", "TG §6.5")
def correct_call(
    store: CorrectionStore, prices: Prices, command: CorrectCall, now: datetime
) -> Corrected | CorrectionRefusal:
    """Make what stands of the charge the price of that duration, either way. Raises StoreUnavailable."""
    reason = Reason(command.who, command.why, "", now)

    def decide(found: _Found) -> Decided:
        posting = found.posting
        if posting.kind is not PostingKind.CALL:
            return CorrectionRefusal.NOT_CORRECTABLE
        price = _price_grosze(prices, posting, command.duration_s)
        if price is None:
            return CorrectionRefusal.NO_SUCH_PRICE
        difference = price - found.standing_grosze
        details: dict[str, str | int] = {"duration_s": command.duration_s, "price_grosze": price}
        if difference == 0:
            return _as_it_is(found, CorrectionOutcome.UNCHANGED, None)
        if difference < 0:
            return _give_back(found, -difference, reason, details)
        return charge_more(found.card, posting, found.corrections, difference, reason, details)

    return _correct(store, command.posting, decide)


def _price_grosze(prices: Prices, posting: Posting, duration_s: int) -> int | None:
    brand = Ref.parse(posting.debit).brand
    try:
        price_list = prices.version(brand, str(posting.details.get("tariff_version", "")))
    except UnknownPriceListError:
        return None
    rate = price_list.rate_for(str(posting.details.get("destination", "")))
    return corrected_price_grosze(posting, rate, duration_s) if rate else None


def _correct(
    store: CorrectionStore, posting_id: str, decide: Callable[[_Found], Decided]
) -> Corrected | CorrectionRefusal:
    for _ in range(ROUNDS):
        found = _find(store, posting_id)
        if isinstance(found, CorrectionRefusal):
            return found
        decided = decide(found)
        if not isinstance(decided, tuple):
            return decided
        after, correction = decided
        if store.book(found.card, after, correction) is None:
            booked = (*found.corrections, correction)
            standing = standing_grosze(found.posting, booked)
            return Corrected(CorrectionOutcome.DONE, found.posting, correction, after, standing)
    raise StoreUnavailable("the card kept changing")


def _find(store: CorrectionStore, posting_id: str) -> _Found | CorrectionRefusal:
    posting = store.posting(posting_id)
    if posting is None:
        return CorrectionRefusal.UNKNOWN_POSTING
    ref = holder_of(posting)
    if ref is None:
        return CorrectionRefusal.NOT_CORRECTABLE
    # The card after its corrections would miss one that is booked in between; read before them it is at an
    # older version then, and the booking is refused.
    booked_on = _there(store, ref)
    card = booked_on
    if booked_on.status is Status.USED_UP and posting.kind is PostingKind.CALL:
        moved = store.posting(move_id(ref))
        if moved is not None:
            card = _there(store, Ref.parse(moved.credit))
    return _Found(posting, _corrections(store, posting_id), booked_on, card)


def _there(store: CorrectionStore, ref: Ref) -> Card:
    card = store.card(ref)
    assert card is not None  # cards are never removed, and this one has a posting
    return card


def _corrections(store: CorrectionStore, posting_id: str) -> tuple[Posting, ...]:
    """They are numbered without gaps, so the first that is not there ends them."""
    found: list[Posting] = []
    while (booked := store.posting(correction_id(posting_id, len(found) + 1))) is not None:
        found.append(booked)
    return tuple(found)


def _give_back(found: _Found, amount_grosze: int, reason: Reason, details: dict[str, str | int]) -> Decided:
    lots = lots_by_id(found.booked_on, found.card)
    return give_back(found.card, lots, found.posting, found.corrections, amount_grosze, reason, details)


def _as_it_is(found: _Found, outcome: CorrectionOutcome, correction: Posting | None) -> Corrected:
    return Corrected(outcome, found.posting, correction, found.card, found.standing_grosze)

"""What was found on a card when the money that is asked back was set aside."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from telekarta.domain.calendar.deadlines import midnight
from telekarta.domain.cards.card import Card
from telekarta.domain.ledger.postings import Lot, Posting, PostingKind, Source
from telekarta.domain.refunds.application import TOP_UPS
from telekarta.domain.rules import rule


@dataclass(frozen=True, slots=True)
class Bonus:
    """What promotions added to one top-up: granted, and of that still on the card."""

    top_up: str
    granted_grosze: int
    left_grosze: int

    @property
    def spent_grosze(self) -> int:
        return self.granted_grosze - self.left_grosze


@dataclass(frozen=True, slots=True)
class MoneyFound:
    """The card's money as it was when what was asked back left it; `lots` has no empty ones.

    `on_arrival_grosze` is what was on the card at the end of the day on which the application came."""

    at: datetime
    lots: tuple[Lot, ...]
    bonuses: tuple[Bonus, ...] = ()
    last_top_up_at: datetime | None = None
    on_arrival_grosze: int = 0

    @property
    def balance_grosze(self) -> int:
        return sum(lot.left_grosze for lot in self.lots)

    @rule("WP §7.5", "WP §7.8", "WP §7.9")
    def after(self, first: "MoneyFound", *, was_held: bool) -> "MoneyFound":
        """What a second look at the card counts for. The balance on arrival stays that of the first look.
        Once money was set aside, so do the bonuses and the last top-up, and money that came later is left
        out: neither a bonus that was talked away nor a new top-up changes what a late proof leads to."""
        found = replace(self, on_arrival_grosze=first.on_arrival_grosze)
        if not was_held:
            return found
        known = {lot.top_up for lot in first.lots}
        return replace(
            found,
            lots=tuple(lot for lot in self.lots if lot.top_up in known),
            bonuses=first.bonuses,
            last_top_up_at=first.last_top_up_at,
        )


@rule("WP §7.5", "WP §7.9")
def look_at(
    card: Card,
    postings: Iterable[Posting],
    now: datetime,
    taken_back: Mapping[str, int] | None = None,
    received_on: date | None = None,
) -> MoneyFound:
    """What is on the card. Lots are never removed, so the last top-up is known though it was spent; it came
    when it was credited, or on the day that the bank booked it, whichever is later.

    `taken_back` is what earlier refunds deducted of the bonuses, by top-up, which counts once (WP §7.8)."""
    booked = tuple(postings)
    granted: dict[str, int] = {}
    for posting in booked:
        if posting.kind is PostingKind.BONUS and posting.grants:
            top_up = posting.grants[0].top_up
            granted[top_up] = granted.get(top_up, 0) + posting.amount_grosze
    for top_up, amount in (taken_back or {}).items():
        granted[top_up] = max(0, granted.get(top_up, 0) - amount)
    left = {
        top_up: sum(
            lot.left_grosze for lot in card.lots if lot.source is Source.PROMOTION and lot.top_up == top_up
        )
        for top_up in granted
    }
    came = [lot.granted_at for lot in card.lots if lot.source in TOP_UPS]
    credited = [
        posting.booked_at
        for posting in booked
        if posting.kind in _TOPPING_UP and posting.credit == str(card.ref)
    ]
    return MoneyFound(
        at=now,
        lots=tuple(lot for lot in card.lots if lot.left_grosze),
        bonuses=tuple(
            Bonus(top_up, amount, min(left[top_up], amount)) for top_up, amount in sorted(granted.items())
        ),
        last_top_up_at=max((*came, *credited), default=None),
        on_arrival_grosze=_balance_after(received_on, card, booked) if received_on else 0,
    )


_TOPPING_UP = frozenset({PostingKind.TOP_UP, PostingKind.CARD_TRANSFER})


def _balance_after(day: date, card: Card, postings: Iterable[Posting]) -> int:
    """What was on the card at the end of that day: what came and went since is undone."""
    name, end = str(card.ref), midnight(day + timedelta(days=1))
    later = [posting for posting in postings if posting.booked_at >= end]
    went = sum(posting.amount_grosze for posting in later if posting.debit == name)
    came = sum(posting.amount_grosze for posting in later if posting.credit == name)
    return card.balance_grosze + went - came

"""Ending a hold, whoever reports that the call is over."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from telekarta.domain.calls.charging import settle
from telekarta.domain.cards.card import Ref
from telekarta.domain.ledger.postings import Hold, Purse
from telekarta.domain.prices.tariff import Rate
from telekarta.usecases.ports import CallHolds, Replayed, Stale, StoreUnavailable
from telekarta.usecases.rounds import ROUNDS


@dataclass(frozen=True, slots=True)
class Ended:
    """The purse as it is now, and the cost; None for the cost if this report booked nothing."""

    purse: Purse
    cost_grosze: int | None


class SettledLately:
    """The holds that this process has ended, so that the second report of a call costs no transaction.

    Only a shortcut: another process, or this one after it has forgotten, asks the store and is told the same.
    """

    def __init__(self, most: int = 1000) -> None:
        self._ended: OrderedDict[str, Ended] = OrderedDict()
        self._most = most

    def get(self, hold_id: str) -> Ended | None:
        return self._ended.get(hold_id)

    def keep(self, hold_id: str, ended: Ended) -> Ended:
        self._ended[hold_id] = ended
        while len(self._ended) > self._most:
            self._ended.popitem(last=False)
        return ended


def settle_hold(
    store: CallHolds,
    ref: Ref,
    purse: Purse,
    hold: Hold,
    rate: Rate,
    duration_s: int,
    leg_sid: str,
    now: datetime,
) -> Ended:
    """Charge the call of the hold, or let the hold go if nothing is owed; exactly once.

    `purse` may be old: the store then shows the card as it is, and it is decided from there. A hold that
    is no longer on the card has been ended by another report; this one finds its posting, or books nothing.
    Raises StoreUnavailable; it is safe to try again.
    """
    for _ in range(ROUNDS):
        after, posting = settle(ref, purse, hold, rate, duration_s, leg_sid, now)
        if posting is None:
            answer: Stale | Replayed | None = store.release_hold(ref, purse, hold.id)
        else:
            answer = store.settle(ref, purse, hold.id, posting)
        match answer:
            case None:
                return Ended(after, posting.amount_grosze if posting else 0)
            case Replayed(booked, card):
                return Ended(card.purse if card else after, booked.amount_grosze)
            case Stale(card):
                if card is None or card.hold is None or card.hold.id != hold.id:
                    return Ended(card.purse if card else purse, None)
                # The hold as the card has it: what was set aside there is what may be charged.
                purse, hold = card.purse, card.hold
    raise StoreUnavailable("the card kept changing")

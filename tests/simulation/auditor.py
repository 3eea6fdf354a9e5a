"""The auditor: a second set of books, kept from the postings alone, that the cards must agree with.

It looks after every change of the store (cheap: what is new), and reads everything once more at the end.
A movement of a new kind is audited like any other; rules of its own are its capability's `LAWS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING

from telekarta.domain.cards.card import Card, Ref
from telekarta.domain.ledger.postings import Hold, Posting, PostingKind, Source
from tests.simulation.prices import fair_limit_s, fair_price_grosze

if TYPE_CHECKING:
    from tests.simulation.carrier import Leg
    from tests.simulation.world import World


class Law(StrEnum):
    """What must hold at every moment."""

    BALANCE_IS_POSTINGS = "a balance is the sum of its postings"
    DEBITS_ARE_CREDITS = "debits equal credits"
    NEVER_NEGATIVE = "nothing is negative"
    POSTING_NEVER_CHANGES = "a posting is written once and never changes"
    CHARGE_IS_QUOTE_BY_RECORD = "a charge is the quoted list applied to the carrier's duration"
    UNANSWERED_IS_FREE = "a call that nobody answered is free"
    HELD_IS_THERE = "held money is there and goes nowhere else"
    TALK_IS_HELD = "while somebody talks, the price is set aside"
    HOLD_ENDS = "every hold ends, once, with what is owed"
    LOT_IS_TRACED = "every lot's way from source to spending is known"
    SPENDING_ORDER = "lots are spent in their order"
    VERSION_GROWS = "a change of a card's money has a version of its own"
    HEARD_IS_TRUE = "what a caller hears of money is true"
    OWN_CARD = "whose code was keyed pays"
    MONEY_COMES_ONCE = "money that came is credited once, with what came"
    PAYMENT_ENDS = "what was paid is on the card, or a person looks at it"
    NO_MORE_BACK = "corrections give back no more than was charged"
    REFUND_ADDS_UP = "money asked back is held, under way, out, kept, or on the card again"
    REFUND_IS_DUE = "a refund is what papers, fees and bonuses leave, and goes out once"
    OUT_IS_OUT = "what the books say of a payout is what its bank or provider did"
    REFUND_ENDS = "every refund ends with an empty account, or an operator sees it"
    DAY_CLOSES = "the daily look at the books finds nothing"
    NO_FAULT = "the product knows its own requests and gives up on none without a cause"


class Violation(BaseException):
    """A law is broken. Not an Exception: the product's own handlers must not swallow it."""

    def __init__(self, law: Law, words: str) -> None:
        super().__init__(f"{law}: {words}")
        self.law = law


def must(holds: bool, law: Law, *words: object) -> None:
    if not holds:
        raise Violation(law, " ".join(map(str, words)))


# The order of spending, written down a second time: promotion, what can't be refunded, vouchers, bank money.
_ORDER = (
    {Source.PROMOTION},
    {
        Source.CANTEEN,
        Source.RETAIL,
        Source.CARD_TRANSFER,
        Source.LAJT,
        Source.COMPENSATION,
        Source.CARRIED_OVER,
    },
    {Source.PLUS_VOUCHER},
    {Source.BANK, Source.PAYU, Source.PRZELEWY24},
)
_CLASS = {source: number for number, sources in enumerate(_ORDER) for source in sources}


@dataclass(slots=True)
class Stock:
    """A lot as its postings tell it."""

    id: str
    source: Source
    granted_at: datetime
    origin: str
    granted_grosze: int
    left_grosze: int
    top_up: str
    drawn_grosze: int = 0


# What else must hold of a posting of some kind. It is asked with the lots of the account that is debited,
# as they were before.
Check = Callable[["World", Posting, dict[str, Stock]], None]
Laws = Mapping[PostingKind, Check]


class CardsOnFile(dict[Ref, Card]):
    """The store's cards; it keeps in mind which were written, so that looking costs no more than that."""

    def __init__(self) -> None:
        super().__init__()
        self.changed: dict[Ref, Card] = {}

    def __setitem__(self, ref: Ref, card: Card) -> None:
        super().__setitem__(ref, card)
        self.changed[ref] = card


class Books:
    def __init__(self, world: "World", laws: "Laws") -> None:
        self._world, self._laws = world, laws
        self._known: dict[str, Posting] = {}
        self._cards: dict[Ref, Card] = {}
        self._balances: dict[str, int] = {}
        self._lots: dict[str, dict[str, Stock]] = {}
        self._standing: dict[str, int] = {}
        self._spent: dict[str, set[tuple[Source, str]]] = {}
        # What a card has held since the step began: anything of it may truly be heard during the step.
        self.lately: dict[Ref, set[int]] = {}
        self.after_charge: dict[str, int] = {}  # what a call left, by its hold
        self.held: dict[Ref, Hold] = {}

    # ------------------------------------------------------------------ after every change

    def look(self) -> None:
        store = self._world.store
        if len(store.booked) != len(self._known):
            must(len(store.booked) > len(self._known), Law.POSTING_NEVER_CHANGES, "one is gone")
            for key, posting in islice(store.booked.items(), len(self._known), None):
                self._book(key, posting)
        changed = self._world.cards_on_file.changed
        while changed:
            ref, card = changed.popitem()
            before = self._cards.get(ref)
            self._cards[ref] = card
            if card.hold is None:
                self.held.pop(ref, None)
            else:
                self.held[ref] = card.hold
            self._check_card(before, card)
        self._world.refunding.look()

    def balance(self, account: str) -> int:
        return self._balances.get(account, 0)

    def charge_of(self, hold_id: str) -> Posting | None:
        return self._known.get(f"call:{hold_id}")

    def spent_on(self, posting_id: str) -> set[tuple[Source, str]]:
        """The sources and dates of what a posting, and what was charged after it, took."""
        return self._spent.get(posting_id, set())

    def stands(self, posting_id: str, correction: Posting) -> int:
        """What is left of a posting's amount once it was corrected thus."""
        posting = self._known[posting_id]
        left = self._standing.get(posting_id, posting.amount_grosze)
        # Against the posting's own direction it gives back, along with it it takes more.
        sign = 1 if correction.credit == posting.credit else -1
        self._standing[posting_id] = left + sign * correction.amount_grosze
        return self._standing[posting_id]

    def _book(self, key: str, posting: Posting) -> None:
        must(key == posting.id and key not in self._known, Law.POSTING_NEVER_CHANGES, key)
        must(posting.amount_grosze > 0, Law.NEVER_NEGATIVE, key, posting.amount_grosze)
        self._known[key] = posting
        self._balances[posting.debit] = self.balance(posting.debit) - posting.amount_grosze
        self._balances[posting.credit] = self.balance(posting.credit) + posting.amount_grosze
        before = {lot.id: lot for lot in self._lots.get(posting.debit, {}).values()}
        if _is_card(posting.debit):
            self._draw(posting)
        if _is_card(posting.credit):
            self._grant(posting)
        if posting.kind is PostingKind.CALL:
            self.after_charge[posting.id.removeprefix("call:")] = self.balance(posting.debit)
        self._world.refunding.check_sides(posting)
        check = self._laws.get(posting.kind)
        if check is not None:
            check(self._world, posting, before)

    def _draw(self, posting: Posting) -> None:
        lots = self._lots.get(posting.debit, {})
        must(
            sum(draw.amount_grosze for draw in posting.draws) == posting.amount_grosze,
            Law.LOT_IS_TRACED,
            posting.id,
            "draws another amount",
        )
        expected = _in_order(lots, posting.amount_grosze)
        drawn = [(draw.lot, draw.amount_grosze) for draw in posting.draws]
        # Who takes back a grant takes it out of that grant's own lots; a refund's order is its own.
        if posting.kind not in (PostingKind.CORRECTION, PostingKind.REFUND_HELD):
            must(drawn == expected, Law.SPENDING_ORDER, posting.id, "drew", drawn, "not", expected)
        spent = self._spent.setdefault(str(posting.details.get("corrects", posting.id)), set())
        for draw in posting.draws:
            lot = lots[draw.lot]
            spent.add((lot.source, lot.top_up))
            lot.left_grosze -= draw.amount_grosze
            lot.drawn_grosze += draw.amount_grosze
            must(lot.left_grosze == draw.left_grosze >= 0, Law.LOT_IS_TRACED, posting.id, draw, lot)

    def _grant(self, posting: Posting) -> None:
        lots = self._lots.setdefault(posting.credit, {})
        granted = sum(lot.left_grosze for lot in posting.grants)
        must(granted == posting.amount_grosze, Law.LOT_IS_TRACED, posting.id, "grants another amount")
        for lot in posting.grants:
            must(lot.id not in lots, Law.LOT_IS_TRACED, posting.id, "grants lot", lot.id, "again")
            must(lot.origin == posting.id, Law.LOT_IS_TRACED, posting.id, "grants what came by", lot.origin)
            lots[lot.id] = Stock(
                lot.id, lot.source, lot.granted_at, lot.origin, lot.left_grosze, lot.left_grosze, lot.top_up
            )

    def _check_card(self, before: Card | None, card: Card) -> None:
        name, held = str(card.ref), card.held_grosze
        balance = 0
        lots = self._lots.get(name, {})
        for lot in card.lots:
            must(lot.left_grosze >= 0, Law.NEVER_NEGATIVE, name, lot)
            balance += lot.left_grosze
            stock = lots.get(lot.id)
            must(
                stock is not None
                and (lot.source, lot.granted_at, lot.origin, lot.top_up)
                == (stock.source, stock.granted_at, stock.origin, stock.top_up),
                Law.LOT_IS_TRACED,
                name,
                "has a lot that no posting brought:",
                lot,
            )
        must(
            balance == self.balance(name),
            Law.BALANCE_IS_POSTINGS,
            name,
            balance,
            "not",
            self.balance(name),
        )
        must(len(card.lots) == len(lots), Law.LOT_IS_TRACED, name, "has lost sight of a lot")
        for lot in card.lots:
            must(lot.left_grosze == lots[lot.id].left_grosze, Law.LOT_IS_TRACED, name, lot, lots[lot.id])
        must(0 <= held <= balance, Law.HELD_IS_THERE, name, "holds", held, "of", balance)
        seen = self.lately.setdefault(card.ref, set())
        seen.add(balance)
        if before is None:
            return
        seen.add(before.balance_grosze)
        money = (card.lots, card.hold, card.status)
        if money != (before.lots, before.hold, before.status):
            must(card.version > before.version, Law.VERSION_GROWS, name, before.version, card.version)
        must(card.version >= before.version, Law.VERSION_GROWS, name, before.version, card.version)
        if card.hold != before.hold:
            if before.hold is not None:
                self._check_let_go(card, before.hold)
            if card.hold is not None:
                again = before.closed_hold == card.hold.id
                must(not again, Law.HOLD_ENDS, name, "sets the money of", card.hold.id, "aside once more")
                self._check_held(card, card.hold)

    # ------------------------------------------------------------------ holds

    def _check_held(self, card: Card, hold: Hold) -> None:
        """What is set aside is the price of the longest call that the balance pays for."""
        rate = self._world.rate(card.ref.brand, hold.tariff_version, hold.destination)
        limit_s = fair_limit_s(rate, card.balance_grosze)
        must(hold.limit_s == limit_s, Law.HELD_IS_THERE, hold.id, "limit", hold.limit_s, "not", limit_s)
        most = fair_price_grosze(rate, limit_s)
        must(hold.amount_grosze == most, Law.HELD_IS_THERE, hold.id, "holds", hold.amount_grosze, "not", most)

    def _check_let_go(self, card: Card, hold: Hold) -> None:
        leg, charge = self._world.leg_of_hold(hold.id), self.charge_of(hold.id)
        if leg is None:
            must(charge is None, Law.CHARGE_IS_QUOTE_BY_RECORD, hold.id, "is charged, but was never dialled")
            must(
                self._world.is_over(hold.call_sid),
                Law.HOLD_ENDS,
                hold.id,
                "is let go while the call may still be dialled",
            )
            return
        must(leg.due_grosze is not None, Law.TALK_IS_HELD, str(card.ref), "let go of", hold.id, "too early")
        must(
            (charge.amount_grosze if charge else 0) == leg.due_grosze,
            Law.HOLD_ENDS,
            hold.id,
            "ended with",
            charge and charge.amount_grosze,
            "not",
            leg.due_grosze,
        )

    def check_talks(self, legs: "list[Leg]") -> None:
        """Each leg that goes on has its price set aside on its holder's card: so there is one a card."""
        for leg in legs:
            if leg.is_charged:
                card = self._cards.get(leg.holder) if leg.holder else None
                hold = card.hold if card else None
                must(
                    hold is not None and hold.id == leg.hold_id,
                    Law.TALK_IS_HELD,
                    leg.hold_id,
                    "talks on",
                    leg.holder,
                    "which holds",
                    hold,
                )

    # ------------------------------------------------------------------ everything, at the end

    def read_all(self) -> None:
        """Every posting and every card once more, from the store and from nothing else."""
        store = self._world.store
        self.look()
        must(
            list(store.booked.values()) == list(self._known.values()),
            Law.POSTING_NEVER_CHANGES,
            "the book is another",
        )
        sums: dict[str, int] = {}
        for posting in store.booked.values():
            sums[posting.debit] = sums.get(posting.debit, 0) - posting.amount_grosze
            sums[posting.credit] = sums.get(posting.credit, 0) + posting.amount_grosze
        must(sum(sums.values()) == 0, Law.DEBITS_ARE_CREDITS, sums)
        names = {str(ref) for ref in store.cards}
        lost = [name for name, amount in sums.items() if _is_card(name) and amount and name not in names]
        must(not lost, Law.BALANCE_IS_POSTINGS, "money on cards that are not there:", lost)
        on_cards = 0
        for ref, card in store.cards.items():
            must(card.balance_grosze == sums.get(str(ref), 0), Law.BALANCE_IS_POSTINGS, ref)
            on_cards += card.balance_grosze
            must(card.hold is None, Law.HOLD_ENDS, ref, "still holds", card.hold)
            for stock in self._lots.get(str(ref), {}).values():
                must(
                    stock.origin in store.booked
                    and stock.granted_grosze == stock.left_grosze + stock.drawn_grosze,
                    Law.LOT_IS_TRACED,
                    ref,
                    stock,
                )
        elsewhere = sum(amount for name, amount in sums.items() if not _is_card(name))
        must(on_cards + elsewhere == 0, Law.DEBITS_ARE_CREDITS, on_cards, elsewhere)
        for leg in self._world.legs.values():
            if leg.is_charged:
                charge = self.charge_of(leg.hold_id)
                must(
                    (charge.amount_grosze if charge else 0) == leg.due_grosze,
                    Law.CHARGE_IS_QUOTE_BY_RECORD,
                    leg,
                    charge,
                )


def _in_order(lots: dict[str, Stock], amount_grosze: int) -> list[tuple[str, int]]:
    """What is drawn from which lot, by the order written down here."""
    due, expected = amount_grosze, []
    for lot in sorted(
        (lot for lot in lots.values() if lot.left_grosze),
        key=lambda lot: (_CLASS[lot.source], lot.granted_at, lot.id),
    ):
        if due:
            taken = min(due, lot.left_grosze)
            due -= taken
            expected.append((lot.id, taken))
    must(due == 0, Law.NEVER_NEGATIVE, due, "grosze more are taken than there are")
    return expected


def _is_card(account: str) -> bool:
    return account.startswith(("card:", "account:"))

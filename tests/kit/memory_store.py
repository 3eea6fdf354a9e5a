"""The store in plain Python: the same promises as the one on DynamoDB, simple enough to be seen to be right.

Each operation is one step that nothing comes between, and either does all or nothing. Tests that ask how the
product behaves when the store does not answer give it `faults`, which is told of every operation twice: a
StoreUnavailable raised BEFORE means that nothing was done, one raised AFTER that all was done and only the
answer got lost. The promises are tested in tests/adapters/dynamodb/test_store_contract.py, on both stores.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cache, wraps
from threading import RLock
from typing import Any, Concatenate, ParamSpec, TypeVar

from telekarta.domain.books.trial_balance import UnreadableRecord
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import CallingLine, Card, Kind, Ref
from telekarta.domain.cards.codes import Tries
from telekarta.domain.cases.case import Case, CaseState
from telekarta.domain.ledger.postings import Hold, Posting, Purse
from telekarta.domain.money import NotMoney, grosze
from telekarta.domain.topups.claims import Claim
from telekarta.domain.topups.payments import Payment
from telekarta.usecases.ports import CommandRecord, Replayed, Stale

P = ParamSpec("P")
T = TypeVar("T")


class When(StrEnum):
    BEFORE = "before"
    AFTER = "after"


Faults = Callable[[When, str], None]


def no_faults(when: When, operation: str) -> None:
    """The store always answers."""


@cache
def _fields_of(kind: type) -> tuple[tuple[str, bool], ...]:
    """The fields of a dataclass, and whether each is an amount; none of anything else."""
    named = fields(kind) if is_dataclass(kind) else ()
    return tuple((each.name, each.name.endswith("_grosze")) for each in named)


def refuse_fractions(value: Any) -> None:
    """NotMoney if there is anything but whole numbers in the value, however deep."""
    if isinstance(value, float):
        raise NotMoney("a float is not stored")
    if isinstance(value, str | int | datetime):
        return
    for name, is_amount in _fields_of(type(value)):
        part = getattr(value, name)
        # An amount may be left open, as in an application; it is never anything but whole grosze.
        if is_amount and part is not None:
            grosze(part)
        refuse_fractions(part)
    if isinstance(value, tuple):
        for part in value:
            refuse_fractions(part)
    elif isinstance(value, dict):
        refuse_fractions(tuple(value.values()))


def operation(
    method: Callable[Concatenate["MemoryStore", P], T],
) -> Callable[Concatenate["MemoryStore", P], T]:
    """One step of the store, with its two moments at which the line to it may fail."""

    @wraps(method)
    def step(self: "MemoryStore", *args: P.args, **kwargs: P.kwargs) -> T:
        self.faults(When.BEFORE, method.__name__)
        for value in (*args, *kwargs.values()):
            refuse_fractions(value)
        with self.lock:
            self.told.append(method.__name__)
            answer = method(self, *args, **kwargs)
        self.faults(When.AFTER, method.__name__)
        return answer

    return step


@dataclass
class MemoryStore:
    """`CardStore`, `DeskStore`, `HoldStore` and `CaseStore`.

    `told` lists the operations that were done, in their order.
    """

    faults: Faults = no_faults
    cards: dict[Ref, Card] = field(default_factory=dict)
    tries: dict[str, Tries] = field(default_factory=dict)
    booked: dict[str, Posting] = field(default_factory=dict)
    blocked: dict[str, str] = field(default_factory=dict)
    commands: dict[str, CommandRecord] = field(default_factory=dict)
    found: dict[str, Case] = field(default_factory=dict)
    paying: dict[str, Payment] = field(default_factory=dict)
    claiming: dict[str, Claim] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    lock: RLock = field(default_factory=RLock)

    # ------------------------------------------------------------------ reads

    @operation
    def card(self, ref: Ref) -> Card | None:
        return self.cards.get(ref)

    @operation
    def card_by_pin(self, pin_digest: str) -> Card | None:
        return self._by_pin(pin_digest)

    def _by_pin(self, pin_digest: str) -> Card | None:
        """White Phone PINs prove, they don't name: no card is found by one."""
        for card in self.cards.values():
            if _is_named_by_pin(card) and card.pin_digest == pin_digest:
                return card
        return None

    @operation
    def line(self, number: str) -> CallingLine:
        return self._line(number)

    def _line(self, number: str) -> CallingLine:
        return CallingLine(number, self.tries.get(number, Tries()), self.cards.get(Ref.account(number)))

    @operation
    def blocked_prefixes(self) -> frozenset[str]:
        return frozenset(self.blocked)

    # ------------------------------------------------------------------ a call

    @operation
    def place_hold(self, ref: Ref, purse: Purse, hold: Hold, from_line: str) -> Card | Stale:
        card = self.cards.get(ref)
        if card is None or card.version != purse.version or card.hold is not None:
            return Stale(card)
        return self._keep(
            replace(
                card,
                version=purse.version + 1,
                hold=hold,
                pin_tries=Tries(),
                known_lines=card.known_lines | {from_line} - {""},
            )
        )

    @operation
    def release_hold(self, ref: Ref, purse: Purse, hold_id: str) -> None | Stale:
        card = self.cards.get(ref)
        if card is None or not _is_held(card, purse, hold_id):
            return Stale(card)
        self._keep(replace(card, version=purse.version + 1, hold=None, closed_hold=hold_id))
        return None

    @operation
    def settle(self, ref: Ref, before: Purse, hold_id: str, posting: Posting) -> None | Stale | Replayed:
        card = self.cards.get(ref)
        if posting.id in self.booked:
            return Replayed(self.booked[posting.id], card)
        if card is None or not _is_held(card, before, hold_id):
            return Stale(card)
        left = {lot.id: lot.left_grosze for lot in card.lots}
        for draw in posting.draws:
            if left.get(draw.lot) != draw.left_grosze + draw.amount_grosze:
                return Stale(card)
            left[draw.lot] = draw.left_grosze
        self._keep(
            replace(
                card,
                version=before.version + 1,
                hold=None,
                closed_hold=hold_id,
                lots=tuple(replace(lot, left_grosze=left[lot.id]) for lot in card.lots),
                last_active_at=posting.booked_at,
                first_used_at=card.first_used_at or posting.booked_at,
            )
        )
        self.booked[posting.id] = posting
        return None

    @operation
    def move_card(self, card: Card, account: Card, posting: Posting) -> None | Stale | Replayed:
        emptied, filled = self.cards.get(card.ref), self.cards.get(account.ref)
        if posting.id in self.booked:
            return Replayed(self.booked[posting.id], filled)
        if emptied is None or emptied.version != card.version - 1 or emptied.hold is not None:
            return Stale(filled)
        if filled is None or filled.version != account.version - 1:
            return Stale(filled)
        self._keep(replace(emptied, version=card.version, status=card.status, lots=card.lots))
        self._keep(
            replace(filled, version=account.version, lots=account.lots, last_active_at=posting.booked_at)
        )
        self.booked[posting.id] = posting
        return None

    # ------------------------------------------------------------------ wrong codes

    @operation
    def count_wrong_code(self, ref: Ref, seen: Tries, now: Tries, *, puk: bool) -> None | Stale:
        card = self.cards.get(ref)
        if card is None or (card.puk_tries if puk else card.pin_tries) != seen:
            return Stale(card)
        self._keep(replace(card, puk_tries=now) if puk else replace(card, pin_tries=now))
        return None

    @operation
    def count_wrong_line(self, number: str, seen: Tries, now: Tries) -> CallingLine | None:
        if self.tries.get(number, Tries()) != seen:
            return self._line(number)
        self.tries[number] = now
        return None

    # ------------------------------------------------------------------ a holder's own settings

    @operation
    def remember(self, ref: Ref, language: str, slow: bool) -> None:
        if ref in self.cards:
            self._keep(replace(self.cards[ref], language=language, slow=slow))

    @operation
    def propose_puk(self, ref: Ref, digest: str) -> None:
        if ref in self.cards:
            self._keep(replace(self.cards[ref], puk_pending=digest))

    @operation
    def confirm_puk(self, ref: Ref, digest: str) -> bool:
        card = self.cards.get(ref)
        if card is None or digest != (card.puk_pending or card.puk_digest):
            return False
        self._keep(replace(card, puk_digest=digest, puk_pending="", puk_tries=Tries()))
        return True

    # ------------------------------------------------------------------ accounts

    @operation
    def open_account(self, account: Card) -> bool:
        if account.ref in self.cards:
            return False
        self._keep(account)
        return True

    # ------------------------------------------------------------------ operators

    @operation
    def postings(self, ref: Ref) -> tuple[Posting, ...]:
        own = [posting for posting in self.booked.values() if str(ref) in (posting.debit, posting.credit)]
        return tuple(sorted(own, key=lambda posting: (posting.booked_at, posting.id), reverse=True))

    @operation
    def issue(self, card: Card, posting: Posting) -> bool:
        pin_taken = _is_named_by_pin(card) and self._by_pin(card.pin_digest) is not None
        if card.ref in self.cards or posting.id in self.booked or pin_taken:
            return False
        self._keep(card)
        self.booked[posting.id] = posting
        return True

    @operation
    def write(self, card: Card, changed: Card) -> None | Stale:
        present = self.cards.get(card.ref)
        if present is None or present.version != card.version:
            return Stale(present)
        self._keep(
            replace(
                present,
                version=card.version + 1,
                status=changed.status,
                information_lines=changed.information_lines,
            )
        )
        return None

    @operation
    def block_list(self) -> dict[str, str]:
        return dict(self.blocked)

    @operation
    def change_block_list(self, prefix: str, reason: str | None) -> None:
        if reason is None:
            self.blocked.pop(prefix, None)
        else:
            self.blocked[prefix] = reason

    @operation
    def record(self, record: CommandRecord) -> bool:
        if record.id in self.commands:
            return False
        self.commands[record.id] = record
        return True

    # ------------------------------------------------------------------ the books

    @operation
    def posting(self, posting_id: str) -> Posting | None:
        return self.booked.get(posting_id)

    @operation
    def book(self, before: Card, after: Card, posting: Posting) -> None | Stale | Replayed:
        card = self.cards.get(before.ref)
        if posting.id in self.booked:
            return Replayed(self.booked[posting.id], card)
        if card is None or card.version != before.version:
            return Stale(card)
        self._keep(replace(card, version=after.version, lots=after.lots))
        self.booked[posting.id] = posting
        return None

    @operation
    def book_all(
        self, changes: Sequence[tuple[Card, Card]], postings: Sequence[Posting]
    ) -> None | Stale | Replayed:
        for posting in postings:
            if posting.id in self.booked:
                return Replayed(self.booked[posting.id], self.cards.get(changes[0][0].ref))
        for before, _ in changes:
            card = self.cards.get(before.ref)
            if card is None or card.version != before.version:
                return Stale(card)
        for before, after in changes:
            self._keep(
                replace(
                    self.cards[before.ref],
                    version=after.version,
                    status=after.status,
                    lots=after.lots,
                    last_active_at=after.last_active_at,
                )
            )
        self.booked |= {posting.id: posting for posting in postings}
        return None

    @operation
    def book_alone(self, posting: Posting) -> Posting | None:
        if posting.id in self.booked:
            return self.booked[posting.id]
        self.booked[posting.id] = posting
        return None

    @operation
    def claim(self, name: str, value: str) -> str:
        return self.notes.setdefault(name, value)

    @operation
    def noted(self, name: str) -> str | None:
        return self.notes.get(name)

    @operation
    def all_cards(self) -> Iterator[Card | UnreadableRecord]:
        return iter(tuple(self.cards.values()))

    @operation
    def all_postings(self) -> Iterator[Posting | UnreadableRecord]:
        return iter(tuple(self.booked.values()))

    # ------------------------------------------------------------------ holds and cases

    @operation
    def expired_holds(self, now: datetime, limit: int) -> tuple[Card, ...]:
        return tuple(card for expires_at, card in self._held() if expires_at <= now)[:limit]

    @operation
    def open_holds(self, limit: int) -> tuple[Card, ...]:
        return tuple(card for _, card in self._held())[:limit]

    def _held(self) -> list[tuple[datetime, Card]]:
        held = [(card.hold.expires_at, card) for card in self.cards.values() if card.hold]
        return sorted(held, key=lambda each: (each[0], str(each[1].ref)))

    @operation
    def open_case(self, case: Case) -> bool:
        if case.id in self.found:
            return False
        self.found[case.id] = case
        return True

    @operation
    def case(self, case_id: str) -> Case | None:
        return self.found.get(case_id)

    @operation
    def cases(self, state: CaseState, limit: int, *, newest_first: bool = False) -> tuple[Case, ...]:
        of_state = [case for case in self.found.values() if case.state is state]
        ordered = sorted(of_state, key=lambda case: (case.opened_at, case.id), reverse=newest_first)
        return tuple(ordered[:limit])

    @operation
    def close_case(self, closed: Case) -> bool:
        present = self.found.get(closed.id)
        if present is None or present.state is not CaseState.OPEN:
            return False
        self.found[closed.id] = replace(present, state=closed.state, history=closed.history)
        return True

    # ------------------------------------------------------------------ payments

    @operation
    def payment(self, payment_id: str) -> Payment | None:
        return self.paying.get(payment_id)

    @operation
    def add_payment(self, new: Payment) -> Payment | None:
        if new.id in self.paying:
            return self.paying[new.id]
        self.paying[new.id] = new
        return None

    @operation
    def change_payment(self, seen: Payment, changed: Payment) -> Payment | None:
        present = self.paying[seen.id]
        if present.version != seen.version:
            return present
        self.paying[seen.id] = changed
        return None

    @operation
    def pending_payments(self, limit: int) -> tuple[Payment, ...]:
        pending = [payment for payment in self.paying.values() if payment.needs_work]
        return tuple(sorted(pending, key=lambda payment: (payment.created_at, payment.id))[:limit])

    # ------------------------------------------------------------------ claims

    @operation
    def claim_by_id(self, claim_id: str) -> Claim | None:
        return self.claiming.get(claim_id)

    @operation
    def add_claim(self, new: Claim) -> Claim | None:
        if new.id in self.claiming:
            return self.claiming[new.id]
        self.claiming[new.id] = new
        return None

    @operation
    def change_claim(self, seen: Claim, changed: Claim) -> Claim | None:
        present = self.claiming[seen.id]
        if present.version != seen.version:
            return present
        self.claiming[seen.id] = changed
        return None

    @operation
    def pending_claims(self, limit: int) -> tuple[Claim, ...]:
        pending = [claim for claim in self.claiming.values() if claim.needs_work]
        return tuple(sorted(pending, key=lambda claim: (claim.ordered_at, claim.id))[:limit])

    def _keep(self, card: Card) -> Card:
        self.cards[card.ref] = card
        return card


def _is_named_by_pin(card: Card) -> bool:
    return card.ref.brand is Brand.TELEGROSIK and card.ref.kind is Kind.CARD and card.pin_digest != ""


def _is_held(card: Card, purse: Purse, hold_id: str) -> bool:
    return card.version == purse.version and card.hold is not None and card.hold.id == hold_id

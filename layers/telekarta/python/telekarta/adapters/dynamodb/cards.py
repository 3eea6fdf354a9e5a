"""What a telephone call needs of the store: `CardStore` on DynamoDB.

A completed card call costs one read, one conditional update (the hold) and one transaction of two items (the
settlement). The fraud block list is fetched along with a card, in the same request.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from telekarta.adapters.dynamodb import transactions
from telekarta.adapters.dynamodb.codecs import WHOLE, Coded, Typed
from telekarta.adapters.dynamodb.items import (
    BLOCKED_NUMBERS,
    HELD,
    BlockedNumbers,
    CardItem,
    CaseItem,
    CommandItem,
    PinGuard,
    PostingItem,
    account_or_card,
    card_of,
    card_values,
    key_of,
    line_key,
    line_of,
    posting_of,
    posting_values,
)
from telekarta.adapters.dynamodb.transactions import NotMet, Save, Update
from telekarta.domain.cards.card import CallingLine, Card, Ref
from telekarta.domain.cards.codes import Tries
from telekarta.domain.ledger.postings import Hold, Posting, Purse
from telekarta.domain.rules import rule
from telekarta.usecases.ports import Replayed, Stale

# WP §10.7 wants a blocked number blocked at once: a copy is used for a minute at most. From half a minute
# on a read of a card brings a new one along, so that the minute is seldom over when a call is placed.
COPY_USED_S = 60.0
COPY_RENEWED_S = 30.0

# Wrong tries are forgotten after a quiet day; the line's record follows a day later.
LINE_KEPT = timedelta(days=2)


M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class _Copy:
    """The fraud block list as it was read, and when, by the monotonic clock."""

    prefixes: frozenset[str]
    read_at_s: float


class DynamoCards:
    """`CardStore` on the tables named. Making one sends nothing and makes no client; `prepare` does that.

    Raises StoreUnavailable as the port says, and StoreFault for what is a bug or a missing right.
    """

    def __init__(
        self,
        cards_table: str,
        postings_table: str,
        desk_table: str = "",
        *,
        region: str | None = None,
        endpoint_url: str | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._table = cards_table
        self._monotonic = monotonic
        self._copy: _Copy | None = None
        self._cards = _bound(CardItem, cards_table)
        self._guards = _bound(PinGuard, cards_table)
        self._blocked = _bound(BlockedNumbers, cards_table)
        self._postings = _bound(PostingItem, postings_table)
        models: list[type[Model]] = [self._cards, self._guards, self._blocked, self._postings]
        self._commands = _bound(CommandItem, desk_table) if desk_table else None
        self._cases = _bound(CaseItem, desk_table) if desk_table else None
        # The first model of a table tells of its indexes, and commands have none.
        models += [model for model in (self._cases, self._commands) if model]
        self._connection = transactions.connect(models, region, endpoint_url)

    def prepare(self) -> None:
        """Make the client now, at the start of the function, rather than while a caller waits."""
        _ = self._connection.client

    # -------------------------------------------------------------- reads

    def card(self, ref: Ref) -> Card | None:
        return card_of(self._read(key_of(ref)))

    def card_by_pin(self, pin_digest: str) -> Card | None:
        """The Telegrosik card of the PIN. The index may be a moment behind; whatever is then done to the card
        is conditional on its version, so an old sight of it only costs another round."""
        found = transactions.query(lambda: self._cards.by_pin.query(pin_digest))
        return account_or_card(found[0]) if found else None

    def line(self, number: str) -> CallingLine:
        return line_of(number, self._read(line_key(number)))

    @rule("WP §10.7")
    def blocked_prefixes(self) -> frozenset[str]:
        copy = self._copy
        if copy is None or self._age_s(copy) >= COPY_USED_S:
            found = transactions.get(self._connection, self._table, [BLOCKED_NUMBERS])
            copy = self._keep_copy(found.get(BLOCKED_NUMBERS))
        return copy.prefixes

    def _age_s(self, copy: _Copy) -> float:
        return self._monotonic() - copy.read_at_s

    def _read(self, key: str) -> Typed | None:
        """One item, strongly consistent; the block list in the same request if its copy is getting old."""
        copy = self._copy
        if copy is not None and self._age_s(copy) < COPY_RENEWED_S:
            return transactions.get(self._connection, self._table, [key]).get(key)
        found = transactions.get(self._connection, self._table, [key, BLOCKED_NUMBERS])
        self._keep_copy(found.get(BLOCKED_NUMBERS))
        return found.get(key)

    def _keep_copy(self, raw: Typed | None) -> _Copy:
        prefixes = frozenset(BlockedNumbers.from_raw_data(raw).prefixes) if raw else frozenset[str]()
        self._copy = _Copy(prefixes, self._monotonic())
        return self._copy

    # -------------------------------------------------------------- a call

    def place_hold(self, ref: Ref, purse: Purse, hold: Hold, from_line: str) -> Card | Stale:
        actions = [
            CardItem.version.to(purse.version + 1),
            CardItem.hold.to(hold),
            CardItem.hold_state.to(HELD),
            CardItem.hold_expires_at.to(hold.expires_at),
            CardItem.pin_tries.remove(),
        ]
        if from_line:
            actions.append(CardItem.known_lines.add({from_line}))
        unheld = CardItem.hold.does_not_exist()
        answer = self._update(ref, actions, (CardItem.version == purse.version) & unheld)
        if isinstance(answer, NotMet):
            return Stale(card_of(answer.item))
        held = card_of(answer)
        assert held is not None  # it was found by its version
        return held

    def release_hold(self, ref: Ref, purse: Purse, hold_id: str) -> None | Stale:
        actions = _end_hold(purse, hold_id)
        return _stale(self._update(ref, actions, _is_held(purse, hold_id)))

    @rule("WP §6.3", "TG §6.5")
    def settle(self, ref: Ref, before: Purse, hold_id: str, posting: Posting) -> None | Stale | Replayed:
        """Each draw is written with what it leaves, on condition of what it found: no lot goes below zero."""
        condition = _is_held(before, hold_id)
        actions = _end_hold(before, hold_id)
        actions.append(CardItem.last_active_at.to(posting.booked_at))
        first_used = CardItem.first_used_at | posting.booked_at
        actions.append(CardItem.first_used_at.set(first_used))
        for draw in posting.draws:
            left = CardItem.lots[draw.lot]["left_grosze"]
            condition &= left == WHOLE.typed(draw.left_grosze + draw.amount_grosze)
            actions.append(left.set(WHOLE.typed(draw.left_grosze)))
        change = Update(self._item(ref), actions, condition)
        refused = transactions.transact(self._connection, [self._booking(posting)], [change])
        if not refused:
            return None
        booked, changed = refused
        if booked:
            return self._replayed(booked, changed, ref)
        return Stale(card_of(changed.item if changed else None))

    @rule("TG §2.7", "TG §5.3")
    def move_card(self, card: Card, account: Card, posting: Posting) -> None | Stale | Replayed:
        """`card` and `account` as they shall become, each a version on from how it was seen."""
        unheld = CardItem.hold.does_not_exist()
        emptied = Update(
            self._item(card.ref),
            [
                CardItem.version.to(card.version),
                CardItem.status.to(card.status),
                CardItem.lots.to(card.lots),
            ],
            (CardItem.version == card.version - 1) & unheld,
        )
        filled = Update(
            self._item(account.ref),
            [
                CardItem.version.to(account.version),
                CardItem.lots.to(account.lots),
                CardItem.last_active_at.to(posting.booked_at),
            ],
            CardItem.version == account.version - 1,
        )
        refused = transactions.transact(self._connection, [self._booking(posting)], [emptied, filled])
        if not refused:
            return None
        booked, _, changed = refused
        if booked:
            return self._replayed(booked, changed, account.ref)
        return Stale(card_of(changed.item) if changed else self.card(account.ref))

    def _booking(self, posting: Posting) -> Save:
        return Save(self._postings(**posting_values(posting)), PostingItem.id.does_not_exist())

    def _replayed(self, booked: NotMet, changed: NotMet | None, ref: Ref) -> Replayed:
        """What was booked, and the card as it is: told along by its own refusal, as a rule, else read."""
        if booked.item is None:
            raise transactions.StoreFault("TransactWriteItems: a refused posting without its item")
        card = card_of(changed.item) if changed else self.card(ref)
        return Replayed(posting_of(PostingItem.from_raw_data(booked.item)), card)

    # -------------------------------------------------------------- wrong codes

    @rule("WP §1.2.10", "WP §1.2.11")
    def count_wrong_code(self, ref: Ref, seen: Tries, now: Tries, *, puk: bool) -> None | Stale:
        """If the answer gets lost and botocore sends again, one try is counted twice: an error to the safe
        side, and the pause has a ceiling."""
        tries = CardItem.puk_tries if puk else CardItem.pin_tries
        condition = CardItem.version.exists() & _as_seen(tries, seen)
        return _stale(self._update(ref, [tries.to(now)], condition))

    @rule("TG §2.9")
    def count_wrong_line(self, number: str, seen: Tries, now: Tries) -> CallingLine | None:
        """A line without an account is forgotten in time; one with an account must never be, since the
        account goes with it. So the expiry is only written on condition that there is none."""
        line = self._cards(ref=line_key(number))
        count = CardItem.line_tries.to(now)
        as_seen = _as_seen(CardItem.line_tries, seen)
        expiring = [count]
        if now.last_at is not None:
            expiring.append(CardItem.expires_at_epoch.to(int((now.last_at + LINE_KEPT).timestamp())))
        no_account = CardItem.version.does_not_exist()
        answer = transactions.update(self._connection, Update(line, expiring, as_seen & no_account))
        if isinstance(answer, NotMet) and card_of(answer.item) is not None:
            has_account = CardItem.version.exists()
            answer = transactions.update(self._connection, Update(line, [count], as_seen & has_account))
        return line_of(number, answer.item) if isinstance(answer, NotMet) else None

    # -------------------------------------------------------------- a holder's own settings

    def remember(self, ref: Ref, language: str, slow: bool) -> None:
        """Does nothing for a card that is not there."""
        actions = [CardItem.language.to(language), CardItem.slow.to(slow)]
        self._update(ref, actions, CardItem.version.exists())

    @rule("WP §1.2.11")
    def propose_puk(self, ref: Ref, digest: str) -> None:
        """Does nothing for a card that is not there."""
        self._update(ref, [CardItem.puk_pending.to(digest)], CardItem.version.exists())

    @rule("WP §1.2.11")
    def confirm_puk(self, ref: Ref, digest: str) -> bool:
        """Told twice it says yes twice: nothing is proposed any more, and the PUK is the confirmed one."""
        proposed = CardItem.puk_pending == digest
        confirmed = CardItem.puk_pending.does_not_exist() & (CardItem.puk_digest == digest)
        actions = [
            CardItem.puk_digest.to(digest),
            CardItem.puk_pending.remove(),
            CardItem.puk_tries.remove(),
        ]
        return not isinstance(self._update(ref, actions, proposed | confirmed), NotMet)

    # -------------------------------------------------------------- accounts

    @rule("TG §2.8", "TG §2.11")
    def open_account(self, account: Card) -> bool:
        """The line keeps its wrong tries; its record is kept for good from now on."""
        values = card_values(account)
        actions = [getattr(CardItem, name).to(value) for name, value in values.items() if name != "ref"]
        actions.append(CardItem.expires_at_epoch.remove())
        answer = self._update(account.ref, actions, CardItem.version.does_not_exist())
        return not isinstance(answer, NotMet)

    # -------------------------------------------------------------- helpers

    def _item(self, ref: Ref) -> CardItem:
        return self._cards(ref=key_of(ref))

    def _update(self, ref: Ref, actions: list[Action], condition: Condition) -> Typed | NotMet:
        return transactions.update(self._connection, Update(self._item(ref), actions, condition))


def _is_held(purse: Purse, hold_id: str) -> Condition:
    held: Condition = (CardItem.version == purse.version) & (CardItem.hold["id"] == hold_id)
    return held


def _end_hold(purse: Purse, hold_id: str) -> list[Action]:
    return [
        CardItem.version.to(purse.version + 1),
        CardItem.closed_hold.to(hold_id),
        CardItem.hold.remove(),
        CardItem.hold_state.remove(),
        CardItem.hold_expires_at.remove(),
    ]


def _as_seen(tries: Coded[Tries], seen: Tries) -> Condition:
    never: Condition = tries.does_not_exist()
    return never if seen == Tries() else tries.equals(seen)


def _stale(answer: Typed | NotMet) -> None | Stale:
    return Stale(card_of(answer.item)) if isinstance(answer, NotMet) else None


def _bound(model: type[M], table: str) -> type[M]:
    """The model on a table. The names are known when a store is made, not when this module is imported."""
    return type(model.__name__, (model,), {"Meta": type("Meta", (), {"table_name": table})})

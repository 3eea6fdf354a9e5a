"""Cards, calling lines, the fraud block list and holds, in plain Python."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from telekarta.domain.books.closing import UnreadableRecord
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import CallingLine, Card, Kind, Ref
from telekarta.domain.cards.codes import Tries
from telekarta.domain.ledger.postings import Hold, Posting, Purse
from telekarta.usecases.ports import Replayed, Stale
from tests.kit.memory_tables import MemoryTables, Write, booking, card_change, operation, transact


@dataclass
class MemoryCards:
    tables: MemoryTables

    @operation
    def card(self, ref: Ref) -> Card | None:
        return self.tables.cards.get(ref)

    @operation
    def card_by_pin(self, pin_digest: str) -> Card | None:
        return self._by_pin(pin_digest)

    def _by_pin(self, pin_digest: str) -> Card | None:
        """White Phone PINs prove, they don't name: no card is found by one."""
        for card in self.tables.cards.values():
            if _is_named_by_pin(card) and card.pin_digest == pin_digest:
                return card
        return None

    @operation
    def all_cards(self) -> Iterator[Card | UnreadableRecord]:
        return iter(tuple(self.tables.cards.values()))

    @operation
    def issue(self, card: Card, posting: Posting) -> bool:
        return not transact(self._new(card), booking(self.tables, posting))

    def _new(self, card: Card) -> Write:
        """The card, if neither its number nor a PIN that alone lets in is taken."""

        def is_free() -> bool:
            pin_taken = _is_named_by_pin(card) and self._by_pin(card.pin_digest) is not None
            return card.ref not in self.tables.cards and not pin_taken

        return Write(is_free, lambda: self.tables.keep(card))

    @operation
    def open_account(self, account: Card) -> bool:
        if account.ref in self.tables.cards:
            return False
        self.tables.keep(account)
        return True

    @operation
    def write(self, card: Card, changed: Card) -> None | Stale:
        after = replace(changed, ref=card.ref, version=card.version + 1)
        change = card_change(self.tables, after, "status", "information_lines", seen=card.version)
        return Stale(self.tables.cards.get(card.ref)) if transact(change) else None

    @operation
    def count_wrong_code(self, ref: Ref, seen: Tries, now: Tries, *, puk: bool) -> None | Stale:
        card = self.tables.cards.get(ref)
        if card is None or (card.puk_tries if puk else card.pin_tries) != seen:
            return Stale(card)
        self.tables.keep(replace(card, puk_tries=now) if puk else replace(card, pin_tries=now))
        return None

    @operation
    def remember(self, ref: Ref, language: str, slow: bool) -> None:
        if ref in self.tables.cards:
            self.tables.keep(replace(self.tables.cards[ref], language=language, slow=slow))

    @operation
    def propose_puk(self, ref: Ref, digest: str) -> None:
        if ref in self.tables.cards:
            self.tables.keep(replace(self.tables.cards[ref], puk_pending=digest))

    @operation
    def confirm_puk(self, ref: Ref, digest: str) -> bool:
        card = self.tables.cards.get(ref)
        if card is None or digest != (card.puk_pending or card.puk_digest):
            return False
        self.tables.keep(replace(card, puk_digest=digest, puk_pending="", puk_tries=Tries()))
        return True


@dataclass
class MemoryLines:
    tables: MemoryTables

    @operation
    def line(self, number: str) -> CallingLine:
        return self._line(number)

    def _line(self, number: str) -> CallingLine:
        tries = self.tables.tries.get(number, Tries())
        return CallingLine(number, tries, self.tables.cards.get(Ref.account(number)))

    @operation
    def count_wrong_line(self, number: str, seen: Tries, now: Tries) -> CallingLine | None:
        if self.tables.tries.get(number, Tries()) != seen:
            return self._line(number)
        self.tables.tries[number] = now
        return None


@dataclass
class MemoryBlockList:
    tables: MemoryTables

    @operation
    def blocked_prefixes(self) -> frozenset[str]:
        return frozenset(self.tables.blocked)

    @operation
    def block_list(self) -> dict[str, str]:
        return dict(self.tables.blocked)

    @operation
    def change_block_list(self, prefix: str, reason: str | None) -> None:
        if reason is None:
            self.tables.blocked.pop(prefix, None)
        else:
            self.tables.blocked[prefix] = reason


@dataclass
class MemoryHolds:
    tables: MemoryTables

    @operation
    def place_hold(self, ref: Ref, purse: Purse, hold: Hold, from_line: str) -> Card | Stale:
        card = self.tables.cards.get(ref)
        if card is None or card.version != purse.version or card.hold is not None:
            return Stale(card)
        return self.tables.keep(
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
        card = self.tables.cards.get(ref)
        if card is None or not _is_held(card, purse, hold_id):
            return Stale(card)
        self.tables.keep(replace(card, version=purse.version + 1, hold=None, closed_hold=hold_id))
        return None

    @operation
    def settle(self, ref: Ref, before: Purse, hold_id: str, posting: Posting) -> None | Stale | Replayed:
        refused = transact(booking(self.tables, posting), self._settled(ref, before, hold_id, posting))
        if not refused:
            return None
        booked, _ = refused
        card = self.tables.cards.get(ref)
        return Replayed(self.tables.booked[posting.id], card) if booked else Stale(card)

    def _settled(self, ref: Ref, before: Purse, hold_id: str, posting: Posting) -> Write:
        """The card without the hold and without the posting's draws, if each lot has what the draw found."""

        def is_as_seen() -> bool:
            card = self.tables.cards.get(ref)
            if card is None or not _is_held(card, before, hold_id):
                return False
            left = {lot.id: lot.left_grosze for lot in card.lots}
            return all(left.get(draw.lot) == draw.left_grosze + draw.amount_grosze for draw in posting.draws)

        def change() -> None:
            card = self.tables.cards[ref]
            left = {lot.id: lot.left_grosze for lot in card.lots}
            left |= {draw.lot: draw.left_grosze for draw in posting.draws}
            self.tables.keep(
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

        return Write(is_as_seen, change)

    @operation
    def expired_holds(self, now: datetime, limit: int) -> tuple[Card, ...]:
        return tuple(card for expires_at, card in self._held() if expires_at <= now)[:limit]

    @operation
    def open_holds(self, limit: int) -> tuple[Card, ...]:
        return tuple(card for _, card in self._held())[:limit]

    def _held(self) -> list[tuple[datetime, Card]]:
        held = [(card.hold.expires_at, card) for card in self.tables.cards.values() if card.hold]
        return sorted(held, key=lambda each: (each[0], str(each[1].ref)))


def _is_named_by_pin(card: Card) -> bool:
    return card.ref.brand is Brand.TELEGROSIK and card.ref.kind is Kind.CARD and card.pin_digest != ""


def _is_held(card: Card, purse: Purse, hold_id: str) -> bool:
    return card.version == purse.version and card.hold is not None and card.hold.id == hold_id

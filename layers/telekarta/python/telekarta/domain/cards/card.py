"""A card or a caller-id account: what it is, and why it can't be used just now."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from telekarta.domain.brands import Brand
from telekarta.domain.calendar.deadlines import day_of, months_after
from telekarta.domain.cards.codes import Tries
from telekarta.domain.cards.terms import (
    ACCOUNT_VALID_MONTHS,
    TELEGROSIK_VALID_MONTHS,
    WHITE_PHONE_VALID_MONTHS,
)
from telekarta.domain.ledger.postings import Hold, Lot, Purse, spending_order
from telekarta.domain.rules import rule


class Kind(StrEnum):
    CARD = "card"
    ACCOUNT = "account"


class Status(StrEnum):
    """What an operator or a movement made of the card. Expiry is computed, never stored."""

    ACTIVE = "active"
    BLOCKED = "blocked"
    USED_UP = "used_up"  # moved onto an account (TG §5.3)


class CardRefusal(StrEnum):
    """Why a card can't be used now; each is spoken with what to do next."""

    BLOCKED = "blocked"
    USED_UP = "used_up"
    EXPIRED = "expired"
    IN_A_CALL = "in_a_call"
    BELOW_MINIMUM = "below_minimum"


@dataclass(frozen=True, slots=True)
class Ref:
    """Names a card (White Phone number, Telegrosik serial) or an account (its line, in E.164)."""

    brand: Brand
    kind: Kind
    number: str

    def __str__(self) -> str:
        """The key it is stored under, also the name of its account in the ledger."""
        return f"{self.kind}:{self.brand}:{self.number}"

    @classmethod
    def card(cls, brand: Brand, number: str) -> "Ref":
        return cls(brand, Kind.CARD, number)

    @classmethod
    def account(cls, line: str) -> "Ref":
        """The account of a calling line (TG §2.8: the line's number is the account's name)."""
        return cls(Brand.TELEGROSIK, Kind.ACCOUNT, line)

    @classmethod
    def parse(cls, text: str) -> "Ref":
        kind, brand, number = text.split(":", 2)
        return cls(Brand(brand), Kind(kind), number)


@dataclass(frozen=True, slots=True)
class Card:
    """A card or an account with its money. `version` grows with every change to the money or the status."""

    ref: Ref
    version: int
    status: Status
    issued_at: datetime
    lots: tuple[Lot, ...] = ()
    hold: Hold | None = None
    closed_hold: str = ""  # the last hold that ended: a late repeat of its webhook must not open it again
    nominal_grosze: int = 0
    series: str = ""
    valid_months: int | None = None  # from first use or last activity, as its brand says
    first_used_at: datetime | None = None
    last_active_at: datetime | None = None
    pin_digest: str = field(default="", repr=False)
    puk_digest: str = field(default="", repr=False)
    puk_pending: str = field(default="", repr=False)
    pin_tries: Tries = Tries()
    puk_tries: Tries = Tries()
    language: str = ""
    slow: bool = False
    information_lines: frozenset[str] = field(default_factory=frozenset)
    known_lines: frozenset[str] = field(default_factory=frozenset)

    @property
    def purse(self) -> Purse:
        return Purse(
            self.version,
            tuple((lot.id, lot.left_grosze) for lot in spending_order(self.lots) if lot.left_grosze),
        )

    @property
    @rule("WP §1.2.15", "TG §2.17", "TG §2.18")
    def balance_grosze(self) -> int:
        return sum(lot.left_grosze for lot in self.lots)

    @property
    def held_grosze(self) -> int:
        return self.hold.amount_grosze if self.hold else 0

    def next_lot_id(self) -> str:
        return str(1 + max((int(lot.id) for lot in self.lots), default=0))

    def with_purse(self, purse: Purse) -> "Card":
        """The card with the purse's money in its lots."""
        left = dict(purse.lots)
        return replace(
            self,
            version=purse.version,
            lots=tuple(replace(lot, left_grosze=left.get(lot.id, 0)) for lot in self.lots),
        )


@rule("WP §4.4", "TG §2.5", "TG §6.12", "TG §5.4")
def valid_through(card: Card) -> date | None:
    """The last day on which the card can be used, or None while nothing has started its clock.

    White Phone counts 12 months from the last call or top-up (WP §4.4); a card that was never used has
    neither, so its clock has not started. Telegrosik counts 12 months, or what the series says, from the
    first use (TG §6.12); its accounts 12 months from the last use (TG §5.4).
    """
    start: datetime | None
    if card.ref.kind is Kind.ACCOUNT:
        start, months = card.last_active_at or card.issued_at, card.valid_months or ACCOUNT_VALID_MONTHS
    elif card.ref.brand is Brand.WHITE_PHONE:
        start, months = card.last_active_at, WHITE_PHONE_VALID_MONTHS
    else:
        start, months = card.first_used_at, card.valid_months or TELEGROSIK_VALID_MONTHS
    return months_after(day_of(start), months) if start else None


@rule("TG §3.8", "WP §4.4")
def is_expired(card: Card, now: datetime) -> bool:
    last_day = valid_through(card)
    return last_day is not None and day_of(now) > last_day


@dataclass(frozen=True, slots=True)
class CallingLine:
    """A calling line: the wrong PINs that came from it, and its account if it has one (TG §2.8).

    They are one record because a Telegrosik call needs both before it can say a word: one read.
    """

    number: str  # E.164, or HIDDEN
    tries: Tries = Tries()
    account: Card | None = None


HIDDEN = "hidden"

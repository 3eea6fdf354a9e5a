"""What Lajt mobile and Plus know: cards with money, vouchers, and what they let go under which key.

They behave like the real ones where that is awkward: by their `mood` they are slow, lose the answer after
they have acted, or do not answer at all. What a key was answered once it is answered for ever.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Any

TOKENS = {"lajt": "sandbox-lajt-token", "plus": "sandbox-plus-token"}


class Mood(StrEnum):
    WELL = "well"
    SLOW = "slow"
    LOSES_ANSWERS = "loses answers"  # each first answer to a key
    DOWN = "down"


@dataclass(slots=True)
class LajtCard:
    """A prepaid card, and the White Phone card that is assigned to it ("" for none)."""

    balance_grosze: int
    card: str = ""


@dataclass(slots=True)
class Voucher:
    amount_grosze: int
    is_used: bool = False
    is_expired: bool = False


@dataclass(frozen=True, slots=True)
class PartnerAnswer:
    """An answer: a status and JSON."""

    status: int
    body: Mapping[str, Any]


def refused(reason: str) -> PartnerAnswer:
    return PartnerAnswer(409, {"reason": reason})


MISSING = PartnerAnswer(404, {})
CARDS = {
    "+48720100200": LajtCard(5000),
    "+48720100300": LajtCard(300),
}
VOUCHERS = {
    "11112222333344": Voucher(2000),
    "22223333444455": Voucher(5000),
    "33334444555566": Voucher(1000),
    "44445555666677": Voucher(2000, is_used=True),
    "55556666777788": Voucher(2000, is_expired=True),
}


@dataclass(slots=True)
class Book:
    """Kept in a file, if there is one."""

    path: Path | None = None
    cards: dict[str, LajtCard] = field(
        default_factory=lambda: {k: LajtCard(**asdict(v)) for k, v in CARDS.items()}
    )
    vouchers: dict[str, Voucher] = field(
        default_factory=lambda: {k: Voucher(**asdict(v)) for k, v in VOUCHERS.items()}
    )
    answered: dict[str, PartnerAnswer] = field(default_factory=dict)
    reversed: dict[str, bool] = field(default_factory=dict)
    moods: dict[str, Mood] = field(default_factory=lambda: dict.fromkeys(TOKENS, Mood.WELL))
    lost: set[str] = field(default_factory=set)
    _lock: Any = field(default_factory=Lock)

    def __post_init__(self) -> None:
        if self.path is not None and self.path.exists():
            kept = json.loads(self.path.read_text())
            self.cards = {name: LajtCard(**each) for name, each in kept["cards"].items()}
            self.vouchers = {name: Voucher(**each) for name, each in kept["vouchers"].items()}
            self.answered = {key: PartnerAnswer(**each) for key, each in kept["answered"].items()}
            self.reversed = dict(kept["reversed"])

    # ------------------------------------------------------------------ Lajt

    def transfer(self, key: str, msisdn: str, card: str, amount_grosze: int) -> PartnerAnswer:
        def act() -> PartnerAnswer:
            payer = self.cards.get(msisdn)
            if payer is None:
                return refused("not_lajt")
            if payer.card != card:
                return refused("not_your_card")
            if payer.balance_grosze < amount_grosze:
                return refused("not_enough_money")
            payer.balance_grosze -= amount_grosze
            return PartnerAnswer(200, {"amount_grosze": amount_grosze, "msisdn": msisdn})

        return self._once(f"lajt:{key}", act)

    def reverse(self, key: str) -> PartnerAnswer:
        with self._lock:
            told = self.answered.get(f"lajt:{key}")
            if told is None or told.status != 200:
                return MISSING
            if not self.reversed.get(key):
                self.reversed[key] = True
                self.cards[told.body["msisdn"]].balance_grosze += told.body["amount_grosze"]
                self._save()
            return PartnerAnswer(200, {})

    def assign(self, msisdn: str, card: str, balance_grosze: int) -> None:
        with self._lock:
            self.cards[msisdn] = LajtCard(balance_grosze, card)
            self._save()

    # ------------------------------------------------------------------ Plus

    def redeem(self, key: str, code: str) -> PartnerAnswer:
        def act() -> PartnerAnswer:
            voucher = self.vouchers.get(code)
            if voucher is None:
                return refused("unknown_voucher")
            if voucher.is_used:
                return refused("used_voucher")
            if voucher.is_expired:
                return refused("expired_voucher")
            voucher.is_used = True
            return PartnerAnswer(200, {"amount_grosze": voucher.amount_grosze})

        return self._once(f"plus:{key}", act)

    def issue(self, code: str, amount_grosze: int) -> None:
        with self._lock:
            self.vouchers[code] = Voucher(amount_grosze)
            self._save()

    # ------------------------------------------------------------------ both

    def found(self, source: str, key: str) -> PartnerAnswer:
        told = self.answered.get(f"{source}:{key}", MISSING)
        return told if told.status == 200 else MISSING

    def loses(self, source: str, key: str) -> bool:
        """Whether this answer gets lost on its way."""
        name = f"{source}:{key}"
        if self.moods[source] is not Mood.LOSES_ANSWERS or name in self.lost:
            return False
        self.lost.add(name)
        return True

    def _once(self, name: str, act: Any) -> PartnerAnswer:
        with self._lock:
            if name not in self.answered:
                self.answered[name] = act()
                self._save()
            return self.answered[name]

    def _save(self) -> None:
        if self.path is None:
            return
        kept = {
            "cards": {name: asdict(each) for name, each in self.cards.items()},
            "vouchers": {name: asdict(each) for name, each in self.vouchers.items()},
            "answered": {key: asdict(each) for key, each in self.answered.items()},
            "reversed": self.reversed,
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.path.with_suffix(".tmp")
        unfinished.write_text(json.dumps(kept))
        unfinished.replace(self.path)

"""PINs, PUKs and voucher codes: their shapes, their keyed digests, and how wrong tries are slowed down.

A code is never kept: only its HMAC under a pepper that lives in Secrets Manager (WP §9.1, TG §10.1).
The pause after wrong tries grows but is never longer than a quarter of an hour, and a try made during
the pause is neither looked at nor counted: whoever has the right code is let in at the next gap, so
nobody can be locked out for good. The arithmetic is in docs/decisions/0004-pins.md.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from telekarta.domain.rules import rule

WRONG_CODES_PER_CALL = 3


def _mac(pepper: bytes, *parts: str) -> str:
    return hmac.new(pepper, "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()


@rule("WP §9.1", "WP §1.2.10")
def white_phone_pin_digest(pepper: bytes, card: str, pin: str) -> str:
    """The digest of a White Phone PIN, bound to its card: equal PINs of two cards do not look equal."""
    return _mac(pepper, "white-phone-pin", card, pin)


@rule("TG §10.1", "TG §2.10")
def telegrosik_pin_digest(pepper: bytes, pin: str) -> str:
    """The digest of a Telegrosik PIN. The PIN alone names the card (TG §2.10), so the card is found by it."""
    return _mac(pepper, "telegrosik-pin", pin)


@rule("WP §1.2.11")
def puk_digest(pepper: bytes, card: str, puk: str) -> str:
    """The digest of the PUK that a White Phone holder chose."""
    return _mac(pepper, "white-phone-puk", card, puk)


@rule("WP §4.1.5")
def plus_voucher_digest(pepper: bytes, code: str) -> str:
    """What a Plus voucher is known by once it was redeemed: its code is kept nowhere."""
    return _mac(pepper, "plus-voucher", code)[:40]


def line_digest(pepper: bytes, line: str) -> str:
    """A calling line's mark on a card that was used from it: enough to know it again, not to call it."""
    return _mac(pepper, "line", line)[:16]


def same(digest: str, other: str) -> bool:
    """Compares two digests in constant time."""
    return hmac.compare_digest(digest, other)


def is_guessable(puk: str) -> bool:
    """One digit repeated, or a straight run up or down: what anybody would try first."""
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(puk)}
    return len(steps) == 1 and steps <= {0, 1, 9}


@dataclass(frozen=True, slots=True)
class Patience:
    """How many wrong tries pass without a pause, and how the pauses grow after them."""

    free_tries: int
    first_pause_s: int = 60
    longest_pause_s: int = 15 * 60
    forgotten_after_s: int = 24 * 60 * 60

    def pause_s(self, wrong_tries: int) -> int:
        """The pause after that many wrong tries: none, then 1, 2, 4, 8, 15, 15 ... minutes."""
        beyond = wrong_tries - self.free_tries
        if beyond < 0:
            return 0
        # The exponent is capped: a shift by a million is a denial of service of our own making.
        return min(self.first_pause_s << min(beyond, 10), self.longest_pause_s)


CARD_PATIENCE = Patience(free_tries=3)
# A line may be shared by a whole prison wing: more slips are honest there.
LINE_PATIENCE = Patience(free_tries=10)


@dataclass(frozen=True, slots=True)
class Tries:
    """Wrong tries in a row and when the last one was made."""

    count: int = 0
    last_at: datetime | None = None

    def paused_until(self, patience: Patience) -> datetime | None:
        """When the pause of these tries ends, or None if they earned none."""
        pause_s = patience.pause_s(self.count)
        if self.last_at is None or pause_s == 0:
            return None
        return self.last_at + timedelta(seconds=pause_s)

    def is_paused(self, patience: Patience, now: datetime) -> bool:
        until = self.paused_until(patience)
        return until is not None and now < until

    def after_wrong(self, patience: Patience, now: datetime) -> "Tries":
        """One more wrong try; those before a quiet day are forgotten."""
        quiet = self.last_at is None or now - self.last_at >= timedelta(seconds=patience.forgotten_after_s)
        return Tries(1 if quiet else self.count + 1, now)

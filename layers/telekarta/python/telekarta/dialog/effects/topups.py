"""What the dialog asks of the world about money between cards, and about vouchers."""

from dataclasses import dataclass

from telekarta.dialog.effects import Effect, Outcome


class TakeOutcome(Outcome):
    """What became of money that another card was to give."""

    MOVED = "moved"
    WRONG = "wrong"
    TOO_MANY = "too_many"
    PAUSED = "paused"
    SAME_CARD = "same_card"
    NOT_ENOUGH = "not_enough"
    BLOCKED = "blocked"
    USED_UP = "used_up"
    EXPIRED = "expired"
    IN_A_CALL = "in_a_call"
    OWN_CARD_UNUSABLE = "own_card_unusable"


class GiveOutcome(Outcome):
    """What became of money for another card."""

    QUOTED = "quoted"
    MOVED = "moved"
    UNKNOWN_CARD = "unknown_card"
    TOO_MANY = "too_many"
    SAME_CARD = "same_card"
    NOT_ENOUGH = "not_enough"
    IN_A_CALL = "in_a_call"
    OTHER_CARD_UNUSABLE = "other_card_unusable"
    OWN_CARD_UNUSABLE = "own_card_unusable"


class VoucherOutcome(Outcome):
    """What became of a keyed voucher."""

    CREDITED = "credited"
    CREDITED_WITH_BONUS = "credited_with_bonus"
    UNKNOWN = "unknown"
    USED = "used"
    EXPIRED = "expired"
    LATER = "later"  # Plus does not answer; what was begun goes on by itself
    CARD_TAKES_NONE = "card_takes_none"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True, repr=False)
class TakeMoney(Effect):
    """Move the chosen amount from the card that was keyed onto the caller's (WP §4.1.3): 6 digits of a number
    and 8 of a PIN, or the 12 of a Telegrosik PIN."""

    outcomes = TakeOutcome
    keyed: str


@dataclass(frozen=True, slots=True)
class QuoteGift(Effect):
    """What would moving the chosen amount to the card with this serial cost? (TG §2.19)"""

    outcomes = GiveOutcome
    serial: str


@dataclass(frozen=True, slots=True)
class GiveMoney(Effect):
    """Move it to the card that was read back."""

    outcomes = GiveOutcome


@dataclass(frozen=True, slots=True, repr=False)
class RedeemVoucher(Effect):
    """Redeem a Plus voucher for the caller's card (WP §4.1.5)."""

    outcomes = VoucherOutcome
    code: str

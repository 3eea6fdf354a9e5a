"""Money that somebody else has to let go before a card can have it: a Lajt mobile card, a Plus voucher.

    ORDERED ──> TAKEN ──> CREDITED
       │           └────> RETURNING ──> RETURNED
       └> REFUSED             └───────> STRANDED

A claim is kept before the other side hears of it. The other side knows it by its key, and answers the same to
the same key however often it is asked, so that a lost answer is asked for again and money is taken once.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from telekarta.domain.calendar.working_hours import after_working_hours
from telekarta.domain.cards.card import Ref
from telekarta.domain.cards.codes import plus_voucher_digest
from telekarta.domain.ledger.postings import Source
from telekarta.domain.rules import rule
from telekarta.domain.topups.terms import SMS_ORDER_WORKING_HOURS
from telekarta.domain.topups.topup import TopUp

# So long before the limit a person looks at an order that is not at its end.
LOOKED_AT_WORKING_HOURS = 24
# Whoever asked is still waiting for the answer; their request may even arrive now.
LEFT_ALONE = timedelta(minutes=2)


class ClaimError(Exception):
    """A step that the stages do not know: a bug of ours."""


class ClaimStage(StrEnum):
    ORDERED = "ordered"
    TAKEN = "taken"  # the other side has let the money go; it is on no card yet
    CREDITED = "credited"
    REFUSED = "refused"  # the other side keeps it
    RETURNING = "returning"  # the card can't have it
    RETURNED = "returned"
    STRANDED = "stranded"  # the card can't have it, and the other side does not take it back: a case


_NEXT: dict[ClaimStage, frozenset[ClaimStage]] = {
    ClaimStage.ORDERED: frozenset({ClaimStage.TAKEN, ClaimStage.REFUSED}),
    ClaimStage.TAKEN: frozenset({ClaimStage.CREDITED, ClaimStage.RETURNING}),
    # Of two who tried at once, one may have been refused by the card too early.
    ClaimStage.RETURNING: frozenset({ClaimStage.RETURNED, ClaimStage.STRANDED}),
    ClaimStage.CREDITED: frozenset(),
    ClaimStage.REFUSED: frozenset({ClaimStage.ORDERED}),
    ClaimStage.RETURNED: frozenset(),
    ClaimStage.STRANDED: frozenset(),
}
_AT_ITS_END = frozenset({ClaimStage.CREDITED, ClaimStage.REFUSED, ClaimStage.RETURNED, ClaimStage.STRANDED})


class Refusal(StrEnum):
    """Why the other side keeps the money."""

    NOT_LAJT = "not_lajt"
    NOT_YOUR_CARD = "not_your_card"
    NOT_ENOUGH_MONEY = "not_enough_money"
    UNKNOWN_VOUCHER = "unknown_voucher"
    USED_VOUCHER = "used_voucher"
    EXPIRED_VOUCHER = "expired_voucher"
    NEVER_TAKEN = "never_taken"  # the request never reached the other side


def voucher_claim_id(pepper: bytes, code: str) -> str:
    """The id of the claim of a Plus voucher with this code, and the origin of its top-up."""
    return f"plus-{plus_voucher_digest(pepper, code)}"


def voucher_posting_id(pepper: bytes, code: str) -> str:
    """The id of the top-up by a Plus voucher with this code."""
    return f"topup:{Source.PLUS_VOUCHER}:{voucher_claim_id(pepper, code)}"


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim. `id` is ours: a message's sid, or a keyed digest of a voucher's code, which is kept nowhere.
    `payer` is the mobile number of a Lajt card; "" for a voucher. `attempt` counts how often it was begun."""

    id: str
    source: Source
    ref: Ref
    ordered_at: datetime
    amount_grosze: int = 0  # of a voucher it is known only when it was taken
    payer: str = field(default="", repr=False)
    stage: ClaimStage = ClaimStage.ORDERED
    refusal: Refusal | None = None
    attempt: int = 1
    bonus_grosze: int = 0
    taken_at: datetime | None = None
    news_due: bool = False  # the payer was told that it is accepted, and shall hear how it ended
    version: int = 1

    @property
    def key(self) -> str:
        """What the other side knows it by."""
        return f"{self.id}-{self.attempt}"

    @property
    def is_at_its_end(self) -> bool:
        return self.stage in _AT_ITS_END

    @property
    def needs_work(self) -> bool:
        return not self.is_at_its_end or self.news_due

    def to(self, stage: ClaimStage) -> "Claim":
        """Raises ClaimError."""
        if stage not in _NEXT[self.stage]:
            raise ClaimError(f"{self.stage} does not lead to {stage}")
        return replace(self, stage=stage, version=self.version + 1)

    def taken(self, amount_grosze: int, now: datetime) -> "Claim":
        return replace(self.to(ClaimStage.TAKEN), amount_grosze=amount_grosze, taken_at=now)

    def refused(self, why: Refusal) -> "Claim":
        return replace(self.to(ClaimStage.REFUSED), refusal=why)

    def credited(self, bonus_grosze: int) -> "Claim":
        return replace(self.to(ClaimStage.CREDITED), bonus_grosze=bonus_grosze)

    def begun_again(self, ref: Ref, now: datetime) -> "Claim":
        """After a refusal: with a new key, for the other side answers the old one as before."""
        again = replace(self.to(ClaimStage.ORDERED), ref=ref, ordered_at=now)
        return replace(again, attempt=self.attempt + 1, refusal=None)

    def told(self, *, due: bool) -> "Claim":
        return replace(self, news_due=due, version=self.version + 1)

    @rule("WP §4.1.4", "WP §4.1.5", "WP §5.5")
    def money(self) -> TopUp:
        """The whole amount: there is no commission. Raises ClaimError while nothing was taken."""
        if self.taken_at is None:
            raise ClaimError("nothing was taken")
        return TopUp(self.source, self.id, self.amount_grosze, self.taken_at, {"claim": self.id})

    @property
    @rule("WP §5.4")
    def credit_by(self) -> datetime:
        """When an order by SMS must be on the card."""
        return after_working_hours(self.ordered_at, SMS_ORDER_WORKING_HOURS)

    def is_nearly_late(self, now: datetime) -> bool:
        near = SMS_ORDER_WORKING_HOURS - LOOKED_AT_WORKING_HOURS
        return not self.is_at_its_end and now >= after_working_hours(self.ordered_at, near)

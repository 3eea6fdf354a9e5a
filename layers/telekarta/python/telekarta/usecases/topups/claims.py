"""Claims brought to their ends, from wherever the last try stopped.

Each stage is written on condition of the version that was seen, the other side answers the same to the same
key, and the posting's id is made of the claim's: so every step may run twice, late or at once with itself.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from telekarta.domain.cases.case import CaseKind, new_case
from telekarta.domain.ledger.postings import Source
from telekarta.domain.rules import rule
from telekarta.domain.topups.claims import LEFT_ALONE, Claim, ClaimStage, Refusal
from telekarta.domain.topups.promotions import Promotion
from telekarta.domain.topups.topup import TopUpRefusal
from telekarta.usecases.faults import described
from telekarta.usecases.ports import Clock, StoreUnavailable
from telekarta.usecases.topups.crediting import TopUps, credit
from telekarta.usecases.topups.ports import CreditStore

ROUNDS = 6
AT_MOST = 100  # of a round; at the other sides' usual pace they fit into the function's time
UNANSWERED_AT_MOST = 3
FOUND_BY = "claims"
UNAVAILABLE, FAILED = "unavailable", "failed"


class SourceUnavailable(Exception):
    """The other side did not answer, or made no sense: what it did is not known. It names nobody."""


@dataclass(frozen=True, slots=True)
class Taken:
    amount_grosze: int


class MoneySource(Protocol):
    """Somebody who has money for cards. All methods may raise SourceUnavailable, and may be repeated."""

    def take(self, claim: Claim, code: str) -> Taken | Refusal:
        """Have the money let go. `code` is a voucher's, "" for others."""
        ...

    def look_up(self, claim: Claim) -> Taken | None:
        """What was let go under the claim's key; None for nothing."""
        ...

    def give_back(self, claim: Claim) -> bool:
        """Have it taken back. False: this source never does."""
        ...


class ClaimStore(Protocol):
    """All methods may raise StoreUnavailable."""

    def claim_by_id(self, claim_id: str) -> Claim | None: ...

    def add_claim(self, new: Claim) -> Claim | None:
        """Keep it: None. If there is one with its id, nothing is changed, and it is the answer."""
        ...

    def change_claim(self, seen: Claim, changed: Claim) -> Claim | None:
        """Write it if it is still at the version that was seen: None. Else it is the answer as it is."""
        ...

    def pending_claims(self, limit: int) -> tuple[Claim, ...]:
        """Those that need work, the oldest first, each read afresh."""
        ...


@dataclass(frozen=True, slots=True)
class ClaimDeps:
    claims: ClaimStore
    store: CreditStore
    sources: Mapping[Source, MoneySource]
    clock: Clock
    promotions: Sequence[Promotion] = ()


def begin(deps: ClaimDeps, new: Claim) -> Claim:
    """The claim as it is kept; one that was refused begins anew. Raises StoreUnavailable."""
    known = deps.claims.add_claim(new)
    if known is None:
        return new
    if known.stage is not ClaimStage.REFUSED or known.source is Source.LAJT:
        return known
    again = known.begun_again(new.ref, deps.clock.now())
    return deps.claims.change_claim(known, again) or again


@rule("WP §4.1.4", "WP §4.1.5", "WP §5.4")
def work(deps: ClaimDeps, claim: Claim, code: str = "") -> Claim:
    """Bring the claim as far as it goes now. Raises StoreUnavailable and SourceUnavailable: it stays where it
    is, and whoever comes next goes on."""
    for _ in range(ROUNDS):
        if claim.is_at_its_end:
            return claim
        changed = _step(deps, claim, code, deps.clock.now())
        if changed is None:
            return claim
        claim = deps.claims.change_claim(claim, changed) or changed
    raise StoreUnavailable("the claim kept changing")


def _step(deps: ClaimDeps, claim: Claim, code: str, now: datetime) -> Claim | None:
    """The claim one stage on; None if there is nothing to do yet."""
    source = deps.sources[claim.source]
    match claim.stage:
        case ClaimStage.ORDERED:
            return _ordered(source, claim, code, now)
        case ClaimStage.TAKEN:
            answer = credit(TopUps(deps.store, deps.promotions), claim.ref, claim.money(), now)
            if isinstance(answer, TopUpRefusal):
                return claim.to(ClaimStage.RETURNING)
            return claim.credited(answer.bonus_grosze)
        case _:
            if source.give_back(claim):
                return claim.to(ClaimStage.RETURNED)
            _open(deps, CaseKind.CLAIM_STRANDED, claim, now)
            return claim.to(ClaimStage.STRANDED)


def _ordered(source: MoneySource, claim: Claim, code: str, now: datetime) -> Claim | None:
    if claim.source is Source.PLUS_VOUCHER and not code:
        # The code is gone with the call in which it was keyed: all that is left is to ask what came of it.
        found: Taken | Refusal | None = source.look_up(claim)
        if found is None:
            is_over = now - claim.ordered_at >= LEFT_ALONE
            return claim.refused(Refusal.NEVER_TAKEN) if is_over else None
    else:
        found = source.take(claim, code)
    return claim.taken(found.amount_grosze, now) if isinstance(found, Taken) else claim.refused(found)


@dataclass(frozen=True, slots=True)
class Worked:
    """A round over the claims that nobody finished: how they are now, how old the oldest open one is, and our
    faults by claim (`faults`)."""

    stages: Mapping[str, int]  # and how many tries were UNAVAILABLE or FAILED
    ended: tuple[Claim, ...]  # whose payers shall hear of it
    oldest_age_s: int
    faults: Mapping[str, str] = field(default_factory=dict)


def finish_claims(deps: ClaimDeps) -> Worked:
    """Finish what nobody finished. A source that does not answer is not asked on in this round.

    Raises StoreUnavailable; the next round goes on.
    """
    now = deps.clock.now()
    counted: Counter[str] = Counter()
    silent: Counter[Source] = Counter()
    ended: list[Claim] = []
    faults: dict[str, str] = {}
    oldest_age_s = 0
    for claim in deps.claims.pending_claims(AT_MOST):
        age = now - claim.ordered_at
        if not claim.is_at_its_end:
            oldest_age_s = max(oldest_age_s, int(age.total_seconds()))
            if age < LEFT_ALONE or silent[claim.source] >= UNANSWERED_AT_MOST:
                continue
            try:
                claim = work(deps, claim)  # noqa: PLW2901
            except SourceUnavailable:
                silent[claim.source] += 1
                counted[UNAVAILABLE] += 1
            except StoreUnavailable:
                raise
            except Exception as fault:
                # One claim that can't be finished must not keep the others waiting.
                counted[FAILED] += 1
                faults[claim.id] = described(fault)
            if claim.is_nearly_late(now):
                _open(deps, CaseKind.CLAIM_LATE, claim, now)
        counted[claim.stage] += 1
        if claim.is_at_its_end and claim.news_due:
            ended.append(claim)
    return Worked(counted, tuple(ended), oldest_age_s, faults)


def _open(deps: ClaimDeps, kind: CaseKind, claim: Claim, now: datetime) -> None:
    facts: dict[str, str | int] = {
        "claim": claim.id,
        "source": claim.source.value,
        "stage": claim.stage.value,
        "amount_grosze": claim.amount_grosze,
    }
    if claim.source is Source.LAJT:
        facts["credit_by"] = claim.credit_by.isoformat()
    deps.store.open_case(new_case(kind, claim.id, str(claim.ref), facts, FOUND_BY, now))

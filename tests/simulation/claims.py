"""Money of others in the simulated world: Lajt mobile, Plus's vouchers, and who keys or texts for it."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from telekarta.domain.cards.card import Kind, Ref
from telekarta.domain.cases.case import CaseKind
from telekarta.domain.ledger.postings import Source
from telekarta.domain.topups.claims import Claim, ClaimStage, Refusal
from telekarta.usecases.ports import StoreUnavailable
from telekarta.usecases.topups.claims import ClaimDeps, SourceUnavailable, Taken, finish_claims
from telekarta.usecases.topups.sms import SmsDeps, SmsOutcome, take_message
from tests.simulation.auditor import Law, must
from tests.simulation.cloud import Attempt, Died, smooth

if TYPE_CHECKING:
    from tests.simulation.world import World

CODES = tuple(f"{70000000000000 + number}" for number in range(40))


@dataclass(slots=True)
class Taking:
    """What one of the others let go under a key."""

    claim_id: str
    amount_grosze: int
    is_given_back: bool = False


@dataclass(slots=True)
class SimulatedSource:
    """The other side. It keeps its word: the same key gets the same answer, whatever got lost on the way."""

    world: "World"
    source: Source
    answered: dict[str, Taken | Refusal] = field(default_factory=dict)
    takings: dict[str, Taking] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def take(self, claim: Claim, code: str) -> Taken | Refusal:
        self._maybe_fails()
        if claim.key not in self.answered:
            answer = self._decided(claim, code)
            self.answered[claim.key] = answer
            if isinstance(answer, Taken):
                self.takings[claim.key] = Taking(claim.id, answer.amount_grosze)
                self.world.money[f"topup:{self.source}:{claim.id}"] = answer.amount_grosze
        self._maybe_fails()
        return self.answered[claim.key]

    def look_up(self, claim: Claim) -> Taken | None:
        self._maybe_fails()
        answer = self.answered.get(claim.key)
        return answer if isinstance(answer, Taken) else None

    def give_back(self, claim: Claim) -> bool:
        self._maybe_fails()
        if self.source is Source.PLUS_VOUCHER:
            return False
        self.takings[claim.key].is_given_back = True
        self._maybe_fails()
        return True

    def _decided(self, claim: Claim, code: str) -> Taken | Refusal:
        if self.source is Source.LAJT:
            return Refusal.NOT_ENOUGH_MONEY if claim.amount_grosze > 4000 else Taken(claim.amount_grosze)
        if code not in CODES:
            return Refusal.UNKNOWN_VOUCHER
        if code in self.used:
            return Refusal.USED_VOUCHER
        self.used.add(code)
        return Taken(500 + 100 * (int(code) % 7))

    def _maybe_fails(self) -> None:
        self.world.turns.hand_over()
        if self.world.chance.random() < self.world.hostility / 6:
            self.world.attempt.struck.append(f"{self.source}")
            raise SourceUnavailable("no answer")


class Claiming:
    """All that the world does about claims."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.sources = {
            source: SimulatedSource(world, source) for source in (Source.LAJT, Source.PLUS_VOUCHER)
        }
        self.texts: list[tuple[str, str, str]] = []  # the sid, the sender and the words

    @property
    def deps(self) -> ClaimDeps:
        world = self._world
        return ClaimDeps(world.line, world.line, self.sources, world.clock, world.promotions)

    def take(self, name: str, most: int, forget_at: object) -> bool:
        """No one floods here: the port `AttemptStore`."""
        return True

    def give_back(self, name: str) -> None:
        raise NotImplementedError

    def pepper(self) -> bytes:
        return b"a pepper"

    # ------------------------------------------------------------------ what happens

    def text(self, sid: str, sender: str, words: str, attempt: Attempt) -> None:
        """A message comes, or comes again."""
        world = self._world
        world.attempt = attempt
        try:
            reply = take_message(SmsDeps(self.deps, self, self), sid, sender, words, lambda _sender: True)
        except (StoreUnavailable, Died):
            must(bool(attempt.struck) or not world.alone, Law.NO_FAULT, "a text message gave up")
            world.tell(f"{sid} {words!r}: nobody answers")
            return
        world.tell(f"{sid} {words!r}: {reply.outcome}")
        if reply.outcome is SmsOutcome.CREDITED:
            must(f"topup:lajt:{sid}" in world.store.booked, Law.HEARD_IS_TRUE, sid, "is not on the card")

    def finish(self, attempt: Attempt) -> None:
        world = self._world
        world.attempt = attempt
        try:
            worked = finish_claims(self.deps)
        except (StoreUnavailable, Died):
            must(bool(attempt.struck) or not world.alone, Law.NO_FAULT, "finishing claims gave up")
            world.tell("finishing claims broke off")
            return
        if worked.stages:
            world.tell(f"claims are {dict(worked.stages)}")

    def come_to_rest(self) -> None:
        """Whoever let money go has it on a card, or back, or a person looks at it."""
        world, store = self._world, self._world.store
        self.finish(smooth())
        for source in self.sources.values():
            for claim_id in {taking.claim_id for taking in source.takings.values()}:
                kept = [each for each in source.takings.values() if each.claim_id == claim_id]
                kept = [each for each in kept if not each.is_given_back]
                claim = store.claiming[claim_id]
                must(claim.is_at_its_end, Law.PAYMENT_ENDS, claim_id, claim.stage)
                booked = f"topup:{source.source}:{claim_id}" in store.booked
                must(booked == (claim.stage is ClaimStage.CREDITED), Law.PAYMENT_ENDS, claim_id, claim.stage)
                known = f"{CaseKind.CLAIM_STRANDED}:{claim_id}" in store.found
                must(len(kept) == (booked or known), Law.PAYMENT_ENDS, claim_id, "is taken", len(kept))
        world.tell("all claims are at their ends")

    def some_card(self) -> Ref:
        cards = [ref for ref in self._world.store.cards if ref.kind is Kind.CARD and len(ref.number) == 6]
        return self._world.chance.choice(cards[-6:])

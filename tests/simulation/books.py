"""The books in the simulated world: calls are corrected, and every morning the books are looked at."""

from typing import TYPE_CHECKING

from telekarta.domain.ledger.postings import Posting, PostingKind
from telekarta.usecases.books.correcting import CorrectCall, ReversePosting
from tests.simulation.auditor import Law, Laws, Stock, must
from tests.simulation.calls import next_request
from tests.simulation.carrier import Doing
from tests.simulation.cloud import Attempt
from tests.simulation.steps import Job, Step, at_once
from tests.simulation.topups import credited

if TYPE_CHECKING:
    from tests.simulation.world import World

_CORRECTABLE = (PostingKind.CALL, PostingKind.CARD_ISSUED)


class OperatorCorrects(Step):
    """A call was charged wrongly, says somebody; or it is given back for another reason."""

    weight = 4

    def __call__(self, world: "World") -> None:
        booked = [each for each in world.store.booked.values() if each.kind in _CORRECTABLE]
        job = _obeyed(world, _correction(world, world.chance.choice(booked[-6:])))
        if world.chance.random() < 0.6:
            job(world.new_attempt())
        else:
            at_once(world, [], [job] * 2)


class RaceForMoney(Step):
    """A card's caller, a top-up, a correction and another one come to the card at the same time."""

    weight = 6

    def __call__(self, world: "World") -> None:
        chance = world.chance
        callers = [
            call
            for call in world.open_calls
            if call.doing is Doing.NOTIFIED and call.holder in world.store.cards
        ]
        caller = world.pick(callers) if callers else None
        ref = caller.holder if caller else None
        ref = ref or chance.choice(list(world.store.cards)[-6:])
        about = [
            each
            for each in world.store.booked.values()
            if each.kind in _CORRECTABLE and str(ref) in (each.debit, each.credit)
        ]
        jobs = [credited(world, ref, n) for n in range(2)]
        jobs += [_obeyed(world, _correction(world, chance.choice(about))) for _ in range(2) if about]
        requests = [next_request(world, caller)] if caller else []
        at_once(world, requests, chance.sample(jobs, k=2))


class MorningComes(Step):
    """The books are looked at."""

    weight = 2

    def __call__(self, world: "World") -> None:
        world.close_day(world.new_attempt())


def _correction(world: "World", posting: Posting) -> CorrectCall | ReversePosting:
    chance = world.chance
    if posting.kind is PostingKind.CALL and chance.random() < 0.7:
        duration_s = max(0, int(posting.details["duration_s"]) + chance.randint(-60, 60))
        return CorrectCall(posting.id, duration_s, "operator", "it was shorter or longer")
    amount = chance.choice((None, 1, min(50, posting.amount_grosze)))
    return ReversePosting(posting.id, f"R{chance.randrange(7)}", "operator", "an excuse", amount)


def _obeyed(world: "World", command: CorrectCall | ReversePosting) -> Job:
    def job(attempt: Attempt) -> None:
        world.tell(f"{type(command).__name__} {command.posting}")
        world.command(command, attempt)

    return job


def _check_correction(world: "World", posting: Posting, before: dict[str, Stock]) -> None:
    """Never more than there was; and what is given back is what was spent, not new money."""
    del before
    corrected = str(posting.details["corrects"])
    stands = world.books.stands(corrected, posting)
    must(stands >= 0, Law.NO_MORE_BACK, posting.id, "leaves", stands, "of", corrected)
    spent = world.books.spent_on(corrected)
    new = [lot for lot in posting.grants if (lot.source, lot.top_up) not in spent]
    must(not new, Law.LOT_IS_TRACED, posting.id, "gives back", new, "which were never spent on", corrected)


STEPS: tuple[Step, ...] = (
    OperatorCorrects(),
    RaceForMoney(),
    MorningComes(),
)
LAWS: Laws = {
    PostingKind.CORRECTION: _check_correction,
}

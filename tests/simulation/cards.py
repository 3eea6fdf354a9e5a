"""Cards in the simulated world: they are sold and blocked, and their money moves onto accounts."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Ref
from telekarta.domain.cards.terms import NOMINALS_GROSZE
from telekarta.domain.ledger.postings import Posting, PostingKind
from telekarta.usecases.cards.changing import BlockCard, UnblockCard
from telekarta.usecases.cards.issuing import CardsIssued, IssueCards
from tests.simulation.auditor import Law, Laws, Stock, must
from tests.simulation.cloud import Attempt
from tests.simulation.steps import Job, Step

if TYPE_CHECKING:
    from tests.simulation.world import World


@dataclass(frozen=True, slots=True)
class KnownCard:
    """A card that somebody holds: its PIN is known to the callers."""

    ref: Ref
    pin: str
    number: int = 0


class OperatorIssues(Step):
    weight = 4

    def __call__(self, world: "World") -> None:
        chance = world.chance
        brand = chance.choice(tuple(Brand))
        nominal = chance.choice(NOMINALS_GROSZE[brand][:4])
        answer = world.command(IssueCards(brand, nominal, 1, "operator", "a sale"))
        if isinstance(answer, CardsIssued):
            for each in answer.cards:
                world.tell(f"a {brand} card of {nominal} grosze is sold: {each.card}")
                world.cards.insert(0, KnownCard(Ref.card(brand, each.card), each.pin, world.number))


class OperatorBlocks(Step):
    weight = 3

    def __call__(self, world: "World") -> None:
        chance = world.chance
        ref = chance.choice(list(world.store.cards)[-8:])
        # Blocked cards get free again soon, or nobody would call any more.
        is_blocked = world.store.cards[ref].status == "blocked"
        kind = UnblockCard if is_blocked or chance.random() < 0.3 else BlockCard
        world.tell(f"{kind.__name__} {ref}")
        world.command(kind(ref.brand, ref.number, "operator", "a report"))


_CardCommand = type[BlockCard | UnblockCard]


def commanded(world: "World", kind: _CardCommand, ref: Ref, *kinds: _CardCommand) -> Job:
    """An operator's command about the card while it is in use."""
    chosen = world.chance.choice((kind, *kinds))
    command = chosen(ref.brand, ref.number, "operator", "a report")

    def job(attempt: Attempt) -> None:
        world.tell(f"{chosen.__name__} {ref}")
        world.command(command, attempt)

    return job


def _check_move(world: "World", posting: Posting, before: dict[str, Stock]) -> None:
    """Money that moves keeps its source, its date and its name."""
    del world
    came = [(lot.source, lot.granted_at, lot.top_up, lot.left_grosze) for lot in posting.grants]
    lots = [(before[draw.lot], draw.amount_grosze) for draw in posting.draws]
    went = [(lot.source, lot.granted_at, lot.top_up, amount) for lot, amount in lots]
    must(came == went, Law.LOT_IS_TRACED, posting.id, came, went)


STEPS: tuple[Step, ...] = (
    OperatorIssues(),
    OperatorBlocks(),
)
LAWS: Laws = {
    PostingKind.CARD_TO_ACCOUNT: _check_move,
}

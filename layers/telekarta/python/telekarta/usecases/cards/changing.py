"""Changing a card or an account by an operator's command: blocking it, and letting it be used again."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Card, Ref, Status
from telekarta.domain.rules import rule
from telekarta.usecases.commands import CommandRefused, Outcome, record
from telekarta.usecases.ports import Chance, Clock, DeskStore, StoreUnavailable

# A card that changes under our hands is decided anew; each round was lost to somebody else's success.
ROUNDS = 4


class CardRefusal(StrEnum):
    """Why a command about a card can't be carried out."""

    UNKNOWN_CARD = "unknown_card"
    CARD_USED_UP = "card_used_up"


class CardDeskDeps(Protocol):
    """What operators' commands about cards need from outside."""

    @property
    def store(self) -> DeskStore: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def chance(self) -> Chance: ...


@dataclass(frozen=True, slots=True)
class BlockCard:
    brand: Brand
    card: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class UnblockCard:
    brand: Brand
    card: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class CardChanged:
    """The card as it is after the command."""

    outcome: Outcome
    card: Card


def ref_of(brand: Brand, card: str) -> Ref:
    """The card, or for a number with a plus the account of that line (TG §2.8)."""
    return Ref.account(card) if card.startswith("+") else Ref.card(brand, card)


@rule("WP §16.1", "TG §10.2")
def block_card(deps: CardDeskDeps, command: BlockCard) -> CardChanged | CommandRefused[CardRefusal]:
    """Block a card or an account. A call in progress goes on to its end; the next one is refused."""
    ref = ref_of(command.brand, command.card)
    record(deps, "block_card", command, str(ref))
    return with_status(deps, ref, Status.BLOCKED)


@rule("WP §16.1", "TG §10.2")
def unblock_card(deps: CardDeskDeps, command: UnblockCard) -> CardChanged | CommandRefused[CardRefusal]:
    """Let a blocked card or account be used again."""
    ref = ref_of(command.brand, command.card)
    record(deps, "unblock_card", command, str(ref))
    return with_status(deps, ref, Status.ACTIVE)


def with_status(deps: CardDeskDeps, ref: Ref, status: Status) -> CardChanged | CommandRefused[CardRefusal]:
    """The card in that status; a card that was used up onto an account keeps its own. Raises
    StoreUnavailable."""

    def decide(card: Card) -> Card | CardRefusal:
        return CardRefusal.CARD_USED_UP if card.status is Status.USED_UP else replace(card, status=status)

    return change_card(deps, ref, decide)


def change_card(
    deps: CardDeskDeps, ref: Ref, decide: Callable[[Card], Card | CardRefusal]
) -> CardChanged | CommandRefused[CardRefusal]:
    """Write what is decided on the card as it is; decided anew whenever somebody else was faster. Raises
    StoreUnavailable, also when the card keeps changing."""
    card = deps.store.card(ref)
    for _ in range(ROUNDS):
        if card is None:
            return CommandRefused(CardRefusal.UNKNOWN_CARD)
        decided = decide(card)
        if isinstance(decided, CardRefusal):
            return CommandRefused(decided)
        if decided == card:
            return CardChanged(Outcome.UNCHANGED, card)
        changed = replace(decided, version=card.version + 1)
        stale = deps.store.write(card, changed)
        if stale is None:
            return CardChanged(Outcome.DONE, changed)
        card = stale.card
    raise StoreUnavailable("the card kept changing")

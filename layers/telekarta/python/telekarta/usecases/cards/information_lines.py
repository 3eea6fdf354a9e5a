"""The information lines that the holder of a White Phone card has reported: registering and removing them."""

from dataclasses import dataclass, replace
from enum import StrEnum

from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Card, Ref
from telekarta.domain.prices.dialling import DialRefusal, is_registrable, parse_destination
from telekarta.domain.rules import rule
from telekarta.usecases.cards.changing import CardChanged, CardDeskDeps, CardRefusal, change_card
from telekarta.usecases.commands import CommandRefused, record


class LineRefusal(StrEnum):
    """Why a number can't be registered as an information line."""

    NOT_REGISTRABLE = "not_registrable"


@dataclass(frozen=True, slots=True)
class RegisterInformationLine:
    card: str
    number: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class RemoveInformationLine:
    card: str
    number: str
    who: str
    why: str


@rule("WP §2.8")
def register_information_line(
    deps: CardDeskDeps, command: RegisterInformationLine
) -> CardChanged | CommandRefused[CardRefusal | LineRefusal | DialRefusal]:
    """Let the card call an information line that its holder has reported."""
    ref = Ref.card(Brand.WHITE_PHONE, command.card)
    record(deps, "register_information_line", command, f"{ref} {command.number}")
    destination = parse_destination(command.number)
    if isinstance(destination, DialRefusal):
        return CommandRefused(destination)
    if not is_registrable(destination):
        return CommandRefused(LineRefusal.NOT_REGISTRABLE)
    line = destination.e164

    def decide(card: Card) -> Card:
        return replace(card, information_lines=card.information_lines | {line})

    return change_card(deps, ref, decide)


@rule("WP §2.8")
def remove_information_line(
    deps: CardDeskDeps, command: RemoveInformationLine
) -> CardChanged | CommandRefused[CardRefusal]:
    """Take a line off the card again, also one that the numbering plan no longer knows."""
    ref = Ref.card(Brand.WHITE_PHONE, command.card)
    record(deps, "remove_information_line", command, f"{ref} {command.number}")
    destination = parse_destination(command.number)
    line = command.number if isinstance(destination, DialRefusal) else destination.e164

    def decide(card: Card) -> Card:
        return replace(card, information_lines=card.information_lines - {line})

    return change_card(deps, ref, decide)

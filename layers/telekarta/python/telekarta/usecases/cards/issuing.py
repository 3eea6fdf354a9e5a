"""Issuing cards: the only time that PINs are shown."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Ref
from telekarta.domain.cards.codes import telegrosik_pin_digest, white_phone_pin_digest
from telekarta.domain.cards.issuing import issue
from telekarta.domain.cards.terms import (
    TELEGROSIK_PIN_DIGITS,
    TELEGROSIK_SERIAL_DIGITS,
    WHITE_PHONE_CARD_DIGITS,
    WHITE_PHONE_PIN_DIGITS,
)
from telekarta.domain.rules import rule
from telekarta.usecases.cards.changing import CardDeskDeps
from telekarta.usecases.commands import CommandRefused, Outcome, record
from telekarta.usecases.ports import Pepper, StoreUnavailable

# So many draws for one free number fail by chance only when nearly all numbers are taken.
DRAWS = 20
# What is left for answering when issuing has to stop early: PINs that are not shown now are lost.
ANSWERING_S = 2.0


class IssueRefusal(StrEnum):
    """Why no card can be issued."""

    OUT_OF_NUMBERS = "out_of_numbers"


class IssuingDeps(CardDeskDeps, Protocol):
    """What issuing needs from outside. `time_left_s` tells for how many seconds the operator still waits:
    issuing stops in time to show the PINs that it made."""

    @property
    def pepper(self) -> Pepper: ...
    @property
    def time_left_s(self) -> Callable[[], float]: ...


@dataclass(frozen=True, slots=True)
class IssueCards:
    brand: Brand
    nominal_grosze: int
    count: int
    who: str
    why: str
    series: str = ""
    valid_months: int | None = None
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class IssuedCard:
    """A new card and its PIN, which nobody can ever show again."""

    card: str
    pin: str


@dataclass(frozen=True, slots=True)
class CardsIssued:
    """The new cards. `uncertain` are numbers that may have become cards whose PINs nobody knows."""

    outcome: Outcome
    cards: tuple[IssuedCard, ...]
    uncertain: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IssuedBefore:
    """The request was told before, and is kept under `record`."""

    record: str


@rule("WP §1.2.9", "WP §2.6", "TG §2.9", "TG §6.12")
def issue_cards(
    deps: IssuingDeps, command: IssueCards
) -> CardsIssued | IssuedBefore | CommandRefused[IssueRefusal]:
    """New cards with their PINs. Raises StoreUnavailable as long as no card can have been made.

    The numbers are drawn first, and recorded with the command, so that a batch whose answer was lost can be
    found and blocked. A request id is used once: told twice, it makes nothing.
    """
    now, pepper = deps.clock.now(), deps.pepper.pepper()
    refs = _free_numbers(deps, command.brand, command.count)
    if refs is None:
        return CommandRefused(IssueRefusal.OUT_OF_NUMBERS)
    record_id = f"issue_cards:{command.request_id}" if command.request_id else ""
    numbers = " ".join(ref.number for ref in refs)
    subject = f"{command.brand} {command.nominal_grosze} grosze, series {command.series or '-'}: {numbers}"
    # An id drawn just now can only have been used by our own first try, whose answer got lost.
    if not record(deps, "issue_cards", command, subject, record_id) and record_id:
        return IssuedBefore(record_id)
    issued: list[IssuedCard] = []
    uncertain: list[str] = []
    for ref in refs:
        if deps.time_left_s() < ANSWERING_S:
            break
        try:
            pin = _issue_one(deps, command, ref, pepper, now)
        except StoreUnavailable:
            uncertain.append(ref.number)
            break
        if pin is None:
            uncertain.append(ref.number)
        else:
            issued.append(IssuedCard(ref.number, pin))
    outcome = Outcome.DONE if len(issued) == command.count else Outcome.PARTLY_DONE
    return CardsIssued(outcome, tuple(issued), tuple(uncertain))


def _free_numbers(deps: IssuingDeps, brand: Brand, count: int) -> tuple[Ref, ...] | None:
    """That many different numbers that no card has; None when they are too hard to find."""
    white_phone = brand is Brand.WHITE_PHONE
    length = WHITE_PHONE_CARD_DIGITS if white_phone else TELEGROSIK_SERIAL_DIGITS
    refs: dict[Ref, None] = {}
    for _ in range(count):
        for _ in range(DRAWS):
            ref = Ref.card(brand, deps.chance.digits(length, leading_zero=False))
            if ref not in refs and deps.store.card(ref) is None:
                refs[ref] = None
                break
        else:
            return None
    return tuple(refs)


def _issue_one(deps: IssuingDeps, command: IssueCards, ref: Ref, pepper: bytes, now: datetime) -> str | None:
    """The new card's PIN; None if its number was taken since it was drawn."""
    for _ in range(DRAWS):
        if command.brand is Brand.WHITE_PHONE:
            pin = deps.chance.digits(WHITE_PHONE_PIN_DIGITS, leading_zero=True)
            digest = white_phone_pin_digest(pepper, ref.number, pin)
        else:
            pin = deps.chance.digits(TELEGROSIK_PIN_DIGITS, leading_zero=False)
            digest = telegrosik_pin_digest(pepper, pin)
        card, posting = issue(ref, command.nominal_grosze, digest, command.series, command.valid_months, now)
        if deps.store.issue(card, posting):
            return pin
        if deps.store.card(ref) is not None:
            return None
    return None

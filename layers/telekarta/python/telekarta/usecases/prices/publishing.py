"""Publishing a price list: a draft is checked, then published once, for good (WP §6.5, TG §6.11).

The published object is written only if there is none of its name, so two operators at once, or one twice,
publish once. A publication whose answer got lost is repeated safely: the same prices are already there.
"""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from telekarta.domain.brands import Brand
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.prices.changes import Check, PriceListRefusal, book_of, check
from telekarta.domain.prices.price_files import (
    RowProblem,
    published_text,
    read_file,
    read_price_list,
    text_of,
)
from telekarta.domain.prices.tariff import PriceList
from telekarta.domain.rules import rule
from telekarta.usecases.commands import record
from telekarta.usecases.ports import Chance, Clock, CommandLog, StoreUnavailable


class PricesUnavailable(StoreUnavailable):
    """The place of published price lists did not answer, and what is known does not suffice."""


class PublishedLists(Protocol):
    """The price lists that hold or were announced."""

    def read_anew(self) -> tuple[PriceList, ...]:
        """All lists, published and packaged, as they are now. Raises PricesUnavailable."""
        ...


class PriceShelf(Protocol):
    """Where drafts wait and published lists stay. All methods may raise PricesUnavailable."""

    def draft(self, name: str) -> bytes | None: ...

    def keep_draft(self, name: str, text: str) -> bool:
        """Keep a draft; False if there is one of that name."""
        ...

    def text(self, prices: PriceList) -> str:
        """The file of a list that is known."""
        ...

    def publish(self, brand: Brand, version: str, text: str) -> bool:
        """Keep the list for good; False if the brand has a list of that version."""
        ...


@dataclass(frozen=True, slots=True)
class PriceDeskDeps:
    """What operators' commands about price lists need from outside."""

    lists: PublishedLists
    shelf: PriceShelf
    store: CommandLog
    clock: Clock
    chance: Chance


@dataclass(frozen=True, slots=True)
class DraftPriceList:
    brand: Brand
    draft: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class CheckPriceList:
    brand: Brand
    version: str
    draft: str


@dataclass(frozen=True, slots=True)
class PublishPriceList:
    """`mark` is what the check answered; `warnings` is how many of them the operator has seen and accepts."""

    brand: Brand
    version: str
    draft: str
    mark: str
    who: str
    why: str
    warnings: int = 0


class Publication(StrEnum):
    NOT_YET = "not_yet"  # the command was to check only
    DONE = "done"
    DONE_BEFORE = "done_before"


@dataclass(frozen=True, slots=True)
class PriceListLookedAt:
    """What the draft changes, and whether it was published. `refusal` is why it can't be."""

    check: Check
    mark: str
    publication: Publication
    refusal: PriceListRefusal | None = None


@dataclass(frozen=True, slots=True)
class PriceListRefused:
    """Nothing was published. `problems` are the draft's, `looked_at` what there is to say about it."""

    reason: PriceListRefusal
    problems: tuple[RowProblem, ...] = ()
    looked_at: PriceListLookedAt | None = None


@dataclass(frozen=True, slots=True)
class PriceListDrafted:
    """The list that the new draft is a copy of."""

    copied: PriceList
    draft: str


@dataclass(frozen=True, slots=True)
class _Draft:
    text: str
    looked_at: PriceListLookedAt


@rule("WP §6.5", "TG §6.11")
def check_price_list(desk: PriceDeskDeps, command: CheckPriceList) -> PriceListLookedAt | PriceListRefused:
    """What the draft would change, and why it can't be published now, if so. Raises StoreUnavailable."""
    seen = _look_at(desk, command)
    return seen if isinstance(seen, PriceListRefused) else seen.looked_at


@rule("WP §6.5", "TG §6.11")
def draft_price_list(desk: PriceDeskDeps, command: DraftPriceList) -> PriceListDrafted | PriceListRefused:
    """Copy the brand's last list, announced or in force, into a draft to be changed.

    Given again it is refused, since somebody may have begun to change the draft.
    """
    record(desk, "draft_price_list", command, f"{command.brand} {command.draft}")
    own = [each for each in book_of(desk.lists.read_anew()).lists if each.brand is command.brand]
    last = max(own, key=lambda each: each.valid_from)
    if not desk.shelf.keep_draft(command.draft, desk.shelf.text(last)):
        return PriceListRefused(PriceListRefusal.DRAFT_TAKEN)
    return PriceListDrafted(last, command.draft)


@rule("WP §6.5", "TG §6.11")
def publish_price_list(
    desk: PriceDeskDeps, command: PublishPriceList
) -> PriceListLookedAt | PriceListRefused:
    """Publish the draft as it was checked, with as many warnings as were accepted."""
    now = desk.clock.now()
    subject = f"{command.brand} {command.version} {command.draft} {command.mark}"
    record(desk, "publish_price_list", command, subject)
    seen = _look_at(desk, command)
    if isinstance(seen, PriceListRefused):
        return seen
    looked_at = seen.looked_at
    if looked_at.publication is Publication.DONE_BEFORE:
        return looked_at
    refusal = looked_at.refusal
    if refusal is None and command.mark != looked_at.mark:
        refusal = PriceListRefusal.NOT_AS_CHECKED
    if refusal is None and command.warnings != len(looked_at.check.warnings):
        refusal = PriceListRefusal.WARNINGS_NOT_ACCEPTED
    if refusal is not None:
        return PriceListRefused(refusal, looked_at=looked_at)
    text = published_text(seen.text, now)
    # What can't be read back would keep every process from reading any list.
    assert read_price_list(command.brand, command.version, text) == looked_at.check.prices
    written = desk.shelf.publish(command.brand, command.version, text)
    # Read again: this process knows it from now on, and of two at once the second sees whose it is.
    after = _look_at(desk, command)
    if isinstance(after, PriceListRefused):
        return after
    if after.looked_at.publication is not Publication.DONE_BEFORE:
        return PriceListRefused(PriceListRefusal.VERSION_TAKEN, looked_at=after.looked_at)
    return PriceListLookedAt(
        looked_at.check, looked_at.mark, Publication.DONE if written else Publication.DONE_BEFORE
    )


def _look_at(desk: PriceDeskDeps, command: CheckPriceList | PublishPriceList) -> _Draft | PriceListRefused:
    """The draft, compared with every list as it is now."""
    raw = desk.shelf.draft(command.draft)
    if raw is None:
        return PriceListRefused(PriceListRefusal.UNKNOWN_DRAFT)
    text = text_of(raw)
    if isinstance(text, RowProblem):
        return PriceListRefused(PriceListRefusal.DRAFT_UNREADABLE, (text,))
    read = read_file(command.brand, command.version, text)
    if read.prices is None:
        return PriceListRefused(PriceListRefusal.DRAFT_UNREADABLE, read.problems)
    lists = desk.lists.read_anew()
    found = check(book_of(lists), read.prices, day_of(desk.clock.now()))
    there = [each for each in lists if (each.brand, each.version) == (command.brand, command.version)]
    publication = Publication.NOT_YET
    refusal = found.refusal
    if there:
        is_same = all(each == read.prices for each in there)
        publication = Publication.DONE_BEFORE if is_same else Publication.NOT_YET
        refusal = None if is_same else PriceListRefusal.VERSION_TAKEN
    return _Draft(text, PriceListLookedAt(found, _mark(text, found), publication, refusal))


def _mark(text: str, found: Check) -> str:
    """Changes with the draft, and with what it is compared with: what was checked is what is published."""
    compared = [found.prices.brand, found.prices.version, found.before.version]
    compared += [each.version if each else "" for each in (found.replaces, found.followed_by)]
    return sha256("\n".join([*compared, text]).encode()).hexdigest()[:12]

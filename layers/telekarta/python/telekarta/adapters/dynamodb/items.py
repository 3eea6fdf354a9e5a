"""The items of the tables, as PynamoDB's models, and how they become the domain's objects and back.

=========  ============================================================================================
cards      `card:<brand>:<number>` a card; `line:<number>` a calling line: its wrong tries and, once it has
           a `version`, its account; `pin:<digest>` guards that a Telegrosik PIN names one card only;
           `settings:blocked-numbers` the fraud block list
postings   one item a posting, never changed; found by either side if that is a card or an account
desk       one item an operator's command; `case:<id>` a case
=========  ============================================================================================
"""

from dataclasses import fields
from typing import Any

from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection

from telekarta.adapters.dynamodb.codecs import (
    CASE_EVENT,
    DETAILS,
    DRAW,
    FLAG,
    HOLD,
    LOT,
    LOTS,
    MOMENT,
    REASONS,
    TEXT,
    TEXTS,
    TRIES,
    WHOLE,
    Coded,
    Typed,
    choice,
    several,
)
from telekarta.adapters.dynamodb.tables import Item
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import CallingLine, Card, Kind, Ref, Status
from telekarta.domain.cards.codes import Tries
from telekarta.domain.cases.case import Case, CaseKind, CaseState
from telekarta.domain.ledger.postings import Posting, PostingKind
from telekarta.usecases.ports import CommandRecord

LINE = "line:"
BLOCKED_NUMBERS = "settings:blocked-numbers"
CASE = "case:"
HELD = "open"  # what `hold_state` says while there is a hold


class ByPin(GlobalSecondaryIndex["CardItem"]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "by-pin"
        projection = AllProjection()

    pin_digest = Coded(TEXT, hash_key=True)


class ByHold(GlobalSecondaryIndex["CardItem"]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "by-hold"
        projection = KeysOnlyProjection()

    hold_state = Coded(TEXT, hash_key=True)
    hold_expires_at = Coded(MOMENT, range_key=True)


class CardItem(Item):
    kept_in = "cards"

    ref = Coded(TEXT, hash_key=True)
    version = Coded(WHOLE)
    status = Coded(choice(Status))
    issued_at = Coded(MOMENT)
    lots = Coded(LOTS)
    hold = Coded(HOLD)
    # Beside each hold, in the same write: they list the cards that have one (Hold in domain/ledger/).
    hold_state = Coded(TEXT)
    hold_expires_at = Coded(MOMENT)
    closed_hold = Coded(TEXT)
    nominal_grosze = Coded(WHOLE)
    series = Coded(TEXT)
    valid_months = Coded(WHOLE)
    first_used_at = Coded(MOMENT)
    last_active_at = Coded(MOMENT)
    # A Telegrosik PIN names its card, so its digest is in the index; a White Phone PIN only proves who
    # holds a card whose number is known, and nobody shall be able to look a card up by it.
    pin_digest = Coded(TEXT)
    pin_mac = Coded(TEXT)
    puk_digest = Coded(TEXT)
    puk_pending = Coded(TEXT)
    pin_tries = Coded(TRIES)
    puk_tries = Coded(TRIES)
    language = Coded(TEXT)
    slow = Coded(FLAG)
    information_lines = Coded(TEXTS)
    known_lines = Coded(TEXTS)
    line_tries = Coded(TRIES)  # of the line, whoever's card was tried from it
    expires_at_epoch = Coded(WHOLE)
    by_pin = ByPin()
    by_hold = ByHold()


class PinGuard(Item):
    kept_in = "cards"

    ref = Coded(TEXT, hash_key=True)
    serial = Coded(TEXT)


class BlockedNumbers(Item):
    kept_in = "cards"

    ref = Coded(TEXT, hash_key=True)
    version = Coded(WHOLE)
    prefixes = Coded(REASONS)


class ByDebit(GlobalSecondaryIndex["PostingItem"]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "by-debit"
        projection = AllProjection()

    debit_card = Coded(TEXT, hash_key=True)
    booked_at = Coded(MOMENT, range_key=True)


class ByCredit(GlobalSecondaryIndex["PostingItem"]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "by-credit"
        projection = AllProjection()

    credit_card = Coded(TEXT, hash_key=True)
    booked_at = Coded(MOMENT, range_key=True)


class PostingItem(Item):
    kept_in = "postings"

    id = Coded(TEXT, hash_key=True)
    kind = Coded(choice(PostingKind))
    debit = Coded(TEXT)
    credit = Coded(TEXT)
    debit_card = Coded(TEXT)
    credit_card = Coded(TEXT)
    amount_grosze = Coded(WHOLE)
    rule = Coded(TEXT)
    booked_at = Coded(MOMENT)
    draws = Coded(several(DRAW))
    grants = Coded(several(LOT))
    details = Coded(DETAILS)
    by_debit = ByDebit()
    by_credit = ByCredit()


class CommandItem(Item):
    kept_in = "desk"

    id = Coded(TEXT, hash_key=True)
    command = Coded(TEXT)
    who = Coded(TEXT)
    why = Coded(TEXT)
    at = Coded(MOMENT)
    subject = Coded(TEXT)


class ByState(GlobalSecondaryIndex["CaseItem"]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "by-state"
        projection = AllProjection()

    case_state = Coded(choice(CaseState), hash_key=True)
    opened_at = Coded(MOMENT, range_key=True)


class CaseItem(Item):
    kept_in = "desk"

    id = Coded(TEXT, hash_key=True)
    kind = Coded(choice(CaseKind))
    subject = Coded(TEXT)
    opened_at = Coded(MOMENT)
    facts = Coded(DETAILS)
    case_state = Coded(choice(CaseState))
    history = Coded(several(CASE_EVENT))
    by_state = ByState()


def line_key(number: str) -> str:
    return LINE + number


def key_of(ref: Ref) -> str:
    return line_key(ref.number) if ref.kind is Kind.ACCOUNT else str(ref)


def pin_key(digest: str) -> str:
    return f"pin:{digest}"


_CARD_FIELDS = tuple(field.name for field in fields(Card))
# What a card has not is not stored: "", None, no tries and empty sets read as the dataclass's defaults.
_NOTHING: tuple[object, ...] = ("", None, Tries(), frozenset())


def card_values(card: Card) -> dict[str, Any]:
    """The attributes of a card's item, without those that it has not."""
    values = {name: getattr(card, name) for name in _CARD_FIELDS}
    if not (card.ref.kind is Kind.CARD and card.ref.brand is Brand.TELEGROSIK):
        values["pin_mac"] = values.pop("pin_digest")
    return {name: value for name, value in values.items() if value not in _NOTHING} | {
        "ref": key_of(card.ref)
    }


def card_of(raw: Typed | None) -> Card | None:
    """The card or account in what is stored; None for nothing, and for a line without an account."""
    return account_or_card(CardItem.from_raw_data(raw)) if raw else None


def account_or_card(item: CardItem) -> Card | None:
    if not item.version:
        return None
    values: dict[str, Any] = {
        name: value for name in _CARD_FIELDS if (value := getattr(item, name)) is not None
    }
    if item.pin_mac:
        values["pin_digest"] = item.pin_mac
    key = item.ref
    values["ref"] = Ref.account(key.removeprefix(LINE)) if key.startswith(LINE) else Ref.parse(key)
    return Card(**values)


def line_of(number: str, raw: Typed | None) -> CallingLine:
    if raw is None:
        return CallingLine(number)
    item = CardItem.from_raw_data(raw)
    return CallingLine(number, item.line_tries or Tries(), account_or_card(item))


_POSTING_FIELDS = tuple(field.name for field in fields(Posting))


def _is_card(side: str) -> bool:
    """Whether a side of a posting is a card or an account; the others are sums of ours and have no list."""
    return side.partition(":")[0] in tuple(Kind)


def posting_values(posting: Posting) -> dict[str, Any]:
    values = {name: getattr(posting, name) for name in _POSTING_FIELDS}
    if _is_card(posting.debit):
        values["debit_card"] = posting.debit
    if _is_card(posting.credit):
        values["credit_card"] = posting.credit
    return values


def posting_of(raw: Typed) -> Posting:
    return posting_in(PostingItem.from_raw_data(raw))


def posting_in(item: PostingItem) -> Posting:
    return Posting(**{name: getattr(item, name) for name in _POSTING_FIELDS})


def command_values(command: CommandRecord) -> dict[str, Any]:
    return {field.name: getattr(command, field.name) for field in fields(command)}


def case_key(case_id: str) -> str:
    return CASE + case_id


def case_values(case: Case) -> dict[str, Any]:
    return {
        "id": case_key(case.id),
        "kind": case.kind,
        "subject": case.subject,
        "opened_at": case.opened_at,
        "facts": case.facts,
        "case_state": case.state,
        "history": case.history,
    }


def case_of(item: CaseItem) -> Case:
    return Case(
        id=item.id.removeprefix(CASE),
        kind=item.kind,
        subject=item.subject,
        opened_at=item.opened_at,
        facts=item.facts,
        state=item.case_state,
        history=item.history,
    )

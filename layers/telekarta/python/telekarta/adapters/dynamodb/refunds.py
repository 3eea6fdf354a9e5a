"""Refunds: `RefundStore` on DynamoDB, in a table of their own beside those of the cards and the books.

==================  =======================================================================================
`refund-<number>`   the case, one item that is written whole; it holds who applied and their account
`open:<card>`       the case that is open for the card, "" after it is over: a card has one at a time
`name:<name>`       the case that a payout's reference or a payment's id stands for
`letter:<id>`       a letter that waits for being printed (letters.py)
==================  =======================================================================================

The index `by-open` has the cases that are not over and nothing else, by their beginning.

A change writes the case, its postings and the card in one transaction, so that money never moves without the
case knowing of it, nor twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from pynamodb.attributes import NumberAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from telekarta.adapters.dynamodb.codecs import (
    FLAG,
    LOT,
    MOMENT,
    TEXT,
    WHOLE,
    Codec,
    Coded,
    choice,
    record,
    several,
)
from telekarta.adapters.dynamodb.payments import REF
from telekarta.adapters.dynamodb.tables import Item, Tables
from telekarta.adapters.dynamodb.transactions import Save, Write, get, in_the_way, query, transact
from telekarta.adapters.dynamodb.writes import booking, card_change
from telekarta.domain.cards.card import Card, Ref
from telekarta.domain.ledger.postings import Posting, Source
from telekarta.domain.refunds.application import AnswerBy, Application, Arrival, CodeCheck, Proof, ProofKind
from telekarta.domain.refunds.calculation import Part
from telekarta.domain.refunds.money_found import Bonus, MoneyFound
from telekarta.domain.refunds.refund import Event, HistoryLine, Payout, PayoutState, Refund, RefundStage, Way
from telekarta.usecases.refunds.ports import RefundStale

OPEN = "yes"  # what `open` says of a case that is not over

DAY: Codec[date] = Codec("S", date.isoformat, date.fromisoformat)

_PROOF = record(Proof, posting=TEXT, kind=choice(ProofKind), document=TEXT, source=choice(Source))
_APPLICATION = record(
    Application,
    ref=REF,
    arrived=choice(Arrival),
    received_on=DAY,
    asked_grosze=WHOLE,
    pin=choice(CodeCheck),
    puk=choice(CodeCheck),
    proofs=several(_PROOF),
    nrb=TEXT,
    nrb_is_wrong=FLAG,
    owner=TEXT,
    signed=FLAG,
    same_way=FLAG,
    answer_by=choice(AnswerBy),
    address=TEXT,
    enclosed=several(TEXT),
    language=TEXT,
)
_BONUS = record(Bonus, top_up=TEXT, granted_grosze=WHOLE, left_grosze=WHOLE)
_FOUND = record(
    MoneyFound,
    at=MOMENT,
    lots=several(LOT),
    bonuses=several(_BONUS),
    last_top_up_at=MOMENT,
    on_arrival_grosze=WHOLE,
)
_PART = record(Part, lot=TEXT, source=choice(Source), granted_at=MOMENT, amount_grosze=WHOLE, top_up=TEXT)
_PAYOUT = record(
    Payout,
    number=WHOLE,
    way=choice(Way),
    amount_grosze=WHOLE,
    reference=TEXT,
    state=choice(PayoutState),
    payment=TEXT,
    file=TEXT,
    provider_refund_id=TEXT,
    sent_at=MOMENT,
    replaced=FLAG,
    tellings=WHOLE,
)
_LINE = record(HistoryLine, event=choice(Event), at=MOMENT, who=TEXT, why=TEXT)


def _read_application(raw: Mapping[str, Any]) -> Application:
    """An amount that was not named is not stored, and has no default to be read as."""
    if "asked_grosze" in raw:
        return _APPLICATION.read(dict(raw))
    whole = _APPLICATION.read({**raw, "asked_grosze": WHOLE.typed(0)})
    return replace(whole, asked_grosze=None)


_CASE: Codec[Refund] = record(
    Refund,
    id=TEXT,
    application=Codec("M", _APPLICATION.write, _read_application),
    entered_at=MOMENT,
    stage=choice(RefundStage),
    found=_FOUND,
    held=several(_PART),
    released=FLAG,
    reasons=TEXT,
    complete_until=DAY,
    asked_why=TEXT,
    proofs_wanted=FLAG,
    reminders=WHOLE,
    reminded_at=MOMENT,
    answered=several(TEXT),
    payouts=several(_PAYOUT),
    put_back=several(_PART),
    put_back_told_grosze=WHOLE,
    settled_at=MOMENT,
    token=TEXT,
    runs=WHOLE,
    history=several(_LINE),
    version=WHOLE,
)


class ByOpen(GlobalSecondaryIndex["RefundItem"]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "by-open"
        projection = KeysOnlyProjection()

    open = Coded(TEXT, hash_key=True)
    entered_at = Coded(MOMENT, range_key=True)


class RefundItem(Item):
    kept_in = "refunds"

    id = Coded(TEXT, hash_key=True)
    version = Coded(WHOLE)
    case = Coded(_CASE)
    entered_at = Coded(MOMENT)
    open = Coded(TEXT)  # OPEN until the case is over: the index has no others
    forget_at_epoch_s = NumberAttribute(null=True)
    by_open = ByOpen()


class PointerItem(Item):
    """Names a case: a card that it is open for, a payout's reference, a payment."""

    kept_in = "refunds"

    id = Coded(TEXT, hash_key=True)
    case_id = Coded(TEXT)


class DynamoRefunds:
    """`RefundStore`, over the refunds' table and, for a refund's money, those of the cards and the books."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def refund(self, case_id: str) -> Refund | None:
        raw = get(self._tables, RefundItem, case_id)
        return RefundItem.from_raw_data(raw).case if raw else None

    def open_refund(self, new: Refund) -> str | None:
        case, opened = refund_opening(new)
        refused = transact(self._tables, case, opened)
        if not refused:
            return None
        if refused[0]:
            return new.id
        return str(PointerItem.from_raw_data(in_the_way(refused[1])).case_id)

    def open_refund_of(self, ref: Ref) -> str | None:
        return self._pointed(f"open:{ref}") or None

    def change_refund(
        self,
        seen: Refund,
        changed: Refund,
        postings: Sequence[Posting] = (),
        card: tuple[Card, Card] | None = None,
        names: Sequence[str] = (),
    ) -> None | RefundStale:
        writes: list[Write] = [refund_change(seen, changed), *map(booking, postings)]
        writes += [name_for(name, changed) for name in names]
        if changed.is_over and not seen.was_over:
            writes.append(card_freed(changed))
        if card is not None:
            before, after = card
            writes.append(card_change(after, "lots", seen=before.version))
        return RefundStale() if transact(self._tables, *writes) else None

    def refund_named(self, name: str) -> str | None:
        return self._pointed(f"name:{name}")

    def open_refunds(self) -> tuple[Refund, ...]:
        """An index may be a moment behind, so what it lists is read afresh."""
        items = self._tables.bound(RefundItem)
        found = query(lambda: items.by_open.query(OPEN))
        fresh = (self.refund(item.id) for item in found)
        return tuple(case for case in fresh if case and not case.is_over)

    def _pointed(self, pointer: str) -> str | None:
        raw = get(self._tables, PointerItem, pointer)
        return PointerItem.from_raw_data(raw).case_id if raw else None


# The writes of which a refund's transactions are made, beside those of writes.py.


def refund_opening(new: Refund) -> tuple[Save, Save]:
    """The new case, and the card's word that it is open for it: a card has one open case at a time."""
    pointer = {"id": f"open:{new.ref}", "case_id": new.id}
    is_free = PointerItem.id.does_not_exist() | (PointerItem.case_id == "")
    return (
        Save(RefundItem, refund_values(new), RefundItem.id.does_not_exist()),
        Save(PointerItem, pointer, is_free),
    )


def refund_change(seen: Refund, changed: Refund) -> Save:
    """The case, if it is still at the version seen."""
    return Save(RefundItem, refund_values(changed), RefundItem.version == seen.version)


def name_for(name: str, case: Refund) -> Save:
    """What the case shall be found by. A payment that was refunded in part may be asked about again: the
    latest case has it."""
    whatever_is_there = PointerItem.id.exists() | PointerItem.id.does_not_exist()
    return Save(PointerItem, {"id": f"name:{name}", "case_id": case.id}, whatever_is_there)


def card_freed(case: Refund) -> Save:
    """The card's next application may come in, if it is this case that is open for it."""
    return Save(PointerItem, {"id": f"open:{case.ref}", "case_id": ""}, PointerItem.case_id == case.id)


def refund_values(case: Refund) -> dict[str, Any]:
    values = {"id": case.id, "version": case.version, "case": case, "entered_at": case.entered_at}
    if case.forget_at is None:
        return values | {"open": OPEN}
    return values | {"forget_at_epoch_s": int(case.forget_at.timestamp())}

"""Refunds: `RefundStore` on DynamoDB, in a table of their own beside those of the cards and the books.

==================  =======================================================================================
`refund-<number>`   the case, one item that is written whole; it holds who applied and their account
`open:<card>`       the case that is open for the card, "" after it is over: a card has one at a time
`name:<name>`       the case that a payout's reference or a payment's id stands for
`letter:<id>`       a letter that waits for being printed (adapters/aws/letters.py)
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
from pynamodb.models import Model

from telekarta.adapters.dynamodb import transactions
from telekarta.adapters.dynamodb.cards import _bound
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
from telekarta.adapters.dynamodb.items import CardItem
from telekarta.adapters.dynamodb.payments import REF
from telekarta.adapters.dynamodb.store import DynamoStore
from telekarta.adapters.dynamodb.transactions import Save, Update
from telekarta.adapters.environment import Environment
from telekarta.domain.calendar.deadlines import midnight
from telekarta.domain.cards.card import Card, Ref
from telekarta.domain.ledger.postings import Posting, Source
from telekarta.domain.refunds.application import AnswerBy, Application, Arrival, CodeCheck, Proof, ProofKind
from telekarta.domain.refunds.calculation import Bonus, MoneyFound, Part
from telekarta.domain.refunds.refund import (
    FORGOTTEN_AFTER,
    Event,
    HistoryLine,
    Payout,
    PayoutState,
    Refund,
    RefundStage,
    Way,
)
from telekarta.usecases.refunds.ports import Letter, RefundStale

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


class RefundItem(Model):
    id = Coded(TEXT, hash_key=True)
    version = Coded(WHOLE)
    case = Coded(_CASE)
    entered_at = Coded(MOMENT)
    open = Coded(TEXT)  # OPEN until the case is over: the index has no others
    forget_at_epoch_s = NumberAttribute(null=True)
    by_open = ByOpen()


class PointerItem(Model):
    """Names a case: a card that it is open for, a payout's reference, a payment."""

    id = Coded(TEXT, hash_key=True)
    case_id = Coded(TEXT)


class LetterItem(Model):
    """A letter to be printed: what is written on it, and to whom."""

    id = Coded(TEXT, hash_key=True)
    case_id = Coded(TEXT)
    address = Coded(TEXT)
    subject = Coded(TEXT)
    body = Coded(TEXT)
    forget_at_epoch_s = NumberAttribute(null=True)


class DynamoRefunds(DynamoStore):
    """`RefundStore`, and every store port beside it: a refund's transaction spans them."""

    def __init__(
        self,
        cards_table: str,
        postings_table: str,
        desk_table: str,
        refunds_table: str,
        *,
        region: str | None = None,
        endpoint_url: str | None = None,
    ) -> None:
        super().__init__(cards_table, postings_table, desk_table, region=region, endpoint_url=endpoint_url)
        self._refunds_table = refunds_table
        self._refunds = _bound(RefundItem, refunds_table)
        self._pointers = _bound(PointerItem, refunds_table)
        self._letters = _bound(LetterItem, refunds_table)
        table = self._refunds._get_connection()
        self._connection.add_meta_table(table.get_meta_table())
        for model in (self._refunds, self._pointers, self._letters):
            model._get_connection().connection = self._connection

    @classmethod
    def from_environment(cls, environment: Environment) -> "DynamoRefunds":
        return cls(
            environment.cards_table,
            environment.postings_table,
            environment.desk_table,
            environment.refunds_table,
            region=environment.region or None,
        )

    def refund(self, case_id: str) -> Refund | None:
        item = self._refund_item(case_id)
        return RefundItem.from_raw_data(item).case if item else None

    def open_refund(self, new: Refund) -> str | None:
        pointer = self._pointers(id=f"open:{new.ref}", case_id=new.id)
        saves = [
            Save(self._whole(new), RefundItem.id.does_not_exist()),
            Save(pointer, PointerItem.id.does_not_exist() | (PointerItem.case_id == "")),
        ]
        refused = transactions.transact(self._connection, saves)
        if not refused:
            return None
        if refused[0]:
            return new.id
        in_the_way = refused[1].item if refused[1] else None
        if in_the_way is None:
            raise transactions.StoreFault("a refund was refused without a reason")
        return str(PointerItem.from_raw_data(in_the_way).case_id)

    def open_refund_of(self, ref: Ref) -> str | None:
        item = self._refund_item(f"open:{ref}")
        return (PointerItem.from_raw_data(item).case_id or None) if item else None

    def change_refund(
        self,
        seen: Refund,
        changed: Refund,
        postings: Sequence[Posting] = (),
        card: tuple[Card, Card] | None = None,
        names: Sequence[str] = (),
    ) -> None | RefundStale:
        saves = [Save(self._whole(changed), RefundItem.version == seen.version)]
        saves += [self._booking(posting) for posting in postings]
        for name in names:
            # A payment that was refunded in part may be asked about again: the latest case has it.
            pointer = self._pointers(id=f"name:{name}", case_id=changed.id)
            saves.append(Save(pointer, PointerItem.id.exists() | PointerItem.id.does_not_exist()))
        if changed.is_over and not seen.was_over:
            freed = self._pointers(id=f"open:{changed.ref}", case_id="")
            saves.append(Save(freed, PointerItem.case_id == changed.id))
        updates = []
        if card is not None:
            before, after = card
            updates.append(
                Update(
                    self._item(before.ref),
                    [CardItem.version.to(after.version), CardItem.lots.to(after.lots)],
                    CardItem.version == before.version,
                )
            )
        return RefundStale() if transactions.transact(self._connection, saves, updates) else None

    def refund_named(self, name: str) -> str | None:
        item = self._refund_item(f"name:{name}")
        return PointerItem.from_raw_data(item).case_id if item else None

    def open_refunds(self) -> tuple[Refund, ...]:
        """An index may be a moment behind, so what it lists is read afresh."""
        items = transactions.query(lambda: self._refunds.by_open.query(OPEN))
        found = (self.refund(item.id) for item in items)
        return tuple(case for case in found if case and not case.is_over)

    def _whole(self, case: Refund) -> RefundItem:
        item = self._refunds(id=case.id, version=case.version, case=case, entered_at=case.entered_at)
        if case.forget_at is None:
            item.open = OPEN
        else:
            item.forget_at_epoch_s = int(case.forget_at.timestamp())
        return item

    def queue_letter(self, letter: Letter) -> None:
        """Keep a letter for the printer; one that is there stays as it was."""
        item = self._letters(
            id=f"letter:{letter.id}",
            case_id=letter.case,
            address=letter.to,
            subject=letter.subject,
            body=letter.body,
        )
        if letter.due is not None:
            item.forget_at_epoch_s = int((midnight(letter.due) + FORGOTTEN_AFTER).timestamp())
        transactions.transact(self._connection, [Save(item, LetterItem.id.does_not_exist())])

    def _refund_item(self, key: str) -> dict[str, Any] | None:
        answer = transactions.ask(
            "GetItem",
            lambda: self._connection.get_item(self._refunds_table, key, consistent_read=True),
        )
        found: dict[str, Any] | None = answer.get("Item")
        return found

"""Payments: `PaymentStore` on DynamoDB, in a table of their own.

The index `by-pending` has the payments that are not at their end and no others, by their beginning. An index
may be a moment behind, so what it lists is read afresh.
"""

from dataclasses import fields
from typing import Any

from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from telekarta.adapters.dynamodb import transactions
from telekarta.adapters.dynamodb.cards import _bound
from telekarta.adapters.dynamodb.codecs import FLAG, MOMENT, TEXT, TEXTS, WHOLE, Codec, Coded, Typed, choice
from telekarta.adapters.dynamodb.transactions import Save
from telekarta.domain.cards.card import Ref
from telekarta.domain.topups.payments import Channel, Method, Payment, PaymentStage

PENDING = "yes"  # what `pending` says while there is something left to do

REF: Codec[Ref] = Codec("S", str, Ref.parse)


class ByPending(GlobalSecondaryIndex["PaymentItem"]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "by-pending"
        projection = KeysOnlyProjection()

    pending = Coded(TEXT, hash_key=True)
    created_at = Coded(MOMENT, range_key=True)


class PaymentItem(Model):
    id = Coded(TEXT, hash_key=True)
    ref = Coded(REF)
    method = Coded(choice(Method))
    amount_grosze = Coded(WHOLE)
    stage = Coded(choice(PaymentStage))
    created_at = Coded(MOMENT)
    language = Coded(TEXT)
    email = Coded(TEXT)
    receipt = Coded(FLAG)
    provider_order_id = Coded(TEXT)
    redirect_url = Coded(TEXT)
    paid_at = Coded(MOMENT)
    settled_at = Coded(MOMENT)
    bonus_grosze = Coded(WHOLE)
    receipts_due = Coded(TEXTS)
    receipt_tried_at = Coded(MOMENT)
    version = Coded(WHOLE)
    pending = Coded(TEXT)
    by_pending = ByPending()


_FIELDS = tuple(field.name for field in fields(Payment))
# What a payment has not is not stored, and reads as the dataclass's default.
_NOTHING: tuple[object, ...] = ("", None, frozenset())


def payment_values(payment: Payment) -> dict[str, Any]:
    values = {name: getattr(payment, name) for name in _FIELDS}
    if payment.needs_work:
        values["pending"] = PENDING
    return {name: value for name, value in values.items() if value not in _NOTHING}


def payment_of(raw: Typed) -> Payment:
    item = PaymentItem.from_raw_data(raw)
    values: dict[str, Any] = {name: value for name in _FIELDS if (value := getattr(item, name)) is not None}
    values["receipts_due"] = frozenset(Channel(name) for name in values.get("receipts_due", ()))
    return Payment(**values)


class DynamoPayments:
    """`PaymentStore` on the table named. Making one sends nothing. Raises as `DynamoCards` does."""

    def __init__(self, table: str, *, region: str | None = None, endpoint_url: str | None = None) -> None:
        self._table = table
        self._items = _bound(PaymentItem, table)
        self._connection = transactions.connect([self._items], region, endpoint_url)

    def payment(self, payment_id: str) -> Payment | None:
        answer = transactions.ask(
            "GetItem", lambda: self._connection.get_item(self._table, payment_id, consistent_read=True)
        )
        return payment_of(answer["Item"]) if "Item" in answer else None

    def add_payment(self, new: Payment) -> Payment | None:
        save = Save(self._items(**payment_values(new)), PaymentItem.id.does_not_exist())
        refused = transactions.transact(self._connection, [save])
        if not refused:
            return None
        if refused[0] is None or refused[0].item is None:
            raise transactions.StoreFault("a payment is in the way of its own id")
        return payment_of(refused[0].item)

    def change_payment(self, seen: Payment, changed: Payment) -> Payment | None:
        """A transaction of one item, for its token: were a plain put sent again after a lost answer, it would
        find its own version and pass for somebody else's change."""
        save = Save(self._items(**payment_values(changed)), PaymentItem.version == seen.version)
        refused = transactions.transact(self._connection, [save])
        if not refused:
            return None
        if refused[0] is None or refused[0].item is None:
            raise transactions.StoreFault("a payment that was seen is not there")
        return payment_of(refused[0].item)

    def pending_payments(self, limit: int) -> tuple[Payment, ...]:
        items = transactions.query(lambda: self._items.by_pending.query(PENDING, limit=limit))
        found = (self.payment(item.id) for item in items)
        return tuple(payment for payment in found if payment and payment.needs_work)

"""Payments: `PaymentStore` on DynamoDB, in a table of their own.

The index `by-pending` has the payments that are not at their end and no others, by their beginning. An index
may be a moment behind, so what it lists is read afresh.
"""

from dataclasses import fields
from typing import Any

from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from telekarta.adapters.dynamodb.codecs import FLAG, MOMENT, TEXT, TEXTS, WHOLE, Codec, Coded, Typed, choice
from telekarta.adapters.dynamodb.tables import Item, Tables
from telekarta.adapters.dynamodb.transactions import Save, get, in_the_way, query, save_alone
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


class PaymentItem(Item):
    kept_in = "payments"

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
    """`PaymentStore`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def payment(self, payment_id: str) -> Payment | None:
        raw = get(self._tables, PaymentItem, payment_id)
        return payment_of(raw) if raw else None

    def add_payment(self, new: Payment) -> Payment | None:
        return self._save(Save(PaymentItem, payment_values(new), PaymentItem.id.does_not_exist()))

    def change_payment(self, seen: Payment, changed: Payment) -> Payment | None:
        return self._save(Save(PaymentItem, payment_values(changed), PaymentItem.version == seen.version))

    def _save(self, save: Save) -> Payment | None:
        refusal = save_alone(self._tables, save)
        return payment_of(in_the_way(refusal)) if refusal else None

    def pending_payments(self, limit: int) -> tuple[Payment, ...]:
        items = self._tables.bound(PaymentItem)
        found = query(lambda: items.by_pending.query(PENDING, limit=limit))
        fresh = (self.payment(item.id) for item in found)
        return tuple(payment for payment in fresh if payment and payment.needs_work)

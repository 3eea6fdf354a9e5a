"""Claims: `ClaimStore` on DynamoDB, in a table of their own, with those that need work in an index."""

from dataclasses import fields
from typing import Any

from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from telekarta.adapters.dynamodb import transactions
from telekarta.adapters.dynamodb.cards import _bound
from telekarta.adapters.dynamodb.codecs import FLAG, MOMENT, TEXT, WHOLE, Coded, Typed, choice
from telekarta.adapters.dynamodb.payments import PENDING, REF
from telekarta.adapters.dynamodb.transactions import Save
from telekarta.domain.ledger.postings import Source
from telekarta.domain.topups.claims import Claim, ClaimStage, Refusal


class ByPending(GlobalSecondaryIndex["ClaimItem"]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "by-pending"
        projection = KeysOnlyProjection()

    pending = Coded(TEXT, hash_key=True)
    ordered_at = Coded(MOMENT, range_key=True)


class ClaimItem(Model):
    id = Coded(TEXT, hash_key=True)
    source = Coded(choice(Source))
    ref = Coded(REF)
    ordered_at = Coded(MOMENT)
    amount_grosze = Coded(WHOLE)
    payer = Coded(TEXT)
    stage = Coded(choice(ClaimStage))
    refusal = Coded(choice(Refusal))
    attempt = Coded(WHOLE)
    bonus_grosze = Coded(WHOLE)
    taken_at = Coded(MOMENT)
    news_due = Coded(FLAG)
    version = Coded(WHOLE)
    pending = Coded(TEXT)
    by_pending = ByPending()


_FIELDS = tuple(field.name for field in fields(Claim))
_NOTHING: tuple[object, ...] = ("", None)


def claim_values(claim: Claim) -> dict[str, Any]:
    values = {name: getattr(claim, name) for name in _FIELDS}
    if claim.needs_work:
        values["pending"] = PENDING
    return {name: value for name, value in values.items() if value not in _NOTHING}


def claim_of(raw: Typed) -> Claim:
    item = ClaimItem.from_raw_data(raw)
    return Claim(**{name: value for name in _FIELDS if (value := getattr(item, name)) is not None})


class DynamoClaims:
    """`ClaimStore` on the table named. Making one sends nothing. Raises as `DynamoCards` does."""

    def __init__(self, table: str, *, region: str | None = None, endpoint_url: str | None = None) -> None:
        self._table = table
        self._items = _bound(ClaimItem, table)
        self._connection = transactions.connect([self._items], region, endpoint_url)

    def claim_by_id(self, claim_id: str) -> Claim | None:
        answer = transactions.ask(
            "GetItem", lambda: self._connection.get_item(self._table, claim_id, consistent_read=True)
        )
        return claim_of(answer["Item"]) if "Item" in answer else None

    def add_claim(self, new: Claim) -> Claim | None:
        return self._save(Save(self._items(**claim_values(new)), ClaimItem.id.does_not_exist()))

    def change_claim(self, seen: Claim, changed: Claim) -> Claim | None:
        return self._save(Save(self._items(**claim_values(changed)), ClaimItem.version == seen.version))

    def _save(self, save: Save) -> Claim | None:
        """A transaction of one item, for its token: see DynamoPayments."""
        refused = transactions.transact(self._connection, [save])
        if not refused:
            return None
        if refused[0] is None or refused[0].item is None:
            raise transactions.StoreFault("a claim that was seen is not there")
        return claim_of(refused[0].item)

    def pending_claims(self, limit: int) -> tuple[Claim, ...]:
        items = transactions.query(lambda: self._items.by_pending.query(PENDING, limit=limit))
        found = (self.claim_by_id(item.id) for item in items)
        return tuple(claim for claim in found if claim and claim.needs_work)

"""Claims: `ClaimStore` on DynamoDB, in a table of their own, with those that need work in an index."""

from dataclasses import fields
from typing import Any

from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from telekarta.adapters.dynamodb.codecs import FLAG, MOMENT, TEXT, WHOLE, Coded, Typed, choice
from telekarta.adapters.dynamodb.payments import PENDING, REF
from telekarta.adapters.dynamodb.tables import Item, Tables
from telekarta.adapters.dynamodb.transactions import Save, get, in_the_way, query, save_alone
from telekarta.domain.ledger.postings import Source
from telekarta.domain.topups.claims import Claim, ClaimStage, Refusal


class ByPending(GlobalSecondaryIndex["ClaimItem"]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "by-pending"
        projection = KeysOnlyProjection()

    pending = Coded(TEXT, hash_key=True)
    ordered_at = Coded(MOMENT, range_key=True)


class ClaimItem(Item):
    kept_in = "claims"

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
    """`ClaimStore`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def claim_by_id(self, claim_id: str) -> Claim | None:
        raw = get(self._tables, ClaimItem, claim_id)
        return claim_of(raw) if raw else None

    def add_claim(self, new: Claim) -> Claim | None:
        return self._save(Save(ClaimItem, claim_values(new), ClaimItem.id.does_not_exist()))

    def change_claim(self, seen: Claim, changed: Claim) -> Claim | None:
        return self._save(Save(ClaimItem, claim_values(changed), ClaimItem.version == seen.version))

    def _save(self, save: Save) -> Claim | None:
        refusal = save_alone(self._tables, save)
        return claim_of(in_the_way(refusal)) if refusal else None

    def pending_claims(self, limit: int) -> tuple[Claim, ...]:
        items = self._tables.bound(ClaimItem)
        found = query(lambda: items.by_pending.query(PENDING, limit=limit))
        fresh = (self.claim_by_id(item.id) for item in found)
        return tuple(claim for claim in fresh if claim and claim.needs_work)

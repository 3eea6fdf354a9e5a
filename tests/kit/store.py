"""What tests of the store have in common: tables as the template declares them, cards, holds and postings."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any, Protocol
from unittest.mock import patch

import botocore.session
from moto import mock_aws
from moto.core.serialize import AttributePicker, AttributePickerContext

from local.stack import Stack
from telekarta.adapters.dynamodb import TableNames, Tables
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Card, Ref
from telekarta.domain.cards.issuing import issue, new_account
from telekarta.domain.ledger.postings import Hold, Lot, Posting, PostingKind, Purse, Source, call_revenue
from telekarta.usecases.ports import CallStore, DeskStore
from tests.kit.template import RESOURCES

REGION = "eu-central-1"
KINDS = frozenset({"S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"})  # of DynamoDB's values
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)

# Of the tables that were made: several stores may share one AWS.
_marks = count(1)


class Store(CallStore, DeskStore, Protocol):
    """All of it: what a call needs and what operators need."""


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


@cache
def dynamodb_client(endpoint_url: str | None = None) -> Any:
    return _session().create_client(
        "dynamodb",
        REGION,
        endpoint_url=endpoint_url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def _picks(self: AttributePicker, context: AttributePickerContext) -> Any:
    """A member of an answer. Of DynamoDB's values, which are nearly all of them, moto would try each possible
    kind under four names."""
    if context.key in KINDS and isinstance(context.obj, dict):
        return context.obj.get(context.key)
    return _picks_slowly(self, context)


_picks_slowly = AttributePicker.__call__


@contextmanager
def moto() -> Iterator[None]:
    """AWS as moto plays it. All clients come of one session, which makes each in 5 ms instead of 85."""
    with (
        mock_aws(),
        patch("pynamodb.connection.base.get_session", _session),
        patch.object(AttributePicker, "__call__", _picks),
    ):
        yield


def new_tables(*kinds: str, endpoint_url: str | None = None) -> Tables:
    """New tables of these kinds (fields of `TableNames`), else of cards, postings and the desk."""
    client, mark = dynamodb_client(endpoint_url), next(_marks)
    names = {
        kind: _create(client, f"{kind}-{mark}", RESOURCES[f"{kind.title()}Table"]["Properties"])
        for kind in kinds or ("cards", "postings", "desk")
    }
    return Tables(TableNames(**names), region=REGION, endpoint_url=endpoint_url)


def tables_of(stack: Stack) -> Tables:
    """The deployed stack's own tables."""
    return Tables(TableNames(**stack.tables), region=REGION, endpoint_url=stack.aws_endpoint_url)


def delete_tables(tables: Tables, endpoint_url: str) -> None:
    for name in filter(None, asdict(tables.names).values()):
        dynamodb_client(endpoint_url).delete_table(TableName=name)


def variables_of(tables: Tables) -> dict[str, str]:
    """The environment variables by which a function is told of the tables."""
    named = asdict(tables.names).items()
    return {f"{kind.upper()}_TABLE": name for kind, name in named if name}


def _create(client: Any, name: str, properties: dict[str, Any]) -> str:
    declared = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "BillingMode")
    client.create_table(TableName=name, **{key: properties[key] for key in declared if key in properties})
    if "TimeToLiveSpecification" in properties:
        client.update_time_to_live(
            TableName=name, TimeToLiveSpecification=properties["TimeToLiveSpecification"]
        )
    return name


def new_card(brand: Brand, number: str, nominal_grosze: int = 2000) -> tuple[Card, Posting]:
    """A card as it is issued; the digest of its PIN is made of its number, so it is its own."""
    return issue(Ref.card(brand, number), nominal_grosze, f"digest-of-{number}", "2026-A", None, NOW)


def issued(store: Store, brand: Brand, number: str = "123456", nominal_grosze: int = 2000) -> Card:
    card, posting = new_card(brand, number, nominal_grosze)
    assert store.issue(card, posting)
    return card


def opened(store: Store, line: str = "+48600100200") -> Card:
    account = new_account(line, NOW)
    assert store.open_account(account)
    return account


def a_hold(hold_id: str = "CA1:1", amount_grosze: int = 500) -> Hold:
    return Hold(
        id=hold_id,
        amount_grosze=amount_grosze,
        placed_at=NOW,
        expires_at=NOW + timedelta(hours=1),
        call_sid=hold_id.partition(":")[0],
        destination="+48221234567",
        tariff_version="2026-09",
        rate_prefix="48",
        limit_s=600,
    )


def held(store: Store, card: Card, hold_id: str = "CA1:1", from_line: str = "") -> Card:
    answer = store.place_hold(card.ref, card.purse, a_hold(hold_id), from_line)
    assert isinstance(answer, Card)
    return answer


def call_posting(ref: Ref, purse: Purse, hold_id: str, grosze: int, now: datetime = NOW) -> Posting:
    """What a settled call books: the purse's lots give in their order."""
    _, draws = purse.spend(grosze)
    return Posting(
        id=f"call:{hold_id}",
        kind=PostingKind.CALL,
        debit=str(ref),
        credit=call_revenue(ref.brand),
        amount_grosze=grosze,
        rule="WP §6.3",
        booked_at=now,
        draws=draws,
        details={"duration_s": 61, "destination": "+48221234567"},
    )


def with_lots(card: Card, **sources_grosze: int) -> tuple[Card, Posting]:
    """The card as if it had been issued with lots of these sources, in the order given."""
    origin = f"issue:{card.ref}"
    lots = tuple(
        Lot(str(number), Source(source), grosze, NOW + timedelta(days=number), origin)
        for number, (source, grosze) in enumerate(sources_grosze.items(), start=1)
    )
    posting = Posting(
        id=origin,
        kind=PostingKind.CARD_ISSUED,
        debit="sales:nominals:white_phone",
        credit=str(card.ref),
        amount_grosze=sum(sources_grosze.values()),
        rule="WP §2.6",
        booked_at=NOW,
        grants=lots,
    )
    return replace(card, lots=lots), posting

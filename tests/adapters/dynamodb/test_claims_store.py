"""What every store promises of claims, asked of the one in memory and of the one on DynamoDB."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from telekarta.adapters.dynamodb.claims import DynamoClaims
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Ref
from telekarta.domain.ledger.postings import Source
from telekarta.domain.topups.claims import Claim, Refusal
from tests.kit.memory_store import MemoryStore
from tests.kit.store import NOW, moto, new_tables

Store = MemoryStore | DynamoClaims
NEW = Claim("SM1", Source.LAJT, Ref.card(Brand.WHITE_PHONE, "123456"), NOW, 2000, "+48720100200")


@pytest.fixture(scope="module")
def aws() -> Iterator[None]:
    with moto():
        yield


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest, aws: None) -> Store:
    return MemoryStore() if request.param == "memory" else DynamoClaims(new_tables("claims"))


def test_a_claim_is_read_as_it_was_kept(store: Store) -> None:
    assert store.claim_by_id(NEW.id) is None
    assert store.add_claim(NEW) is None
    assert store.claim_by_id(NEW.id) == NEW


def test_every_stage_is_read_as_it_was_written(store: Store) -> None:
    seen = NEW
    store.add_claim(NEW)
    for after in (
        refused := NEW.refused(Refusal.NOT_LAJT),
        again := refused.begun_again(NEW.ref, NOW),
        taken := again.taken(2000, NOW),
        credited := taken.credited(200),
        credited.told(due=True),
    ):
        assert store.change_claim(seen, after) is None
        assert store.claim_by_id(NEW.id) == after
        seen = after


def test_whoever_comes_second_sees_what_the_first_wrote(store: Store) -> None:
    store.add_claim(NEW)
    taken = NEW.taken(2000, NOW)
    assert store.change_claim(NEW, taken) is None
    assert store.change_claim(NEW, NEW.refused(Refusal.NOT_LAJT)) == taken
    assert store.add_claim(NEW) == taken


def test_only_what_needs_work_is_listed_the_oldest_first(store: Store) -> None:
    for number, minutes in enumerate((3, 1, 2)):
        ordered = NOW + timedelta(minutes=minutes)
        store.add_claim(Claim(f"SM{number}", Source.LAJT, NEW.ref, ordered, 100, "+48720100200"))
    over = store.claim_by_id("SM1")
    assert over is not None
    store.change_claim(over, over.refused(Refusal.NOT_LAJT))
    assert [claim.id for claim in store.pending_claims(10)] == ["SM2", "SM0"]
    assert [claim.id for claim in store.pending_claims(1)] == ["SM2"]

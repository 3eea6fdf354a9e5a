"""Movements on both stores: booked once, all or nothing, on the card as it was seen."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from telekarta.adapters.dynamodb import DynamoStore
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Ref
from telekarta.domain.cards.issuing import issue
from telekarta.domain.ledger.postings import Source, balance_of
from telekarta.domain.topups.promotions import Promotion
from telekarta.domain.topups.topup import TopUp, TopUpRefusal, top_up
from telekarta.usecases.ports import Replayed, Stale
from telekarta.usecases.topups.crediting import Credited, TopUps, credit
from tests.kit.memory_store import MemoryStore
from tests.kit.store import moto, new_tables

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CARD = Ref.card(Brand.WHITE_PHONE, "123456")
PROMOTION = Promotion(
    "once", Brand.WHITE_PHONE, date(2026, 1, 1), date(2026, 12, 31), 500, "B", "B", 10, once_per_card=True
)

Store = MemoryStore | DynamoStore


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    with moto():
        if request.param == "memory":
            made: Store = MemoryStore()
        else:
            made = DynamoStore(new_tables())
        assert made.issue(*issue(CARD, 2000, "digest", "A", None, NOW))
        yield made


def money(origin: str = "1", amount: int = 1000) -> TopUp:
    return TopUp(Source.PAYU, origin, amount, NOW)


@pytest.mark.rule("WP §1.2.6", "WP §4.2")
def test_money_is_credited_once_however_often_it_is_told(store: Store) -> None:
    deps = TopUps(store, ())
    assert isinstance(credit(deps, CARD, money(), NOW), Credited)
    again = credit(deps, CARD, money(), NOW)
    assert isinstance(again, Credited)
    assert again.was_booked
    card = store.card(CARD)
    assert card is not None
    assert card.balance_grosze == 3000 == balance_of(str(CARD), store.postings(CARD))


def test_the_same_money_for_another_card_stays_where_it_is(store: Store) -> None:
    other = Ref.card(Brand.WHITE_PHONE, "654321")
    assert store.issue(*issue(other, 2000, "digest", "A", None, NOW))
    credit(TopUps(store, ()), CARD, money(), NOW)
    credit(TopUps(store, ()), other, money(), NOW)
    card = store.card(other)
    assert card is not None
    assert card.balance_grosze == 2000


@pytest.mark.rule("WP §1.2.7")
def test_a_promotion_once_per_card_is_granted_with_the_first_top_up_only(store: Store) -> None:
    deps = TopUps(store, (PROMOTION,))
    first, second = credit(deps, CARD, money("1"), NOW), credit(deps, CARD, money("2"), NOW)
    assert isinstance(first, Credited)
    assert isinstance(second, Credited)
    assert (first.bonus_grosze, second.bonus_grosze) == (100, 0)
    card = store.card(CARD)
    assert card is not None
    assert card.balance_grosze == 2000 + 1000 + 100 + 1000


def test_money_for_no_card_is_refused(store: Store) -> None:
    unknown = Ref.card(Brand.WHITE_PHONE, "999999")
    assert credit(TopUps(store, ()), unknown, money(), NOW) is TopUpRefusal.UNKNOWN_CARD


def test_a_card_that_moved_on_is_not_written(store: Store) -> None:
    card = store.card(CARD)
    assert card is not None
    richer, postings = top_up(card, money("1"), NOW)
    assert store.book_all([(card, richer)], postings) is None
    late, late_postings = top_up(card, money("2"), NOW)
    answer = store.book_all([(card, late)], late_postings)
    assert isinstance(answer, Stale)
    assert answer.card is not None
    assert answer.card.balance_grosze == 3000
    replayed = store.book_all([(richer, replace(richer, version=9))], postings)
    assert isinstance(replayed, Replayed)
    assert replayed.posting.id == postings[0].id


def test_a_card_written_back_is_the_card_that_was_meant(store: Store) -> None:
    card = store.card(CARD)
    assert card is not None
    richer, postings = top_up(card, money(), NOW)
    store.book_all([(card, richer)], postings)
    assert store.card(CARD) == richer

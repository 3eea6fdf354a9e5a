"""What every store promises of holds and cases, asked of the one in memory and of the one on DynamoDB."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from telekarta.adapters.dynamodb import DynamoStore
from telekarta.adapters.dynamodb.items import CardItem
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Card
from telekarta.domain.cases.case import Case, CaseKind, CaseState, new_case
from tests.kit.memory_store import MemoryStore
from tests.kit.store import NOW, a_hold, call_posting, issued, moto, new_tables, opened

SOON, LATE = timedelta(minutes=10), timedelta(hours=5)


@pytest.fixture(scope="module")
def aws() -> Iterator[None]:
    with moto():
        yield


Store = MemoryStore | DynamoStore


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest, aws: None) -> Store:
    return MemoryStore() if request.param == "memory" else DynamoStore(new_tables())


def held_until(store: Store, card: Card, expires_in: timedelta, hold_id: str = "CA1-1") -> Card:
    hold = replace(a_hold(hold_id), expires_at=NOW + expires_in)
    answer = store.place_hold(card.ref, card.purse, hold, "")
    assert isinstance(answer, Card)
    return answer


# ---------------------------------------------------------------------- holds


def test_holds_are_listed_by_expiry_and_the_expired_ones_apart(store: Store) -> None:
    late = held_until(store, issued(store, Brand.WHITE_PHONE, "111111"), LATE)
    soon = held_until(store, issued(store, Brand.WHITE_PHONE, "222222"), SOON)
    account = held_until(store, opened(store), timedelta(0))
    issued(store, Brand.WHITE_PHONE, "333333")

    assert store.open_holds(10) == (account, soon, late)
    assert store.open_holds(2) == (account, soon)
    assert store.expired_holds(NOW, 10) == (account,)
    assert store.expired_holds(NOW + SOON, 10) == (account, soon)
    assert store.expired_holds(NOW + SOON, 1) == (account,)
    assert store.expired_holds(NOW + LATE, 10) == (account, soon, late)


def test_a_hold_that_has_ended_is_listed_no_more(store: Store) -> None:
    released = held_until(store, issued(store, Brand.WHITE_PHONE, "111111"), SOON)
    settled = held_until(store, issued(store, Brand.WHITE_PHONE, "222222"), SOON, "CA2-1")
    assert store.release_hold(released.ref, released.purse, "CA1-1") is None
    posting = call_posting(settled.ref, settled.purse, "CA2-1", 100)
    assert store.settle(settled.ref, settled.purse, "CA2-1", posting) is None

    assert store.open_holds(10) == ()
    again = store.card(released.ref)
    assert again is not None
    assert store.expired_holds(NOW + LATE, 10) == ()
    assert store.open_holds(10) == ()
    held = held_until(store, again, LATE, "CA3-1")
    assert store.open_holds(10) == (held,)


def test_more_holds_than_one_request_reads(store: Store) -> None:
    cards = [issued(store, Brand.WHITE_PHONE, str(200_000 + n)) for n in range(103)]
    held = [held_until(store, card, timedelta(seconds=n), f"CA{n}-1") for n, card in enumerate(cards)]
    assert store.expired_holds(NOW + LATE, 200) == tuple(held)


def test_an_index_that_is_behind_lists_nothing_that_has_ended(aws: None) -> None:
    store = DynamoStore(new_tables())
    held = held_until(store, issued(store, Brand.WHITE_PHONE), SOON)
    assert store.release_hold(held.ref, held.purse, "CA1-1") is None
    card = store.card(held.ref)
    assert card is not None
    renewed = held_until(store, card, LATE, "CA2-1")
    # As if the index still said that the first hold is there.
    store.tables.bound(CardItem)(ref=str(held.ref)).update([CardItem.hold_expires_at.to(NOW)])
    assert store.expired_holds(NOW + SOON, 10) == ()
    assert store.open_holds(10) == (renewed,)


# ---------------------------------------------------------------------- cases


def a_case(of: str = "CA1-1", opened_after: timedelta = timedelta(0)) -> Case:
    facts = {"card": "card:white_phone:123456", "held_grosze": 500}
    return new_case(CaseKind.UNKNOWN_CALL, of, "CA1", facts, "sweep_holds", NOW + opened_after)


def test_a_case_is_kept_as_it_was_opened(store: Store) -> None:
    case = a_case()
    assert store.case(case.id) is None
    assert store.open_case(case)
    assert store.case(case.id) == case
    assert store.cases(CaseState.OPEN, 10) == (case,)


def test_the_same_finding_made_twice_is_one_case(store: Store) -> None:
    case = a_case()
    assert store.open_case(case)
    assert not store.open_case(replace(case, opened_at=NOW + SOON, facts={}))
    assert store.case(case.id) == case
    closed = case.closed("anna", "zwrócono", NOW + SOON)
    assert store.close_case(closed)
    assert not store.open_case(case)
    assert store.case(case.id) == closed


def test_a_case_is_closed_once(store: Store) -> None:
    case = a_case()
    assert store.open_case(case)
    first = case.closed("anna", "zwrócono", NOW + SOON)
    assert store.close_case(first)
    assert not store.close_case(case.closed("jan", "nic", NOW + LATE))
    assert store.case(case.id) == first
    assert not store.close_case(a_case("CA9-1").closed("anna", "nie ma", NOW))
    assert store.case(a_case("CA9-1").id) is None


def test_cases_are_listed_by_state_the_oldest_first(store: Store) -> None:
    late, soon, now = (a_case(f"CA{n}-1", after) for n, after in enumerate((LATE, SOON, timedelta(0))))
    for case in (late, soon, now):
        assert store.open_case(case)
    closed = soon.closed("anna", "zwrócono", NOW + LATE)
    assert store.close_case(closed)
    assert store.cases(CaseState.OPEN, 10) == (now, late)
    assert store.cases(CaseState.OPEN, 1) == (now,)
    assert store.cases(CaseState.OPEN, 1, newest_first=True) == (late,)
    assert store.cases(CaseState.CLOSED, 10) == (closed,)


def test_cases_of_one_moment_are_listed_in_one_order(store: Store) -> None:
    cases = [a_case(f"CA{n}-1") for n in (2, 0, 3, 1)]
    for case in cases:
        assert store.open_case(case)
    in_order = tuple(sorted(cases, key=lambda case: case.id))
    assert store.cases(CaseState.OPEN, 10) == in_order
    assert store.cases(CaseState.OPEN, 10, newest_first=True) == in_order[::-1]


@pytest.mark.parametrize(
    ("kind", "service"),
    [
        (CaseKind.REFUND_RETURNED, "tasks"),
        (CaseKind.REFUND_ANSWER_UNDELIVERED, "tasks"),
        (CaseKind.PAYOUT_DIFFERS, "tasks"),
        (CaseKind.CLAIM_STRANDED, "timers"),
        (CaseKind.CLAIM_LATE, "timers"),
    ],
)
def test_whoever_opens_a_case_its_alarm_hears_of_it_once(
    kind: CaseKind, service: str, aws: None, capsys: pytest.CaptureFixture[str]
) -> None:
    store = DynamoStore(new_tables())
    case = new_case(kind, "1", "card:white_phone:123456", {}, "anybody", NOW)
    assert store.open_case(case)
    (line,) = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    assert (told["CaseOpened"], told["service"]) == ([1.0], service)
    assert told["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Telekarta"
    assert not store.open_case(case)
    # Others are counted by those who look for them.
    assert store.open_case(a_case())
    assert not capsys.readouterr().out

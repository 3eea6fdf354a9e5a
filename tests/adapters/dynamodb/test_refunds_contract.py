"""What the store of refunds promises, in memory and on DynamoDB: the money simulator trusts the first."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from telekarta.adapters.dynamodb import DynamoStore
from telekarta.adapters.dynamodb.payments import DynamoPayments
from telekarta.adapters.dynamodb.refunds import DynamoRefunds
from telekarta.domain.refunds.movements import release
from telekarta.domain.refunds.refund import Refund
from telekarta.usecases.refunds.ports import RefundStale
from tests.kit.refunds import MemoryOffice, on
from tests.kit.store import moto, new_tables
from tests.usecases.refunds.test_pains import RETURNED_AFTER_THE_END, applies_once_more

APPLIED = (on(0, "given", bank=5000), on(0, "applies"))


@pytest.fixture(params=["memory", "dynamodb"])
def office(request: pytest.FixtureRequest) -> Iterator[MemoryOffice]:
    if request.param == "memory":
        yield MemoryOffice()
        return
    with moto():
        tables = new_tables("cards", "postings", "desk", "payments", "refunds")
        yield MemoryOffice(
            store=DynamoStore(tables), refunds=DynamoRefunds(tables), payments=DynamoPayments(tables)
        )


def case_of(office: MemoryOffice) -> Refund:
    case = office.refund()
    assert case is not None
    return case


def later(case: Refund) -> Refund:
    return replace(case, version=case.version + 1)


def test_a_case_is_changed_as_it_was_seen_or_not_at_all(office: MemoryOffice) -> None:
    office.play(APPLIED)
    case = case_of(office)
    assert office.refunds.change_refund(case, later(case)) is None
    assert office.refunds.change_refund(case, later(case)) == RefundStale()
    assert case_of(office) == later(case)


def test_a_posting_is_booked_once_and_else_nothing_is_changed(office: MemoryOffice) -> None:
    office.play(APPLIED)
    case, card = case_of(office), office.card()
    richer, released = release(card, case.id, case.held, "WP §7.1", office.now())
    assert office.refunds.change_refund(case, later(case), [released], (card, richer)) is None
    again = later(later(case))
    twice, same_id = release(office.card(), case.id, case.held, "WP §7.1", office.now())
    answer = office.refunds.change_refund(later(case), again, [same_id], (office.card(), twice))
    assert answer == RefundStale()
    assert (case_of(office), office.card().balance_grosze) == (later(case), 5500)


def test_a_card_that_was_used_meanwhile_is_not_changed(office: MemoryOffice) -> None:
    office.play([on(0, "given", bank=5000), on(0, "applies", pin=None), on(0, "spends", amount=300)])
    case, card = case_of(office), office.card()
    stale = replace(card, version=card.version - 1), replace(card, lots=())
    assert office.refunds.change_refund(case, later(case), (), stale) == RefundStale()
    assert (case_of(office), office.card()) == (case, card)


def test_a_card_has_one_open_case_and_a_request_is_one_case(office: MemoryOffice) -> None:
    office.play(APPLIED)
    case = case_of(office)
    assert office.refunds.open_refund(case) == case.id
    assert office.refunds.open_refund(replace(case, id="refund-w2")) == case.id
    office.play([on(1, "refuses")])
    assert office.refunds.open_refund_of(office.ref) is None
    assert office.refunds.open_refund(replace(case, id="refund-w2", version=1)) is None


def test_a_name_stands_for_the_latest_case_that_was_given_it(office: MemoryOffice) -> None:
    office.play(APPLIED)
    case = case_of(office)
    assert office.refunds.refund_named("payment:a1") is None
    assert office.refunds.change_refund(case, later(case), names=["payment:a1"]) is None
    assert office.refunds.refund_named("payment:a1") == case.id
    office.play([on(1, "refuses")])
    applies_once_more(office, proofs=None)
    second = case_of(office)
    assert office.refunds.change_refund(second, later(second), names=["payment:a1"]) is None
    assert office.refunds.refund_named("payment:a1") == second.id


def test_a_case_that_was_opened_again_ends_and_leaves_the_cards_next_one_open(office: MemoryOffice) -> None:
    office.play(RETURNED_AFTER_THE_END)
    first = office.case_id
    applies_once_more(office, proofs=None)
    second, office.case_id = office.case_id, first
    office.play([on(8, "withdraws")])
    assert [case.id for case in office.refunds.open_refunds()] == [second]
    assert office.refunds.open_refund_of(office.ref) == second

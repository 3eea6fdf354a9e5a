"""Closing a case by hand: not while somebody's money hangs on it."""

from dataclasses import replace
from typing import Any

import pytest

from telekarta.domain.bank.transfers import Why
from telekarta.domain.cases.case import CaseState
from telekarta.usecases.cases.showing import CaseShown
from telekarta.usecases.commands import CommandRefused, Outcome
from telekarta.usecases.desk.closing_cases import CloseCase, ClosingRefusal
from telekarta.usecases.ports import StoreUnavailable
from tests.kit.bank import Office, Transfer, mt940
from tests.kit.desk import a_desk, carry_out
from tests.kit.memory_store import When
from tests.kit.refunds import FixedPepper, MemoryOffice, on

NO_CARD = Transfer("dla syna na telefon", reference="B2")


def close(office: Any, case: str) -> Any:
    desk = a_desk(office.store, office, pepper=FixedPepper())
    return carry_out(desk, CloseCase(case, "ewa", "załatwione"))


@pytest.mark.rule("WP §7.10")
def test_an_application_is_ended_and_not_closed() -> None:
    office = MemoryOffice()
    case = "refund:refund-w1"
    office.play([on(0, "given", bank=5000), on(0, "applies")])
    assert close(office, case) == CommandRefused(ClosingRefusal.REFUND_NOT_OVER)
    assert office.store.found[case].state is CaseState.OPEN
    office.play([on(3, "grants")])
    assert close(office, case) == CommandRefused(ClosingRefusal.REFUND_NOT_OVER)
    office.play([on(4, "bank_pays")])
    assert office.store.found[case].state is CaseState.CLOSED
    closed = close(office, case)
    assert isinstance(closed, CaseShown)
    assert closed.outcome is Outcome.UNCHANGED


@pytest.mark.rule("WP §4.9")
def test_a_transfer_is_decided_before_its_case_is_closed() -> None:
    office = Office()
    case = office.takes_one(NO_CARD).case
    assert close(office, case) == CommandRefused(ClosingRefusal.TRANSFER_UNDECIDED)
    assert office.store.found[case].state is CaseState.OPEN


@pytest.mark.parametrize("decides", ["assigns", "returns"])
def test_a_transfer_whose_decision_left_its_case_open_can_be_closed(decides: str) -> None:
    office = Office()
    case = office.takes_one(NO_CARD).case

    def loses(when: When, operation: str) -> None:
        if when is When.AFTER and operation in ("book_all", "book_alone"):
            raise StoreUnavailable("the answer got lost")

    office.store.faults = loses
    with pytest.raises(StoreUnavailable):
        getattr(office, decides)(case)
    office.store.faults = lambda when, operation: None
    assert isinstance(close(office, case), CaseShown)
    assert office.store.found[case].state is CaseState.CLOSED


@pytest.mark.parametrize(
    ("again", "why"),
    [
        (replace(NO_CARD, reference="C3"), Why.OTHER_REFERENCE),
        (replace(NO_CARD, title="dla corki"), Why.OTHER_CONTENTS),
    ],
)
def test_what_was_told_twice_is_closed(again: Transfer, why: Why) -> None:
    office = Office()
    office.takes_one(NO_CARD)
    told = office.takes_one(again, "drugi.sta")
    assert told.why is why
    assert isinstance(close(office, told.case), CaseShown)


def test_another_currency_is_settled_with_the_bank_and_closed() -> None:
    office = Office()
    (entry,) = office.takes(mt940(NO_CARD).replace(b"PLN", b"EUR")).entries()
    assert isinstance(close(office, entry.case), CaseShown)
    assert office.store.found[entry.case].state is CaseState.CLOSED

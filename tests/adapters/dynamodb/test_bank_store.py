"""What every store promises of bank transfers, asked of the one in memory and of the one on DynamoDB."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from telekarta.adapters.dynamodb import DynamoStore
from telekarta.adapters.dynamodb.bank_notes import DynamoBankNotes
from telekarta.domain.bank.transfers import returned
from telekarta.domain.brands import Brand
from telekarta.domain.ledger.postings import Source
from telekarta.domain.topups.topup import TopUp
from telekarta.usecases.bank.ports import BankNotes
from telekarta.usecases.bank.transfers import TransferStore
from telekarta.usecases.topups.crediting import Credited, TopUps, credit
from tests.kit.memory_store import MemoryStore
from tests.kit.store import NOW, issued, moto, new_tables

FACTS: dict[str, str | int] = {
    "origin": "acct/A1/2000",
    "amount_grosze": 2000,
    "booked_on": "2026-08-31",
    "fingerprint": "f",
}
BACK = returned(FACTS, NOW, {"command": "c1"})


@dataclass
class Kept:
    store: TransferStore
    notes: BankNotes


@pytest.fixture(scope="module")
def aws() -> Iterator[None]:
    with moto():
        yield


@pytest.fixture(params=["memory", "dynamodb"])
def kept(request: pytest.FixtureRequest, aws: None) -> Kept:
    if request.param == "memory":
        store = MemoryStore()
        return Kept(store, store)
    tables = new_tables("cards", "postings", "desk", "payments")
    return Kept(DynamoStore(tables), DynamoBankNotes(tables))


def test_a_note_says_what_the_first_one_wrote(kept: Kept) -> None:
    assert kept.notes.noted("n") is None
    assert [kept.notes.claim("n", value) for value in ("first", "second", "first")] == ["first"] * 3
    assert kept.notes.claim("other", "second") == "second"
    assert kept.notes.noted("n") == "first"


def test_a_posting_that_touches_no_card_is_booked_once(kept: Kept) -> None:
    assert kept.store.book_alone(BACK) is None
    other = returned(FACTS, NOW, {"command": "c2"})
    assert kept.store.book_alone(other) == BACK
    assert kept.store.posting(BACK.id) == BACK


@pytest.mark.rule("WP §4.9")
def test_of_a_return_and_a_credit_the_first_one_stands(kept: Kept) -> None:
    store = kept.store
    card = issued(store, Brand.WHITE_PHONE)  # type: ignore[arg-type]
    money = TopUp(Source.BANK, "acct/A1/2000", 2000, NOW)
    assert store.book_alone(BACK) is None
    done = credit(TopUps(store, ()), card.ref, money, NOW)
    assert isinstance(done, Credited)
    assert done.was_booked
    fresh = store.card(card.ref)
    assert fresh is not None
    assert fresh.balance_grosze == card.balance_grosze
    second = TopUp(Source.BANK, "acct/B2/2000", 2000, NOW)
    credit(TopUps(store, ()), card.ref, second, NOW)
    booked = store.book_alone(returned(FACTS | {"origin": "acct/B2/2000"}, NOW, {}))
    assert booked is not None
    assert booked.credit == str(card.ref)

"""Refunds on DynamoDB: the same scripts, and what the store refuses."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from telekarta.adapters.aws.letters import MailAndPaper
from telekarta.adapters.dynamodb import DynamoStore, Tables
from telekarta.adapters.dynamodb.letters import DynamoLetters, LetterItem
from telekarta.adapters.dynamodb.payments import DynamoPayments
from telekarta.adapters.dynamodb.refunds import DynamoRefunds, RefundItem
from telekarta.adapters.dynamodb.transactions import get
from telekarta.domain.refunds.application import AnswerBy
from telekarta.domain.refunds.terms import FORGOTTEN_AFTER
from telekarta.usecases.refunds.ports import Letter, RefundStale
from telekarta.usecases.topups.receipts import Message
from tests.kit.refund_scripts import BY_NAME
from tests.kit.refunds import MemoryOffice, happens, on
from tests.kit.store import moto, new_tables
from tests.workflows.refunds.test_scripts import ends_as_said, played

NAMES = (
    "granted and paid",
    "only a part is asked for",
    "a spent bonus is deducted",
    "refused",
    "completed in time",
    "a second application meets the first",
    "applied for during a call",
    "returned before it was confirmed",
    "returned, and put back on the card",
    "the provider refuses, the bank pays",
    "Telegrosik: no fee, the nominal too",
)


@pytest.fixture
def tables() -> Iterator[Tables]:
    with moto():
        yield new_tables("cards", "postings", "desk", "payments", "refunds")


@pytest.fixture
def office(tables: Tables) -> MemoryOffice:
    return MemoryOffice(
        store=DynamoStore(tables), refunds=DynamoRefunds(tables), payments=DynamoPayments(tables)
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_way_through_on_dynamodb(office: MemoryOffice, name: str) -> None:
    ends_as_said(BY_NAME[name], played(BY_NAME[name], office))


def test_a_case_is_read_as_it_was_written(office: MemoryOffice) -> None:
    office.play([on(0, "given", bank=5000, promotion=100), on(0, "applies", amount_grosze=None)])
    case = office.refund()
    assert case is not None
    assert case.application.asked_grosze is None
    english = replace(case.application, language="en")
    changed = replace(case, token="t", application=english, version=case.version + 1)
    assert office.refunds.change_refund(case, changed) is None
    assert office.refund() == changed


def test_cases_are_listed_until_they_are_over(office: MemoryOffice) -> None:
    assert office.refunds.open_refunds() == ()
    office.play([on(0, "given", bank=5000), on(0, "applies")])
    assert office.refunds.open_refunds() == (office.refund(),)
    happens(office, on(1, "refuses"))
    assert [case.stage for case in office.refunds.open_refunds()] == ["refused"]
    office.step()
    assert office.refunds.open_refunds() == ()


def test_what_was_not_seen_is_not_changed(office: MemoryOffice) -> None:
    office.play([on(0, "given", bank=5000), on(0, "applies")])
    case = office.refund()
    assert case is not None
    old = replace(case, version=case.version - 1)
    assert office.refunds.change_refund(old, replace(old, version=old.version + 1)) == RefundStale()
    card = office.card()
    stale = replace(card, version=card.version - 1), card
    changed = replace(case, version=case.version + 1)
    assert office.refunds.change_refund(case, changed, (), stale) == RefundStale()
    assert office.refund() == case


def test_who_applied_is_forgotten_when_claims_have_lapsed(office: MemoryOffice, tables: Tables) -> None:
    office.play([on(0, "given", bank=5000), on(0, "applies")])
    item = get(tables, RefundItem, office.case_id)
    assert item is not None
    assert "forget_at_epoch_s" not in item
    office.play([on(1, "withdraws")])
    item, case = get(tables, RefundItem, office.case_id), office.refund()
    assert item is not None
    assert case is not None
    told = datetime.fromtimestamp(int(item["forget_at_epoch_s"]["N"]), UTC)
    assert told == case.history[-1].at + FORGOTTEN_AFTER
    assert told.year >= case.history[-1].at.year + 7
    assert "open" not in item


class _Mail:
    def __init__(self) -> None:
        self.sent: list[Message] = []

    def send(self, message: Message) -> None:
        self.sent.append(message)


class _Printer:
    def __init__(self) -> None:
        self.made: list[str] = []

    def make(self, letter: Letter) -> None:
        self.made.append(letter.id)


def test_paper_is_queued_once_and_mail_is_sent(tables: Tables) -> None:
    mail, printer = _Mail(), _Printer()
    letters = MailAndPaper(DynamoLetters(tables), printer, mail)
    letter = Letter("refund-1:call", "refund-1", AnswerBy.LETTER, "ul. Polna 1", "Prośba", "Szanowni Państwo")
    letters.send(letter)
    letters.send(replace(letter, body="inaczej"))
    letters.send(replace(letter, id="x", by=AnswerBy.EMAIL, to="a@example.pl", reply_to="info@example.pl"))
    assert mail.sent == [Message("a@example.pl", "Prośba", "Szanowni Państwo", "info@example.pl")]
    raw: Any = get(tables, LetterItem, "letter:refund-1:call")
    assert raw["body"] == {"S": "Szanowni Państwo"}
    assert "forget_at_epoch_s" not in raw
    letters.send(replace(letter, id="refund-1:granted", due=date(2026, 12, 2)))
    raw = get(tables, LetterItem, "letter:refund-1:granted")
    assert raw["forget_at_epoch_s"] == {"N": str(int(datetime(2033, 12, 1, 23, tzinfo=UTC).timestamp()))}
    assert [message.to for message in mail.sent] == ["a@example.pl"]
    assert printer.made == ["refund-1:call", "refund-1:call", "refund-1:granted"]

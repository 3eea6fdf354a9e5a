"""Letters on their way out: mail goes, paper is made, queued and shown to the desk, and nothing twice."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from documents.entry import read
from telekarta.adapters.aws.document_store import LambdaDocuments
from telekarta.adapters.aws.letters import MailAndPaper, Paper
from telekarta.domain.cases.case import CaseKind
from telekarta.domain.refunds.application import AnswerBy
from telekarta.usecases.mail.ports import DocumentsUnavailable
from telekarta.usecases.refunds.ports import Letter
from telekarta.usecases.topups.receipts import Message
from tests.kit.memory_store import MemoryStore

LETTER = Letter(
    "refund-1:granted",
    "refund-1",
    AnswerBy.LETTER,
    "Jan Kowalski, ul. Polna 1, 00-001 Warszawa",
    "Wniosek został uwzględniony",
    "Szanowni Państwo,\n",
    "Telestrada S.A.",
)


@dataclass
class Office:
    store: MemoryStore = field(default_factory=MemoryStore)
    queued: list[Letter] = field(default_factory=list)
    made: list[Mapping[str, Any]] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)
    is_down: bool = False

    def now(self) -> datetime:
        return datetime(2026, 11, 21, 12, tzinfo=UTC)

    def queue_letter(self, letter: Letter) -> None:
        self.queued.append(letter)

    def make(self, letter: Mapping[str, Any]) -> Mapping[str, str]:
        if self.is_down:
            raise DocumentsUnavailable("down")
        assert read({"letter": letter})
        self.made.append(letter)
        return {"letter.pdf": "letters/x/letter.pdf", "letter-large.pdf": "letters/x/letter-large.pdf"}

    def send(self, message: Message) -> None:
        self.sent.append(message)

    @property
    def letters(self) -> MailAndPaper:
        paper = Paper(cast("LambdaDocuments", self), self.store, self)
        return MailAndPaper(self, paper, self)


@pytest.fixture
def office() -> Office:
    return Office()


def test_a_paper_letter_is_a_document_and_a_case_of_the_desk(office: Office) -> None:
    for _ in range(2):
        office.letters.send(LETTER)
    (case,) = office.store.found.values()
    assert (case.kind, case.subject) == (CaseKind.LETTER_TO_SEND, "refund-1")
    assert case.facts["letter_large_pdf"] == "letters/x/letter-large.pdf"
    assert office.made[0] == office.made[1]
    assert office.made[0]["to"] == ["Jan Kowalski", "ul. Polna 1", "00-001 Warszawa"]
    assert office.made[0]["place_and_date"] == "Warszawa, 21.11.2026"
    assert not office.sent
    assert "Kowalski" not in repr(case)


def test_a_maker_that_does_not_answer_leaves_it_to_the_next_try(office: Office) -> None:
    office.is_down = True
    with pytest.raises(DocumentsUnavailable):
        office.letters.send(LETTER)
    assert not office.store.found
    office.is_down = False
    office.letters.send(LETTER)
    assert len(office.store.found) == 1


def test_an_email_is_sent_and_nothing_is_printed(office: Office) -> None:
    office.letters.send(replace(LETTER, by=AnswerBy.EMAIL, to="jan@example.pl"))
    assert [message.to for message in office.sent] == ["jan@example.pl"]
    assert not office.made

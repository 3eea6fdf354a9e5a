"""Answers on their way out: by e-mail, or by paper.

A paper letter is made as a document and becomes a case of the desk: the list of these cases is the queue of
the printer, and whoever has posted a letter closes its case. Each step may be repeated: the queue keeps the
first copy, the same letter makes the same documents, and the case's id is the letter's.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from telekarta.adapters.aws.document_store import LambdaDocuments
from telekarta.dialog.composer import written_date
from telekarta.dialog.language import Language
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.cases.case import CaseKind, new_case
from telekarta.domain.refunds.application import AnswerBy
from telekarta.usecases.ports import CaseStore, Clock
from telekarta.usecases.refunds.ports import Letter
from telekarta.usecases.topups.receipts import Message, Messenger

PLACE = "Warszawa"
POSTED_WITHIN = timedelta(days=2)
FOUND_BY = "letters"


class PrintQueue(Protocol):
    def queue_letter(self, letter: Letter) -> None: ...


class Printer(Protocol):
    def make(self, letter: Letter) -> None: ...


@dataclass(frozen=True, slots=True)
class Paper:
    """What makes a letter something to print, and tells the desk of it."""

    documents: LambdaDocuments
    cases: CaseStore
    clock: Clock

    def make(self, letter: Letter) -> None:
        """Raises DocumentsFault; StoreUnavailable and DocumentsUnavailable: making it again is right."""
        now = self.clock.now()
        keys = self.documents.make(
            {
                "id": letter.id,
                "sender": letter.sender,
                "place_and_date": f"{PLACE}, {written_date(day_of(now), Language.PL)}",
                "to": [line.strip() for line in re.split(r"[,\n]", letter.to) if line.strip()],
                "subject": letter.subject,
                "body": letter.body,
            }
        )
        facts: dict[str, str | int] = {
            name.replace(".", "_").replace("-", "_"): key for name, key in keys.items()
        }
        if letter.due is not None:
            # What the law wants answered by a day is posted by then; else within our own promise.
            facts["decide_by"] = min(letter.due, day_of(now) + POSTED_WITHIN).isoformat()
        case = new_case(CaseKind.LETTER_TO_SEND, letter.id, letter.case, facts, FOUND_BY, now)
        self.cases.open_case(case)


@dataclass(frozen=True, slots=True)
class MailAndPaper:
    """The port `Letters`. Where no mail is sent (no sender is named), all of it is printed."""

    queue: PrintQueue
    paper: Printer
    mail: Messenger | None

    def send(self, letter: Letter) -> None:
        if letter.by is AnswerBy.EMAIL and self.mail is not None:
            self.mail.send(Message(letter.to, letter.subject, letter.body, letter.reply_to))
            return
        self.queue.queue_letter(letter)
        self.paper.make(letter)

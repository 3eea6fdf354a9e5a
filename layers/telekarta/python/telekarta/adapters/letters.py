"""Answers on their way out: by e-mail, or into the queue of the printer.

A maker of documents may be put behind the queue: it finds the letter's words, the address and the case.
"""

from dataclasses import dataclass
from typing import Protocol

from telekarta.domain.refunds import AnswerBy
from telekarta.usecases.receipts import Message, Messenger
from telekarta.usecases.refund_ports import Letter


class PrintQueue(Protocol):
    def queue_letter(self, letter: Letter) -> None: ...


@dataclass(frozen=True, slots=True)
class MailAndPaper:
    """The port `Letters`. Where no mail is sent (no sender is named), all of it is printed."""

    queue: PrintQueue
    mail: Messenger | None = None

    def send(self, letter: Letter) -> None:
        if letter.by is AnswerBy.EMAIL and self.mail is not None:
            self.mail.send(Message(letter.to, letter.subject, letter.body))
        else:
            self.queue.queue_letter(letter)

"""The receipt of a top-up: its words, and the port by which it leaves."""

from dataclasses import dataclass, field
from typing import Protocol

from telekarta.dialog.composer import written_date, written_money
from telekarta.dialog.language import Language
from telekarta.domain.brands import NAMES
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.cards.card import Kind
from telekarta.domain.topups.payments import Channel, Payment


class MessengerError(Exception):
    """A message did not leave, or may not have. The message of this exception names nobody."""


class Unsent(MessengerError):
    """Try again later: nothing speaks against it, and perhaps it has left all the same."""


class Undeliverable(MessengerError):
    """Trying again changes nothing: there is no such address, or it can't get messages."""


@dataclass(frozen=True, slots=True)
class Message:
    """`to` is an e-mail address or a number in E.164; an SMS has no subject. `reply_to` is where an answer
    to an e-mail goes, "" for its sender."""

    to: str = field(repr=False)
    subject: str
    body: str = field(repr=False)
    reply_to: str = ""


class Messenger(Protocol):
    def send(self, message: Message) -> None:
        """Raises Unsent and Undeliverable."""
        ...


_SHOWN_DIGITS = 3

_SUBJECT = {
    Language.PL: "Potwierdzenie doładowania {brand}",
    Language.EN: "{brand} top-up receipt",
}
_LINES = {
    Language.PL: {
        "thanks": "Dziękujemy. Doładowanie jest już na {what} {brand} {number}.",
        Kind.CARD: "karcie",
        Kind.ACCOUNT: "koncie",
        "amount": "Kwota: {amount}",
        "bonus": "Bonus: {bonus}",
        "date": "Data: {date}",
        "payment": "Numer płatności: {payment}",
        "end": "Ta wiadomość została wysłana automatycznie, prosimy na nią nie odpowiadać.",
    },
    Language.EN: {
        "thanks": "Thank you. The top-up is on {brand} {what} {number}.",
        Kind.CARD: "card",
        Kind.ACCOUNT: "account",
        "amount": "Amount: {amount}",
        "bonus": "Bonus: {bonus}",
        "date": "Date: {date}",
        "payment": "Payment number: {payment}",
        "end": "This message was sent automatically; please do not reply to it.",
    },
}
# Without the Polish letters an SMS is one part, not two.
_SMS = {
    Language.PL: "{brand}: doladowano {amount}{bonus}, {date}. Dziekujemy.",
    Language.EN: "{brand}: topped up with {amount}{bonus}, {date}. Thank you.",
}
_SMS_BONUS = {Language.PL: " i bonus {bonus}", Language.EN: " and a bonus of {bonus}"}


def receipt(payment: Payment, channel: Channel) -> Message:
    """What the payer, or the account's line, gets. The payment has been credited."""
    if payment.settled_at is None:
        raise ValueError("a receipt is for money that was credited")
    language = Language(payment.language)
    words = {
        "brand": NAMES[payment.ref.brand],
        "number": masked_number(payment.ref.number),
        "amount": written_money(payment.amount_grosze, language),
        "bonus": written_money(payment.bonus_grosze, language),
        "date": written_date(day_of(payment.settled_at), language),
        "payment": payment.id,
    }
    if channel is Channel.SMS:
        bonus = _SMS_BONUS[language].format(**words) if payment.bonus_grosze else ""
        body = _SMS[language].format(**(words | {"bonus": bonus})).replace("zł", "zl")
        return Message(payment.ref.number, "", body)
    lines = _LINES[language]
    told = ["thanks", "amount", *(["bonus"] if payment.bonus_grosze else []), "date", "payment", "end"]
    words["what"] = lines[payment.ref.kind]
    body = "\n".join(lines[line].format(**words) for line in told) + "\n"
    return Message(payment.email, _SUBJECT[language].format(**words), body)


def masked_number(number: str) -> str:
    """Enough of a card's number for its payer to know it, too little for anybody else: `***456`."""
    shown = number[-_SHOWN_DIGITS:]
    return "*" * (len(number) - len(shown)) + shown

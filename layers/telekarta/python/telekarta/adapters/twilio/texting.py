"""What Twilio posts of a text message, and what it is answered."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from telekarta.adapters.twilio.webhook import Malformed
from telekarta.domain.topups.terms import SMS_ORDERS_NUMBER

CONTENT_TYPE = "text/xml; charset=utf-8"
_SID = re.compile(r"(?:SM|MM)[A-Za-z0-9]{1,62}")
_POLISH_MOBILE = re.compile(r"\+48[4-8][0-9]{8}")
_MOST_TEXT = 1600  # ten messages in one: Twilio hands over no more


@dataclass(frozen=True, slots=True)
class Message:
    sid: str
    sender: str = field(repr=False)
    text: str = field(repr=False)


def read_message(form: Mapping[str, str]) -> Message:
    """The message that a signed webhook tells of. Raises Malformed."""
    sid = form.get("MessageSid", "")
    if not _SID.fullmatch(sid):
        raise Malformed("no message sid")
    return Message(sid, form.get("From", ""), form.get("Body", "")[:_MOST_TEXT])


def is_person(sender: str) -> bool:
    """Whether somebody may read an answer: a mobile number in Poland, where Lajt cards are, not one of ours.
    Names and short codes are machines, and two machines that answer each other never stop."""
    return bool(_POLISH_MOBILE.fullmatch(sender)) and sender != SMS_ORDERS_NUMBER


def reply_with(text: str) -> str:
    """TwiML that answers with the text; with nothing for ""."""
    from twilio.twiml.messaging_response import MessagingResponse  # noqa: PLC0415

    response = MessagingResponse()
    if text:
        response.message(text)
    return str(response)

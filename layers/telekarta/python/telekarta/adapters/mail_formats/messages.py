"""Raw e-mails, as SES puts them into a bucket, read with the standard library."""

import re
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from hashlib import sha256
from html.parser import HTMLParser

from telekarta.domain.mail.incoming import Attachment, Mail
from telekarta.usecases.mail.ports import NoMail

# SES takes no larger ones.
LARGEST_BYTES = 40 * 1024 * 1024
MOST_TEXT = 100_000


def read_mail(raw: bytes) -> Mail:
    """The mail. Raises NoMail."""
    if len(raw) > LARGEST_BYTES:
        raise NoMail("too large")
    try:
        message = BytesParser(policy=policy.default).parsebytes(raw)
        assert isinstance(message, EmailMessage)
        return Mail(
            message_id=_header(message, "Message-ID") or sha256(raw).hexdigest(),
            sender=_header(message, "From"),
            subject=_header(message, "Subject"),
            text=_text(message)[:MOST_TEXT],
            attachments=tuple(_attachments(message)),
            is_automatic=_is_automatic(message),
            received_at=_received_at(message),
        )
    except NoMail:
        raise
    except Exception as error:
        # The parser of headers has raised nearly everything over the years.
        raise NoMail(type(error).__name__) from None


def _header(message: EmailMessage, name: str) -> str:
    return " ".join(str(message.get(name, "")).split())[:500]


def _is_automatic(message: EmailMessage) -> bool:
    submitted = _header(message, "Auto-Submitted").lower()
    bulk = _header(message, "Precedence").lower() in ("bulk", "junk", "list", "auto_reply")
    return bulk or submitted not in ("", "no") or _header(message, "Return-Path") == "<>"


_BY_SES = re.compile(r"\bby inbound-smtp\.[a-z0-9-]+\.amazonaws\.com\b")


def _received_at(message: EmailMessage) -> datetime | None:
    """When SES took the message. Whoever takes a message writes above what was there: only the first line can
    be SES's own, and those below it may say anything."""
    by, _, moment = _header(message, "Received").rpartition(";")
    if not _BY_SES.search(by):
        return None
    try:
        received_at = parsedate_to_datetime(moment)
    except ValueError:
        return None
    return received_at.replace(tzinfo=received_at.tzinfo or UTC)


def _text(message: EmailMessage) -> str:
    part = message.get_body(("plain", "html"))
    if part is None:
        return ""
    text = _content(part)
    return _without_tags(text) if part.get_content_type() == "text/html" else text


def _content(part: MIMEPart) -> str:
    try:
        content = part.get_content()
    except (LookupError, ValueError):
        payload = part.get_payload(decode=True)
        content = payload if isinstance(payload, bytes) else b""
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else str(content)


def _attachments(message: EmailMessage) -> list[Attachment]:
    found = []
    for part in message.iter_attachments():
        payload = part.get_payload(decode=True)
        content = payload if isinstance(payload, bytes) else part.as_bytes()
        found.append(Attachment(part.get_filename() or "", part.get_content_type(), content))
    return found


class _Words(HTMLParser):
    """What a reader of the page would read."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        del attrs
        self._hidden += tag in ("script", "style")
        if tag in ("br", "p", "div", "tr", "li"):
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style") and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


def _without_tags(html: str) -> str:
    words = _Words()
    words.feed(html)
    return "".join(words.words)

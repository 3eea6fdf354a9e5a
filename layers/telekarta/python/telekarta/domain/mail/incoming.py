"""An e-mail from a customer, as far as it may be kept: without the codes that it should never have had."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from telekarta.domain.cards.terms import PUK_DIGITS, WHITE_PHONE_CARD_DIGITS, WHITE_PHONE_PIN_DIGITS
from telekarta.domain.mail.redaction import without_accounts_and_days, without_codes
from telekarta.domain.rules import rule

# More of them is no application, and each may be a guess.
MOST_CARDS, MOST_CODES = 1, 2


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str = field(repr=False)
    content_type: str
    content: bytes = field(repr=False)

    @property
    def cleaned(self) -> bytes:
        """The content as it may be kept. Codes on a picture stay: an operator must see the whole picture."""
        if not self.content_type.startswith("text/"):
            return self.content
        return without_codes(self.content.decode("utf-8", "replace")).encode()


@dataclass(frozen=True, slots=True)
class Mail:
    """What was read of an e-mail. `is_automatic`: an out-of-office note, a bounce, a newsletter.
    `received_at` is when it came to us, as far as that is known."""

    message_id: str = field(repr=False)
    sender: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    attachments: tuple[Attachment, ...] = ()
    is_automatic: bool = False
    received_at: datetime | None = None

    @property
    def cleaned(self) -> str:
        """The words as they may be kept and shown."""
        return without_codes(f"{self.subject}\n\n{self.text}").strip() + "\n"


@dataclass(frozen=True, slots=True)
class Codes:
    """What a White Phone application names: one card, and the codes that stand beside it."""

    card: str
    codes: tuple[str, ...] = field(repr=False)


_NUMBER = re.compile(r"(?<![0-9])[0-9](?:[ -]?[0-9])*(?![0-9])")


@rule("WP §7.3.1", "WP §7.3.2")
def codes_in(mail: Mail) -> Codes | None:
    """The one card's number and its codes, or None: of several cards nobody can say whose a code is."""
    words = without_accounts_and_days(f"{mail.subject}\n{mail.text}")
    numbers = [re.sub("[ -]", "", found) for found in _NUMBER.findall(words)]
    cards = dict.fromkeys(each for each in numbers if len(each) == WHITE_PHONE_CARD_DIGITS)
    lengths = (WHITE_PHONE_PIN_DIGITS, PUK_DIGITS)
    codes = tuple(dict.fromkeys(each for each in numbers if len(each) in lengths))
    if len(cards) != MOST_CARDS or len(codes) > MOST_CODES:
        return None
    return Codes(next(iter(cards)), codes)

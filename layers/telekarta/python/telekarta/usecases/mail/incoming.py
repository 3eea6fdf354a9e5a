"""What customers write by e-mail becomes a draft case: an operator reads it and does what it asks.

The codes in it are compared at once and kept nowhere (WP §7.3.2, §9.1). Everything may happen twice: the
case's id is made of the message's own, what is kept has the same names, and a wrong code is counted only by
whoever opens the case.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from telekarta.domain.brands import Brand
from telekarta.domain.calendar.deadlines import WARSAW, day_of
from telekarta.domain.cards.card import Card, Ref
from telekarta.domain.cards.codes import CARD_PATIENCE, puk_digest, same, white_phone_pin_digest
from telekarta.domain.cases.case import CaseKind, new_case
from telekarta.domain.mail.incoming import Attachment, Codes, Mail, codes_in
from telekarta.domain.rules import rule
from telekarta.usecases.ports import CaseStore, Clock, KnownCards, Pepper, WrongCodes

FOUND_BY = "inbox"
MOST_ATTACHMENTS = 20
_ROUNDS = 3


class Kept(Protocol):
    """Where mails wait for an operator. May raise StoreUnavailable."""

    def put(self, key: str, content: bytes, content_type: str) -> None: ...


class InboxStore(KnownCards, WrongCodes, CaseStore, Protocol):
    """Cards, whose codes are compared, and cases."""


@dataclass(frozen=True, slots=True)
class InboxDeps:
    store: InboxStore
    kept: Kept
    clock: Clock
    pepper: Pepper


class CodesTold(StrEnum):
    """What came of the codes in a mail; an application with right ones needs no more of them."""

    NONE = "none"
    RIGHT = "right"  # the PIN, and the PUK if the card has one
    WRONG = "wrong"
    NOT_CHECKED = "not_checked"  # too many wrong tries of late


@rule("WP §7.2.1", "WP §7.10", "WP §8.1")
def take_mail(deps: InboxDeps, mail: Mail) -> str:
    """Keep the mail and open its case: the case's id. Raises StoreUnavailable: taking it again is right."""
    name = sha256(mail.message_id.encode()).hexdigest()[:20]
    folder = f"mail/{name}"
    case_id = f"{CaseKind.MAIL_RECEIVED}:{name}"
    if deps.store.case(case_id) is not None:
        return case_id
    now = deps.clock.now()
    # After an outage a mail is taken much later than it came, and its days count from when it came.
    received_at = min(mail.received_at or now, now)
    in_warsaw = received_at.astimezone(WARSAW)
    head = f"From: {mail.sender}\nReceived: {in_warsaw:%Y-%m-%d}, {in_warsaw:%H:%M} in Warsaw\n\n"
    deps.kept.put(f"{folder}/message.txt", (head + mail.cleaned).encode(), "text/plain; charset=utf-8")
    for number, each in enumerate(mail.attachments[:MOST_ATTACHMENTS], start=1):
        deps.kept.put(f"{folder}/{number}-{safe_name(each)}", each.cleaned, "application/octet-stream")
    codes = codes_in(mail)
    card = deps.store.card(Ref.card(Brand.WHITE_PHONE, codes.card)) if codes else None
    told = _compared(deps, card, codes)
    facts: dict[str, str | int] = {
        "received_on": day_of(received_at).isoformat(),
        "documents": folder,
        "attachments": len(mail.attachments),
        "automatic": "yes" if mail.is_automatic else "no",
        "codes": told.value,
    }
    subject = str(card.ref) if card else case_id
    opened = deps.store.open_case(new_case(CaseKind.MAIL_RECEIVED, name, subject, facts, FOUND_BY, now))
    if opened and card is not None and told is CodesTold.WRONG:
        _count(deps, card)
    return case_id


def _compared(deps: InboxDeps, card: Card | None, codes: Codes | None) -> CodesTold:
    if codes is None or not codes.codes:
        return CodesTold.NONE
    if card is None:
        return CodesTold.WRONG
    if card.pin_tries.is_paused(CARD_PATIENCE, deps.clock.now()):
        return CodesTold.NOT_CHECKED
    pepper, number = deps.pepper.pepper(), card.ref.number
    pins = [
        code for code in codes.codes if same(white_phone_pin_digest(pepper, number, code), card.pin_digest)
    ]
    puks = [code for code in codes.codes if same(puk_digest(pepper, number, code), card.puk_digest)]
    return CodesTold.RIGHT if pins and (puks or not card.puk_digest) else CodesTold.WRONG


def _count(deps: InboxDeps, card: Card) -> None:
    """A wrong code by e-mail is a wrong try like one by telephone."""
    tries = card.pin_tries
    for _ in range(_ROUNDS):
        stale = deps.store.count_wrong_code(
            card.ref, tries, tries.after_wrong(CARD_PATIENCE, deps.clock.now()), puk=False
        )
        if stale is None or stale.card is None:
            return
        tries = stale.card.pin_tries


_KNOWN_ENDINGS: Mapping[str, str] = {
    "application/pdf": ".pdf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "text/plain": ".txt",
}


def safe_name(attachment: Attachment) -> str:
    """A name that does no harm wherever an operator opens it: letters, digits, an ending by its type."""
    stem = attachment.name.rpartition("/")[2].rpartition("\\")[2].rpartition(".")[0]
    plain = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in stem).strip("-")[:60]
    return (plain or "attachment") + _KNOWN_ENDINGS.get(attachment.content_type, ".bin")

"""An application for unused money on our own pages, by the person who holds the card and knows its codes.

The form asks for the codes first, and sets no money aside before they are right: else a card's six digits
would be enough to freeze a stranger's money. What is sent here is an application like one by e-mail or letter
(`usecases/refunds/desk/applying.py`); only its documents have not been read by anybody yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from telekarta.domain.brands import Brand
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.cards.card import Card, Ref, Status
from telekarta.domain.cards.codes import telegrosik_pin_digest
from telekarta.domain.mail.incoming import Attachment
from telekarta.domain.refunds.application import (
    MOST_ENCLOSED,
    ONLINE,
    Application,
    Arrival,
    CodeCheck,
    policy_for,
)
from telekarta.domain.refunds.calculation import Calculation, outlook
from telekarta.domain.refunds.money_found import look_at
from telekarta.domain.refunds.policy import Policy
from telekarta.domain.refunds.refund import Event, Refund, RefundStage
from telekarta.domain.rules import rule
from telekarta.usecases.mail.incoming import safe_name
from telekarta.usecases.refunds.commands import (
    ApplyForRefund,
    CompleteApplication,
    RefundAnswer,
    RefundRefusal,
    RefundRefused,
    RefundShown,
)
from telekarta.usecases.refunds.desk.applying import apply_for_refund, case_id_of, codes_of
from telekarta.usecases.refunds.desk.changing import RefundDeskDeps
from telekarta.usecases.refunds.desk.completing import complete_application
from telekarta.usecases.refunds.ports import bonuses_taken_back

APPLICANT = "applicant"
MOST_DOCUMENTS = MOST_ENCLOSED
MOST_DOCUMENTS_BYTES = 4_000_000


class DocumentKeeper(Protocol):
    """Where documents wait for an operator. May raise StoreUnavailable."""

    def put_new(self, key: str, content: bytes, content_type: str) -> None:
        """Keep it, unless something of that key is there."""
        ...


class CardFinder(Protocol):
    def card(self, ref: Ref) -> Card | None: ...

    def card_by_pin(self, pin_digest: str) -> Card | None: ...


@dataclass(frozen=True, slots=True)
class RefundFormDeps:
    """The outside."""

    desk: RefundDeskDeps
    cards: CardFinder
    kept: DocumentKeeper


# ---------------------------------------------------------------- who asks, and what for


@rule("WP §7.3.1", "WP §7.3.2", "WP §9.1")
def card_by_codes(form: RefundFormDeps, brand: Brand, number: str, pin: str, puk: str) -> Card | None:
    """The card whose codes these are. A Telegrosik card is found by its PIN alone. None for everything else:
    a guesser does not learn whether the number or a code was wrong."""
    if brand is Brand.TELEGROSIK:
        card = form.cards.card_by_pin(telegrosik_pin_digest(form.desk.pepper.pepper(), pin))
    else:
        card = form.cards.card(Ref.card(brand, number))
    if card is None or card.status is Status.USED_UP:
        return None
    checks = codes_of(form.desk, card, pin, puk)
    return card if all(check in (CodeCheck.RIGHT, CodeCheck.NOT_NEEDED) for check in checks) else None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the card's owner may expect today. `open_case` is an application that is not over, or ""."""

    policy: Policy
    calculation: Calculation
    has_online: bool  # some of it came by PayU or Przelewy24, and could go back that way
    last_top_up_at: datetime | None = None
    open_case: str = ""


@rule("WP §7.5", "WP §7.6", "WP §7.7", "WP §7.8", "WP §7.9")
def outlook_of(form: RefundFormDeps, ref: Ref, asked_grosze: int | None = None) -> Outlook | None:
    """The calculation if every top-up is proven; None for a card that is not there."""
    card = form.cards.card(ref)
    if card is None:
        return None
    now = form.desk.clock.now()
    application = Application(
        ref=ref,
        arrived=Arrival.WEB,
        received_on=day_of(now),
        asked_grosze=asked_grosze,
        pin=CodeCheck.RIGHT,
        puk=CodeCheck.NOT_NEEDED,
        proofs=(),
    )
    postings = form.desk.store.postings(ref)
    found = look_at(card, postings, now, bonuses_taken_back(form.desk.refunds, postings))
    policy = policy_for(ref.brand, day_of(now))
    calculation = outlook(policy, application, found)
    return Outlook(
        policy,
        calculation,
        any(part.source in ONLINE for part in calculation.draws),
        found.last_top_up_at,
        form.desk.refunds.open_refund_of(ref) or "",
    )


# ---------------------------------------------------------------- sending


class DocumentRefusal(StrEnum):
    """Why a file is not taken."""

    NOT_READABLE = "not_readable"  # neither PDF nor JPEG nor PNG, whatever it is called
    TOO_MANY = "too_many"
    TOO_LARGE = "too_large"


_SIGNATURES = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


def read_documents(files: Sequence[tuple[str, bytes]]) -> tuple[Attachment, ...] | DocumentRefusal:
    """What was sent, each file's type as its first bytes tell it. An empty field is no file."""
    given = [(name, content) for name, content in files if content]
    if len(given) > MOST_DOCUMENTS:
        return DocumentRefusal.TOO_MANY
    if sum(len(content) for _, content in given) > MOST_DOCUMENTS_BYTES:
        return DocumentRefusal.TOO_LARGE
    documents: list[Attachment] = []
    for name, content in given:
        kind = next((kind for start, kind in _SIGNATURES.items() if content.startswith(start)), "")
        if not kind:
            return DocumentRefusal.NOT_READABLE
        documents.append(Attachment(name, kind, content))
    return tuple(documents)


@rule("WP §7.1", "WP §7.3", "WP §7.10")
def send_application(
    form: RefundFormDeps, request_id: str, application: Application, documents: tuple[Attachment, ...] = ()
) -> RefundAnswer | DocumentRefusal:
    """Keep the documents, then enter the application, which sets the money aside. Its codes were compared by
    `card_by_codes`. `request_id` was chosen with the last page. Safe to repeat: documents are named by their
    content, the application by its request; what is new in the second sending is added to the first."""
    known = application_of(form, request_id)
    if known is not None:
        return add_documents(form, request_id, documents)
    in_the_way = form.desk.refunds.open_refund_of(application.ref)
    if in_the_way is not None:
        return RefundRefused(RefundRefusal.REFUND_IS_OPEN, in_the_way)
    whole = replace(application, enclosed=_kept(form, request_id, documents))
    command = ApplyForRefund(request_id, whole, APPLICANT, "sent on the web page")
    return apply_for_refund(form.desk, command, knows_codes=True)


@rule("WP §7.3.4")
def add_documents(
    form: RefundFormDeps, request_id: str, documents: tuple[Attachment, ...]
) -> RefundAnswer | DocumentRefusal:
    """Documents that follow, while the application is not decided."""
    refund = application_of(form, request_id)
    if refund is None:
        return RefundRefused(RefundRefusal.UNKNOWN_REFUND)
    if refund.stage is not RefundStage.OPEN or not documents:
        return RefundShown(refund, form.desk.clock.now())
    keys = _keys(request_id, documents)
    if len({*refund.application.enclosed, *keys}) > MOST_ENCLOSED:
        return DocumentRefusal.TOO_MANY
    enclosed = _kept(form, request_id, documents)
    why = "documents sent on the web page"
    came = CompleteApplication(refund.id, APPLICANT, why, enclosed=enclosed)
    added = complete_application(form.desk, came, Event.DOCUMENTS_SENT)
    is_full = isinstance(added, RefundRefused) and added.reason is RefundRefusal.TOO_MANY_DOCUMENTS
    return DocumentRefusal.TOO_MANY if is_full else added


def application_of(form: RefundFormDeps, request_id: str) -> Refund | None:
    """An application that was sent by the form; those that operators enter have numbers to be guessed."""
    refund = form.desk.refunds.refund(case_id_of(request_id))
    return refund if refund is not None and refund.application.arrived is Arrival.WEB else None


def _kept(form: RefundFormDeps, request_id: str, documents: Sequence[Attachment]) -> tuple[str, ...]:
    keys = _keys(request_id, documents)
    for key, each in zip(keys, documents, strict=True):
        form.kept.put_new(key, each.content, each.content_type)
    return keys


def _keys(request_id: str, documents: Sequence[Attachment]) -> tuple[str, ...]:
    return tuple(
        f"refunds/{request_id}/{sha256(each.content).hexdigest()[:16]}-{safe_name(each)}"
        for each in documents
    )

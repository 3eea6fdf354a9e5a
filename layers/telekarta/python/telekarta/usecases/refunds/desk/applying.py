"""Entering an application for unused money (WP §7.1 to §7.3)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from telekarta.domain.brands import Brand
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.cards.card import Card, Kind, Status
from telekarta.domain.cards.codes import puk_digest, same, telegrosik_pin_digest, white_phone_pin_digest
from telekarta.domain.cases.case import CaseKind, new_case
from telekarta.domain.ledger.postings import PostingKind
from telekarta.domain.refunds.application import (
    PROVES,
    CodeCheck,
    Proof,
)
from telekarta.domain.refunds.refund import Event, Refund
from telekarta.domain.rules import rule
from telekarta.usecases.mail.incoming import CodesTold
from telekarta.usecases.ports import StoreUnavailable
from telekarta.usecases.refunds.commands import (
    ApplyForRefund,
    GivenProof,
    RefundAnswer,
    RefundRefusal,
    RefundRefused,
    RefundShown,
)
from telekarta.usecases.refunds.desk.changing import RefundDeskDeps, record
from telekarta.usecases.refunds.ports import card_of


def case_id_of(request_id: str) -> str:
    """The id of the refund that this application becomes."""
    return f"refund-{request_id}"


@rule("WP §7.1", "WP §7.2", "WP §7.3", "WP §7.3.2", "WP §9.1")
def apply_for_refund(
    desk: RefundDeskDeps, command: ApplyForRefund, *, knows_codes: bool = False
) -> RefundAnswer:
    """Keep the application and start its workflow, which sets the money aside at once.

    PIN and PUK are compared here and now, and only the result is kept. With `knows_codes` the web form has
    compared them already, and they were right. Safe to repeat: the refund's id is made of the request's, and
    starting a workflow twice is starting it once.
    """
    now = desk.clock.now()
    case_id = case_id_of(command.request_id)
    ref = command.ref
    record(desk, "apply_for_refund", command, f"{case_id} {ref}", now)
    known = desk.refunds.refund(case_id)
    if known is not None:
        # Entered before, but perhaps not listed or not begun; whatever became of its card meanwhile.
        return _begun(desk, known, command, now, done=False)
    card = card_of(desk.store, ref)
    if card is None:
        return RefundRefused(RefundRefusal.UNKNOWN_CARD)
    if card.status is Status.USED_UP:
        return RefundRefused(RefundRefusal.CARD_USED_UP)
    if command.application.received_on > day_of(now):
        return RefundRefused(RefundRefusal.NOT_RECEIVED_YET)
    proofs = read_proofs(desk, card, command.proofs)
    if isinstance(proofs, RefundRefused):
        return proofs
    if command.mail and not _has_right_codes(desk, card, command.mail):
        return RefundRefused(RefundRefusal.MAIL_WITHOUT_CODES)
    were_right = knows_codes or bool(command.mail)
    pin, puk = _right_codes(card) if were_right else codes_of(desk, card, command.pin, command.puk)
    application = replace(command.application, pin=pin, puk=puk, proofs=proofs)
    fresh = Refund(case_id, application, now).noted(Event.RECEIVED, now, command.who, command.why)
    in_the_way = desk.refunds.open_refund(fresh)
    if in_the_way is not None and in_the_way != case_id:
        return RefundRefused(RefundRefusal.REFUND_IS_OPEN, in_the_way)
    kept = desk.refunds.refund(case_id)
    if kept is None:
        raise StoreUnavailable("a refund that was kept is not there")
    return _begun(desk, kept, command, now, done=in_the_way is None)


def _begun(
    desk: RefundDeskDeps, kept: Refund, command: ApplyForRefund, now: datetime, *, done: bool
) -> RefundAnswer:
    """Put the refund on the operators' list and start its workflow; both may have been done before."""
    if kept.ref != command.ref:
        return RefundRefused(RefundRefusal.REQUEST_TAKEN, kept.id)
    facts: dict[str, str | int] = {
        "received_on": kept.application.received_on.isoformat(),
        "decide_by": kept.decide_by.isoformat(),
    }
    desk.store.open_case(new_case(CaseKind.REFUND, kept.id, str(kept.ref), facts, command.who, now))
    desk.workflow.start(kept.id, 1)
    return RefundShown(kept, now, done=done)


def codes_of(desk: RefundDeskDeps, card: Card, pin: str, puk: str) -> tuple[CodeCheck, CodeCheck]:
    """What came of the codes (WP §7.3.2). An account has none: its line is its name (TG §2.8)."""
    if card.ref.kind is Kind.ACCOUNT:
        return CodeCheck.NOT_NEEDED, CodeCheck.NOT_NEEDED
    pepper = desk.pepper.pepper()
    if card.ref.brand is Brand.WHITE_PHONE:
        digest = white_phone_pin_digest(pepper, card.ref.number, pin)
    else:
        digest = telegrosik_pin_digest(pepper, pin)
    checked = _checked(pin, same(digest, card.pin_digest))
    if not card.puk_digest:
        return checked, CodeCheck.NOT_NEEDED
    return checked, _checked(puk, same(puk_digest(pepper, card.ref.number, puk), card.puk_digest))


def _has_right_codes(desk: RefundDeskDeps, card: Card, mail: str) -> bool:
    """Whether the e-mail's codes were compared when it came, and were the card's (usecases/mail)."""
    case = desk.store.case(mail)
    is_ours = case is not None and case.kind is CaseKind.MAIL_RECEIVED and case.subject == str(card.ref)
    return is_ours and case is not None and case.facts.get("codes") == CodesTold.RIGHT


def _right_codes(card: Card) -> tuple[CodeCheck, CodeCheck]:
    return CodeCheck.RIGHT, CodeCheck.RIGHT if card.puk_digest else CodeCheck.NOT_NEEDED


def _checked(code: str, right: bool) -> CodeCheck:
    if not code:
        return CodeCheck.NOT_GIVEN
    return CodeCheck.RIGHT if right else CodeCheck.WRONG


@rule("WP §7.4")
def read_proofs(
    desk: RefundDeskDeps, card: Card, given: Sequence[GivenProof]
) -> tuple[Proof, ...] | RefundRefused:
    """Each document with the money that it proves. A posting of another card proves nothing of this one; a
    card's money that was moved onto an account lies there as it was paid in, so its postings fit too."""
    proofs: list[Proof] = []
    lots = {(lot.source, lot.top_up) for lot in card.lots}
    for each in given:
        posting = desk.store.posting(each.posting)
        if posting is None or posting.kind not in (PostingKind.TOP_UP, PostingKind.CARD_ISSUED):
            return RefundRefused(RefundRefusal.PROOF_UNKNOWN)
        money = posting.grants[0]
        if (money.source, posting.id) not in lots or money.source not in PROVES[each.kind]:
            return RefundRefused(RefundRefusal.PROOF_DOES_NOT_FIT)
        proofs.append(Proof(posting.id, each.kind, each.document, money.source))
    return tuple(proofs)

"""Completing an application: what was missing, proofs that are accepted or taken back, another account."""

from dataclasses import replace
from datetime import datetime

from telekarta.domain.refunds.application import (
    MOST_ENCLOSED,
    PROVES,
    Application,
    CodeCheck,
    Missing,
    Proof,
    missing,
    read_account,
)
from telekarta.domain.refunds.refund import Event, Refund, RefundStage
from telekarta.domain.rules import rule
from telekarta.usecases.refunds.commands import (
    AcceptProof,
    CompleteApplication,
    GivenProof,
    RefundAnswer,
    RefundRefusal,
    RefundRefused,
    TakeBackProof,
)
from telekarta.usecases.refunds.desk.applying import codes_of, read_proofs
from telekarta.usecases.refunds.desk.changing import Decided, RefundDeskDeps, change
from telekarta.usecases.refunds.payouts import replaced
from telekarta.usecases.refunds.ports import card_of


def complete_application(
    desk: RefundDeskDeps, command: CompleteApplication, event: Event = Event.COMPLETED
) -> RefundAnswer:
    """Add what was missing; or name another account for a refund whose transfer came back. `event` is what
    the history calls it."""
    seen = desk.refunds.refund(command.case)
    if seen is None:
        return RefundRefused(RefundRefusal.UNKNOWN_REFUND)
    card = card_of(desk.store, seen.ref)
    if card is None:
        return RefundRefused(RefundRefusal.UNKNOWN_CARD)
    proofs = read_proofs(desk, card, command.proofs)
    if isinstance(proofs, RefundRefused):
        return proofs
    pin, puk = codes_of(desk, card, command.pin, command.puk)

    def decide(refund: Refund, now: datetime) -> Decided:
        if refund.stage not in (RefundStage.OPEN, RefundStage.PAYING):
            return RefundRefused(RefundRefusal.NOTHING_TO_COMPLETE)
        application = _completed(refund.application, command, proofs, pin, puk)
        if command.enclosed and len(application.enclosed) > MOST_ENCLOSED:
            return RefundRefused(RefundRefusal.TOO_MANY_DOCUMENTS)
        if refund.stage is RefundStage.OPEN:
            asked = _asked_anew(refund, application, command)
            if application == refund.application and not asked:
                return refund
            return refund.noted(
                Event.DOCUMENTS_UNFIT if command.unfit else event,
                now,
                command.who,
                command.why,
                application=application,
                **asked,
            )
        return _sent_anew(refund, application, command, now)

    return change(desk, command.case, "complete_application", command, decide)


def _asked_anew(refund: Refund, after: Application, command: CompleteApplication) -> dict[str, object]:
    """What changes on the refund if the applicant is asked once more, with a new term: since what came does
    not do, or a code or an account that came was wrong."""
    wrong = (command.pin or command.puk or command.account) and set(missing(after)) & _WRONG
    if not command.unfit and not (refund.complete_until and wrong):
        return {}
    return {"complete_until": None, "asked_why": command.reasons, "proofs_wanted": command.unfit}


_WRONG = {Missing.PIN_WRONG, Missing.PUK_WRONG, Missing.ACCOUNT_WRONG}


@rule("WP §7.3.4", "WP §7.4")
def accept_proof(desk: RefundDeskDeps, command: AcceptProof) -> RefundAnswer:
    """Complete an application by one proof; its kind follows from how the money came."""
    posting = desk.store.posting(command.posting)
    source = posting.grants[0].source if posting is not None and posting.grants else None
    kind = next((kind for kind, sources in PROVES.items() if source in sources), None)
    if kind is None:
        return RefundRefused(RefundRefusal.PROOF_UNKNOWN)
    proof = GivenProof(command.posting, kind, command.document)
    why = f"{command.posting}: {command.why}"
    return complete_application(
        desk, CompleteApplication(command.case, command.who, why, proofs=(proof,)), Event.PROOF_ACCEPTED
    )


@rule("WP §7.4")
def take_back_proof(desk: RefundDeskDeps, command: TakeBackProof) -> RefundAnswer:
    """What was accepted by mistake proves nothing any more, until it is accepted again."""

    def decide(refund: Refund, now: datetime) -> Decided:
        if refund.stage is not RefundStage.OPEN:
            return RefundRefused(RefundRefusal.DECIDED_BEFORE)
        taken = [proof for proof in refund.application.proofs if proof.posting == command.posting]
        if not taken:
            return refund
        kept = tuple(proof for proof in refund.application.proofs if proof not in taken)
        read = {proof.document for proof in kept}
        unread = (each.document for each in taken if each.document not in read)
        application = replace(
            refund.application,
            proofs=kept,
            enclosed=tuple(dict.fromkeys((*refund.application.enclosed, *unread))),
        )
        why = f"{command.posting}: {command.why}"
        return refund.noted(Event.PROOF_TAKEN_BACK, now, command.who, why, application=application)

    return change(desk, command.case, "take_back_proof", command, decide)


def _completed(
    before: Application,
    command: CompleteApplication,
    proofs: tuple[Proof, ...],
    pin: CodeCheck,
    puk: CodeCheck,
) -> Application:
    nrb, wrong = read_account(command.account)
    known = {proof.posting for proof in before.proofs}
    all_proofs = (*before.proofs, *(proof for proof in proofs if proof.posting not in known))
    read = {proof.document for proof in all_proofs}
    unread = (*(() if command.unfit else before.enclosed), *command.enclosed)
    return replace(
        before,
        asked_grosze=before.asked_grosze if command.amount_grosze is None else command.amount_grosze,
        pin=_better(before.pin, pin) if command.pin else before.pin,
        puk=_better(before.puk, puk) if command.puk else before.puk,
        proofs=all_proofs,
        nrb=nrb if command.account else before.nrb,
        nrb_is_wrong=wrong if command.account else before.nrb_is_wrong,
        owner=command.owner or before.owner,
        answer_by=command.answer_by or before.answer_by,
        address=command.address or before.address,
        signed=before.signed if command.signed is None else command.signed,
        enclosed=tuple(dict.fromkeys(each for each in unread if each not in read)),
    )


def _better(before: CodeCheck, now: CodeCheck) -> CodeCheck:
    """The better of two results: an applicant who gave the right code once knows it, whatever is mistyped
    later."""
    return before if before is CodeCheck.RIGHT else now


def _sent_anew(
    refund: Refund, application: Application, command: CompleteApplication, now: datetime
) -> Decided:
    """The refund with a new payout to the account that was named, in the place of every one that failed. What
    was granted stays as it was, whatever papers or amounts come now."""
    if not refund.stranded or not application.nrb or not application.owner:
        nothing = not refund.stranded
        return RefundRefused(RefundRefusal.NOTHING_TO_COMPLETE if nothing else RefundRefusal.INCOMPLETE)
    payouts = replaced(refund.payouts, refund.id, refund.stranded)
    account = replace(
        refund.application,
        nrb=application.nrb,
        nrb_is_wrong=application.nrb_is_wrong,
        owner=application.owner,
        answer_by=application.answer_by,
        address=application.address,
    )
    return refund.noted(
        Event.ACCOUNT_CHANGED, now, command.who, command.why, application=account, payouts=payouts
    )

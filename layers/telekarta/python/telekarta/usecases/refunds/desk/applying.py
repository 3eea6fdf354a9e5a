"""What operators command about refunds: entering, completing, deciding and withdrawing applications.

Every command reads the case, decides from it, and writes it on condition of what it saw, then wakes the
workflow (`refund_steps`), which does the rest. So a command may be given again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from telekarta.domain.brands import Brand
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.cards.card import Card, Kind, Ref, Status
from telekarta.domain.cards.codes import puk_digest, same, telegrosik_pin_digest, white_phone_pin_digest
from telekarta.domain.cases.case import CaseKind, new_case
from telekarta.domain.ledger.postings import Posting, PostingKind
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
from telekarta.domain.refunds.calculation import MENDABLE
from telekarta.domain.refunds.movements import give_back_kept, release, without
from telekarta.domain.refunds.refund import Event, PayoutState, Refund, RefundStage
from telekarta.domain.rules import rule
from telekarta.usecases.mail.incoming import CodesTold
from telekarta.usecases.ports import Clock, CommandRecord, Pepper, StoreUnavailable
from telekarta.usecases.refunds.commands import (
    AcceptProof,
    ApplyForRefund,
    CompleteApplication,
    ConfirmPayout,
    DecideRefund,
    GivenProof,
    MarkPayoutReturned,
    RefundAnswer,
    RefundCommand,
    RefundRefusal,
    RefundRefused,
    RefundShown,
    ResumeRefund,
    ShowRefund,
    TakeBackProof,
    Verdict,
    WithdrawRefund,
)
from telekarta.usecases.refunds.payouts import (
    BEFORE,
    ROUNDS,
    close_differing,
    move,
    new_names,
    parts_back,
    payout_of,
    replaced,
    rule_of,
    wake,
)
from telekarta.usecases.refunds.ports import RefundRecords, RefundStore, Workflow, card_of, keeper_of


@dataclass(frozen=True, slots=True)
class RefundDeskDeps:
    """The outside, as operators' commands about refunds need it."""

    store: RefundRecords
    refunds: RefundStore
    workflow: Workflow
    clock: Clock
    pepper: Pepper


_Decided = Refund | RefundRefused
_Decision = Callable[[Refund, datetime], _Decided]


def carry_out_refund(desk: RefundDeskDeps, command: RefundCommand) -> RefundAnswer:
    """Carry the command out. Raises StoreUnavailable and WorkflowUnavailable: it may be given again."""
    match command:
        case ApplyForRefund():
            return apply_for_refund(desk, command)
        case CompleteApplication():
            return complete_application(desk, command)
        case AcceptProof():
            return accept_proof(desk, command)
        case TakeBackProof():
            return take_back_proof(desk, command)
        case DecideRefund():
            return decide_refund(desk, command)
        case WithdrawRefund():
            return withdraw_refund(desk, command)
        case ResumeRefund():
            return resume_refund(desk, command)
        case ConfirmPayout():
            return _told_by_operator(desk, command, PayoutState.PAID)
        case MarkPayoutReturned():
            return _told_by_operator(desk, command, PayoutState.RETURNED)
        case ShowRefund():
            shown = desk.refunds.refund(command.case)
            now = desk.clock.now()
            if shown is None:
                return RefundRefused(RefundRefusal.UNKNOWN_REFUND)
            return RefundShown(shown, now, done=True)


def case_id_of(request_id: str) -> str:
    return f"refund-{request_id}"


# ---------------------------------------------------------------- applying


@rule("WP §7.1", "WP §7.2", "WP §7.3", "WP §7.3.2", "WP §9.1")
def apply_for_refund(
    desk: RefundDeskDeps, command: ApplyForRefund, *, knows_codes: bool = False
) -> RefundAnswer:
    """Keep the application and start its workflow, which sets the money aside at once.

    PIN and PUK are compared here and now; what is kept is what came of it. `knows_codes`: whoever asks has
    compared them already, and they were right. Safe to repeat: the case's id is made of the request's, and
    starting a workflow twice is starting it once.
    """
    now = desk.clock.now()
    case_id = case_id_of(command.request_id)
    ref = Ref.account(command.card) if command.card.startswith("+") else Ref.card(command.brand, command.card)
    _record(desk, "apply_for_refund", command, f"{case_id} {ref}", now)
    known = desk.refunds.refund(case_id)
    if known is not None:
        # Entered before, but perhaps not listed or not begun; whatever became of its card meanwhile.
        return _begun(desk, known, ref, command, now, done=False)
    card = card_of(desk.store, ref)
    if card is None:
        return RefundRefused(RefundRefusal.UNKNOWN_CARD)
    if card.status is Status.USED_UP:
        return RefundRefused(RefundRefusal.CARD_USED_UP)
    if command.received_on > day_of(now):
        return RefundRefused(RefundRefusal.NOT_RECEIVED_YET)
    proofs = _proofs(desk, card, command.proofs)
    if isinstance(proofs, RefundRefused):
        return proofs
    if command.mail and not _has_right_codes(desk, card, command.mail):
        return RefundRefused(RefundRefusal.MAIL_WITHOUT_CODES)
    were_right = knows_codes or bool(command.mail)
    pin, puk = _right_codes(card) if were_right else codes_of(desk, card, command.pin, command.puk)
    nrb, wrong = read_account(command.account)
    application = Application(
        ref=ref,
        arrived=command.arrived,
        received_on=command.received_on,
        asked_grosze=command.amount_grosze,
        pin=pin,
        puk=puk,
        proofs=proofs,
        nrb=nrb,
        nrb_is_wrong=wrong,
        owner=command.owner,
        signed=command.signed,
        same_way=command.same_way,
        answer_by=command.answer_by,
        address=command.address,
        enclosed=command.enclosed,
        language=command.language,
    )
    fresh = Refund(case_id, application, now).noted(Event.RECEIVED, now, command.who, command.why)
    in_the_way = desk.refunds.open_refund(fresh)
    if in_the_way is not None and in_the_way != case_id:
        return RefundRefused(RefundRefusal.REFUND_IS_OPEN, in_the_way)
    kept = desk.refunds.refund(case_id)
    if kept is None:
        raise StoreUnavailable("a case that was kept is not there")
    return _begun(desk, kept, ref, command, now, done=in_the_way is None)


def _begun(
    desk: RefundDeskDeps, kept: Refund, ref: Ref, command: ApplyForRefund, now: datetime, *, done: bool
) -> RefundAnswer:
    """The case is on the operators' list, and its workflow goes on."""
    if kept.ref != ref:
        return RefundRefused(RefundRefusal.REQUEST_TAKEN, kept.id)
    facts: dict[str, str | int] = {
        "received_on": kept.application.received_on.isoformat(),
        "decide_by": kept.decide_by.isoformat(),
    }
    desk.store.open_case(new_case(CaseKind.REFUND, kept.id, str(ref), facts, command.who, now))
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
def _proofs(
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


def complete_application(
    desk: RefundDeskDeps, command: CompleteApplication, event: Event = Event.COMPLETED
) -> RefundAnswer:
    """Add what was missing; or give another account to a case whose transfer came back. `event` is what the
    history calls it."""
    seen = desk.refunds.refund(command.case)
    if seen is None:
        return RefundRefused(RefundRefusal.UNKNOWN_REFUND)
    card = card_of(desk.store, seen.ref)
    if card is None:
        return RefundRefused(RefundRefusal.UNKNOWN_CARD)
    proofs = _proofs(desk, card, command.proofs)
    if isinstance(proofs, RefundRefused):
        return proofs
    pin, puk = codes_of(desk, card, command.pin, command.puk)

    def decide(refund: Refund, now: datetime) -> _Decided:
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

    return _change(desk, command.case, "complete_application", command, decide)


def _asked_anew(refund: Refund, after: Application, command: CompleteApplication) -> dict[str, object]:
    """What changes on the case if the applicant is asked once more, with a new term: since what came does not
    do, or a code or an account that came was wrong."""
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

    def decide(refund: Refund, now: datetime) -> _Decided:
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

    return _change(desk, command.case, "take_back_proof", command, decide)


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
    """Who knew the code once knows it, whatever is mistyped later."""
    return before if before is CodeCheck.RIGHT else now


def _sent_anew(
    refund: Refund, application: Application, command: CompleteApplication, now: datetime
) -> _Decided:
    """Every payout that failed and was not replaced goes to the account by a new one. What was granted stays
    as it was, whatever papers or amounts come now."""
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


# ---------------------------------------------------------------- deciding


@rule("WP §7.4", "WP §7.5", "WP §7.7", "WP §7.9", "WP §7.10")
def decide_refund(desk: RefundDeskDeps, command: DecideRefund) -> RefundAnswer:
    """Grant or refuse. What the terms rule out can't be granted; a late decision is one all the same."""

    def decide(refund: Refund, now: datetime) -> _Decided:
        wanted = RefundStage.GRANTED if command.decision is Verdict.GRANT else RefundStage.REFUSED
        event = Event.GRANTED if wanted is RefundStage.GRANTED else Event.REFUSED
        if refund.stage is not RefundStage.OPEN:
            same_again = any(line.event is event for line in refund.history)
            return refund if same_again else RefundRefused(RefundRefusal.DECIDED_BEFORE)
        refusal = (
            not_grantable(refund, day_of(now))
            if wanted is RefundStage.GRANTED
            else _not_refusable(refund, command.reasons)
        )
        if refusal is not None:
            return refusal
        return refund.noted(event, now, command.who, command.why, stage=wanted, reasons=command.reasons)

    return _change(desk, command.case, "decide_refund", command, decide)


# The law's day goes before a term that we gave ourselves.
_AWAITED_UNTIL = timedelta(days=2)


@rule("WP §7.3.4", "WP §7.4", "WP §7.10")
def not_grantable(refund: Refund, today: date) -> RefundRefused | None:
    """Why it can't be granted now. While some of what is asked back is not proven, its proofs are asked for
    first: what they would prove later would cost a second fee."""
    unmet = refund.calculation.unmet if refund.calculation else ()
    reason: RefundRefusal | None = RefundRefusal.CONDITIONS_UNMET if unmet else None
    if refund.is_to_hold:
        reason = RefundRefusal.NOT_LOOKED_AT_YET
    elif refund.missing:
        reason = RefundRefusal.INCOMPLETE
    elif refund.awaited and MENDABLE.issuperset(unmet):
        if refund.application.enclosed:
            reason = RefundRefusal.DOCUMENTS_UNREAD
        elif refund.complete_until is None:
            reason = RefundRefusal.PROOFS_NOT_ASKED_FOR
        elif today <= min(refund.complete_until, refund.decide_by - _AWAITED_UNTIL):
            reason = RefundRefusal.PROOFS_AWAITED
    return RefundRefused(reason, unmet=unmet) if reason else None


def _not_refusable(refund: Refund, reasons: str) -> RefundRefused | None:
    """Why it can't be refused now. Who gives reasons knows what was read."""
    unmet = refund.calculation.unmet if refund.calculation else ()
    if refund.is_to_hold:
        return RefundRefused(RefundRefusal.NOT_LOOKED_AT_YET)
    if reasons:
        return None
    if refund.awaited and refund.application.enclosed and MENDABLE.issuperset(unmet):
        return RefundRefused(RefundRefusal.DOCUMENTS_UNREAD)
    return None if unmet else RefundRefused(RefundRefusal.REASONS_MISSING)


def withdraw_refund(desk: RefundDeskDeps, command: WithdrawRefund) -> RefundAnswer:
    """The applicant has thought better of it; or a returned transfer shall go back on the card."""
    seen = desk.refunds.refund(command.case)
    if seen is not None and seen.stage is RefundStage.PAYING:
        return _back_on_card(desk, seen, command)

    def decide(refund: Refund, now: datetime) -> _Decided:
        if refund.stage is RefundStage.WITHDRAWN:
            return refund
        if refund.stage is not RefundStage.OPEN:
            return RefundRefused(RefundRefusal.TOO_LATE_TO_WITHDRAW)
        return refund.noted(Event.WITHDRAWN, now, command.who, command.why, stage=RefundStage.WITHDRAWN)

    return _change(desk, command.case, "withdraw_refund", command, decide)


def _back_on_card(desk: RefundDeskDeps, seen: Refund, command: WithdrawRefund) -> RefundAnswer:
    """Money of failed payouts goes back on the card. If nothing of the refund was paid out, fee and bonus go
    with it: the fee is for a refund that was made (WP §7.6)."""
    _record(desk, "withdraw_refund", command, command.case, desk.clock.now())
    refund: Refund | None = seen
    for _ in range(ROUNDS):
        now = desk.clock.now()
        if refund is not None and refund.put_back and not refund.stranded:
            # It was put back before; perhaps nobody was told to go on.
            _goes_on(desk, refund)
            return RefundShown(refund, now)
        if refund is None or not refund.stranded or refund.calculation is None:
            return RefundRefused(RefundRefusal.TOO_LATE_TO_WITHDRAW)
        payouts = tuple(replace(p, replaced=True) if p in refund.stranded else p for p in refund.payouts)
        changed = refund.noted(Event.RELEASED, now, command.who, command.why, payouts=payouts)
        kept: tuple[Posting, ...] = ()
        parts = parts_back(refund, refund.calculation, refund.stranded)
        if changed.fee_given_back:
            kept = give_back_kept(refund.id, refund.ref.brand, refund.calculation, now)
            parts = without(refund.calculation.draws, refund.put_back)
        changed = replace(changed, put_back=(*refund.put_back, *parts))
        card = keeper_of(desk.store, refund.ref)
        after, posting = release(card, refund.id, parts, rule_of(refund), now, refund.releases + 1)
        if desk.refunds.change_refund(refund, changed, [*kept, posting], (card, after)) is None:
            _goes_on(desk, changed)
            return RefundShown(changed, now, done=True)
        refund = desk.refunds.refund(seen.id)
    raise StoreUnavailable("the case kept changing")


def resume_refund(desk: RefundDeskDeps, command: ResumeRefund) -> RefundAnswer:
    """Start a new execution, after the first one was given up: it goes on from what is kept."""

    def decide(refund: Refund, now: datetime) -> _Decided:
        if refund.is_over:
            return refund
        return refund.noted(Event.RESUMED, now, command.who, command.why, runs=refund.runs + 1)

    answer = _change(desk, command.case, "resume_refund", command, decide)
    if isinstance(answer, RefundShown) and not answer.refund.is_over:
        desk.workflow.start(answer.refund.id, answer.refund.runs)
    return answer


def _change(
    desk: RefundDeskDeps,
    case_id: str,
    name: str,
    command: CompleteApplication | TakeBackProof | DecideRefund | WithdrawRefund | ResumeRefund,
    decide: _Decision,
) -> RefundAnswer:
    """Write what is decided on the case as it is, and wake its workflow. The waking may get lost: the wait
    ends by itself at the next reminder, and the next step is looked up in the record."""
    now = desk.clock.now()
    _record(desk, name, command, case_id, now)
    for _ in range(ROUNDS):
        refund = desk.refunds.refund(case_id)
        if refund is None:
            return RefundRefused(RefundRefusal.UNKNOWN_REFUND)
        decided = decide(refund, now)
        if isinstance(decided, RefundRefused):
            return decided
        if decided == refund:
            _goes_on(desk, refund)
            return RefundShown(refund, now)
        # The token stays: was the waking lost, the command given again wakes it, and so does the watch.
        if desk.refunds.change_refund(refund, decided, names=new_names(refund, decided)) is None:
            _goes_on(desk, decided)
            return RefundShown(decided, now, done=True)
    raise StoreUnavailable("the case kept changing")


def _goes_on(desk: RefundDeskDeps, refund: Refund) -> None:
    """Wake the execution that waits, or start the one of a case that was opened again after its end."""
    if refund.was_over and not refund.is_over:
        desk.workflow.start(refund.id, refund.runs)
    wake(desk.workflow, refund)


def _record(desk: RefundDeskDeps, name: str, command: object, subject: str, now: datetime) -> None:
    """Keep the command before it acts, without what was applied with."""
    who, why = getattr(command, "who", ""), getattr(command, "why", "")
    record_id = f"{name}:{subject}:{now.isoformat()}:{who}"
    desk.store.record(CommandRecord(record_id, name, who, why, now, subject))


def _told_by_operator(
    desk: RefundDeskDeps, command: ConfirmPayout | MarkPayoutReturned, to: PayoutState
) -> RefundAnswer:
    """What an operator read on a statement, or heard from a provider."""
    now = desk.clock.now()
    name = "confirm_payout" if to is PayoutState.PAID else "mark_payout_returned"
    _record(desk, name, command, command.reference, now)
    found = payout_of(desk, command.reference)
    if found is None:
        return RefundRefused(RefundRefusal.UNKNOWN_PAYOUT)
    refund, payout = found
    if payout.state is to:
        close_differing(desk, payout.reference, command.who, command.why)
        return RefundShown(refund, now)
    states = BEFORE[to]
    changed = move(desk, refund.id, payout.number, states, to, who=command.who, why=command.why)
    if changed is None:
        return RefundRefused(RefundRefusal.WRONG_STATE)
    wake(desk.workflow, refund)
    close_differing(desk, payout.reference, command.who, command.why)
    return RefundShown(changed, now, done=True)

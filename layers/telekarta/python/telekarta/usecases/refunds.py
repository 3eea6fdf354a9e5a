"""The verbs of a refund: what operators command, what the workflow does, what providers and banks tell.

Every verb reads the case, decides from it, and writes it with the money it moves in one transaction, on
condition of what it saw. So a verb that died, was repeated or came late finds its work done or does it: none
has a half. What leaves the house (letters, files, a provider's refund) is sent before it is noted; what makes
the second sending harmless is said where it is sent.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from telekarta.dialog.composer import written_date
from telekarta.dialog.language import Language
from telekarta.domain.bank import BankEntry
from telekarta.domain.brands import Brand
from telekarta.domain.cards import CallingLine, Card, Kind, Ref, Status
from telekarta.domain.cases import CaseKind, CaseState, new_case
from telekarta.domain.codes import puk_digest, same, telegrosik_pin_digest, white_phone_pin_digest
from telekarta.domain.deadlines import day_of
from telekarta.domain.ledger import Posting, PostingKind, Source
from telekarta.domain.payments import Payment, Provider
from telekarta.domain.payouts import PAYERS, Party, Transfer, elixir0
from telekarta.domain.refund_cases import (
    FAILED,
    WAITS,
    Do,
    Event,
    Payout,
    PayoutState,
    RefundCase,
    Stage,
    Step,
    Way,
    complete_until,
    next_step,
    reference_of,
    reminder_days,
)
from telekarta.domain.refunds import (
    BONUSES_TAKEN_BACK,
    ONLINE,
    PROVES,
    AnswerBy,
    Application,
    Arrival,
    CodeCheck,
    Found,
    Part,
    Proof,
    ProofKind,
    Unmet,
    fee_revenue,
    held_account,
    hold,
    last_parts,
    look_at,
    movement,
    read_account,
    release,
    set_aside,
    without,
)
from telekarta.domain.rules import rule
from telekarta.usecases import refund_letters
from telekarta.usecases.incoming import CodesTold
from telekarta.usecases.payment_ports import (
    GatewayRefused,
    PaymentGateway,
    ProviderRefund,
    Refund,
    RefundState,
)
from telekarta.usecases.ports import CaseStore, Clock, CommandRecord, Pepper, StoreUnavailable
from telekarta.usecases.receipts import Undeliverable
from telekarta.usecases.refund_ports import Letter, Letters, PayoutFiles, RefundStore, Workflow

ROUNDS = 4
BY_US = "refund workflow"


class Records(CaseStore, Protocol):
    """The cards and the books, as far as refunds look at them."""

    def card(self, ref: Ref) -> Card | None: ...

    def line(self, number: str) -> CallingLine: ...

    def postings(self, ref: Ref) -> tuple[Posting, ...]: ...

    def posting(self, posting_id: str) -> Posting | None: ...

    def record(self, record: CommandRecord) -> bool: ...


class KnownPayments(Protocol):
    def payment(self, payment_id: str) -> Payment | None: ...


@dataclass(frozen=True, slots=True)
class RefundDesk:
    """The outside, as operators' commands about refunds need it."""

    store: Records
    refunds: RefundStore
    workflow: Workflow
    clock: Clock
    pepper: Pepper


@dataclass(frozen=True, slots=True)
class RefundWork:
    """The outside, as the workflow's steps need it."""

    store: Records
    refunds: RefundStore
    workflow: Workflow
    clock: Clock
    letters: Letters
    files: PayoutFiles
    payments: KnownPayments
    gateways: Mapping[Provider, PaymentGateway]
    base_url: str


# ---------------------------------------------------------------- commands and answers


@dataclass(frozen=True, slots=True)
class GivenProof:
    """A proof as an operator enters it: the posting of the top-up, and where the document is filed."""

    posting: str
    kind: ProofKind
    document: str


@dataclass(frozen=True, slots=True)
class ApplyForRefund:
    brand: Brand
    card: str
    request_id: str
    arrived: Arrival
    received_on: date
    who: str
    why: str
    amount_grosze: int | None = None
    pin: str = field(default="", repr=False)
    puk: str = field(default="", repr=False)
    mail: str = ""  # the case of the e-mail that it came by: its codes were compared then
    proofs: tuple[GivenProof, ...] = ()
    account: str = field(default="", repr=False)
    owner: str = field(default="", repr=False)
    signed: bool = False
    same_way: bool = False
    answer_by: AnswerBy = AnswerBy.LETTER
    address: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class CompleteApplication:
    """What came later; a field that is left out stays as it was, proofs are added."""

    case: str
    who: str
    why: str
    amount_grosze: int | None = None
    pin: str = field(default="", repr=False)
    puk: str = field(default="", repr=False)
    proofs: tuple[GivenProof, ...] = ()
    account: str = field(default="", repr=False)
    owner: str = field(default="", repr=False)
    signed: bool | None = None


class Verdict(StrEnum):
    GRANT = "grant"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class DecideRefund:
    """`reasons` are words for the applicant; `why` is for the record."""

    case: str
    decision: Verdict
    who: str
    why: str
    reasons: str = ""


@dataclass(frozen=True, slots=True)
class WithdrawRefund:
    case: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class ResumeRefund:
    case: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class ConfirmPayout:
    reference: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class MarkPayoutReturned:
    reference: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class ShowRefund:
    case: str


RefundCommand = (
    ApplyForRefund
    | CompleteApplication
    | DecideRefund
    | WithdrawRefund
    | ResumeRefund
    | ConfirmPayout
    | MarkPayoutReturned
    | ShowRefund
)


class RefundRefusal(StrEnum):
    """Why a command about a refund can't be carried out."""

    UNKNOWN_CARD = "unknown_card"
    CARD_USED_UP = "card_used_up"
    MAIL_WITHOUT_CODES = "mail_without_codes"  # no such e-mail, of another card, or with wrong codes
    UNKNOWN_REFUND = "unknown_refund"
    UNKNOWN_PAYOUT = "unknown_payout"
    REFUND_IS_OPEN = "refund_is_open"
    REQUEST_TAKEN = "request_taken"
    NOT_RECEIVED_YET = "not_received_yet"
    PROOF_UNKNOWN = "proof_unknown"
    PROOF_DOES_NOT_FIT = "proof_does_not_fit"
    NOT_LOOKED_AT_YET = "not_looked_at_yet"
    INCOMPLETE = "incomplete"
    CONDITIONS_UNMET = "conditions_unmet"
    DECIDED_BEFORE = "decided_before"
    TOO_LATE_TO_WITHDRAW = "too_late_to_withdraw"
    NOTHING_TO_COMPLETE = "nothing_to_complete"
    WRONG_STATE = "wrong_state"


@dataclass(frozen=True, slots=True)
class RefundRefused:
    """`case` is the one that the refusal is about, if it is not the one that was named."""

    reason: RefundRefusal
    case: str = ""
    unmet: tuple[Unmet, ...] = ()


@dataclass(frozen=True, slots=True)
class RefundShown:
    """The case as it is, or as the command left it; `done` tells whether there was anything to do."""

    case: RefundCase
    now: datetime
    done: bool = False


RefundAnswer = RefundShown | RefundRefused
_Decided = RefundCase | RefundRefused
_Decision = Callable[[RefundCase, datetime], _Decided]


def carry_out_refund(desk: RefundDesk, command: RefundCommand) -> RefundAnswer:
    """Carry the command out. Raises StoreUnavailable and WorkflowUnavailable: it may be given again."""
    match command:
        case ApplyForRefund():
            return apply_for_refund(desk, command)
        case CompleteApplication():
            return complete_application(desk, command)
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
def apply_for_refund(desk: RefundDesk, command: ApplyForRefund) -> RefundAnswer:
    """Keep the application and start its workflow, which sets the money aside at once.

    PIN and PUK are compared here and now; what is kept is what came of it. Safe to repeat: the case's id is
    made of the request's, and starting a workflow twice is starting it once.
    """
    now = desk.clock.now()
    case_id = case_id_of(command.request_id)
    ref = Ref.account(command.card) if command.card.startswith("+") else Ref.card(command.brand, command.card)
    _record(desk, "apply_for_refund", command, f"{case_id} {ref}", now)
    card = _card(desk.store, ref)
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
    pin, puk = _codes_of_mail(card) if command.mail else _codes(desk, card, command.pin, command.puk)
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
    )
    fresh = RefundCase(case_id, application, now).noted(Event.RECEIVED, now, command.who, command.why)
    in_the_way = desk.refunds.open_refund(fresh)
    if in_the_way is not None and in_the_way != case_id:
        return RefundRefused(RefundRefusal.REFUND_IS_OPEN, in_the_way)
    kept = desk.refunds.refund(case_id)
    if kept is None:
        raise StoreUnavailable("a case that was kept is not there")
    if kept.ref != ref:
        return RefundRefused(RefundRefusal.REQUEST_TAKEN, case_id)
    facts: dict[str, str | int] = {
        "received_on": kept.application.received_on.isoformat(),
        "decide_by": kept.decide_by.isoformat(),
    }
    desk.store.open_case(new_case(CaseKind.REFUND, case_id, str(ref), facts, command.who, now))
    desk.workflow.start(case_id, 1)
    return RefundShown(kept, now, done=in_the_way is None)


def _card(store: Records, ref: Ref) -> Card | None:
    return store.line(ref.number).account if ref.kind is Kind.ACCOUNT else store.card(ref)


def _codes(desk: RefundDesk, card: Card, pin: str, puk: str) -> tuple[CodeCheck, CodeCheck]:
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


def _has_right_codes(desk: RefundDesk, card: Card, mail: str) -> bool:
    """Whether the e-mail's codes were compared when it came, and were the card's (usecases/incoming.py)."""
    case = desk.store.case(mail)
    is_ours = case is not None and case.kind is CaseKind.MAIL_RECEIVED and case.subject == str(card.ref)
    return is_ours and case is not None and case.facts.get("codes") == CodesTold.RIGHT


def _codes_of_mail(card: Card) -> tuple[CodeCheck, CodeCheck]:
    return CodeCheck.RIGHT, CodeCheck.RIGHT if card.puk_digest else CodeCheck.NOT_NEEDED


def _checked(code: str, right: bool) -> CodeCheck:
    if not code:
        return CodeCheck.NOT_GIVEN
    return CodeCheck.RIGHT if right else CodeCheck.WRONG


@rule("WP §7.4")
def _proofs(desk: RefundDesk, card: Card, given: Sequence[GivenProof]) -> tuple[Proof, ...] | RefundRefused:
    """Each document with the money that it proves. A posting of another card proves nothing of this one; a
    card's money that was moved onto an account lies there with its day, so its postings fit too."""
    proofs: list[Proof] = []
    lots = {(lot.source, lot.granted_at) for lot in card.lots}
    for each in given:
        posting = desk.store.posting(each.posting)
        if posting is None or posting.kind not in (PostingKind.TOP_UP, PostingKind.CARD_ISSUED):
            return RefundRefused(RefundRefusal.PROOF_UNKNOWN)
        money = posting.grants[0]
        if (money.source, money.granted_at) not in lots or money.source not in PROVES[each.kind]:
            return RefundRefused(RefundRefusal.PROOF_DOES_NOT_FIT)
        if posting.credit != str(card.ref) and card.ref.kind is not Kind.ACCOUNT:
            return RefundRefused(RefundRefusal.PROOF_DOES_NOT_FIT)
        proofs.append(Proof(posting.id, each.kind, each.document, money.source, money.granted_at))
    return tuple(proofs)


def complete_application(desk: RefundDesk, command: CompleteApplication) -> RefundAnswer:
    """Add what was missing; or give another account to a case whose transfer came back."""
    seen = desk.refunds.refund(command.case)
    if seen is None:
        return RefundRefused(RefundRefusal.UNKNOWN_REFUND)
    card = _card(desk.store, seen.ref)
    if card is None:
        return RefundRefused(RefundRefusal.UNKNOWN_CARD)
    proofs = _proofs(desk, card, command.proofs)
    if isinstance(proofs, RefundRefused):
        return proofs
    pin, puk = _codes(desk, card, command.pin, command.puk)

    def decide(case: RefundCase, now: datetime) -> _Decided:
        if case.stage not in (Stage.OPEN, Stage.PAYING):
            return RefundRefused(RefundRefusal.NOTHING_TO_COMPLETE)
        application = _completed(case.application, command, proofs, pin, puk)
        if case.stage is Stage.OPEN:
            if application == case.application:
                return case
            return case.noted(Event.COMPLETED, now, command.who, command.why, application=application)
        return _sent_anew(case, application, command, now)

    return _change(desk, command.case, "complete_application", command, decide)


def _completed(
    before: Application,
    command: CompleteApplication,
    proofs: tuple[Proof, ...],
    pin: CodeCheck,
    puk: CodeCheck,
) -> Application:
    nrb, wrong = read_account(command.account)
    known = {proof.posting for proof in before.proofs}
    return replace(
        before,
        asked_grosze=before.asked_grosze if command.amount_grosze is None else command.amount_grosze,
        pin=pin if command.pin else before.pin,
        puk=puk if command.puk else before.puk,
        proofs=(*before.proofs, *(proof for proof in proofs if proof.posting not in known)),
        nrb=nrb if command.account else before.nrb,
        nrb_is_wrong=wrong if command.account else before.nrb_is_wrong,
        owner=command.owner or before.owner,
        signed=before.signed if command.signed is None else command.signed,
    )


def _sent_anew(
    case: RefundCase, application: Application, command: CompleteApplication, now: datetime
) -> _Decided:
    """Every payout that failed and was not replaced goes to the account by a new one."""
    stranded = [payout for payout in case.payouts if payout.state in FAILED and not payout.replaced]
    if not stranded or not application.nrb or not application.owner:
        return RefundRefused(RefundRefusal.NOTHING_TO_COMPLETE if not stranded else RefundRefusal.INCOMPLETE)
    payouts = _replaced(case.payouts, case.id, stranded)
    return case.noted(
        Event.COMPLETED, now, command.who, command.why, application=application, payouts=payouts
    )


def _replaced(payouts: tuple[Payout, ...], case_id: str, stranded: Iterable[Payout]) -> tuple[Payout, ...]:
    """The payouts, with a transfer in the place of each of the stranded ones."""
    gone = {payout.number for payout in stranded}
    marked = tuple(replace(each, replaced=True) if each.number in gone else each for each in payouts)
    amount = sum(each.amount_grosze for each in payouts if each.number in gone)
    number = len(payouts) + 1
    return (*marked, Payout(number, Way.BANK, amount, reference_of(case_id, number)))


# ---------------------------------------------------------------- deciding


@rule("WP §7.4", "WP §7.5", "WP §7.7", "WP §7.9", "WP §7.10")
def decide_refund(desk: RefundDesk, command: DecideRefund) -> RefundAnswer:
    """Grant or refuse. What the terms rule out can't be granted; a late decision is one all the same."""

    def decide(case: RefundCase, now: datetime) -> _Decided:
        wanted = Stage.GRANTED if command.decision is Verdict.GRANT else Stage.REFUSED
        event = Event.GRANTED if wanted is Stage.GRANTED else Event.REFUSED
        if case.stage is not Stage.OPEN:
            same_again = any(line.event is event for line in case.history)
            return case if same_again else RefundRefused(RefundRefusal.DECIDED_BEFORE)
        found = case.calculation
        if found is None:
            return RefundRefused(RefundRefusal.NOT_LOOKED_AT_YET)
        if wanted is Stage.GRANTED:
            if case.missing:
                return RefundRefused(RefundRefusal.INCOMPLETE)
            if found.unmet:
                return RefundRefused(RefundRefusal.CONDITIONS_UNMET, unmet=found.unmet)
        return case.noted(event, now, command.who, command.why, stage=wanted, reasons=command.reasons)

    return _change(desk, command.case, "decide_refund", command, decide)


def withdraw_refund(desk: RefundDesk, command: WithdrawRefund) -> RefundAnswer:
    """The applicant has thought better of it; or a returned transfer shall go back on the card."""
    seen = desk.refunds.refund(command.case)
    if seen is not None and seen.stage is Stage.PAYING:
        return _back_on_card(desk, seen, command)

    def decide(case: RefundCase, now: datetime) -> _Decided:
        if case.stage is Stage.WITHDRAWN:
            return case
        if case.stage is not Stage.OPEN:
            return RefundRefused(RefundRefusal.TOO_LATE_TO_WITHDRAW)
        return case.noted(Event.WITHDRAWN, now, command.who, command.why, stage=Stage.WITHDRAWN)

    return _change(desk, command.case, "withdraw_refund", command, decide)


def _back_on_card(desk: RefundDesk, seen: RefundCase, command: WithdrawRefund) -> RefundAnswer:
    """Money of failed payouts goes back on the card; fee and bonus stay kept, for the work was done."""
    _record(desk, "withdraw_refund", command, command.case, desk.clock.now())
    case: RefundCase | None = seen
    for _ in range(ROUNDS):
        now = desk.clock.now()
        card = _card(desk.store, seen.ref)
        stranded = [p for p in case.payouts if p.state in FAILED and not p.replaced] if case else []
        if case is None or card is None or not stranded or case.calculation is None:
            return RefundRefused(RefundRefusal.TOO_LATE_TO_WITHDRAW)
        parts = last_parts(case.calculation.draws, sum(p.amount_grosze for p in stranded))
        releases = sum(line.event is Event.RELEASED for line in case.history)
        after, posting = release(card, case.id, parts, rule_of(case), now, releases + 1)
        gone = {p.number for p in stranded}
        payouts = tuple(replace(p, replaced=True) if p.number in gone else p for p in case.payouts)
        changed = case.noted(Event.RELEASED, now, command.who, command.why, payouts=payouts, token="")
        if desk.refunds.change_refund(case, changed, [posting], (card, after)) is None:
            _wake(desk.workflow, case)
            return RefundShown(changed, now, done=True)
        case = desk.refunds.refund(seen.id)
    raise StoreUnavailable("the case kept changing")


def resume_refund(desk: RefundDesk, command: ResumeRefund) -> RefundAnswer:
    """Start a new execution, after the first one was given up: it goes on from what is kept."""

    def decide(case: RefundCase, now: datetime) -> _Decided:
        if case.is_over:
            return case
        return case.noted(Event.RESUMED, now, command.who, command.why, runs=case.runs + 1)

    answer = _change(desk, command.case, "resume_refund", command, decide)
    if isinstance(answer, RefundShown) and not answer.case.is_over:
        desk.workflow.start(answer.case.id, answer.case.runs)
    return answer


def _change(
    desk: RefundDesk,
    case_id: str,
    name: str,
    command: CompleteApplication | DecideRefund | WithdrawRefund | ResumeRefund,
    decide: _Decision,
) -> RefundAnswer:
    """Write what is decided on the case as it is, and wake its workflow. The waking may get lost: the wait
    ends by itself at the next reminder, and the next step is looked up in the record."""
    now = desk.clock.now()
    _record(desk, name, command, case_id, now)
    for _ in range(ROUNDS):
        case = desk.refunds.refund(case_id)
        if case is None:
            return RefundRefused(RefundRefusal.UNKNOWN_REFUND)
        decided = decide(case, now)
        if isinstance(decided, RefundRefused):
            return decided
        if decided == case:
            _wake(desk.workflow, case)
            return RefundShown(case, now)
        changed = replace(decided, token="")
        if desk.refunds.change_refund(case, changed, names=_new_names(case, changed)) is None:
            _wake(desk.workflow, case)
            return RefundShown(changed, now, done=True)
    raise StoreUnavailable("the case kept changing")


def _new_names(before: RefundCase, after: RefundCase) -> tuple[str, ...]:
    """What new payouts are found by: a statement tells the reference, a provider the payment."""
    new = after.payouts[len(before.payouts) :]
    payments = (f"payment:{payout.payment}" for payout in new if payout.payment)
    return (*(f"payout:{payout.reference}" for payout in new), *payments)


def _wake(workflow: Workflow, case: RefundCase) -> None:
    if case.token:
        workflow.wake(case.token)


def _record(desk: RefundDesk, name: str, command: object, subject: str, now: datetime) -> None:
    """Keep the command before it acts, without what was applied with."""
    who, why = getattr(command, "who", ""), getattr(command, "why", "")
    record_id = f"{name}:{subject}:{now.isoformat()}:{who}"
    desk.store.record(CommandRecord(record_id, name, who, why, now, subject))


# ---------------------------------------------------------------- the workflow's steps


def rule_of(case: RefundCase) -> str:
    """What the postings rest on; Telegrosik's terms have no clause, so its policy is named."""
    return "WP §7.1" if case.ref.brand is Brand.WHITE_PHONE else "policy:telegrosik:refunds"


@dataclass(frozen=True, slots=True)
class Told:
    """A step's answer to the state machine. `step` is what is to be done now."""

    case: str
    step: Step
    wait_s: int
    in_a_call: bool = False
    metrics: tuple[str, ...] = ()


class NoSuchRefund(LookupError):
    """The execution's input names no case."""


class NotChanged(StoreUnavailable):
    """Somebody else kept changing the case or its card: the step is done again from what is kept."""


_Change = tuple[RefundCase, Sequence[Posting], tuple[Card, Card] | None]


def look(work: RefundWork, case_id: str) -> Told:
    """What the case needs now."""
    return _told(work, _case(work, case_id))


def _case(work: RefundWork, case_id: str) -> RefundCase:
    case = work.refunds.refund(case_id)
    if case is None:
        raise NoSuchRefund("no case of this id")
    return case


def _told(
    work: RefundWork, case: RefundCase, *, in_a_call: bool = False, metrics: tuple[str, ...] = ()
) -> Told:
    now = work.clock.now()
    step = next_step(case, now)
    return Told(case.id, step, step.wait_s(now), in_a_call, metrics)


def _do(
    work: RefundWork,
    case_id: str,
    wanted: Do,
    make: Callable[[RefundCase, datetime], _Change],
    metrics: tuple[str, ...] = (),
) -> Told:
    """Make the change if it is (still) what the case needs: a repeated or late step changes nothing."""
    for _ in range(ROUNDS):
        case, now = _case(work, case_id), work.clock.now()
        if next_step(case, now).do is not wanted:
            return _told(work, case)
        changed, postings, card = make(case, now)
        if work.refunds.change_refund(case, changed, postings, card, _new_names(case, changed)) is None:
            return _told(work, changed, metrics=metrics)
    raise NotChanged("the case kept changing")


def hold_money(work: RefundWork, case_id: str) -> Told:
    """Set the money aside (WP §7.3.3), so that it can't be talked away meanwhile. While a call goes on its
    money can't be moved: tried again when the call is over."""
    for _ in range(ROUNDS):
        case, now = _case(work, case_id), work.clock.now()
        if next_step(case, now).do is not Do.HOLD:
            return _told(work, case)
        card = _card(work.store, case.ref)
        if card is None or card.status is Status.USED_UP:
            changed = case.noted(Event.HELD, now, BY_US, found=Found(now, ()))
            if work.refunds.change_refund(case, changed) is None:
                return _told(work, changed)
            continue
        if card.hold is not None:
            return _told(work, case, in_a_call=True)
        found = look_at(card, work.store.postings(case.ref), now)
        parts = set_aside(case.policy, case.application, found)
        changed = case.noted(Event.HELD, now, BY_US, found=found, held=parts)
        if not parts:
            if work.refunds.change_refund(case, changed) is None:
                return _told(work, changed)
            continue
        after, posting = hold(card, case.id, parts, rule_of(case), now)
        if work.refunds.change_refund(case, changed, [posting], (card, after)) is None:
            return _told(work, changed, metrics=("RefundHeld",))
    raise NotChanged("the card kept changing")


def call_to_complete(work: RefundWork, case_id: str) -> Told:
    """The one call. It leaves before it is noted: dying between sends it twice, and never not at all. The
    time to answer is counted from the last sending."""
    case, now = _case(work, case_id), work.clock.now()
    if next_step(case, now).do is not Do.CALL_TO_COMPLETE:
        return _told(work, case)
    until = complete_until(case.policy, day_of(now))
    letter = refund_letters.call_to_complete(case, written_date(until, Language.PL))
    _send(work, case, letter, now)

    def noted(seen: RefundCase, at: datetime) -> _Change:
        return seen.noted(Event.CALLED_TO_COMPLETE, at, BY_US, complete_until=until), (), None

    return _do(work, case_id, Do.CALL_TO_COMPLETE, noted, ("RefundCalledToComplete",))


def _send(work: RefundWork, case: RefundCase, letter: Letter, now: datetime) -> None:
    """An address that does not exist is an operator's to see; Unsent is raised, and the step done again."""
    try:
        work.letters.send(letter)
    except Undeliverable:
        _open(work, CaseKind.REFUND_ANSWER_UNDELIVERED, letter.id, case, {"letter": letter.id}, now)


def lapse(work: RefundWork, case_id: str) -> Told:
    def lapsed(case: RefundCase, now: datetime) -> _Change:
        return case.noted(Event.LAPSED, now, BY_US, stage=Stage.LAPSED), (), None

    return _do(work, case_id, Do.LAPSE, lapsed)


@rule("WP §7.10")
def remind(work: RefundWork, case_id: str) -> Told:
    """Operators see that the day comes near. The case is opened first: its id makes it one."""
    return _reminded(work, case_id, Do.REMIND, CaseKind.REFUND_DUE, Event.REMINDED, "RefundDue")


@rule("WP §7.10")
def escalate(work: RefundWork, case_id: str) -> Told:
    """The day has passed, or another week has: seen by an operator, and the decision may still come."""
    return _reminded(work, case_id, Do.ESCALATE, CaseKind.REFUND_OVERDUE, Event.OVERDUE, "RefundOverdue")


def _reminded(work: RefundWork, case_id: str, wanted: Do, kind: CaseKind, event: Event, metric: str) -> Told:
    case, now = _case(work, case_id), work.clock.now()
    if next_step(case, now).do is not wanted:
        return _told(work, case)
    passed = sum(moment <= now for moment in reminder_days(case))
    facts: dict[str, str | int] = {"refund": case.id, "decide_by": case.decide_by.isoformat()}
    _open(work, kind, f"{case.id}:{day_of(now)}", case, facts, now)

    def noted(seen: RefundCase, at: datetime) -> _Change:
        return seen.noted(event, at, BY_US, reminders=passed, reminded_at=at), (), None

    return _do(work, case_id, wanted, noted, ("CaseOpened", metric))


def _open(
    work: RefundWork, kind: CaseKind, of: str, case: RefundCase, facts: Mapping[str, str | int], now: datetime
) -> None:
    work.store.open_case(new_case(kind, of, str(case.ref), facts, BY_US, now))


@rule("WP §7.6", "WP §7.6.1", "WP §7.6.2", "WP §7.7", "WP §7.8")
def settle(work: RefundWork, case_id: str) -> Told:
    """Keep the fee and the spent bonus, put back what was not granted, plan the payouts: one transaction."""

    def settled(case: RefundCase, now: datetime) -> _Change:
        found = case.calculation
        assert found is not None  # granted on it
        account, because = held_account(case.id), rule_of(case)
        postings: list[Posting] = []
        kept = (
            ("fee", fee_revenue(case.ref.brand), found.fee_grosze, "WP §7.6"),
            ("bonus", BONUSES_TAKEN_BACK, found.bonus_grosze, "WP §7.8"),
        )
        for name, credit, amount, clause in kept:
            if amount:
                postings.append(
                    movement(
                        f"refund_{name}:{case.id}", PostingKind.REFUND_KEPT, account, credit, amount,
                        clause, now, case=case.id,
                    )
                )  # fmt: skip
        rest = without(case.held, found.draws)
        change: tuple[Card, Card] | None = None
        if rest:
            card = _card(work.store, case.ref)
            assert card is not None  # money was held on it, and cards are never removed
            after, posting = release(card, case.id, rest, because, now)
            change = card, after
            postings.append(posting)
        payouts = plan_payouts(case, found.draws, found.payable_grosze)
        event = Event.RELEASED if rest else Event.PAYING
        changed = case.noted(
            event, now, BY_US, stage=Stage.PAYING, payouts=payouts, settled_at=now, reminded_at=None,
            released=bool(rest),
        )  # fmt: skip
        return changed, postings, change

    return _do(work, case_id, Do.SETTLE, settled)


def plan_payouts(case: RefundCase, draws: Sequence[Part], payable_grosze: int) -> tuple[Payout, ...]:
    """One transfer; and if the applicant wants it so, what came by PayU or Przelewy24 goes back there, each
    payment by itself. Fee and bonus are taken from the transfer's money first (draws begin with it)."""
    payable = last_parts(_bank_first(draws), payable_grosze)
    by_payment: dict[tuple[Way, str], int] = {}
    at_bank = 0
    for part in payable:
        proof = next(
            p for p in case.application.proofs if (p.source, p.granted_at) == (part.source, part.granted_at)
        )
        if case.application.same_way and part.source in ONLINE:
            key = Way(part.source.value), proof.posting.rpartition(":")[2]
            by_payment[key] = by_payment.get(key, 0) + part.amount_grosze
        else:
            at_bank += part.amount_grosze
    ways = [(way, payment, amount) for (way, payment), amount in by_payment.items()]
    if at_bank:
        ways.append((Way.BANK, "", at_bank))
    return tuple(
        Payout(number, way, amount, reference_of(case.id, number), payment=payment)
        for number, (way, payment, amount) in enumerate(ways, 1)
    )


def _payment_of(case: RefundCase, part: Part) -> str:
    """The payment that brought the money: the posting of a top-up is named by it."""
    money = (part.source, part.granted_at)
    proof = next(p for p in case.application.proofs if (p.source, p.granted_at) == money)
    return proof.posting.rpartition(":")[2]


def _bank_first(draws: Sequence[Part]) -> tuple[Part, ...]:
    return tuple(sorted(draws, key=lambda part: part.source in ONLINE))


def send_payouts(work: RefundWork, case_id: str) -> Told:
    """Send what is planned. Raises GatewayUnavailable and ReportsUnavailable: the step is done again."""
    case = _case(work, case_id)
    for payout in case.payouts:
        if payout.state in (PayoutState.PLANNED, PayoutState.SENDING):
            if payout.way is Way.BANK:
                _to_bank(work, case_id, payout)
            else:
                _to_provider(work, case_id, payout)
    return look(work, case_id)


def _to_bank(work: RefundWork, case_id: str, payout: Payout) -> None:
    """The file first: it is named by the payout and made of the record, so the second one is the first."""
    case = _case(work, case_id)
    work.files.put(f"elixir0/{payout.reference}.txt", elixir0([transfer_of(case, payout)]))
    _moved(work, case_id, payout.number, (PayoutState.PLANNED,), PayoutState.SENT)


def transfer_of(case: RefundCase, payout: Payout) -> Transfer:
    name = "White Phone" if case.ref.brand is Brand.WHITE_PHONE else "Telegrosik"
    title = f"Zwrot środków {name} {case.ref.number}"
    payee = Party(case.application.nrb, (case.application.owner,))
    settled_on = day_of(case.settled_at or case.entered_at)
    return Transfer(PAYERS[case.ref.brand], payee, payout.amount_grosze, title, payout.reference, settled_on)


def _to_provider(work: RefundWork, case_id: str, payout: Payout) -> None:
    """The refund's id is ours, so that a provider knows the second telling. What it says to a second telling
    may mean that it did the first: only the refusal of a first one is believed, and else its notification,
    or an operator, decides."""
    told_before = payout.state is PayoutState.SENDING
    payment = work.payments.payment(payout.payment)
    provider = Provider(payout.way.value)
    if payment is None:
        _moved(work, case_id, payout.number, (PayoutState.PLANNED,), PayoutState.REFUSED)
        return
    _moved(work, case_id, payout.number, (PayoutState.PLANNED,), PayoutState.SENDING)
    refund = Refund(
        id=payout.reference,
        order_id=payment.id,
        provider_order_id=payment.provider_order_id,
        amount_grosze=payout.amount_grosze,
        description=f"Zwrot {payout.reference}",
        notify_url=f"{work.base_url}/payments/{provider}",
    )
    try:
        told = work.gateways[provider].refund(refund)
    except GatewayRefused:
        state, provider_id = RefundState.REFUSED, ""
    else:
        state, provider_id = told.state, told.provider_refund_id
    if state is RefundState.REFUSED and not told_before:
        _moved(work, case_id, payout.number, (PayoutState.SENDING,), PayoutState.REFUSED)
        return
    _moved(work, case_id, payout.number, (PayoutState.SENDING,), PayoutState.SENT, provider_id=provider_id)
    if state is RefundState.DONE:
        _moved(work, case_id, payout.number, (PayoutState.SENT,), PayoutState.PAID)


_EVENT_OF = {
    PayoutState.SENDING: None,
    PayoutState.SENT: Event.SENT,
    PayoutState.PAID: Event.PAID,
    PayoutState.REFUSED: Event.PAYOUT_REFUSED,
    PayoutState.RETURNED: Event.PAYOUT_RETURNED,
}


class _Payouts(Protocol):
    """What moving a payout needs: both the desk and the workflow have it."""

    @property
    def refunds(self) -> RefundStore: ...

    @property
    def store(self) -> Records: ...

    @property
    def clock(self) -> Clock: ...


def _moved(
    deps: _Payouts,
    case_id: str,
    number: int,
    from_states: Sequence[PayoutState],
    to: PayoutState,
    *,
    provider_id: str = "",
    who: str = BY_US,
    why: str = "",
) -> RefundCase | None:
    """Bring a payout to a state, with its posting; None if it is in none of those that lead there."""
    for _ in range(ROUNDS):
        case, now = deps.refunds.refund(case_id), deps.clock.now()
        payout = next((p for p in case.payouts if p.number == number), None) if case else None
        if case is None or payout is None or payout.state not in from_states:
            return None
        changed = replace(
            payout,
            state=to,
            sent_at=now if to is PayoutState.SENT else payout.sent_at,
            provider_refund_id=provider_id or payout.provider_refund_id,
        )
        payouts = case.with_payout(changed)
        if to is PayoutState.REFUSED and case.application.nrb and case.application.owner:
            # The provider will not: the account that was named gets it instead.
            payouts = _replaced(payouts, case.id, [changed])
        event = _EVENT_OF[to]
        after = (
            case.noted(event, now, who, why or payout.reference, payouts=payouts)
            if event
            else replace(case, payouts=payouts, version=case.version + 1)
        )
        postings = _posted(case, payout, to, now)
        # One that was replaced at once needs nobody. The case is opened first: its id makes it one.
        if to in FAILED and len(payouts) == len(case.payouts):
            facts: dict[str, str | int] = {"refund": case.id, "payout": payout.reference}
            kind, of = CaseKind.REFUND_RETURNED, f"{case.id}:{number}"
            deps.store.open_case(new_case(kind, of, str(case.ref), facts, who, now))
        if deps.refunds.change_refund(case, after, postings, names=_new_names(case, after)) is None:
            return after
    raise NotChanged("the case kept changing")


def _posted(case: RefundCase, payout: Payout, to: PayoutState, now: datetime) -> list[Posting]:
    """Sent money is under way; paid money has left by the account that top-ups come in by."""
    held, under_way, outside = (
        held_account(case.id),
        f"payouts:{payout.way}",
        f"incoming:{Source(payout.way.value)}",
    )
    was_sent = payout.state is PayoutState.SENT
    match to:
        case PayoutState.SENT:
            sides = held, under_way
        case PayoutState.PAID:
            sides = under_way, outside
        case PayoutState.REFUSED | PayoutState.RETURNED if was_sent:
            sides = under_way, held
        case PayoutState.RETURNED:
            sides = outside, held
        case _:
            return []
    posting_id = f"refund_payout:{case.id}:{payout.number}:{to}"
    return [
        movement(
            posting_id, PostingKind.REFUND_PAID, *sides, payout.amount_grosze, rule_of(case), now,
            case=case.id, payout=payout.reference,
        )
    ]  # fmt: skip


@rule("WP §7.10")
def send_answer(work: RefundWork, case_id: str) -> Told:
    """The answer, by e-mail or letter. It leaves before it is noted: at worst it is read twice."""
    case, now = _case(work, case_id), work.clock.now()
    if next_step(case, now).do is not Do.ANSWER:
        return _told(work, case)
    about = Stage.GRANTED if case.stage is Stage.PAYING else case.stage
    _send(work, case, refund_letters.answer(case), now)

    def noted(seen: RefundCase, at: datetime) -> _Change:
        return seen.noted(Event.ANSWERED, at, BY_US, answered=(*seen.answered, about)), (), None

    return _do(work, case_id, Do.ANSWER, noted, ("RefundAnswered",))


def payment_overdue(work: RefundWork, case_id: str) -> Told:
    """Nobody has confirmed the payout, or nobody has named another account: an operator sees it."""
    case, now = _case(work, case_id), work.clock.now()
    if next_step(case, now).do is not Do.PAYMENT_OVERDUE:
        return _told(work, case)
    open_ones = [
        payout.reference
        for payout in case.payouts
        if payout.state is PayoutState.SENT or (payout.state in FAILED and not payout.replaced)
    ]
    facts: dict[str, str | int] = {"refund": case.id, "payouts": " ".join(open_ones)}
    _open(work, CaseKind.REFUND_UNPAID, f"{case.id}:{day_of(now)}", case, facts, now)

    def noted(seen: RefundCase, at: datetime) -> _Change:
        return seen.noted(Event.OVERDUE, at, BY_US, reminded_at=at), (), None

    return _do(work, case_id, Do.PAYMENT_OVERDUE, noted, ("CaseOpened", "RefundUnpaid"))


def release_money(work: RefundWork, case_id: str) -> Told:
    """Refused, withdrawn or lapsed: all that was held goes back on the card, also on one that has expired."""

    def released(case: RefundCase, now: datetime) -> _Change:
        card = _card(work.store, case.ref)
        assert card is not None  # money was held on it, and cards are never removed
        after, posting = release(card, case.id, case.held, rule_of(case), now)
        return case.noted(Event.RELEASED, now, BY_US, released=True), [posting], (card, after)

    return _do(work, case_id, Do.RELEASE, released)


def close(work: RefundWork, case_id: str) -> Told:
    """The end: the card may be applied for again. The operators' lists are cleared first, since nobody would
    come back for them afterwards."""
    case = _case(work, case_id)
    if next_step(case, work.clock.now()).do is Do.CLOSE:
        _clear_lists(work, case)

    def closed(case: RefundCase, now: datetime) -> _Change:
        return case.noted(Event.CLOSED, now, BY_US, stage=Stage.CLOSED, token=""), (), None

    return _do(work, case_id, Do.CLOSE, closed)


_LISTED_FOR = {
    Event.REMINDED: (CaseKind.REFUND_DUE,),
    Event.OVERDUE: (CaseKind.REFUND_OVERDUE, CaseKind.REFUND_UNPAID),
}


def _clear_lists(work: RefundWork, case: RefundCase) -> None:
    case_id, now = case.id, work.clock.now()
    names = [f"{CaseKind.REFUND}:{case_id}"]
    names += [
        f"{kind}:{case_id}:{day_of(line.at)}"
        for line in case.history
        for kind in _LISTED_FOR.get(line.event, ())
    ]
    names += [f"{CaseKind.REFUND_RETURNED}:{case_id}:{payout.number}" for payout in case.payouts]
    names += [f"{CaseKind.REFUND_STUCK}:{case_id}:{run}" for run in range(1, case.runs + 1)]
    for name in dict.fromkeys(names):
        listed = work.store.case(name)
        if listed is not None and listed.state is CaseState.OPEN:
            work.store.close_case(listed.closed(BY_US, "the refund is over", now))


def give_up(work: RefundWork, case_id: str) -> Told:
    """A step failed for good: the workflow ends, and an operator sees why it can't go on by itself."""
    case, now = _case(work, case_id), work.clock.now()
    facts: dict[str, str | int] = {"refund": case.id, "stage": case.stage.value, "run": case.runs}
    _open(work, CaseKind.REFUND_STUCK, f"{case.id}:{case.runs}", case, facts, now)
    return _told(work, case, metrics=("CaseOpened", "RefundStuck"))


def wait_for(work: RefundWork, case_id: str, token: str) -> Told:
    """Keep the token of the task that waits. If there is nothing to wait for any more, it goes on at once; a
    change that comes from now on finds the token, so that no waking is lost."""
    for _ in range(ROUNDS):
        case, now = _case(work, case_id), work.clock.now()
        if next_step(case, now).do not in WAITS:
            work.workflow.wake(token)
            return _told(work, case)
        waiting = replace(case, token=token, version=case.version + 1)
        if work.refunds.change_refund(case, waiting) is None:
            return _told(work, waiting)
    raise NotChanged("the case kept changing")


VERBS: Mapping[str, Callable[[RefundWork, str], Told]] = {
    "look": look,
    Do.HOLD: hold_money,
    Do.CALL_TO_COMPLETE: call_to_complete,
    Do.LAPSE: lapse,
    Do.REMIND: remind,
    Do.ESCALATE: escalate,
    Do.SETTLE: settle,
    Do.SEND: send_payouts,
    Do.ANSWER: send_answer,
    Do.PAYMENT_OVERDUE: payment_overdue,
    Do.RELEASE: release_money,
    Do.CLOSE: close,
    Do.GIVE_UP: give_up,
}


# ---------------------------------------------------------------- what banks and providers tell


def _told_by_operator(
    desk: RefundDesk, command: ConfirmPayout | MarkPayoutReturned, to: PayoutState
) -> RefundAnswer:
    """What an operator read on a statement, or heard from a provider."""
    now = desk.clock.now()
    name = "confirm_payout" if to is PayoutState.PAID else "mark_payout_returned"
    _record(desk, name, command, command.reference, now)
    found = _payout_of(desk, command.reference)
    if found is None:
        return RefundRefused(RefundRefusal.UNKNOWN_PAYOUT)
    case, payout = found
    if payout.state is to:
        return RefundShown(case, now)
    states = _BEFORE[to]
    changed = _moved(desk, case.id, payout.number, states, to, who=command.who, why=command.why)
    if changed is None:
        return RefundRefused(RefundRefusal.WRONG_STATE)
    _wake(desk.workflow, case)
    return RefundShown(changed, now, done=True)


_BEFORE = {
    PayoutState.PAID: (PayoutState.SENT,),
    PayoutState.REFUSED: (PayoutState.SENT, PayoutState.SENDING),
    PayoutState.RETURNED: (PayoutState.SENT, PayoutState.PAID),
}


def _payout_of(deps: _Payouts, reference: str) -> tuple[RefundCase, Payout] | None:
    case_id = deps.refunds.refund_named(f"payout:{reference}")
    case = deps.refunds.refund(case_id) if case_id else None
    payout = next((p for p in case.payouts if p.reference == reference), None) if case else None
    return (case, payout) if case and payout else None


class PayoutOutcome(StrEnum):
    """What a bank's entry was to us."""

    CONFIRMED = "confirmed"
    RETURNED = "returned"
    KNOWN = "known"  # told before
    DIFFERS = "differs"  # another amount than we sent: a case
    NOT_OURS = "not_ours"  # no reference of a payout in it


_REFERENCE = re.compile(r"ZW[0-9A-F]{12}")


class _Confirming(_Payouts, Protocol):
    @property
    def workflow(self) -> Workflow: ...


def confirm_payouts(deps: _Confirming, entries: Iterable[BankEntry]) -> tuple[PayoutOutcome, ...]:
    """What each entry of a statement says of payouts: money that left confirms one, money that came back
    reopens it. Safe to repeat, entry by entry; entries that are none of ours are left alone."""
    return tuple(_confirmed(deps, entry) for entry in entries)


def _confirmed(deps: _Confirming, entry: BankEntry) -> PayoutOutcome:
    # A bank breaks titles where its lines end, also within our reference.
    reference = _REFERENCE.search(re.sub(r"\s", "", entry.title).upper())
    found = _payout_of(deps, reference[0]) if reference else None
    if found is None:
        return PayoutOutcome.NOT_OURS
    case, payout = found
    if abs(entry.amount_grosze) != payout.amount_grosze or payout.way is not Way.BANK:
        facts: dict[str, str | int] = {
            "refund": case.id,
            "payout": payout.reference,
            "paid_grosze": payout.amount_grosze,
            "statement_grosze": entry.amount_grosze,
        }
        of = f"{payout.reference}:{entry.reference}"
        differs = new_case(
            CaseKind.PAYOUT_DIFFERS, of, str(case.ref), facts, "bank statement", deps.clock.now()
        )
        deps.store.open_case(differs)
        return PayoutOutcome.DIFFERS
    left = entry.amount_grosze < 0 and not entry.is_reversal
    to = PayoutState.PAID if left else PayoutState.RETURNED
    changed = _moved(
        deps, case.id, payout.number, _BEFORE[to], to, who="bank statement", why=f"entry {entry.reference}"
    )
    if changed is None:
        return PayoutOutcome.KNOWN
    _wake(deps.workflow, case)
    return PayoutOutcome.CONFIRMED if left else PayoutOutcome.RETURNED


@dataclass(frozen=True, slots=True)
class RefundNotices:
    """What providers tell of refunds, taken to the cases that asked for them."""

    refunds: RefundStore
    store: Records
    workflow: Workflow
    clock: Clock

    def take(self, payment: Payment, told: ProviderRefund) -> bool:
        """Whether the refund is one of ours; its state is then noted. Safe to repeat."""
        case_id = self.refunds.refund_named(f"payment:{payment.id}")
        case = self.refunds.refund(case_id) if case_id else None
        payout = self._payout(case, payment, told) if case else None
        if case is None or payout is None:
            return False
        if told.state is RefundState.PENDING:
            return True
        to = PayoutState.PAID if told.state is RefundState.DONE else PayoutState.REFUSED
        if payout.state is PayoutState.SENDING:
            # It was told before our own note was written; that it answers says that it was sent.
            _moved(self, case.id, payout.number, (PayoutState.SENDING,), PayoutState.SENT)
        if _moved(self, case.id, payout.number, _BEFORE[to], to, who=payout.way.value) is not None:
            _wake(self.workflow, case)
        return True

    @staticmethod
    def _payout(case: RefundCase, payment: Payment, told: ProviderRefund) -> Payout | None:
        ours = (payout for payout in case.payouts if payout.payment == payment.id)
        return next((payout for payout in ours if payout.amount_grosze == told.amount_grosze), None)

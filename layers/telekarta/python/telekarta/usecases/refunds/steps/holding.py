"""The steps of a refund's workflow (`statemachines/refund.asl.json`), each a verb of `functions/tasks`.

Every step reads the case, does what the case needs if that is (still) this step, and writes it with the money
it moves in one transaction, on condition of what it saw. So a step that died, was repeated or came late finds
its work done or does it: none has a half. What leaves the house (letters, files, a provider's refund) is sent
before it is noted; what makes the second sending harmless is said where it is sent.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from telekarta.dialog.composer import written_date
from telekarta.dialog.language import Language
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.cards.card import Card, Status
from telekarta.domain.cases.case import CaseKind, CaseState, new_case
from telekarta.domain.ledger.postings import Posting
from telekarta.domain.refunds.calculation import set_aside, total
from telekarta.domain.refunds.money_found import MoneyFound, look_at
from telekarta.domain.refunds.movements import hold, keep, put_back, release, without
from telekarta.domain.refunds.next_action import (
    WAITS,
    Do,
    NextAction,
    complete_until,
    letter_about,
    news_of,
    next_action,
    reminder_days,
)
from telekarta.domain.refunds.payment_orders import OrderFormat, order_file
from telekarta.domain.refunds.refund import ACKNOWLEDGED, Event, Payout, PayoutState, Refund, RefundStage, Way
from telekarta.domain.rules import rule
from telekarta.domain.topups.payments import Provider
from telekarta.usecases.ports import Clock
from telekarta.usecases.refunds import letters as refund_letters
from telekarta.usecases.refunds.payouts import (
    BY_US,
    ROUNDS,
    NotChanged,
    move,
    new_names,
    plan_payouts,
    refund_at_provider,
    rule_of,
    transfer_of,
)
from telekarta.usecases.refunds.ports import (
    KnownPayments,
    Letter,
    Letters,
    PayoutFiles,
    RefundRecords,
    RefundStore,
    Workflow,
    bonuses_taken_back,
    card_of,
    keeper_of,
)
from telekarta.usecases.topups.ports import GatewayRefused, PaymentGateway, RefundState
from telekarta.usecases.topups.receipts import Undeliverable


@dataclass(frozen=True, slots=True)
class RefundStepDeps:
    """The outside, as the workflow's steps need it."""

    store: RefundRecords
    refunds: RefundStore
    workflow: Workflow
    clock: Clock
    letters: Letters
    files: PayoutFiles
    payments: KnownPayments
    gateways: Mapping[Provider, PaymentGateway]
    base_url: str
    order_format: OrderFormat = OrderFormat.ELIXIR0


@dataclass(frozen=True, slots=True)
class StepAnswer:
    """A step's answer to the state machine. `step` is what is to be done now."""

    case: str
    step: NextAction
    wait_s: int
    in_a_call: bool = False
    metrics: tuple[str, ...] = ()


class NoSuchRefund(LookupError):
    """The execution's input names no case."""


_Change = tuple[Refund, Sequence[Posting], tuple[Card, Card] | None]


def look(work: RefundStepDeps, case_id: str) -> StepAnswer:
    """What the case needs now."""
    return _told(work, _case(work, case_id))


def _case(work: RefundStepDeps, case_id: str) -> Refund:
    refund = work.refunds.refund(case_id)
    if refund is None:
        raise NoSuchRefund("no case of this id")
    return refund


def _told(
    work: RefundStepDeps, refund: Refund, *, in_a_call: bool = False, metrics: tuple[str, ...] = ()
) -> StepAnswer:
    now = work.clock.now()
    step = next_action(refund, now)
    return StepAnswer(refund.id, step, step.wait_s(now), in_a_call, metrics)


def _do(
    work: RefundStepDeps,
    case_id: str,
    wanted: Do,
    make: Callable[[Refund, datetime], _Change],
    metrics: tuple[str, ...] = (),
) -> StepAnswer:
    """Make the change if it is (still) what the case needs: a repeated or late step changes nothing."""
    for _ in range(ROUNDS):
        refund, now = _case(work, case_id), work.clock.now()
        if next_action(refund, now).do is not wanted:
            return _told(work, refund)
        changed, postings, card = make(refund, now)
        if work.refunds.change_refund(refund, changed, postings, card, new_names(refund, changed)) is None:
            return _told(work, changed, metrics=metrics)
    raise NotChanged("the case kept changing")


def hold_money(work: RefundStepDeps, case_id: str) -> StepAnswer:
    """Set the money aside (WP §7.3.3), so that it can't be talked away meanwhile; when a proof or an amount
    came, what is asked back now instead of what was. While a call goes on its money can't be moved: tried
    again when the call is over."""
    for _ in range(ROUNDS):
        refund, now = _case(work, case_id), work.clock.now()
        if next_action(refund, now).do is not Do.HOLD:
            return _told(work, refund)
        card = card_of(work.store, refund.ref)
        if card is not None and card.hold is not None:
            return _told(work, refund, in_a_call=True)
        changed, postings, cards = _held(work, refund, card, now)
        if work.refunds.change_refund(refund, changed, postings, cards) is None:
            return _told(work, changed, metrics=("RefundHeld",) if postings else ())
    raise NotChanged("the card kept changing")


def _held(work: RefundStepDeps, refund: Refund, card: Card | None, now: datetime) -> _Change:
    """What is set aside instead of what was. Money that stays set aside is not moved; of a card that was used
    up since nothing more can be taken, and what is let go lands where its holder can use it."""
    before = put_back(card, refund.held) if card else None
    postings = work.store.postings(refund.ref)
    found = MoneyFound(now, ())
    if before is not None and (before.status is not Status.USED_UP or refund.held):
        taken_back = bonuses_taken_back(work.refunds, postings)
        found = look_at(before, postings, now, taken_back, refund.application.received_on)
    if refund.found is not None:
        found = found.after(refund.found, was_held=bool(refund.held))
    parts = set_aside(refund.policy, refund.application, found)
    event = Event.HELD if refund.found is None else Event.HELD_ANEW
    changed = refund.noted(event, now, BY_US, found=found, held=parts)
    let_go, taken = without(refund.held, parts), without(parts, refund.held)
    if card is None or not (let_go or taken):
        return changed, (), None
    keeper = keeper_of(work.store, refund.ref) if card.status is Status.USED_UP else card
    after, moved = keeper, []
    if let_go:
        after, posting = release(after, refund.id, let_go, rule_of(refund), now, refund.releases + 1)
        moved.append(posting)
    if taken:
        after, posting = hold(after, refund.id, taken, rule_of(refund), now, refund.holds + 1)
        moved.append(posting)
    return changed, moved, (keeper, after)


def acknowledge(work: RefundStepDeps, case_id: str) -> StepAnswer:
    """Tell the applicant that the application is there, and by when it is answered. It leaves before it is
    noted: at worst it is read twice."""
    refund, now = _case(work, case_id), work.clock.now()
    if next_action(refund, now).do is not Do.ACKNOWLEDGE:
        return _told(work, refund)
    _send(work, refund, refund_letters.acknowledgement(refund, work.base_url), now)

    def noted(seen: Refund, at: datetime) -> _Change:
        return seen.noted(Event.ACKNOWLEDGED, at, BY_US, answered=(*seen.answered, ACKNOWLEDGED)), (), None

    return _do(work, case_id, Do.ACKNOWLEDGE, noted)


def call_to_complete(work: RefundStepDeps, case_id: str) -> StepAnswer:
    """Ask for all that is missing at once; again only if what came does not do. It leaves before it is
    noted: dying between sends it twice, and never not at all. The time to answer is counted from the last
    sending."""
    refund, now = _case(work, case_id), work.clock.now()
    if next_action(refund, now).do is not Do.CALL_TO_COMPLETE:
        return _told(work, refund)
    until = complete_until(refund.policy, day_of(now), refund.answered_by)
    letter = refund_letters.call_to_complete(refund, written_date(until, Language.PL), work.base_url)
    _send(work, refund, letter, now)

    def noted(seen: Refund, at: datetime) -> _Change:
        return seen.noted(Event.CALLED_TO_COMPLETE, at, BY_US, complete_until=until), (), None

    return _do(work, case_id, Do.CALL_TO_COMPLETE, noted, ("RefundCalledToComplete",))


def _send(work: RefundStepDeps, refund: Refund, letter: Letter, now: datetime) -> None:
    """An address that does not exist is an operator's to see; Unsent is raised, and the step done again."""
    try:
        work.letters.send(letter)
    except Undeliverable:
        _open(work, CaseKind.REFUND_ANSWER_UNDELIVERED, letter.id, refund, {"letter": letter.id}, now)


def lapse(work: RefundStepDeps, case_id: str) -> StepAnswer:
    def lapsed(refund: Refund, now: datetime) -> _Change:
        return refund.noted(Event.LAPSED, now, BY_US, stage=RefundStage.LAPSED), (), None

    return _do(work, case_id, Do.LAPSE, lapsed)


@rule("WP §7.10")
def remind(work: RefundStepDeps, case_id: str) -> StepAnswer:
    """Operators see that the day comes near. The case is opened first: its id makes it one."""
    return _reminded(work, case_id, Do.REMIND, CaseKind.REFUND_DUE, Event.REMINDED, "RefundDue")


@rule("WP §7.10")
def escalate(work: RefundStepDeps, case_id: str) -> StepAnswer:
    """The day has passed, or another week has: seen by an operator, and the decision may still come."""
    return _reminded(work, case_id, Do.ESCALATE, CaseKind.REFUND_OVERDUE, Event.OVERDUE, "RefundOverdue")


def _reminded(
    work: RefundStepDeps, case_id: str, wanted: Do, kind: CaseKind, event: Event, metric: str
) -> StepAnswer:
    refund, now = _case(work, case_id), work.clock.now()
    if next_action(refund, now).do is not wanted:
        return _told(work, refund)
    passed = sum(moment <= now for moment in reminder_days(refund))
    facts: dict[str, str | int] = {"refund": refund.id, "decide_by": refund.decide_by.isoformat()}
    _open(work, kind, f"{refund.id}:{day_of(now)}", refund, facts, now)

    def noted(seen: Refund, at: datetime) -> _Change:
        return seen.noted(event, at, BY_US, reminders=passed, reminded_at=at), (), None

    return _do(work, case_id, wanted, noted, ("CaseOpened", metric))


def _open(
    work: RefundStepDeps,
    kind: CaseKind,
    of: str,
    refund: Refund,
    facts: Mapping[str, str | int],
    now: datetime,
) -> None:
    work.store.open_case(new_case(kind, of, str(refund.ref), facts, BY_US, now))


@rule("WP §7.6", "WP §7.6.1", "WP §7.6.2", "WP §7.7", "WP §7.8")
def settle(work: RefundStepDeps, case_id: str) -> StepAnswer:
    """Keep the fee and the spent bonus, put back what was not granted, plan the payouts: one transaction."""

    def settled(refund: Refund, now: datetime) -> _Change:
        found = refund.calculation
        assert found is not None  # granted on it
        postings = [*keep(refund.id, refund.ref.brand, found, now)]
        rest = without(refund.held, found.draws)
        change: tuple[Card, Card] | None = None
        if rest:
            card = keeper_of(work.store, refund.ref)
            after, posting = release(card, refund.id, rest, rule_of(refund), now, refund.releases + 1)
            change = card, after
            postings.append(posting)
        payouts = plan_payouts(refund, found.draws, found.payable_grosze)
        event = Event.RELEASED if rest else Event.PAYING
        changed = refund.noted(
            event, now, BY_US, stage=RefundStage.PAYING, payouts=payouts, settled_at=now, reminded_at=None,
            released=bool(rest),
        )  # fmt: skip
        return changed, postings, change

    return _do(work, case_id, Do.SETTLE, settled)


def send_payouts(work: RefundStepDeps, case_id: str) -> StepAnswer:
    """Send what is planned. Raises GatewayUnavailable and ReportsUnavailable: the step is done again."""
    refund = _case(work, case_id)
    for payout in refund.payouts:
        if payout.state in (PayoutState.PLANNED, PayoutState.SENDING):
            if payout.way is Way.BANK:
                _to_bank(work, case_id, payout)
            else:
                _to_provider(work, case_id, payout)
    return look(work, case_id)


# What is granted today is ordered at the bank by tomorrow.
ORDERED_WITHIN = timedelta(days=1)


def _to_bank(work: RefundStepDeps, case_id: str, payout: Payout) -> None:
    """The file first, then the case of who takes it to the bank: both are named by the payout and made of
    the record, so the second one is the first."""
    refund = _case(work, case_id)
    name, content = order_file(work.order_format, transfer_of(refund, payout))
    work.files.put(name, content)
    now = work.clock.now()
    facts: dict[str, str | int] = {
        "refund": refund.id,
        "payout": payout.reference,
        "file": name,
        "amount_grosze": payout.amount_grosze,
        # The 30 days are for carrying it out as well (WP §7.10).
        "decide_by": min(refund.decide_by, day_of(now) + ORDERED_WITHIN).isoformat(),
    }
    _open(work, CaseKind.PAYOUT_TO_ORDER, f"{refund.id}:{payout.number}", refund, facts, now)
    move(work, case_id, payout.number, (PayoutState.PLANNED,), PayoutState.SENT, file=name)


def _to_provider(work: RefundStepDeps, case_id: str, payout: Payout) -> None:
    """The refund's id is ours, so that a provider knows the second telling. What it says to a second telling
    may mean that it did the first: only the refusal of a first one is believed, and else its notification,
    or an operator, decides. Each telling is noted before it is made, so that a refusal that somebody else
    did not wait for is not believed either, and who comes after it tells nothing any more."""
    payment = work.payments.payment(payout.payment)
    provider = Provider(payout.way.value)
    if payment is None:
        move(work, case_id, payout.number, (PayoutState.PLANNED,), PayoutState.REFUSED)
        return
    untold = (PayoutState.PLANNED, PayoutState.SENDING)
    if move(work, case_id, payout.number, untold, PayoutState.SENDING) is None:
        return
    try:
        told = work.gateways[provider].refund(refund_at_provider(payment, payout, work.base_url))
    except GatewayRefused:
        state, provider_id = RefundState.REFUSED, ""
    else:
        state, provider_id = told.state, told.provider_refund_id
    sending, refused = (PayoutState.SENDING,), state is RefundState.REFUSED
    if refused and move(work, case_id, payout.number, sending, PayoutState.REFUSED, told_once=True):
        return
    move(work, case_id, payout.number, sending, PayoutState.SENT, provider_id=provider_id)
    if state is RefundState.DONE:
        move(work, case_id, payout.number, (PayoutState.SENT,), PayoutState.PAID)


@rule("WP §7.10")
def send_answer(work: RefundStepDeps, case_id: str) -> StepAnswer:
    """The answer, by e-mail or letter. It leaves before it is noted: at worst it is read twice."""
    refund, now = _case(work, case_id), work.clock.now()
    if next_action(refund, now).do is not Do.ANSWER:
        return _told(work, refund)
    about = RefundStage.GRANTED if refund.stage is RefundStage.PAYING else refund.stage
    _send(
        work, refund, refund_letters.answer(refund, work.base_url, keeper_of(work.store, refund.ref).ref), now
    )

    def noted(seen: Refund, at: datetime) -> _Change:
        return seen.noted(Event.ANSWERED, at, BY_US, answered=(*seen.answered, about)), (), None

    return _do(work, case_id, Do.ANSWER, noted, ("RefundAnswered",))


def inform(work: RefundStepDeps, case_id: str) -> StepAnswer:
    """Tell the applicant that a payout failed and another account is wanted, or that the money is on the card
    again. It leaves before it is noted: at worst it is read twice."""
    refund, now = _case(work, case_id), work.clock.now()
    if next_action(refund, now).do is not Do.INFORM:
        return _told(work, refund)
    news = news_of(refund)
    payout = next((each for each in refund.stranded if letter_about(each) == news), None)
    back = total(refund.put_back) - refund.put_back_told_grosze
    letter = (
        refund_letters.account_wanted(refund, payout, work.base_url)
        if payout
        else refund_letters.put_back(refund, back, work.base_url, keeper_of(work.store, refund.ref).ref)
    )
    _send(work, refund, letter, now)

    def noted(seen: Refund, at: datetime) -> _Change:
        told = 0 if payout else back
        changed = seen.noted(
            Event.INFORMED, at, BY_US, news, answered=tuple(dict.fromkeys((*seen.answered, news))),
            put_back_told_grosze=seen.put_back_told_grosze + told,
        )  # fmt: skip
        return changed, (), None

    if payout is not None:
        _close_listed(work, [f"{CaseKind.PAYOUT_TO_ORDER}:{refund.id}:{payout.number}"], "it came back")
    return _do(work, case_id, Do.INFORM, noted)


def payment_overdue(work: RefundStepDeps, case_id: str) -> StepAnswer:
    """Nobody has confirmed the payout, or nobody has named another account: an operator sees it."""
    refund, now = _case(work, case_id), work.clock.now()
    if next_action(refund, now).do is not Do.PAYMENT_OVERDUE:
        return _told(work, refund)
    open_ones = [
        payout.reference
        for payout in refund.payouts
        if payout.state is PayoutState.SENT or payout in refund.stranded
    ]
    facts: dict[str, str | int] = {"refund": refund.id, "payouts": " ".join(open_ones)}
    _open(work, CaseKind.REFUND_UNPAID, f"{refund.id}:{day_of(now)}", refund, facts, now)

    def noted(seen: Refund, at: datetime) -> _Change:
        return seen.noted(Event.OVERDUE, at, BY_US, reminded_at=at), (), None

    return _do(work, case_id, Do.PAYMENT_OVERDUE, noted, ("CaseOpened", "RefundUnpaid"))


def release_money(work: RefundStepDeps, case_id: str) -> StepAnswer:
    """Refused, withdrawn or lapsed: all that was held goes back on the card, also on one that has expired."""

    def released(refund: Refund, now: datetime) -> _Change:
        card = keeper_of(work.store, refund.ref)
        after, posting = release(card, refund.id, refund.held, rule_of(refund), now, refund.releases + 1)
        return refund.noted(Event.RELEASED, now, BY_US, released=True), [posting], (card, after)

    return _do(work, case_id, Do.RELEASE, released)


def close(work: RefundStepDeps, case_id: str) -> StepAnswer:
    """The end: the card may be applied for again. The operators' lists are cleared first, since nobody would
    come back for them afterwards."""
    refund = _case(work, case_id)
    if next_action(refund, work.clock.now()).do is Do.CLOSE:
        _clear_lists(work, refund)

    def closed(refund: Refund, now: datetime) -> _Change:
        return refund.noted(Event.CLOSED, now, BY_US, stage=RefundStage.CLOSED, token=""), (), None

    return _do(work, case_id, Do.CLOSE, closed)


_LISTED_FOR = {
    Event.REMINDED: (CaseKind.REFUND_DUE,),
    Event.OVERDUE: (CaseKind.REFUND_OVERDUE, CaseKind.REFUND_UNPAID),
}


def _clear_lists(work: RefundStepDeps, refund: Refund) -> None:
    case_id = refund.id
    names = [f"{CaseKind.REFUND}:{case_id}"]
    names += [
        f"{kind}:{case_id}:{day_of(line.at)}"
        for line in refund.history
        for kind in _LISTED_FOR.get(line.event, ())
    ]
    names += [f"{CaseKind.REFUND_RETURNED}:{case_id}:{payout.number}" for payout in refund.payouts]
    names += [f"{CaseKind.PAYOUT_TO_ORDER}:{case_id}:{payout.number}" for payout in refund.payouts]
    names += [f"{CaseKind.REFUND_STUCK}:{case_id}:{run}" for run in range(1, refund.runs + 1)]
    _close_listed(work, names, "the refund is over")


def _close_listed(work: RefundStepDeps, names: Sequence[str], why: str) -> None:
    now = work.clock.now()
    for name in dict.fromkeys(names):
        listed = work.store.case(name)
        if listed is not None and listed.state is CaseState.OPEN:
            work.store.close_case(listed.closed(BY_US, why, now))


def give_up(work: RefundStepDeps, case_id: str) -> StepAnswer:
    """A step failed for good: the workflow ends, and an operator sees why it can't go on by itself."""
    refund, now = _case(work, case_id), work.clock.now()
    facts: dict[str, str | int] = {"refund": refund.id, "stage": refund.stage.value, "run": refund.runs}
    _open(work, CaseKind.REFUND_STUCK, f"{refund.id}:{refund.runs}", refund, facts, now)
    return _told(work, refund, metrics=("CaseOpened", "RefundStuck"))


def wait_for(work: RefundStepDeps, case_id: str, token: str) -> StepAnswer:
    """Keep the token of the task that waits. If there is nothing to wait for any more, it goes on at once; a
    change that comes from now on finds the token, so that no waking is lost."""
    for _ in range(ROUNDS):
        refund, now = _case(work, case_id), work.clock.now()
        if next_action(refund, now).do not in WAITS:
            work.workflow.wake(token)
            return _told(work, refund)
        waiting = replace(refund, token=token, version=refund.version + 1)
        if work.refunds.change_refund(refund, waiting) is None:
            return _told(work, waiting)
    raise NotChanged("the case kept changing")


VERBS: Mapping[str, Callable[[RefundStepDeps, str], StepAnswer]] = {
    "look": look,
    Do.HOLD: hold_money,
    Do.ACKNOWLEDGE: acknowledge,
    Do.CALL_TO_COMPLETE: call_to_complete,
    Do.LAPSE: lapse,
    Do.REMIND: remind,
    Do.ESCALATE: escalate,
    Do.SETTLE: settle,
    Do.SEND: send_payouts,
    Do.ANSWER: send_answer,
    Do.INFORM: inform,
    Do.PAYMENT_OVERDUE: payment_overdue,
    Do.RELEASE: release_money,
    Do.CLOSE: close,
    Do.GIVE_UP: give_up,
}

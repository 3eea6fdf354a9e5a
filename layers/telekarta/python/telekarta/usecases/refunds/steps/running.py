"""What every step of a refund has in common: it changes the refund only if that is still to be done.

Every step reads the refund, does what the refund needs if that is (still) this step, and writes it with the
money it moves in one transaction, on condition of what it saw. So a step that died, was repeated or came late
finds its work done or does it; nothing is ever half done. What leaves the house (letters, files, a provider's
refund) is sent before it is noted; what makes the second sending harmless is said where it is sent.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from telekarta.domain.cards.card import Card
from telekarta.domain.cases.case import CaseKind, CaseState, new_case
from telekarta.domain.ledger.postings import Posting
from telekarta.domain.refunds.next_action import Do, next_action
from telekarta.domain.refunds.payment_orders import OrderFormat
from telekarta.domain.refunds.refund import Refund
from telekarta.domain.topups.payments import Provider
from telekarta.usecases.ports import Clock
from telekarta.usecases.refunds.payouts import BY_US, new_names
from telekarta.usecases.refunds.ports import (
    KnownPayments,
    Letter,
    Letters,
    PayoutFiles,
    RefundRecords,
    RefundStore,
)
from telekarta.usecases.topups.ports import PaymentGateway
from telekarta.usecases.topups.receipts import Undeliverable
from telekarta.usecases.workflow import ROUNDS, Executions, NotChanged, StepAnswer


@dataclass(frozen=True, slots=True)
class RefundStepDeps:
    """The outside, as the workflow's steps need it."""

    store: RefundRecords
    refunds: RefundStore
    workflow: Executions
    clock: Clock
    letters: Letters
    files: PayoutFiles
    payments: KnownPayments
    gateways: Mapping[Provider, PaymentGateway]
    base_url: str
    order_format: OrderFormat = OrderFormat.ELIXIR0


class NoSuchRefund(LookupError):
    """There is no refund of the id that the execution's input names."""


# The refund after the step, the postings that it makes, and the card before and after, if one is changed.
Change = tuple[Refund, Sequence[Posting], tuple[Card, Card] | None]


def refund_of(work: RefundStepDeps, case_id: str) -> Refund:
    """The refund of this id. Raises NoSuchRefund."""
    refund = work.refunds.refund(case_id)
    if refund is None:
        raise NoSuchRefund("no refund of this id")
    return refund


def answer(
    work: RefundStepDeps, refund: Refund, *, in_a_call: bool = False, metrics: tuple[str, ...] = ()
) -> StepAnswer:
    """The step's answer: what the refund, as it is now, needs next."""
    now = work.clock.now()
    action = next_action(refund, now)
    return StepAnswer(refund.id, action, action.wait_s(now), in_a_call, metrics)


def do_once(
    work: RefundStepDeps,
    case_id: str,
    wanted: Do,
    make: Callable[[Refund, datetime], Change],
    metrics: tuple[str, ...] = (),
) -> StepAnswer:
    """Make the change if it is (still) what the refund needs: a repeated or late step changes nothing."""
    for _ in range(ROUNDS):
        refund, now = refund_of(work, case_id), work.clock.now()
        if next_action(refund, now).do is not wanted:
            return answer(work, refund)
        changed, postings, card = make(refund, now)
        if work.refunds.change_refund(refund, changed, postings, card, new_names(refund, changed)) is None:
            return answer(work, changed, metrics=metrics)
    raise NotChanged("the refund kept changing")


def send_letter(work: RefundStepDeps, refund: Refund, letter: Letter, now: datetime) -> None:
    """Send the letter. If its address does not exist, an operator sees a case of it. Raises Unsent: the step
    is done again."""
    try:
        work.letters.send(letter)
    except Undeliverable:
        open_case(work, CaseKind.REFUND_ANSWER_UNDELIVERED, letter.id, refund, {"letter": letter.id}, now)


def open_case(
    work: RefundStepDeps,
    kind: CaseKind,
    of: str,
    refund: Refund,
    facts: Mapping[str, str | int],
    now: datetime,
) -> None:
    work.store.open_case(new_case(kind, of, str(refund.ref), facts, BY_US, now))


def close_listed(work: RefundStepDeps, names: Sequence[str], why: str) -> None:
    now = work.clock.now()
    for name in dict.fromkeys(names):
        listed = work.store.case(name)
        if listed is not None and listed.state is CaseState.OPEN:
            work.store.close_case(listed.closed(BY_US, why, now))

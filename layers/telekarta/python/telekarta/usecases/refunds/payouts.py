"""The payouts of refunds: planned, sent, and confirmed or refused by banks and providers.

A payout goes from state to state with its posting, in one transaction and on condition of the state that was
seen: what is told twice, late or in the wrong order moves it once or not at all.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from telekarta.domain.bank.statements import BankEntry
from telekarta.domain.brands import NAMES, Brand
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.cases.case import CaseKind, CaseState, new_case
from telekarta.domain.ledger.postings import Posting, PostingKind, Source
from telekarta.domain.refunds.application import ONLINE
from telekarta.domain.refunds.calculation import Calculation, Part
from telekarta.domain.refunds.movements import held_account, last_parts, movement, without
from telekarta.domain.refunds.payment_orders import PAYERS, Party, PaymentOrder
from telekarta.domain.refunds.refund import (
    FAILED,
    Event,
    Payout,
    PayoutState,
    Refund,
    RefundStage,
    Way,
    reference_of,
)
from telekarta.domain.topups.payments import Payment
from telekarta.usecases.ports import Clock
from telekarta.usecases.refunds.ports import RefundRecords, RefundStore
from telekarta.usecases.topups.ports import ProviderRefund, RefundOrder, RefundState
from telekarta.usecases.workflow import ROUNDS, Executions, NotChanged

BY_US = "refund workflow"
# More cases than this are never open at once.
MOST_OPEN = 10_000


def rule_of(refund: Refund) -> str:
    """What the postings rest on; Telegrosik's terms have no clause, so its policy is named."""
    return "WP §7.1" if refund.ref.brand is Brand.WHITE_PHONE else "policy:telegrosik:refunds"


def new_names(before: Refund, after: Refund) -> tuple[str, ...]:
    """The names by which new payouts are found: a bank statement tells the reference, a provider the
    payment."""
    new = after.payouts[len(before.payouts) :]
    payments = (f"payment:{payout.payment}" for payout in new if payout.payment)
    return (*(f"payout:{payout.reference}" for payout in new), *payments)


def wake(workflow: Executions, refund: Refund) -> None:
    if refund.token:
        workflow.wake(refund.token)


# ---------------------------------------------------------------- planned, and moved from state to state


def plan_payouts(refund: Refund, draws: Sequence[Part], payable_grosze: int) -> tuple[Payout, ...]:
    """One transfer; and if the applicant wants it so, what came by PayU or Przelewy24 goes back there, each
    payment by itself. Fee and bonus are taken from the transfer's money first (draws begin with it)."""
    amounts: dict[tuple[Way, str], int] = {}
    for way, payment, part in _ways(refund, draws, payable_grosze):
        amounts[way, payment] = amounts.get((way, payment), 0) + part.amount_grosze
    return tuple(
        Payout(number, way, amount, reference_of(refund.id, number), payment=payment)
        for number, ((way, payment), amount) in enumerate(
            sorted(amounts.items(), key=lambda each: each[0][0] is Way.BANK), 1
        )
    )


def _ways(refund: Refund, draws: Sequence[Part], payable_grosze: int) -> tuple[tuple[Way, str, Part], ...]:
    """How each part of what is payable goes out at first, and which payment of ours it goes back to."""
    ways: list[tuple[Way, str, Part]] = []
    for part in last_parts(_bank_first(draws), payable_grosze):
        if refund.application.same_way and part.source in ONLINE:
            ways.append((Way(part.source.value), part.top_up.rpartition(":")[2], part))
        else:
            ways.append((Way.BANK, "", part))
    return tuple(ways)


def parts_back(refund: Refund, calculation: Calculation, stranded: Sequence[Payout]) -> tuple[Part, ...]:
    """The money that goes back on the card for payouts that failed. A provider's payout was made of the money
    of its payment, a transfer of the money that no provider has; what was put back before is left out. So no
    money comes back as other money, or twice, and a later application finds it as it was paid in."""
    ways = _ways(refund, calculation.draws, calculation.payable_grosze)
    standing = [payout for payout in refund.payouts if not payout.replaced]
    by_provider = {payout.payment for payout in standing if payout.payment}
    by_account = [part for _, payment, part in ways if payment not in by_provider]
    rest = without(by_account, refund.put_back)
    failed = {payout.payment for payout in stranded}
    own = (part for _, payment, part in ways if payment and payment in failed)
    returned = sum(payout.amount_grosze for payout in stranded if not payout.payment)
    return (*last_parts(rest, returned), *own)


def _bank_first(draws: Sequence[Part]) -> tuple[Part, ...]:
    return tuple(sorted(draws, key=lambda part: part.source in ONLINE))


def transfer_of(refund: Refund, payout: Payout) -> PaymentOrder:
    title = f"Zwrot środków {NAMES[refund.ref.brand]} {refund.ref.number}"
    payee = Party(refund.application.nrb, (refund.application.owner,))
    settled_on = day_of(refund.settled_at or refund.entered_at)
    return PaymentOrder(
        PAYERS[refund.ref.brand], payee, payout.amount_grosze, title, payout.reference, settled_on
    )


def replaced(payouts: tuple[Payout, ...], case_id: str, stranded: Iterable[Payout]) -> tuple[Payout, ...]:
    """The payouts, with a transfer in the place of each of the stranded ones."""
    gone = {payout.number for payout in stranded}
    marked = tuple(replace(each, replaced=True) if each.number in gone else each for each in payouts)
    amount = sum(each.amount_grosze for each in payouts if each.number in gone)
    number = len(payouts) + 1
    return (*marked, Payout(number, Way.BANK, amount, reference_of(case_id, number)))


def refund_at_provider(payment: Payment, payout: Payout, base_url: str) -> RefundOrder:
    """The payout as its provider knows it, by an id of ours: told or asked twice, it is one."""
    return RefundOrder(
        id=payout.reference,
        order_id=payment.id,
        provider_order_id=payment.provider_order_id,
        amount_grosze=payout.amount_grosze,
        description=f"Zwrot {payout.reference}",
        notify_url=f"{base_url}/payments/{payout.way}",
    )


_EVENT_OF = {
    PayoutState.SENDING: None,
    PayoutState.SENT: Event.SENT,
    PayoutState.PAID: Event.PAID,
    PayoutState.REFUSED: Event.PAYOUT_REFUSED,
    PayoutState.RETURNED: Event.PAYOUT_RETURNED,
}


class PayoutDeps(Protocol):
    """What moving a payout needs: both the desk and the workflow have it."""

    @property
    def refunds(self) -> RefundStore: ...

    @property
    def store(self) -> RefundRecords: ...

    @property
    def clock(self) -> Clock: ...


def move(
    deps: PayoutDeps,
    case_id: str,
    number: int,
    from_states: Sequence[PayoutState],
    to: PayoutState,
    *,
    provider_id: str = "",
    file: str = "",
    who: str = BY_US,
    why: str = "",
    told_once: bool = False,
) -> Refund | None:
    """Bring a payout to a state, with its posting; None if it is in none of those that lead there, or with
    `told_once` if its provider was told more than once."""
    for _ in range(ROUNDS):
        refund, now = deps.refunds.refund(case_id), deps.clock.now()
        payout = next((p for p in refund.payouts if p.number == number), None) if refund else None
        if refund is None or payout is None or payout.state not in from_states:
            return None
        if told_once and payout.tellings > 1:
            return None
        changed = replace(
            payout,
            state=to,
            sent_at=now if to is PayoutState.SENT else payout.sent_at,
            provider_refund_id=provider_id or payout.provider_refund_id,
            file=file or payout.file,
            tellings=payout.tellings + (to is PayoutState.SENDING),
        )
        payouts = refund.with_payout(changed)
        if to is PayoutState.REFUSED and refund.application.nrb and refund.application.owner:
            # The provider will not: the account that was named gets it instead.
            payouts = replaced(payouts, refund.id, [changed])
        event = _EVENT_OF[to]
        after = (
            refund.noted(event, now, who, why or payout.reference, payouts=payouts)
            if event
            else replace(refund, payouts=payouts, version=refund.version + 1)
        )
        if refund.is_over:
            # A bank may find days later that there is no such account: the refund goes on with what came
            # back, by a new execution, which the hourly look starts (usecases/refunds/watch.py).
            after = replace(after, stage=RefundStage.PAYING, runs=refund.runs + 1)
        postings = _posted(refund, payout, to, now)
        # A payout that was replaced at once needs no operator. The case is opened before the refund is
        # written; done again it is the same case, by its id.
        if to in FAILED and len(payouts) == len(refund.payouts):
            facts: dict[str, str | int] = {"refund": refund.id, "payout": payout.reference}
            kind, of = CaseKind.REFUND_RETURNED, f"{refund.id}:{number}"
            deps.store.open_case(new_case(kind, of, str(refund.ref), facts, who, now))
        names = new_names(refund, after)
        if provider_id:
            names += (_name_at_provider(payout.way, provider_id),)
        if deps.refunds.change_refund(refund, after, postings, names=names) is None:
            return after
    raise NotChanged("the refund kept changing")


def _name_at_provider(way: str, provider_id: str) -> str:
    return f"{way}:{provider_id}"


def _posted(refund: Refund, payout: Payout, to: PayoutState, now: datetime) -> list[Posting]:
    """Sent money is under way; paid money has left by the account that top-ups come in by."""
    held, under_way, outside = (
        held_account(refund.id),
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
    posting_id = f"refund_payout:{refund.id}:{payout.number}:{to}"
    return [
        movement(
            posting_id, PostingKind.REFUND_PAID, *sides, payout.amount_grosze, rule_of(refund), now,
            case=refund.id, payout=payout.reference,
        )
    ]  # fmt: skip


BEFORE = {
    PayoutState.PAID: (PayoutState.SENT,),
    PayoutState.REFUSED: (PayoutState.SENT, PayoutState.SENDING),
    PayoutState.RETURNED: (PayoutState.SENT, PayoutState.PAID),
}


def payout_of(deps: PayoutDeps, reference: str) -> tuple[Refund, Payout] | None:
    case_id = deps.refunds.refund_named(f"payout:{reference}")
    refund = deps.refunds.refund(case_id) if case_id else None
    payout = next((p for p in refund.payouts if p.reference == reference), None) if refund else None
    return (refund, payout) if refund and payout else None


# ---------------------------------------------------------------- what banks and providers tell


class PayoutOutcome(StrEnum):
    """What a bank's entry was to us."""

    CONFIRMED = "confirmed"
    RETURNED = "returned"
    KNOWN = "known"  # of a payout that was never sent, or that came back since
    DIFFERS = "differs"  # another amount than we sent: a case
    NOT_OURS = "not_ours"  # no reference of a payout in it


@dataclass(frozen=True, slots=True)
class PayoutTold:
    """What an entry says of a payout of the refund."""

    outcome: PayoutOutcome
    refund: str = ""


_REFERENCE = re.compile(r"ZW[0-9A-F]{12}")


class _Confirming(PayoutDeps, Protocol):
    @property
    def workflow(self) -> Executions: ...


def told_of_payout(deps: _Confirming, entry: BankEntry) -> PayoutTold:
    """What the entry says of a payout: money that left confirms one, money that came back reopens it. Safe to
    repeat; an entry that is none of ours is left alone."""
    # A bank breaks titles where its lines end, also within our reference.
    reference = _REFERENCE.search(re.sub(r"\s", "", entry.title).upper())
    found = payout_of(deps, reference[0]) if reference else None
    if found is None:
        return PayoutTold(PayoutOutcome.NOT_OURS)
    refund, payout = found
    if abs(entry.amount_grosze) != payout.amount_grosze or payout.way is not Way.BANK:
        facts: dict[str, str | int] = {
            "refund": refund.id,
            "reference": payout.reference,
            "sent_grosze": payout.amount_grosze,
            "statement_grosze": entry.amount_grosze,
        }
        of = f"{payout.reference}:{entry.reference}"
        differs = new_case(
            CaseKind.PAYOUT_DIFFERS, of, str(refund.ref), facts, "bank statement", deps.clock.now()
        )
        deps.store.open_case(differs)
        return PayoutTold(PayoutOutcome.DIFFERS, refund.id)
    left = entry.amount_grosze < 0 and not entry.is_reversal
    to = PayoutState.PAID if left else PayoutState.RETURNED
    changed = move(
        deps, refund.id, payout.number, BEFORE[to], to, who="bank statement", why=f"entry {entry.reference}"
    )
    if changed is not None:
        wake(deps.workflow, refund)
    elif payout.state not in (to, PayoutState.RETURNED):
        return PayoutTold(PayoutOutcome.KNOWN, refund.id)
    return PayoutTold(PayoutOutcome.CONFIRMED if left else PayoutOutcome.RETURNED, refund.id)


def close_differing(deps: PayoutDeps, reference: str, who: str, why: str) -> None:
    """The payout's end is known: what was asked about its amount is answered. Safe to repeat."""
    for listed in deps.store.cases(CaseState.OPEN, MOST_OPEN):
        if listed.kind is CaseKind.PAYOUT_DIFFERS and listed.facts.get("reference") == reference:
            deps.store.close_case(listed.closed(who, why, deps.clock.now()))


@dataclass(frozen=True, slots=True)
class RefundNoticeDeps:
    """What providers tell of refunds, taken to the cases that asked for them."""

    refunds: RefundStore
    store: RefundRecords
    workflow: Executions
    clock: Clock

    def take(self, payment: Payment, told: ProviderRefund) -> bool:
        """Whether the refund is one of ours; its state is then noted. Safe to repeat."""
        # The same payment may be given back by one refund after another, and the provider may tell of the
        # first again.
        named = self.refunds.refund_named(_name_at_provider(payment.provider, told.provider_refund_id))
        case_id = named or self.refunds.refund_named(f"payment:{payment.id}")
        refund = self.refunds.refund(case_id) if case_id else None
        payout = self._payout(refund, payment, told) if refund else None
        if refund is None or payout is None:
            return False
        if told.state is RefundState.PENDING:
            return True
        to = PayoutState.PAID if told.state is RefundState.DONE else PayoutState.REFUSED
        if payout.state is PayoutState.SENDING:
            # It was told before our own note was written; that it answers says that it was sent.
            name = told.provider_refund_id
            move(self, refund.id, payout.number, (PayoutState.SENDING,), PayoutState.SENT, provider_id=name)
        if move(self, refund.id, payout.number, BEFORE[to], to, who=payout.way.value) is not None:
            wake(self.workflow, refund)
        return True

    @staticmethod
    def _payout(refund: Refund, payment: Payment, told: ProviderRefund) -> Payout | None:
        for payout in refund.payouts:
            is_known = payout.provider_refund_id in ("", told.provider_refund_id)
            if payout.payment == payment.id and payout.amount_grosze == told.amount_grosze and is_known:
                return payout
        return None

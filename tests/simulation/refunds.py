"""Refunds in the simulated world: somebody asks for the rest back, operators decide, the workflow flows.

The others' side, and what must hold of a refund, is in `refunding`.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from telekarta.domain.ledger.postings import PostingKind
from telekarta.domain.refunds.next_action import Do
from telekarta.usecases.cards.changing import BlockCard, UnblockCard
from telekarta.usecases.topups.ports import RefundState
from tests.simulation.auditor import Laws
from tests.simulation.calls import next_request
from tests.simulation.cards import commanded
from tests.simulation.carrier import Doing
from tests.simulation.cloud import Attempt
from tests.simulation.steps import Job, Step, alone_or_at_once, at_once
from tests.simulation.topups import MoneyComes, credited

if TYPE_CHECKING:
    from tests.simulation.world import World


class SomebodyAppliesForRefund(Step):
    """An application is entered; or entered again, or beside another one for the same card."""

    weight = 5

    def __call__(self, world: "World") -> None:
        chance, refunding = world.chance, world.refunding
        if refunding.unanswered and chance.random() < 0.5:
            refunding.command(refunding.unanswered.pop(0), world.new_attempt())
            return
        first = refunding.application()
        if first is None:
            MoneyComes()(world)
            return
        if refunding.entered and chance.random() < 0.1:
            first = chance.choice(refunding.entered[-4:])
        commands = [first] * chance.choice((1, 1, 1, 2))
        if chance.random() < 0.1:
            commands.append(replace(first, request_id=f"{first.request_id[:-1]}x-1"))
        jobs = [_entered(world, each) for each in commands]
        alone_or_at_once(world, jobs)


def _entered(world: "World", command: object) -> Job:
    return lambda attempt: world.refunding.command(command, attempt)


class RefundsFlow(Step):
    """A task of a refund's workflow is done, or several up to the next wait; some twice at once, and some
    beside a caller with that card, money for it, or an operator's decision."""

    weight = 12

    def __call__(self, world: "World") -> None:
        chance, refunding = world.chance, world.refunding
        flowing = refunding.flowing()
        if not flowing:
            OperatorsDecideRefunds()(world)
            return
        execution = world.pick(flowing)
        luck = chance.random()
        if luck < 0.02:
            refunding.stop(chance.choice(list(refunding.executions.values())))
            return
        if luck < 0.5 and execution.verb != Do.SEND:
            refunding.flow_on(execution, Do.SEND)
            return
        if luck < 0.65:
            refunding.run(execution, world.new_attempt())
            return
        jobs: list[Job] = [lambda attempt: refunding.run(execution, attempt)]
        ref = world.store.refunding[execution.case].ref
        if luck < 0.8:
            jobs *= 2
        command = refunding.decision()
        others: list[Job] = [
            credited(world, ref, 0),
            commanded(world, UnblockCard, ref, BlockCard),
            *([_entered(world, command)] if command else []),
            *([_heard(world)] if world.paying.posted else []),
        ]
        callers = [call for call in world.open_calls if call.doing is Doing.NOTIFIED and call.holder == ref]
        requests = [next_request(world, world.pick(callers))] if callers else []
        at_once(world, requests, jobs + [chance.choice(others)] * (len(jobs) + len(requests) < 3))


def _heard(world: "World") -> Job:
    def job(attempt: Attempt) -> None:
        if world.paying.posted:
            world.paying.deliver(world.paying.posted.pop(0), attempt)

    return job


class OperatorsDecideRefunds(Step):
    """One operator, or two who know nothing of each other."""

    weight = 7

    def __call__(self, world: "World") -> None:
        chance, refunding = world.chance, world.refunding
        commands = [refunding.decision() for _ in range(chance.choice((1, 1, 2)))]
        jobs = [_entered(world, command) for command in commands if command]
        if not jobs:
            SomebodyAppliesForRefund()(world)
        else:
            alone_or_at_once(world, jobs)


class RefundsGoOut(Step):
    """The bank pays what it was told to, or finds that there is no such account; a provider ends what it
    began. Who is told of it hears of it later, in a file or a notification."""

    weight = 6

    def __call__(self, world: "World") -> None:
        chance, refunding = world.chance, world.refunding
        pending = [
            (each, name) for each in world.paying.providers.values() for name in each.pending_refunds()
        ]
        orders = [order for order in refunding.orders.values() if not order.is_returned]
        if pending and (not orders or chance.random() < 0.5):
            provider, name = chance.choice(pending)
            state = RefundState.DONE if chance.random() < 0.7 else RefundState.REFUSED
            world.paying.posted.append(provider.refund_ends(name, state))
        elif orders:
            order = chance.choice(orders[-4:])
            if not order.is_paid or chance.random() < 0.6:
                refunding.bank_moves(order)
            if chance.random() < 0.7:
                world.banking.take(world.banking.file(), world.new_attempt())
        else:
            RefundsFlow()(world)


STEPS: tuple[Step, ...] = (
    SomebodyAppliesForRefund(),
    RefundsFlow(),
    OperatorsDecideRefunds(),
    RefundsGoOut(),
)
LAWS: Laws = {
    PostingKind.REFUND_HELD: lambda world, posting, before: world.refunding.check_held(posting, before),
    PostingKind.REFUND_RELEASED: lambda world, posting, _: world.refunding.check_released(posting),
    PostingKind.REFUND_KEPT: lambda world, posting, _: world.refunding.check_kept(posting),
    PostingKind.REFUND_PAID: lambda world, posting, _: world.refunding.check_paid(posting),
}

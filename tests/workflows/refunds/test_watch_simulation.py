"""A seeded life in which executions get lost: whatever was lost, a refund goes on or a person sees it."""

from contextlib import suppress
from datetime import timedelta
from functools import partial
from random import Random

import pytest

from telekarta.domain.cases.case import CaseState
from telekarta.domain.refunds.next_action import is_overdue
from telekarta.usecases.refunds.watch import AT_A_STANDSTILL, LEFT_ALONE, watch_refunds
from telekarta.usecases.workflow import RunState, WorkflowUnavailable
from tests.kit.refund_life import CALLING, Dying, again, invariants, possible
from tests.kit.refunds import MemoryOffice, happens, on

SEEDS = 40
EVENTS = 30
LOST = 0.25


def goes_on(office: MemoryOffice, wire: Dying) -> None:
    """The execution, if there is one that runs, as far as it gets."""
    refund = office.refund()
    if refund is None:
        return
    office.running = office.workflow.state(refund.id, refund.runs) is RunState.RUNNING
    again(office.step, wire)


def loses(office: MemoryOffice, random: Random) -> None:
    """Its execution is stopped, or Step Functions has its hour."""
    refund = office.refund()
    if refund is not None and random.random() < LOST:
        office.workflow.ended[f"{refund.id}-{refund.runs}"] = RunState.ENDED
    office.workflow.fault = random.random() < LOST


def tries(office: MemoryOffice, what: str, more: dict[str, object]) -> None:
    """Nobody gives a command again whose waking got lost."""
    with suppress(WorkflowUnavailable):
        happens(office, on(0, what, **more))  # type: ignore[arg-type]


def an_hour_passes(office: MemoryOffice, wire: Dying, hours: int = 1) -> None:
    office.clock.moment += timedelta(hours=hours)
    goes_on(office, wire)
    again(lambda: watch_refunds(office.watch), wire)
    goes_on(office, wire)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_whatever_is_lost_the_refund_goes_on_or_a_person_sees_it(seed: int) -> None:
    random = Random(seed)
    office = MemoryOffice()
    sources = {name: random.randint(1, 9000) for name in random.sample(["bank", "plus_voucher", "lajt"], 2)}
    happens(office, on(0, "given", **sources))  # type: ignore[arg-type]
    wire = Dying(random)
    office.store.faults = wire
    for _ in range(EVENTS):
        loses(office, random)
        what, more = random.choice(possible(office, random))
        if what in CALLING:
            happens(office, on(0, what, **more))  # type: ignore[arg-type]
        else:
            again(partial(tries, office, what, more), wire)
        office.workflow.fault = False
        an_hour_passes(office, wire, random.choice([1, 12, 72, 240]))
        invariants(office, sum(sources.values()) + 500)
    office.store.faults = lambda _when, _name: None
    for _ in range(3):
        an_hour_passes(office, wire, 1 + LEFT_ALONE // timedelta(hours=1))
    refund = office.refund()
    if refund is None or refund.is_over:
        return
    seen = any(each.kind == "refund_stuck" for each in office.store.cases(CaseState.OPEN, 100))
    runs = office.workflow.state(refund.id, refund.runs) is RunState.RUNNING
    assert runs or seen
    assert seen or not is_overdue(refund, office.now(), AT_A_STANDSTILL) or office.card().hold is not None

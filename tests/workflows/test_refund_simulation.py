"""A seeded life of many applications: whatever happens in whatever order, and wherever a step dies, the books
add up, nothing is paid twice, and at the end of a case nothing is left in its account."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from random import Random

import pytest

from telekarta.domain.refund_cases import OVER, PayoutState, Stage
from telekarta.usecases.ports import StoreUnavailable
from tests.memory_store import When
from tests.refund_kit import OTHER_ACCOUNT, MemoryOffice, happens, on
from tests.workflows.test_refund_scripts import books_are_right, held, paid

SEEDS = 60
EVENTS = 40
CALLING = ("calls", "hangs_up", "spends")  # other people's work, with simulators of its own


@dataclass
class Dying:
    """The wire to the store breaks now and then, before or after it did what it was asked."""

    random: Random
    rate: float = 0.04
    working: bool = False
    deaths: int = field(default=0)

    def __call__(self, when: When, operation: str) -> None:
        if self.working and self.random.random() < self.rate:
            self.deaths += 1
            raise StoreUnavailable(operation)


def again(act: Callable[[], object], wire: Dying) -> None:
    """As the state machine, the provider and the operator do: until it goes through."""
    for _ in range(50):
        wire.working = True
        try:
            act()
        except StoreUnavailable:
            continue
        finally:
            wire.working = False
        return
    raise AssertionError("it never went through")


def possible(office: MemoryOffice, random: Random) -> list[tuple[str, dict[str, object]]]:
    """What may happen to the case as it is; most of it is refused as often as not, and that is fine."""
    case = office.case()
    if case is None or case.is_over:
        return [("applies", {"owner": random.choice([None, "Jan Kowalski"])})]
    acts: list[tuple[str, dict[str, object]]] = [
        ("grants", {}),
        ("refuses", {}),
        ("withdraws", {}),
        ("resumes", {}),
        ("applies", {"request_id": "another"}),
        ("completes", {"owner": "Jan Kowalski", "account": OTHER_ACCOUNT}),
    ]
    if office.card().hold is None:
        acts.append(("calls", {}))
        if (balance := office.card().balance_grosze) > 0:
            acts.append(("spends", {"amount": random.randint(1, balance)}))
    else:
        acts += [("hangs_up", {})] * 3
    acts += [
        (act, {"number": payout.number})
        for payout in case.payouts
        if payout.state in (PayoutState.SENT, PayoutState.PAID)
        for act in ("bank_pays", "bank_returns")
    ]
    return acts


def invariants(office: MemoryOffice, put_on: int) -> None:
    books_are_right(office)
    case = office.case()
    if case is None:
        return
    assert 0 <= held(office) <= case.held_grosze
    assert 0 <= paid(office) <= put_on
    if case.stage is Stage.CLOSED:
        assert held(office) == 0
        assert all(payout.state in OVER for payout in case.payouts)
    confirmed = sum(p.amount_grosze for p in case.payouts if p.state is PayoutState.PAID)
    assert paid(office) == confirmed


@pytest.mark.parametrize("seed", range(SEEDS))
def test_whatever_happens_the_money_is_accounted_for(seed: int) -> None:
    random = Random(seed)
    office = MemoryOffice()
    sources = {
        name: random.randint(1, 9000)
        for name in random.sample(["bank", "plus_voucher", "card_transfer", "lajt", "promotion"], 3)
    }
    happens(office, on(0, "given", **sources))  # type: ignore[arg-type]
    wire = Dying(random)
    office.store.faults = wire
    for _ in range(EVENTS):
        what, more = random.choice(possible(office, random))
        line = on(0, what, **more)  # type: ignore[arg-type]
        if what in CALLING:
            happens(office, line)
        else:
            again(partial(happens, office, line), wire)
        again(office.step, wire)
        office.clock.moment += timedelta(hours=random.choice([0, 1, 12, 72, 240]))
        again(office.step, wire)
        invariants(office, sum(sources.values()) + 500)
    assert wire.deaths

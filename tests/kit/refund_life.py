"""What may happen to one application, drawn by chance, and what must hold whatever happened, while the wire
to the store breaks now and then. The money simulator (tests/simulation) lives whole worlds of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from telekarta.domain.refunds.refund import OVER, PayoutState, RefundStage
from telekarta.usecases.ports import StoreUnavailable
from tests.kit.memory_store import When
from tests.kit.refunds import OTHER_ACCOUNT, MemoryOffice
from tests.workflows.refunds.test_scripts import books_are_right, held, paid

A_CALL_HOLDS = 100
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
    refund = office.refund()
    if refund is None or refund.is_over:
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
        balance = office.card().balance_grosze
        if balance >= A_CALL_HOLDS:
            acts.append(("calls", {}))
        if balance > 0:
            acts.append(("spends", {"amount": random.randint(1, balance)}))
    else:
        acts += [("hangs_up", {})] * 3
    acts += [
        (act, {"number": payout.number})
        for payout in refund.payouts
        if payout.state in (PayoutState.SENT, PayoutState.PAID)
        for act in ("bank_pays", "bank_returns")
    ]
    return acts


def invariants(office: MemoryOffice, put_on: int) -> None:
    books_are_right(office)
    refund = office.refund()
    if refund is None:
        return
    assert 0 <= held(office) <= refund.held_grosze
    assert 0 <= paid(office) <= put_on
    if refund.stage is RefundStage.CLOSED:
        assert held(office) == 0
        assert all(payout.state in OVER for payout in refund.payouts)
    confirmed = sum(p.amount_grosze for p in refund.payouts if p.state is PayoutState.PAID)
    assert paid(office) == confirmed

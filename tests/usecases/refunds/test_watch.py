"""What gets lost on a refund's long way is found within the hour: executions, wakings, providers' words."""

from datetime import timedelta

import pytest

from telekarta.domain.cases.case import CaseState
from telekarta.domain.refunds.next_action import RESUMED_AT_MOST
from telekarta.domain.refunds.refund import PayoutState, Refund
from telekarta.usecases.ports import StoreUnavailable
from telekarta.usecases.refunds.watch import Watched, watch_refunds
from telekarta.usecases.topups.ports import RefundState
from telekarta.usecases.workflow import RunState, WorkflowUnavailable
from tests.kit.memory_store import When
from tests.kit.refunds import MemoryOffice, happens, on

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def office() -> MemoryOffice:
    """An application that waits for its decision."""
    office = MemoryOffice()
    office.play([on(0, "given", bank=5000), on(0, "applies")])
    return office


def runs(office: MemoryOffice) -> list[str]:
    return [name.rpartition("-")[2] for name in office.workflow.started]


def loses_its_execution(office: MemoryOffice, how: RunState = RunState.ENDED) -> None:
    office.workflow.ended[office.workflow.started[-1]] = how
    office.running = False


def watched(office: MemoryOffice, after: timedelta = HOUR) -> Watched:
    """A round, after so long; an execution that it starts goes on as far as it gets."""
    office.clock.moment += after
    before = len(office.workflow.started)
    told = watch_refunds(office.watch)
    office.running = office.running or len(office.workflow.started) > before
    office.step()
    return told


def case_of(office: MemoryOffice) -> Refund:
    refund = office.refund()
    assert refund is not None
    return refund


def stuck(office: MemoryOffice) -> list[str]:
    cases = office.store.cases(CaseState.OPEN, 100)
    return [f"{refund.id} {refund.facts['because']}" for refund in cases if refund.kind == "refund_stuck"]


def test_what_goes_on_by_itself_is_left_alone(office: MemoryOffice) -> None:
    before = case_of(office).history
    assert watched(office, 9 * DAY) == Watched(1, {})
    assert (case_of(office).history, office.workflow.woken, runs(office)) == (before, [], ["1"])


@pytest.mark.rule("WP §7.10")
def test_a_lost_execution_is_started_anew_while_it_only_waits(office: MemoryOffice) -> None:
    loses_its_execution(office)
    assert watched(office).outcomes == {"resumed": 1}
    assert runs(office) == ["1", "2"]
    happens(office, on(0, "grants"))
    office.step()
    happens(office, on(0, "bank_pays"))
    office.step()
    assert case_of(office).is_over
    assert watched(office) == Watched(0, {})


def test_what_was_touched_a_moment_ago_is_left_to_who_did_it(office: MemoryOffice) -> None:
    happens(office, on(0, "grants"))
    loses_its_execution(office)
    assert watched(office, 59 * MINUTE).outcomes == {}
    assert watched(office, MINUTE).outcomes == {"resumed": 1}
    assert case_of(office).stage == "paying"


def test_after_an_outage_all_of_them_can_be_looked_at(office: MemoryOffice) -> None:
    loses_its_execution(office)
    assert watch_refunds(office.watch, timedelta(0)).outcomes == {"resumed": 1}


def test_an_application_whose_execution_never_began_begins(office: MemoryOffice) -> None:
    lost = MemoryOffice(case_id="refund-w2")
    happens(lost, on(0, "given", bank=5000))
    lost.workflow.fault = True
    with pytest.raises(WorkflowUnavailable):
        happens(lost, on(0, "applies"))
    lost.workflow.fault = False
    assert watched(lost).outcomes == {"started": 1}
    assert runs(lost) == ["1"]
    assert case_of(lost).held_grosze == 5000


def test_a_new_execution_that_was_noted_and_not_started_is_started_the_next_time(
    office: MemoryOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    loses_its_execution(office)

    def dies(*_: object) -> None:
        raise WorkflowUnavailable

    with monkeypatch.context() as broken:
        broken.setattr(office.workflow, "start", dies)
        with pytest.raises(WorkflowUnavailable):
            watched(office)
    assert case_of(office).runs == 2
    assert watched(office).outcomes == {"started": 1}
    assert runs(office) == ["1", "2"]


def test_one_that_gave_up_is_a_persons_and_is_a_case_even_if_it_could_not_open_it(
    office: MemoryOffice,
) -> None:
    loses_its_execution(office, RunState.GAVE_UP)
    assert watched(office).outcomes == {"case_opened": 1}
    assert stuck(office) == ["refund_stuck:refund-w1:1 gave_up"]
    assert watched(office).outcomes == {}
    assert runs(office) == ["1"]


def test_after_three_in_vain_a_person_has_to_look(office: MemoryOffice) -> None:
    for _ in range(RESUMED_AT_MOST):
        loses_its_execution(office)
        assert watched(office).outcomes == {"resumed": 1}
    loses_its_execution(office)
    assert watched(office).outcomes == {"case_opened": 1}
    assert stuck(office) == ["refund_stuck:refund-w1:4 ended_again"]
    assert watched(office).outcomes == {}
    happens(office, on(0, "resumes"))
    loses_its_execution(office)
    assert watched(office).outcomes == {"resumed": 1}


def test_a_waking_that_got_lost_is_made_good(office: MemoryOffice) -> None:
    office.workflow.fault = True
    with pytest.raises(WorkflowUnavailable):
        happens(office, on(0, "grants"))
    office.workflow.fault = False
    token = case_of(office).token
    assert watched(office).outcomes == {"woken": 1}
    assert office.workflow.woken == [token]


def test_an_execution_that_runs_and_can_not_be_woken_is_a_case(office: MemoryOffice) -> None:
    happens(office, on(0, "grants"))
    office.running = False
    assert watched(office).outcomes == {"woken": 1}
    assert watched(office).outcomes == {}
    assert watched(office, DAY).outcomes == {"case_opened": 1}
    assert stuck(office) == ["refund_stuck:refund-w1:1 stands_still"]


def test_a_decision_whose_waking_got_lost_may_be_given_again(office: MemoryOffice) -> None:
    token = case_of(office).token
    office.workflow.fault = True
    with pytest.raises(WorkflowUnavailable):
        happens(office, on(0, "grants"))
    office.workflow.fault = False
    happens(office, on(0, "grants"))
    assert office.workflow.woken == [token]


def test_what_stands_still_for_a_day_is_told_and_a_case(office: MemoryOffice) -> None:
    lost = MemoryOffice()
    lost.play([on(0, "given", bank=5000), on(0, "calls"), on(0, "applies")])
    assert watched(lost, 23 * HOUR) == Watched(1, {})
    assert watched(lost) == Watched(1, {"case_opened": 1}, ("refund-w1",))
    assert stuck(lost) == ["refund_stuck:refund-w1:1 stands_still"]
    happens(lost, on(0, "hangs_up"))
    lost.step()
    assert watched(lost) == Watched(1, {})


def test_a_fault_of_one_keeps_no_other_waiting(office: MemoryOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    other = MemoryOffice(store=office.store, workflow=office.workflow, clock=office.clock)
    other.ref, other.case_id = type(office.ref).card(office.ref.brand, "654321"), "refund-w2"
    happens(other, on(0, "given", bank=2500))  # type: ignore[arg-type]
    happens(other, on(0, "applies"))  # type: ignore[arg-type]
    known = office.workflow.state

    def state(case_id: str, run: int) -> RunState:
        if case_id == "refund-w1":
            raise ValueError("no right")
        return known(case_id, run)

    monkeypatch.setattr(office.workflow, "state", state)
    office.workflow.ended["refund-w2-1"] = RunState.ENDED
    told = watched(office)
    assert told.outcomes == {"failed": 1, "resumed": 1}
    assert told.faults["refund-w1"].startswith("ValueError at refunds/test_watch.py:")


@pytest.mark.parametrize("when", When)
def test_a_round_that_dies_anywhere_is_made_good_by_the_next(when: When) -> None:
    for at in range(20):
        office = MemoryOffice()
        office.play([on(0, "given", bank=5000), on(0, "applies")])
        loses_its_execution(office)
        left = [at]

        def fails(seen: When, _name: str, left: list[int] = left) -> None:
            left[0] -= seen is when
            if left[0] < 0 and seen is when:
                raise StoreUnavailable

        office.store.faults = fails
        try:
            watched(office)
        except StoreUnavailable:
            office.store.faults = lambda _when, _name: None
            watched(office)
        office.store.faults = lambda _when, _name: None
        watched(office)
        assert case_of(office).runs == 2
        assert runs(office) == ["1", "2"]
        if left[0] >= 0:
            return
    raise AssertionError("the round never ends")


# ---------------------------------------------------------------- providers


@pytest.fixture
def sent() -> MemoryOffice:
    """A refund that PayU was told of, and says nothing about."""
    office = MemoryOffice()
    office.play([on(0, "given", payu=5000, payment="a1"), on(0, "applies", same_way=True), on(3, "grants")])
    assert case_of(office).payouts[0].state is PayoutState.SENT
    return office


@pytest.mark.parametrize(
    ("state", "outcome", "ends"),
    [
        (RefundState.DONE, "payout_paid", ["paid"]),
        (RefundState.REFUSED, "payout_refused", ["refused", "planned"]),
        (RefundState.PENDING, "payout_pending", ["sent"]),
        (None, "payout_unknown", ["sent"]),
    ],
)
def test_a_payout_that_nobody_told_of_is_asked_about(
    sent: MemoryOffice, state: RefundState | None, outcome: str, ends: list[str]
) -> None:
    if state is not None:
        sent.provider.knows[case_of(sent).payouts[0].reference] = state
    before = len(sent.workflow.woken)
    sent.clock.moment += HOUR
    assert watch_refunds(sent.watch).outcomes == {outcome: 1}
    assert [payout.state for payout in case_of(sent).payouts] == ends
    assert (len(sent.workflow.woken) > before) is (ends != ["sent"])


def test_a_provider_that_does_not_answer_is_asked_again_in_an_hour(sent: MemoryOffice) -> None:
    sent.provider.silent = True
    assert watched(sent).outcomes == {"provider_unavailable": 1}
    sent.provider.silent = False
    sent.provider.knows[case_of(sent).payouts[0].reference] = RefundState.DONE
    assert watched(sent).outcomes == {"payout_paid": 1}
    assert case_of(sent).is_over


def test_a_transfer_is_the_banks_to_tell(office: MemoryOffice) -> None:
    happens(office, on(0, "grants"))
    office.step()
    assert watched(office).outcomes == {}

"""What providers, banks and clocks tell of refunds, and how the letters read."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telekarta.domain.bank.statements import BankEntry
from telekarta.domain.cases.case import CaseKind, CaseState, new_case
from telekarta.domain.refunds.next_action import WAITS, Do, next_action, reminder_days
from telekarta.domain.refunds.refund import RefundStage, reference_of
from telekarta.usecases.refunds.payouts import PayoutOutcome, RefundNoticeDeps, told_of_payout
from telekarta.usecases.topups.payment_notifications import take_notification
from telekarta.usecases.topups.payments import NotificationOutcome, PaymentDeps
from telekarta.usecases.workflow import WorkflowUnavailable
from tests.kit.paying import Counting, FakeGateway
from tests.kit.refund_scripts import BY_NAME
from tests.kit.refunds import START, MemoryOffice, on

PAID = (
    on(0, "given", payu=5000, payment="a9"),
    on(0, "applies", same_way=True),
    on(3, "grants"),
)


def told(office: MemoryOffice, amount: int, state: str) -> NotificationOutcome:
    """PayU's word of a refund, through the door of the payments."""
    notices = RefundNoticeDeps(office.store, office.store, office.workflow, office.clock)
    gateway = FakeGateway()
    deps = PaymentDeps(
        office.store, office.store, {office.payment().provider: gateway}, office.clock, Counting(), (),
        "https://telekarta.test", refunds=notices,
    )  # fmt: skip
    body = {
        "order_id": "a9",
        "provider_order_id": "P1",
        "provider_refund_id": "R1",
        "amount_grosze": amount,
        "refund": state,
    }
    return take_notification(
        deps, office.payment().provider, {"signature": "signed"}, json.dumps(body).encode()
    )


def test_our_own_refund_opens_no_case_however_often_it_is_told() -> None:
    office = MemoryOffice()
    office.play(PAID)
    for _ in range(3):
        assert told(office, 3000, "done") is NotificationOutcome.REFUND_TOLD
    office.step()
    assert office.open_cases() == []
    refund = office.refund()
    assert refund is not None
    assert refund.stage is RefundStage.CLOSED


def test_a_refund_that_nobody_of_us_asked_for_is_still_a_case() -> None:
    office = MemoryOffice()
    office.play(PAID)
    assert told(office, 1234, "done") is NotificationOutcome.GIVEN_BACK
    assert "payment_given_back" in office.open_cases()


def test_a_workflow_that_does_not_answer_has_the_provider_tell_again() -> None:
    office = MemoryOffice()
    office.play(PAID)
    office.workflow.fault = True
    with pytest.raises(WorkflowUnavailable):
        told(office, 3000, "done")
    office.workflow.fault = False
    assert told(office, 3000, "done") is NotificationOutcome.REFUND_TOLD


def entry(title: str, amount: int, *, reversal: bool = False) -> BankEntry:
    return BankEntry("E1", "", START.date(), amount, "PLN", title, "", None, "f", reversal)


def test_a_statement_is_read_entry_by_entry() -> None:
    office = MemoryOffice()
    office.play([on(0, "given", bank=5000), on(0, "applies"), on(3, "grants")])
    reference = reference_of(office.case_id, 1)
    title = f"{reference[:5]}\n{reference[5:].lower()} Zwrot"
    entries = (
        entry("Doładowanie 123456", 5000),
        entry("ZW000000000000", -3000),
        entry(title, -2999),
        entry(title, -3000),
        entry(title, -3000),
        entry(title, 3000, reversal=True),
        entry(title, 3000, reversal=True),
    )
    assert [told_of_payout(office.work, each).outcome.value for each in entries] == [
        "not_ours", "not_ours", "differs", "confirmed", "confirmed", "returned", "returned",
    ]  # fmt: skip
    assert PayoutOutcome.RETURNED == "returned"


@pytest.mark.parametrize("command", ["confirm_payout", "mark_payout_returned"])
def test_a_payout_whose_amount_differs_is_settled_by_the_command_that_its_case_offers(command: str) -> None:
    office = MemoryOffice()
    office.play([on(0, "given", bank=5000), on(0, "applies"), on(3, "grants")])
    reference = reference_of(office.case_id, 1)
    told_of_payout(office.work, entry(f"{reference} Zwrot", -2999))
    (differs,) = (each for each in office.store.found.values() if each.kind is CaseKind.PAYOUT_DIFFERS)
    assert differs.facts == {
        "refund": office.case_id,
        "reference": reference,
        "sent_grosze": 3000,
        "statement_grosze": -2999,
    }
    other = new_case(CaseKind.PAYOUT_DIFFERS, "x", "y", {"reference": "ZW000000000000"}, "bank", START)
    assert office.store.open_case(other)
    order = {"command": command, "reference": reference, "who": "anna", "why": "bank potwierdził"}
    # The second one finds it done, and would close what the first one died before.
    for _ in range(2):
        office.command(order)
        closed = office.store.found[differs.id].closing
        assert closed is not None
        assert (closed.who, closed.why) == ("anna", "bank potwierdził")
    assert office.store.found[other.id].state is CaseState.OPEN


# ---------------------------------------------------------------- the clock


@pytest.mark.rule("WP §7.10")
def test_operators_are_reminded_before_the_limit_and_told_when_it_has_passed() -> None:
    office = MemoryOffice()
    office.play([on(0, "given", bank=5000), on(0, "applies"), on(45, "nothing")])
    seen = [(line.event.value, (line.at - START).days) for line in office.refund().history]  # type: ignore[union-attr]
    # Half a day is the step of this calendar.
    assert [event for event, _ in seen if event in ("reminded", "overdue")] == [
        *["reminded"] * 3, *["overdue"] * 3,
    ]  # fmt: skip
    assert [day for event, day in seen if event == "reminded"] == [20, 25, 28]
    assert [day for event, day in seen if event == "overdue"] == [31, 38, 45]


@pytest.mark.rule("WP §7.10")
@given(st.sampled_from(sorted(BY_NAME)), st.integers(0, 400), st.integers(0, 20))
def test_at_any_moment_a_case_waits_for_something_that_comes_or_has_something_to_do(
    name: str, later_days: int, lines: int
) -> None:
    office = MemoryOffice()
    script = BY_NAME[name].lines[: max(lines, 2)]
    if any("{card}" in str(line.more) for line in script):
        return
    office.play(script)
    refund = office.refund()
    if refund is None:
        return
    now = office.now() + timedelta(days=later_days)
    step = next_action(refund, now)
    if step.do in WAITS:
        assert step.until is not None
        assert step.until > now
        assert next_action(refund, step.until + timedelta(seconds=1)).do not in WAITS
    else:
        assert step.until is None
    if refund.stage is RefundStage.OPEN and refund.found and now >= reminder_days(refund)[-1]:
        assert step.do is not Do.AWAIT_COMPLETION


def test_a_case_is_given_to_a_person_before_its_execution_would_end() -> None:
    office = MemoryOffice()
    office.play([on(0, "given", bank=5000), on(0, "applies")])
    refund = office.refund()
    assert refund is not None
    assert next_action(refund, START + timedelta(days=300)).do is Do.GIVE_UP


# ---------------------------------------------------------------- codes


@pytest.mark.rule("WP §7.3.2")
@pytest.mark.parametrize(
    ("codes", "subject", "outcome"),
    [("right", "", "done"), ("wrong", "", "refused"), ("right", "card:white_phone:999999", "refused")],
)
def test_codes_that_came_by_mail_count_as_given(codes: str, subject: str, outcome: str) -> None:
    office = MemoryOffice()
    office.play([on(0, "given", bank=5000)])
    mail = new_case(
        CaseKind.MAIL_RECEIVED, "m1", subject or str(office.ref), {"codes": codes}, "inbox", office.now()
    )
    assert office.store.open_case(mail)
    answer = office.command(
        {
            "command": "apply_for_refund",
            "brand": office.ref.brand,
            "card": office.ref.number,
            "request_id": "by-mail",
            "arrived": "email",
            "received_on": office.now().date().isoformat(),
            "mail": mail.id,
            "address": "jan@example.pl",
            "answer_by": "email",
            "who": "anna",
            "why": "e-mail",
        }
    )
    assert answer["outcome"] == outcome, answer
    if outcome == "done":
        assert answer["codes"]["pin"] == "right"
    else:
        assert answer["reason"] == "mail_without_codes"

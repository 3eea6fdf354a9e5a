"""Refunds on the deployed state machine: all scripts at once, in the moved time and with scaled waits.

A script's days are the stack's: the clock goes from one day on which something happens to the next, and on
each the state machines run until every one of them waits for something that is still to come.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pytest

from local.frontdoor import move_clock, stack_now
from local.stack import Stack
from telekarta.adapters.dynamodb.refunds import DynamoRefunds
from telekarta.adapters.workflows import StepFunctions
from telekarta.domain.books import accounts_of, card_differences, ledger_differences
from telekarta.domain.brands import Brand
from telekarta.domain.cards import Card, Ref
from telekarta.domain.ledger import Posting
from telekarta.domain.payments import Method, Payment
from telekarta.domain.refund_cases import WAITS, RefundCase, next_step
from telekarta.domain.refunds import held_account
from telekarta.usecases.payments import PaymentRequest, start_payment
from tests import refund_kit
from tests.e2e.test_payments import BY_US, chooses, shown, until, web
from tests.refund_kit import Line, happens, puts_on
from tests.refund_scripts import SCRIPTS, Script
from tests.store_kit import REGION
from tests.workflows.test_refund_scripts import told_of

pytestmark = pytest.mark.emulator

ISSUE = {"command": "issue_cards", "brand": "white_phone", "nominal_grosze": 500, "count": 1, **BY_US}

SCALE = 4e-6  # a week is two and a half seconds: shorter waits would only keep the machine busy
SETTLED_WITHIN_S = 150

# Ways that need another provider than the sandbox, or a mailbox that fails.
ELSEWHERE = frozenset(
    script.name
    for script in SCRIPTS
    if any(line.what == "provider_says" or "payment" in line.more for line in script.lines)
    or "example.pl" in str(script.lines)
)
PLAYED = [script for script in SCRIPTS if script.name not in ELSEWHERE]


@dataclass
class StackOffice:
    """A script's world on the stack: an `Office` with a card and a case of its own."""

    stack: Stack
    store: DynamoRefunds
    pepper: bytes
    number: int
    script: Script
    ref: Ref = field(init=False)
    refusals: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ref = Ref.card(Brand.WHITE_PHONE, f"{700_000 + self.number}")
        self.refunds, self.clock = self.store, self
        self.workflow = StepFunctions(region=REGION)
        self.workflow._client = self.stack.client("stepfunctions")

    @property
    def case_id(self) -> str:
        return f"refund-e2e{self.number}"

    def now(self) -> datetime:
        return stack_now(self.stack)

    def deps(self) -> Any:
        return self

    def command(self, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = self.stack.invoke("desk", payload)
        assert answer["outcome"] in ("done", "unchanged", "refused"), answer
        return answer

    def card(self) -> Card:
        found = self.store.card(self.ref)
        assert found is not None
        return found

    def fresh_card(
        self, sources: Mapping[str, int], topped_up: int, payment: str, puk: str, brand: str
    ) -> None:
        if brand == "telegrosik":
            self.ref = Ref.card(Brand.TELEGROSIK, f"{7_000_000_000 + self.number}")
        puts_on(self.store, self.ref, sources, topped_up, payment, puk, self.pepper)

    def payout(self, number: int) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.command({"command": "show_refund", "case": self.case_id})["payouts"][
            number - 1
        ]
        return found

    def special(self, line: Line) -> None:
        if line.what == "gives_up":
            # As if the emulator, or a step for good, had died: nothing in the case says so.
            machine = self.stack.state_machines["refund"]
            execution = f"{machine.replace(':stateMachine:', ':execution:')}:{self.case_id}-1"
            self.stack.client("stepfunctions").stop_execution(executionArn=execution)
            return
        if line.what == "restarts":
            return
        assert line.what == "expires"
        card = self.card()
        old = refund_kit.replace(
            card, version=card.version + 1, last_active_at=refund_kit.START - timedelta(days=700)
        )
        assert self.store.book_all([(card, old)], []) is None

    def case(self) -> RefundCase | None:
        return self.store.refund(self.case_id)

    def let_happen(self, line: Line) -> None:
        answer = happens(self, told_of(self, line))  # type: ignore[arg-type]
        if answer is not None and answer["outcome"] == "refused":
            self.refusals.append(answer["reason"])

    def is_settled(self) -> bool:
        """Whether the machine has nothing to do before something comes: it waits, or it is at its end."""
        case = self.case()
        if case is None or case.is_over:
            return True
        step = next_step(case, self.now())
        in_a_call = case.found is None and self.card().hold is not None
        return in_a_call or (step.do in WAITS and bool(case.token))


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


def scale_waits(stack: Stack, scale: float) -> None:
    told = {"stepfunctions._SFN_WAIT_SCALE": scale}
    answer = httpx.post(f"{stack.aws_endpoint_url}/_ministack/config", json=told, trust_env=False)
    assert answer.is_success, answer.text


def settle(offices: list[StackOffice]) -> None:
    deadline = time.monotonic() + SETTLED_WITHIN_S
    waiting = offices
    while waiting := [office for office in waiting if not office.is_settled()]:
        if time.monotonic() > deadline:
            raise AssertionError([(o.script.name, o.case() and o.case().history[-1]) for o in waiting])  # type: ignore[union-attr]
        time.sleep(0.5)


def pepper_of(stack: Stack) -> bytes:
    cloudformation = stack.client("cloudformation")
    outputs = cloudformation.describe_stacks(StackName="telekarta-local")["Stacks"][0]["Outputs"]
    secret = next(each["OutputValue"] for each in outputs if each["OutputKey"] == "PepperSecret")
    text: str = stack.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    return text.encode()


@pytest.mark.rule("WP §7.1", "WP §7.4", "WP §7.5", "WP §7.6", "WP §7.7", "WP §7.8", "WP §7.9", "WP §7.10")
def test_every_way_through_the_deployed_machine(
    aws: None, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = stack_now(stack)
    monkeypatch.setattr(refund_kit, "START", start)
    at, tables = stack.aws_endpoint_url, stack.tables
    store = DynamoRefunds(
        tables["cards"], tables["postings"], tables["desk"], tables["refunds"], region=REGION, endpoint_url=at
    )
    scale_waits(stack, SCALE)
    pepper = pepper_of(stack)
    offices = [StackOffice(stack, store, pepper, n, script) for n, script in enumerate(PLAYED)]
    try:
        for day in sorted({line.day for script in PLAYED for line in script.lines}):
            seconds = int((start + timedelta(days=day) - stack_now(stack)).total_seconds())
            if seconds > 0:
                move_clock(stack, seconds)
                settle(offices)
            lines = [[line for line in office.script.lines if line.day == day] for office in offices]
            for turn in range(max(map(len, lines))):
                for office, own in zip(offices, lines, strict=True):
                    if turn < len(own):
                        office.let_happen(own[turn])
                settle(offices)
        wrong = [(office.script.name, difference) for office in offices if (difference := differs(office))]
        assert wrong == []
        books_are_right(store, offices)
    finally:
        scale_waits(stack, 1)


def differs(office: StackOffice) -> list[str]:
    """What did not end as the script says."""
    case, script = office.case(), office.script
    assert case is not None
    letters = tuple(
        name
        for name in ("call", "granted", "refused", "withdrawn", "lapsed")
        if office.store._refund_item(f"letter:{case.id}:{name}")
    )
    found = (case.stage.value, office.card().balance_grosze, letters, tuple(office.refusals), paid(office))
    wanted = (script.stage, script.balance, script.letters, script.refusals, script.paid)
    return [f"{a} is not {b}" for a, b in zip(found, wanted, strict=True) if a != b]


def paid(office: StackOffice) -> int:
    case = office.case()
    assert case is not None
    return sum(payout.amount_grosze for payout in case.payouts if payout.state == "paid")


def books_are_right(store: DynamoRefunds, offices: list[StackOffice]) -> None:
    postings = [each for each in store.all_postings() if isinstance(each, Posting)]
    accounts = accounts_of(postings, date.max, None)
    assert ledger_differences(accounts, None) == ()
    for office in offices:
        assert card_differences(office.card(), accounts[str(office.ref)]) == (), office.script.name
        if office.script.stage == "closed" and (held := accounts.get(held_account(office.case_id))):
            assert held.balance_grosze == 0, office.script.name


# ---------------------------------------------------------------- the way that the money came


@pytest.mark.parametrize(
    ("method", "habit", "ways"),
    [
        (Method.PAYU, "", ["payu paid"]),
        (Method.PRZELEWY24, "", ["przelewy24 paid"]),
        (Method.PAYU, "refund_refused", ["payu refused", "bank sent"]),
        (Method.PRZELEWY24, "refund_refused_late", ["przelewy24 refused", "bank sent"]),
    ],
)
def test_online_money_goes_back_the_way_it_came(
    aws: None, stack: Stack, method: Method, habit: str, ways: list[str]
) -> None:
    """Paid at the sandbox, refunded by its API, and its notification ends the case or sends a transfer."""
    (new,) = stack.invoke("desk", ISSUE)["cards"]
    ref = Ref.card(Brand.WHITE_PHONE, new["card"])
    request = PaymentRequest(ref, 5000, method, "pl", "babcia@example.pl", "203.0.113.7", receipt=False)
    payment = start_payment(web(stack), request)
    assert isinstance(payment, Payment)
    chooses(payment, "pay")
    until(lambda: shown(stack, payment)["stage"] == "credited" or None)
    if habit:
        chooses(payment, habit)
    posting = shown(stack, payment)["posting"]
    case = stack.invoke(
        "desk",
        {
            "command": "apply_for_refund",
            "brand": "white_phone",
            "card": ref.number,
            "pin": new["pin"],
            "request_id": f"way-{ref.number}",
            "arrived": "email",
            "received_on": stack_now(stack).date().isoformat(),
            "amount_grosze": 5000,
            "proofs": [{"posting": posting, "kind": "transfer", "document": "potwierdzenie.pdf"}],
            "account": refund_kit.ACCOUNT,
            "owner": "Jan Kowalski",
            "same_way": True,
            "address": "ul. Polna 1",
            **BY_US,
        },
    )["case"]
    grant = {"command": "decide_refund", "case": case, "decision": "grant", **BY_US}
    until(lambda: stack.invoke("desk", grant)["outcome"] == "done" or None)

    def gone() -> list[str] | None:
        payouts = stack.invoke("desk", {"command": "show_refund", "case": case})["payouts"]
        found = [f"{each['way']} {each['state']}" for each in payouts]
        return found if found == ways else None

    if "late" in habit:
        until(lambda: stack.invoke("desk", {"command": "show_refund", "case": case})["payouts"] or None)
        move_clock(stack, int(timedelta(days=3, minutes=1).total_seconds()))
    assert until(gone) == ways

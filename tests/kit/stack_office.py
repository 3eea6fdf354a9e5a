"""Refunds on a deployed stack: scripts side by side, each with a card and a case of its own."""

import contextlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from local.frontdoor import stack_now
from local.stack import STACK_NAME, Stack
from telekarta.adapters.aws.workflows import StepFunctions
from telekarta.adapters.dynamodb import DynamoStore, Tables
from telekarta.adapters.dynamodb.letters import LetterItem
from telekarta.adapters.dynamodb.refunds import DynamoRefunds
from telekarta.adapters.dynamodb.transactions import get
from telekarta.domain.books.closing import accounts_of, card_differences, ledger_differences
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Card, Ref
from telekarta.domain.ledger.postings import Posting
from telekarta.domain.refunds.movements import held_account
from telekarta.domain.refunds.next_action import WAITS, WORKFLOW, next_action
from telekarta.domain.refunds.refund import Refund
from tests.kit import browsing
from tests.kit import refunds as refund_kit
from tests.kit.refund_scripts import Script
from tests.kit.refunds import Line, happens, puts_on
from tests.kit.store import REGION, tables_of
from tests.kit.waiting import until
from tests.workflows.refunds.test_scripts import told_of

SETTLED_WITHIN_S = 150


def offices_on(stack: Stack, scripts: Sequence[Script], first: int = 0) -> list["StackOffice"]:
    """`first` is the number of the first one's case and card: those of other tests are theirs."""
    tables, pepper = tables_of(stack), pepper_of(stack)
    return [
        StackOffice(stack, tables, pepper, number, script) for number, script in enumerate(scripts, first)
    ]


@dataclass
class StackOffice:
    """A script's world on the stack: an `Office` with a card and a case of its own."""

    stack: Stack
    tables: Tables
    pepper: bytes
    number: int
    script: Script
    ref: Ref = field(init=False)
    refusals: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store, self.refunds = DynamoStore(self.tables), DynamoRefunds(self.tables)
        self.clock = self
        refund = self.refund()
        self.ref = refund.ref if refund else self.free_card()
        self.workflow = StepFunctions(WORKFLOW, region=REGION)
        self.workflow._client = self.stack.client("stepfunctions")

    def free_card(self) -> Ref:
        """A number that the desk has drawn for no other test; from then on it draws others."""
        numbers = range(700_000 + self.number, 1_000_000, 1000)
        refs = (Ref.card(Brand.WHITE_PHONE, f"{number}") for number in numbers)
        return next(ref for ref in refs if self.store.card(ref) is None)

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

    def refund(self) -> Refund | None:
        return self.refunds.refund(self.case_id)

    def let_happen(self, line: Line) -> None:
        answer = happens(self, told_of(self, line))  # type: ignore[arg-type]
        if answer is not None and answer["outcome"] == "refused":
            self.refusals.append(answer["reason"])

    def is_settled(self) -> bool:
        """Whether the machine has nothing to do before something comes: it waits, or it is at its end."""
        refund = self.refund()
        if refund is None or refund.is_over:
            return True
        step = next_action(refund, self.now())
        in_a_call = refund.found is None and self.card().hold is not None
        return in_a_call or (step.do in WAITS and bool(refund.token))


def plays(offices: Sequence[StackOffice], day: float) -> None:
    """What the scripts have for the day: each line as soon as its machine has nothing left to do."""
    left = {each.number: deque(line for line in each.script.lines if line.day == day) for each in offices}
    waiting = list(offices)

    def goes_on(office: StackOffice) -> bool:
        while office.is_settled():
            if not left[office.number]:
                return False
            office.let_happen(left[office.number].popleft())
        return True

    def is_over() -> bool:
        waiting[:] = [office for office in waiting if goes_on(office)]
        return not waiting

    try:
        until(is_over, SETTLED_WITHIN_S, pause_s=0.2)
    except AssertionError as late:
        at = [(each.script.name, (refund := each.refund()) and refund.history[-1]) for each in waiting]
        raise AssertionError(at) from late


@contextlib.contextmanager
def scaled_waits(stack: Stack, scale: float) -> Iterator[None]:
    """Waits of state machines take so much of their time."""
    _scale_waits(stack, scale)
    try:
        yield
    finally:
        _scale_waits(stack, 1)


def _scale_waits(stack: Stack, scale: float) -> None:
    told = {"stepfunctions._SFN_WAIT_SCALE": scale}
    answer = browsing.post(f"{stack.aws_endpoint_url}/_ministack/config", json=told)
    assert answer.is_success, answer.text


def pepper_of(stack: Stack) -> bytes:
    cloudformation = stack.client("cloudformation")
    outputs = cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"][0]["Outputs"]
    secret = next(each["OutputValue"] for each in outputs if each["OutputKey"] == "PepperSecret")
    text: str = stack.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    return text.encode()


_LETTERS = ("call", "granted", "refused", "withdrawn", "lapsed", "call:2", "account:1", "put_back:1")


def differs(office: StackOffice) -> list[str]:
    """What did not end as the script says."""
    refund, script = office.refund(), office.script
    assert refund is not None
    letters = tuple(
        name
        for name in dict.fromkeys((*script.letters, *_LETTERS))
        if get(office.tables, LetterItem, f"letter:{refund.id}:{name}")
    )
    found = (refund.stage.value, office.card().balance_grosze, letters, tuple(office.refusals), paid(office))
    wanted = (script.stage, script.balance, script.letters, script.refusals, script.paid)
    return [f"{a} is not {b}" for a, b in zip(found, wanted, strict=True) if a != b]


def paid(office: StackOffice) -> int:
    refund = office.refund()
    assert refund is not None
    return sum(payout.amount_grosze for payout in refund.payouts if payout.state == "paid")


def books_are_right(offices: Sequence[StackOffice]) -> None:
    postings = [each for each in offices[0].store.all_postings() if isinstance(each, Posting)]
    accounts = accounts_of(postings, date.max, None)
    assert ledger_differences(accounts, None) == ()
    for office in offices:
        assert card_differences(office.card(), accounts[str(office.ref)]) == (), office.script.name
        if office.script.stage == "closed" and (held := accounts.get(held_account(office.case_id))):
            assert held.balance_grosze == 0, office.script.name

"""Functions that really die: the process of a refund's step is killed at each of its writes, once before and
once after it, and the state machine does the step again. In the end the money and the letters are as if
nothing had happened, and nobody was called.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from local.frontdoor import emulator_inspection, move_clock, stack_now
from local.stack import Stack
from telekarta.adapters.dynamodb.refunds import DynamoRefunds
from telekarta.domain.brands import Brand
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.cards.card import Ref
from telekarta.domain.refunds.refund import Event, PayoutState
from telekarta.domain.topups.payments import Method, Payment, Provider
from telekarta.usecases.refunds.payouts import refund_at_provider
from telekarta.usecases.topups.payment_start import PaymentRequest, start_payment
from telekarta.usecases.topups.ports import RefundState
from tests.e2e.refunds.test_refunds import ISSUE
from tests.e2e.topups.test_payments import BY_US, chooses, shown, web
from tests.kit import refunds as refund_kit
from tests.kit.reaper import Death, Fate, When, reaping
from tests.kit.refund_scripts import Script
from tests.kit.refunds import Line, on
from tests.kit.stack_office import StackOffice, books_are_right, differs, offices_on, plays, scaled_waits
from tests.kit.stack_time import in_the_morning
from tests.kit.waiting import until

pytestmark = pytest.mark.emulator

FIRST = 500  # of the cases' numbers: test_refunds has the others
DAYS = 35  # the clock moves once, so far: beyond the day to complete, and the week to confirm
SCALE = 1e-4  # tries again at once, and wakes nobody: who sleeps too long is woken by the watch
GIVEN = on(0, "given", bank=5000)
PAID: Mapping[str, Any] = {"balance": 500, "letters": ("granted",), "paid": 3000}
REFUSED: Mapping[str, Any] = {"balance": 5500, "letters": ("refused",)}
LAPSED: Mapping[str, Any] = {"balance": 5500, "letters": ("call", "lapsed")}


def a_script(name: str, *lines: Line, **ends: Any) -> Script:
    return Script(name, (GIVEN, *lines), "closed", **ends)


# What happens, and at which writes the function dies: each at least once before and once after it was done.
SCRIPTS: tuple[tuple[Script, tuple[str, ...]], ...] = (
    (
        a_script("paid", on(0, "applies"), on(0, "grants"), on(0, "bank_pays"), **PAID),
        ("before held", "after paying", "before sent", "after answered", "before closed"),
    ),
    (
        a_script("paid, too", on(0, "applies"), on(0, "grants"), on(0, "bank_pays"), **PAID),
        ("after held", "before paying", "after file put", "after sent", "before answered", "after closed"),
    ),
    (
        a_script("confirmed late", on(0, "applies"), on(0, "grants"), on(DAYS, "bank_pays"), **PAID),
        ("before waiting", "after waiting", "after letter made", "before overdue", "after overdue"),
    ),
    (
        a_script("refused late", on(0, "applies", late=40), on(0, "refuses"), **REFUSED),
        ("before overdue", "after overdue", "before released", "after released"),
    ),
    (
        a_script("never completed", on(0, "applies", late=21, signed=False), **LAPSED),
        (
            *("before reminded", "after reminded", "before called_to_complete", "after called_to_complete"),
            *("before lapsed", "after lapsed"),
        ),
    ),
    (
        a_script(
            "more is asked for",
            on(0, "applies", amount_grosze=3000),
            on(0, "completes", amount_grosze=5000),
            on(0, "grants"),
            on(0, "bank_pays"),
            **PAID,
        ),
        ("before held_anew", "after held_anew"),
    ),
    (
        a_script(
            "came back",
            on(0, "applies"),
            on(0, "grants"),
            on(0, "bank_returns"),
            on(DAYS, "withdraws"),
            balance=5500,
            letters=("granted", "account:1", "put_back:1"),
        ),
        ("before informed", "after informed"),
    ),
)
OF_THE_PAYER = ("before acknowledged", "after acknowledged", "after sending", "before sent", "after sent")


def deaths(refund: str, moments: tuple[str, ...]) -> set[Death]:
    split = (moment.partition(" ") for moment in moments)
    return {Death(refund, what, When(when)) for when, _, what in split}


@contextmanager
def wired(stack: Stack, url: str) -> Iterator[None]:
    """The function `tasks` reaches AWS by this address only."""
    client, name = stack.client("lambda"), stack.functions["tasks"]
    variables = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    try:
        told = {**variables, "AWS_ENDPOINT_URL": url}
        client.update_function_configuration(FunctionName=name, Environment={"Variables": told})
        yield
    finally:
        client.update_function_configuration(FunctionName=name, Environment={"Variables": variables})


@pytest.mark.rule("WP §7.1", "WP §7.10")
def test_a_refund_goes_through_though_its_function_dies_at_every_write(
    aws: None, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refund_kit, "START", in_the_morning(stack))
    scripts = [script for script, _ in SCRIPTS]
    offices = offices_on(stack, scripts, FIRST)
    payer = Applicant(stack, offices[0].refunds)
    fate = Fate(deaths(payer.case, OF_THE_PAYER))
    for office, (_, moments) in zip(offices, SCRIPTS, strict=True):
        fate.to_come |= deaths(office.case_id, moments)
    with scaled_waits(stack, SCALE), reaping(stack.aws_endpoint_url, fate) as url, wired(stack, url):
        payer.applies()
        plays(offices, 0)
        move_clock(stack, int(timedelta(days=DAYS).total_seconds()))
        told = stack.invoke("timers", {"job": "watch_refunds", "left_alone_s": 0})
        assert told["woken"] >= 2
        plays(offices, DAYS)
        payer.is_paid()
    assert fate.to_come == set()
    assert [(office.script.name, wrong) for office in offices if (wrong := differs(office))] == []
    books_are_right(offices)
    cases = [each["case"] for each in stack.invoke("desk", {"command": "list_cases"})["cases"]]
    ours = (*(office.case_id for office in offices), payer.case)
    assert [
        refund for refund in cases if refund.startswith("refund_stuck:") and refund.split(":")[1] in ours
    ] == []
    one_file_a_payout(stack, offices)
    assert len(payer.has_read()) == 2


def one_file_a_payout(stack: Stack, offices: list[StackOffice]) -> None:
    s3 = stack.client("s3")
    (bucket,) = [each["Name"] for each in s3.list_buckets()["Buckets"] if "payouts" in each["Name"]]
    files = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    for office in offices:
        refund = office.refund()
        assert refund is not None
        references = [payout.reference for payout in refund.payouts]
        assert [name for name in files if any(each in name for each in references)] == [
            f"elixir0/{each}.txt" for each in references
        ]


class Applicant:
    """Who topped up by PayU, wants the money back the way it came, and writes and reads e-mails."""

    def __init__(self, stack: Stack, refunds: DynamoRefunds) -> None:
        self.stack, self.refunds = stack, refunds
        (new,) = stack.invoke("desk", ISSUE)["cards"]
        self.pin, self.ref = new["pin"], Ref.card(Brand.WHITE_PHONE, new["card"])
        self.case = f"refund-crash-{self.ref.number}"
        self.address = f"{self.ref.number}@example.com"

    def applies(self) -> None:
        request = PaymentRequest(
            self.ref, 5000, Method.PAYU, "pl", "babcia@example.pl", "203.0.113.7", receipt=False
        )
        payment = start_payment(web(self.stack), request)
        assert isinstance(payment, Payment)
        self.payment = payment
        chooses(payment, "pay")
        until(lambda: shown(self.stack, payment)["stage"] == "credited")
        chooses(payment, "refund_late")  # its word comes days after our own note
        application = {
            "command": "apply_for_refund",
            "brand": "white_phone",
            "card": self.ref.number,
            "pin": self.pin,
            "request_id": self.case.removeprefix("refund-"),
            "arrived": "email",
            "received_on": day_of(stack_now(self.stack)).isoformat(),
            "amount_grosze": 5000,
            "proofs": [
                {
                    "posting": shown(self.stack, payment)["posting"],
                    "kind": "transfer",
                    "document": "wyciag.pdf",
                }
            ],
            "same_way": True,
            "answer_by": "email",
            "address": self.address,
            **BY_US,
        }
        assert self.stack.invoke("desk", application)["outcome"] == "done"
        until(
            lambda: (
                (refund := self.refunds.refund(self.case)) and refund.history[-1].event is Event.ACKNOWLEDGED
            )
        )
        grant = {"command": "decide_refund", "case": self.case, "decision": "grant", **BY_US}
        assert self.stack.invoke("desk", grant)["outcome"] == "done"

    def is_paid(self) -> None:
        """Once, by the provider's own books too."""
        refund = until(lambda: (seen := self.refunds.refund(self.case)) and seen.is_over and seen)
        (payout,) = refund.payouts
        assert (payout.way, payout.state, payout.amount_grosze) == ("payu", PayoutState.PAID, 3000)
        deps = web(self.stack)
        payment = deps.payments.payment(self.payment.id)
        assert payment is not None
        gateway = deps.gateways[Provider.PAYU]
        told = gateway.look_up_refund(refund_at_provider(payment, payout, self.stack.base_url))
        assert told is not None
        assert (told.state, told.amount_grosze) == (RefundState.DONE, 3000)

    def has_read(self) -> list[str]:
        """The subjects of the e-mails that came, each once however often it came."""
        mails = emulator_inspection(self.stack, "/_ministack/ses/messages", "messages")
        return sorted({mail["Subject"] for mail in mails if self.address in str(mail["To"])})

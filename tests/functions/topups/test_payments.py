"""The function `payments`, told what providers tell.

The payloads in `events/payments` are signed with the sandboxes' keys, and the real clients read them.
"""

import base64
import json
import traceback
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any, cast

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from payments import entry
from telekarta.adapters.dynamodb import DynamoStore
from telekarta.adapters.environment import Environment
from telekarta.adapters.payments import PayU, Przelewy24
from telekarta.domain.topups.payments import Channel, Method, Payment, PaymentStage, Provider
from telekarta.usecases.faults import Fault
from telekarta.usecases.ports import StoreUnavailable
from telekarta.usecases.topups.payments import NotificationOutcome, PaymentDeps
from telekarta.wiring.payments import NEEDED, payment_deps
from tests.kit.memory_store import When
from tests.kit.paying import CARD, EMAIL, NOW, Till
from tests.kit.payments import PAYU, PRZELEWY24
from tests.kit.payments import Provider as Answering
from tests.network.fake_server import running
from timers.job import Metric
from timers.registry import JOBS

EVENTS = {path.stem: json.loads(path.read_text()) for path in Path("events/payments").glob("*.json")}
PAYMENT_ID = "0123456789abcdef0123456789abcdef"
VERIFY = "/api/v1/transaction/verify"
LOOK_UP = f"/api/v1/transaction/by/sessionId/{PAYMENT_ID}"
VERIFIED = (200, '{"data": {"status": "success"}, "responseCode": 0}')
PENDING = Payment(
    id=PAYMENT_ID,
    ref=CARD,
    method=Method.PAYU,
    amount_grosze=2500,
    stage=PaymentStage.PENDING,
    created_at=NOW,
    email=EMAIL,
    receipt=True,
    provider_order_id="WZHF5FFDRJ261121GUEST000P01",
)


class Context:
    function_name = "telekarta-payments"
    function_version = "1"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:eu-central-1:999000999000:function:telekarta-payments"
    aws_request_id = "0d4bcd2e-8f3d-4a3e-9a70-0f6e0f0a2f11"


@pytest.fixture(scope="module")
def answering() -> Iterator[tuple[Answering, str]]:
    provider = Answering()
    with running(provider.application) as address:
        yield provider, f"http://{address}"


@pytest.fixture
def przelewy24(answering: tuple[Answering, str]) -> Answering:
    """The provider that the function asks."""
    answering[0].forget()
    answering[0].says(VERIFY, VERIFIED)
    return answering[0]


@pytest.fixture
def till(monkeypatch: pytest.MonkeyPatch, answering: tuple[Answering, str]) -> Till:
    till = Till()
    base_url = answering[1]
    gateways = {
        Provider.PAYU: PayU(lambda: PAYU, base_url),
        Provider.PRZELEWY24: Przelewy24(lambda: PRZELEWY24, base_url),
    }
    deps = replace(till.deps, gateways=gateways)
    monkeypatch.setattr(entry, "parts", lambda: deps)
    return till


def waiting(till: Till, method: Method = Method.PAYU) -> None:
    order_id = PENDING.provider_order_id if method is Method.PAYU else ""
    till.store.add_payment(replace(PENDING, method=method, provider_order_id=order_id))


def invoke(name_or_event: str | dict[str, Any]) -> tuple[int, str]:
    event = EVENTS[name_or_event] if isinstance(name_or_event, str) else name_or_event
    answer = entry.handler(event, cast("LambdaContext", Context()))
    return answer["statusCode"], answer["body"]


TOLD = {
    "payu_completed": (200, PaymentStage.CREDITED, 4500, []),
    "payu_completed_base64": (200, PaymentStage.CREDITED, 4500, []),
    "payu_pending": (200, PaymentStage.PENDING, 2000, []),
    "payu_canceled": (200, PaymentStage.CANCELED, 2000, []),
    "payu_forged": (403, PaymentStage.PENDING, 2000, []),
    "payu_altered": (403, PaymentStage.PENDING, 2000, []),
    "payu_unknown": (200, PaymentStage.PENDING, 2000, []),
    "payu_other_amount": (200, PaymentStage.PENDING, 2000, ["payment_differs"]),
    "payu_other_currency": (200, PaymentStage.PENDING, 2000, ["payment_differs"]),
    "payu_refund": (200, PaymentStage.PENDING, 2000, ["payment_given_back"]),
    "przelewy24_paid": (200, PaymentStage.CREDITED, 4500, []),
    "przelewy24_paid_again": (200, PaymentStage.CREDITED, 4500, []),
    "przelewy24_forged": (403, PaymentStage.PENDING, 2000, []),
    "przelewy24_other_amount": (200, PaymentStage.PENDING, 2000, ["payment_differs"]),
    "przelewy24_nonsense": (400, PaymentStage.PENDING, 2000, []),
}


@pytest.mark.rule("WP §4.1.2", "TG §2.6")
@pytest.mark.parametrize("name", sorted(EVENTS))
def test_each_payload_does_what_it_should_and_again_nothing(
    till: Till, przelewy24: Answering, name: str
) -> None:
    waiting(till, Method.PRZELEWY24 if name.startswith("przelewy24") else Method.PAYU)
    status, stage, balance, cases = TOLD[name]
    for _ in range(3):
        assert invoke(name) == (status, "OK" if status == 200 else "")
        assert till.store.paying[PAYMENT_ID].stage is stage
        assert (till.balance(), till.cases()) == (balance, cases)


def test_every_payload_has_its_line_in_the_table() -> None:
    assert TOLD.keys() == EVENTS.keys()


def test_a_second_order_of_one_session_is_verified_by_nobody_and_a_case(
    till: Till, przelewy24: Answering
) -> None:
    waiting(till, Method.PRZELEWY24)
    invoke("przelewy24_paid")
    assert invoke("przelewy24_paid_again") == (200, "OK")
    assert till.balance() == 4500
    assert till.cases() == ["payment_paid_twice"]
    assert przelewy24.paths() == [f"PUT {VERIFY}"]


def test_what_przelewy24_is_asked_to_verify_is_what_we_kept(till: Till, przelewy24: Answering) -> None:
    waiting(till, Method.PRZELEWY24)
    invoke("przelewy24_paid")
    asked = json.loads(przelewy24.asked[0].body)
    assert (asked["sessionId"], asked["amount"]) == (PAYMENT_ID, 2500)


def test_a_provider_that_can_not_be_asked_shall_tell_again(till: Till, przelewy24: Answering) -> None:
    waiting(till, Method.PRZELEWY24)
    przelewy24.says(VERIFY, (503, ""), VERIFIED)
    assert invoke("przelewy24_paid") == (503, "")
    assert invoke("przelewy24_paid") == (200, "OK")
    assert till.balance() == 4500


@pytest.mark.parametrize("operation", ["payment", "change_payment", "card", "book_all"])
def test_a_store_that_does_not_answer_makes_the_provider_tell_again(till: Till, operation: str) -> None:
    waiting(till)

    def fail(when: When, name: str) -> None:
        if name == operation:
            raise StoreUnavailable

    till.store.faults = fail
    assert invoke("payu_completed") == (503, "")
    till.store.faults = lambda when, name: None
    assert invoke("payu_completed") == (200, "OK")
    assert till.balance() == 4500


def test_a_body_that_is_no_base64_is_forged(till: Till) -> None:
    waiting(till)
    assert invoke(EVENTS["payu_completed_base64"] | {"body": "%%%"}) == (403, "")


def test_a_byte_more_is_forged(till: Till) -> None:
    waiting(till)
    body = base64.b64decode(EVENTS["payu_completed_base64"]["body"]) + b" "
    event = EVENTS["payu_completed_base64"] | {"body": base64.b64encode(body).decode()}
    assert invoke(event) == (403, "")


def test_only_the_two_providers_are_listened_to(till: Till) -> None:
    event = EVENTS["payu_completed"] | {"rawPath": "/payments/other"}
    stage = {"http": EVENTS["payu_completed"]["requestContext"]["http"] | {"path": "/payments/other"}}
    assert invoke(event | {"requestContext": EVENTS["payu_completed"]["requestContext"] | stage})[0] == 404


def test_a_fault_of_ours_leaves_by_its_kind_and_is_told_again(
    till: Till, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def stumble(when: When, name: str) -> None:
        raise KeyError(EMAIL)

    waiting(till)
    till.store.faults = stumble
    log = StringIO()
    monkeypatch.setattr(entry.logger.registered_handler, "stream", log)
    with pytest.raises(Fault, match=r"^KeyError$") as raised:
        invoke("payu_completed")
    assert "KeyError at " in log.getvalue()
    told = [log.getvalue(), caplog.text, *traceback.format_exception(raised.value)]
    assert not [each for each in (EMAIL, PAYMENT_ID) if each in "".join(told)]
    till.store.faults = lambda when, name: None
    assert invoke("payu_completed") == (200, "OK")


def test_the_log_and_the_metrics_name_nobody(till: Till, capsys: pytest.CaptureFixture[str]) -> None:
    waiting(till)
    invoke("payu_completed")
    invoke("payu_forged")
    told = capsys.readouterr().out
    assert '"PaymentCredited":[1.0]' in told
    assert '"ForgedNotification":[1.0]' in told
    for secret in (EMAIL, "203.0.113.7", "123456", PAYMENT_ID, "WZHF5FFDRJ"):
        assert secret not in told.replace("123456789012", "")


@pytest.mark.parametrize("outcome", list(NotificationOutcome))
def test_every_outcome_has_an_answer(outcome: NotificationOutcome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "parts", lambda: None)
    monkeypatch.setattr(entry, "take_notification", lambda *_: outcome)
    expected = {"forged": 403, "malformed": 400, "unavailable": 503}.get(outcome.value, 200)
    assert invoke("payu_completed")[0] == expected


# ---------------------------------------------------------------------- the job


def test_the_job_finishes_what_nobody_finished_and_counts_it(till: Till, przelewy24: Answering) -> None:
    waiting(till, Method.PRZELEWY24)
    shown = {
        "statement": "",
        "orderId": 9007199254740993,
        "sessionId": PAYMENT_ID,
        "status": 1,
        "amount": 2500,
        "currency": "PLN",
    }
    przelewy24.says(LOOK_UP, (200, json.dumps({"data": shown, "responseCode": 0})))
    till.wait(minutes=10)
    told = JOBS["ask_about_payments"].carry_out(entry.parts(), {"job": "ask_about_payments"})
    assert told.facts == {"credited": 1, "oldest_age_s": 0}
    assert Metric("LatePaymentCredited") in told.metrics
    assert told.metrics[0].name == "OldestPaymentAge"
    assert till.balance() == 4500
    assert len(till.mail.sent) == 1


def test_the_age_is_told_also_when_there_is_none(till: Till) -> None:
    told = JOBS["ask_about_payments"].carry_out(till.deps, {})
    assert [(metric.name, metric.value) for metric in told.metrics] == [("OldestPaymentAge", 0)]


# ---------------------------------------------------------------------- composition


def settings(**more: str) -> Environment:
    variables = dict.fromkeys(NEEDED, "https://x.test") | {
        "STAGE": "test",
        "CARDS_TABLE": "cards",
        "POSTINGS_TABLE": "postings",
        "AWS_REGION": "eu-central-1",
    }
    return Environment.from_os(*NEEDED, variables=variables | more)


def test_nothing_is_sent_where_nobody_sends() -> None:
    environment = settings()
    assert payment_deps(environment, DynamoStore.from_environment(environment)).messengers == {}


def test_the_parts_are_put_together_without_asking_anybody() -> None:
    environment = settings(MAIL_SENDER="a@telekarta.test", SMS_SENDER="Telekarta")
    deps: PaymentDeps = payment_deps(environment, DynamoStore.from_environment(environment))
    assert deps.messengers.keys() == set(Channel)
    assert deps.gateways.keys() == set(Provider)

"""Przelewy24's signs, as made by openssl, its notifications, and the client against answers of every kind."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from telekarta.adapters.aws import secrets
from telekarta.adapters.aws.secrets import MalformedSecret
from telekarta.adapters.payments import PayUSecret, Przelewy24, Przelewy24Secret
from telekarta.adapters.payments.przelewy24 import sign
from telekarta.usecases.topups.ports import (
    Confirmation,
    GatewayRefusal,
    GatewayRefused,
    GatewayUnavailable,
    NotificationRefusal,
    Ordered,
    PaymentState,
    ProviderPayment,
    ProviderRefund,
    RefundOrder,
    RefundState,
)
from tests.kit.payments import ORDER, PAYU, PRZELEWY24, Provider
from tests.network.fake_server import running

NUMBER = 9007199254740993  # one that a double can't hold
ORDERED = Ordered(ORDER.id, 2500)
REGISTER, VERIFY = "/api/v1/transaction/register", "/api/v1/transaction/verify"
LOOK_UP, REFUND = f"/api/v1/transaction/by/sessionId/{ORDER.id}", "/api/v1/transaction/refund"
VERIFIED = (200, '{"data": {"status": "success"}, "responseCode": 0}')

# What `openssl dgst -sha384` makes of each, written out by hand as the documents say.
REGISTRATION_SIGN = (
    "2c10c6b0c51d0173af3f46164d08e685a5be3e8484b263c504d69719c14f7f50e39fab202e8cecf7a58035e79f56d7b7"
)
VERIFICATION_SIGN = (
    "8c1316061d4c881afc16eb0bf5e72445d79cf5c39b17404ae2720b207a579b54eb605111f6bd4db3a418f44d1a631e77"
)
NOTICE: dict[str, Any] = {
    "merchantId": 290001,
    "posId": 290002,
    "sessionId": "tk-20261121-0001",
    "amount": 2500,
    "originAmount": 2500,
    "currency": "PLN",
    "orderId": NUMBER,
    "methodId": 154,
    "statement": "p24-A1 Doładowanie/żeton",
    "sign": "cc087796e8b29223c9725fb326a42a6a7aed0b64aa0cf7e1b697b9c6d92b9eea"
    "3897f68cfbe589ef473e41418e00c9ed",
}
REFUND_NOTICE: dict[str, Any] = {
    "orderId": NUMBER,
    "sessionId": "tk-20261121-0001",
    "merchantId": 290001,
    "requestId": "rf-1",
    "refundsUuid": "rf-1",
    "amount": 500,
    "currency": "PLN",
    "timestamp": 1795226400,
    "status": 0,
    "sign": "8d17a261e8467dcdbd153d9ee01fb2eca9c1103fafd8c64556834fdaf7541ce1"
    "0722c28b836613fb7b019140fe7f5fb7",
}
SIGNED = tuple(name for name in NOTICE if name != "sign")
ADVANCE = ProviderPayment(ORDER.id, str(NUMBER), PaymentState.WAITING_FOR_CONFIRMATION, 2500)


def gateway(base_url: str = "http://127.0.0.1:9") -> Przelewy24:
    return Przelewy24(lambda: PRZELEWY24, base_url)


def read(notice: object) -> object:
    return gateway().read_notification({}, json.dumps(notice).encode())


def signed(**changed: Any) -> dict[str, Any]:
    """The notice with changes, signed by someone who knows the key."""
    fields = {name: (NOTICE | changed)[name] for name in SIGNED}
    return {**fields, "sign": sign(fields, "sandbox-crc")}


# ---- notifications


def test_a_payment_is_told_as_an_advance() -> None:
    assert read(NOTICE) == ADVANCE


def test_polish_letters_are_signed_as_they_are_however_they_were_sent() -> None:
    for escaped in (True, False):
        raw = json.dumps(NOTICE, ensure_ascii=escaped, indent=escaped or None).encode()
        assert gateway().read_notification({}, raw) == ADVANCE


def test_the_order_of_keys_in_the_body_does_not_matter() -> None:
    assert read(dict(reversed(NOTICE.items()))) == ADVANCE


def test_a_refunds_end_is_told() -> None:
    done = ProviderRefund(ORDER.id, str(NUMBER), "rf-1", RefundState.DONE, 500)
    assert read(REFUND_NOTICE) == done
    assert read(REFUND_NOTICE | {"status": 1}) is NotificationRefusal.FORGED
    fields = ("orderId", "sessionId", "refundsUuid", "merchantId", "amount", "currency", "status")
    rejected = {name: (REFUND_NOTICE | {"status": 1})[name] for name in fields}
    told = rejected | {"sign": sign(rejected, "sandbox-crc")}
    assert read(told) == replace(done, state=RefundState.REFUSED)


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=30),
    st.lists(st.integers(), max_size=2),
)


@given(name=st.sampled_from([*SIGNED, "sign"]), value=values)
def test_a_notification_with_any_other_value_is_never_believed(name: str, value: object) -> None:
    told = read(NOTICE | {name: value})
    if json.dumps(value) == json.dumps(NOTICE[name]):
        assert told == ADVANCE
    else:
        assert isinstance(told, NotificationRefusal)


@given(st.binary(max_size=300))
def test_no_bytes_that_somebody_made_up_are_believed(raw: bytes) -> None:
    assert gateway().read_notification({}, raw) is NotificationRefusal.MALFORMED


@given(st.sampled_from([*SIGNED, "sign"]))
def test_a_notification_that_lacks_something_is_malformed(name: str) -> None:
    assert read({key: value for key, value in NOTICE.items() if key != name}) is NotificationRefusal.MALFORMED


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        (signed(merchantId=290009), NotificationRefusal.WRONG_MERCHANT),
        (signed(posId=290009), NotificationRefusal.WRONG_MERCHANT),
        (signed(currency="EUR"), NotificationRefusal.WRONG_CURRENCY),
        (signed(originAmount=2600), NotificationRefusal.WRONG_AMOUNT),
        (signed(amount=2600), NotificationRefusal.WRONG_AMOUNT),
        (signed(amount="2500"), NotificationRefusal.MALFORMED),
        (signed(amount=2500.0), NotificationRefusal.MALFORMED),
        (signed(methodId=True), NotificationRefusal.MALFORMED),
        (signed(orderId=2**63), NotificationRefusal.MALFORMED),
        (signed(orderId=-1), NotificationRefusal.MALFORMED),
        (NOTICE | {"sign": NOTICE["sign"].upper()}, NotificationRefusal.FORGED),
        (NOTICE | {"sign": "ż"}, NotificationRefusal.FORGED),
        (NOTICE | {"statement": "\ud800"}, NotificationRefusal.MALFORMED),
        (NOTICE | {"unsigned": "more"}, ADVANCE),
        (signed(orderId=2**63 - 1), replace(ADVANCE, provider_order_id=str(2**63 - 1))),
        (signed(amount=2600, originAmount=2600), replace(ADVANCE, amount_grosze=2600)),
    ],
)
def test_what_a_notification_says(told: object, outcome: object) -> None:
    assert read(told) == outcome


def test_deep_and_huge_bodies_are_malformed() -> None:
    for raw in (b"[" * 60_000, b"1" * 5_000, json.dumps(NOTICE | {"x": "x" * 70_000}).encode()):
        assert gateway().read_notification({}, raw) is NotificationRefusal.MALFORMED


# ---- requests


@pytest.fixture(scope="module")
def provider_and_url() -> Iterator[tuple[Provider, str]]:
    provider = Provider()
    with running(provider.application) as address:
        yield provider, f"http://{address}"


@pytest.fixture
def p24(provider_and_url: tuple[Provider, str]) -> Provider:
    provider_and_url[0].forget()
    return provider_and_url[0]


@pytest.fixture
def client(provider_and_url: tuple[Provider, str], p24: Provider) -> Przelewy24:
    return gateway(provider_and_url[1])


def test_a_transaction_is_registered(p24: Provider, client: Przelewy24) -> None:
    p24.says(REGISTER, (200, '{"data": {"token": "D35CD73C0E-37C7B5"}, "responseCode": 0}'))
    started = client.start(ORDER)
    assert started.provider_order_id == ""
    assert started.redirect_url == f"{client.base_url}/trnRequest/D35CD73C0E-37C7B5"
    (asked,) = p24.asked
    assert base64.b64decode(asked.headers["authorization"].removeprefix("Basic ")) == (
        b"290002:sandbox-api-key"
    )
    assert json.loads(asked.body) == {
        "sessionId": "tk-20261121-0001",
        "merchantId": 290001,
        "amount": 2500,
        "currency": "PLN",
        "posId": 290002,
        "description": "Doładowanie karty, żółw",
        "email": "babcia@example.pl",
        "country": "PL",
        "language": "pl",
        "urlReturn": "https://shop.test/wynik",
        "urlStatus": "https://shop.test/payments/x",
        "encoding": "UTF-8",
        "sign": REGISTRATION_SIGN,
    }


def test_blik_is_a_channel(p24: Provider, client: Przelewy24) -> None:
    p24.says(REGISTER, (200, '{"data": {"token": "T"}}'))
    client.start(replace(ORDER, blik=True))
    assert json.loads(p24.asked[-1].body)["channel"] == 8192


def test_a_payment_is_verified_with_what_was_stored(p24: Provider, client: Przelewy24) -> None:
    p24.says(VERIFY, VERIFIED)
    assert client.confirm(ORDERED, ADVANCE) is Confirmation.COMPLETED
    assert p24.paths() == [f"PUT {VERIFY}"]
    assert json.loads(p24.asked[0].body) == {
        "merchantId": 290001,
        "posId": 290002,
        "sessionId": "tk-20261121-0001",
        "orderId": NUMBER,
        "amount": 2500,
        "currency": "PLN",
        "sign": VERIFICATION_SIGN,
    }


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        (replace(ADVANCE, amount_grosze=2600), Confirmation.DIFFERENT),
        (replace(ADVANCE, order_id="tk-other"), Confirmation.DIFFERENT),
        (replace(ADVANCE, state=PaymentState.PENDING), Confirmation.NOT_YET),
        (replace(ADVANCE, state=PaymentState.UNKNOWN), Confirmation.NOT_YET),
        (replace(ADVANCE, state=PaymentState.CANCELED), Confirmation.CANCELED),
        (replace(ADVANCE, state=PaymentState.COMPLETED), Confirmation.COMPLETED),
    ],
)
def test_only_the_order_that_was_stored_is_verified(
    p24: Provider, client: Przelewy24, told: ProviderPayment, outcome: Confirmation
) -> None:
    assert client.confirm(ORDERED, told) is outcome
    assert p24.asked == []


def looked_up(**changed: object) -> tuple[int, str]:
    told = {"orderId": NUMBER, "sessionId": ORDER.id, "status": 2, "amount": 2500, "currency": "PLN"}
    return 200, json.dumps({"data": told | changed, "responseCode": 0})


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (looked_up(), Confirmation.COMPLETED),
        (looked_up(status=1), Confirmation.REFUSED),
        (looked_up(status=3), Confirmation.REFUSED),
        (looked_up(amount=2400), Confirmation.REFUSED),
        (looked_up(orderId=7), Confirmation.REFUSED),
        ((404, "{}"), Confirmation.REFUSED),
    ],
)
def test_a_refused_verification_may_have_been_made_before(
    p24: Provider, client: Przelewy24, answer: tuple[int, str], outcome: Confirmation
) -> None:
    p24.says(VERIFY, (400, '{"error": "Invalid input data", "code": 400}'))
    p24.says(LOOK_UP, answer)
    assert client.confirm(ORDERED, ADVANCE) is outcome


@pytest.mark.parametrize("answer", [(500, ""), (429, ""), (200, "<html>"), (200, "{}")])
def test_a_verification_without_a_sensible_answer_is_tried_again_later(
    p24: Provider, client: Przelewy24, answer: tuple[int, str]
) -> None:
    p24.says(VERIFY, answer)
    with pytest.raises(GatewayUnavailable):
        client.confirm(ORDERED, ADVANCE)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (looked_up(status=0), PaymentState.PENDING),
        (looked_up(status=1), PaymentState.WAITING_FOR_CONFIRMATION),
        (looked_up(status=2), PaymentState.COMPLETED),
        (looked_up(status=3), PaymentState.CANCELED),
        (looked_up(status=4), PaymentState.UNKNOWN),
        ((404, '{"error": "Transaction not found"}'), PaymentState.UNKNOWN),
    ],
)
def test_a_payment_is_looked_up(
    p24: Provider, client: Przelewy24, answer: tuple[int, str], state: PaymentState
) -> None:
    p24.says(LOOK_UP, answer)
    assert client.look_up(ORDERED).state is state


@pytest.mark.parametrize(
    "answer",
    [(200, ""), (503, ""), looked_up(sessionId="x"), looked_up(currency="EUR"), looked_up(amount="2")],
)
def test_a_look_up_that_makes_no_sense_is_no_answer(
    p24: Provider, client: Przelewy24, answer: tuple[int, str]
) -> None:
    p24.says(LOOK_UP, answer)
    with pytest.raises(GatewayUnavailable):
        client.look_up(ORDERED)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((400, '{"error": "babcia@example.pl is wrong", "code": 400}'), GatewayRefusal.INVALID),
        ((401, '{"error": "Incorrect authentication", "code": 401}'), GatewayRefusal.CREDENTIALS),
        ((302, "{}"), GatewayRefusal.INVALID),
    ],
)
def test_a_refusal_has_a_name_and_quotes_nothing(
    p24: Provider, client: Przelewy24, answer: tuple[int, str], reason: GatewayRefusal
) -> None:
    p24.says(REGISTER, answer)
    with pytest.raises(GatewayRefused) as refusal:
        client.start(ORDER)
    assert refusal.value.reason is reason
    assert "babcia" not in str(refusal.value)


def test_wrong_keys_are_no_refusal_of_a_payment(p24: Provider, client: Przelewy24) -> None:
    p24.says(VERIFY, (401, "{}"))
    with pytest.raises(GatewayRefused):
        client.confirm(ORDERED, ADVANCE)


def test_money_is_given_back(p24: Provider, client: Przelewy24) -> None:
    refund = RefundOrder("rf-1", ORDER.id, str(NUMBER), 500, "Zwrot środków", "https://shop.test/payments/x")
    p24.says(REFUND, (201, '{"data": [{"status": true, "message": "success"}], "responseCode": 0}'))
    assert client.refund(refund) == ProviderRefund(ORDER.id, str(NUMBER), "rf-1", RefundState.PENDING, 500)
    item = {"orderId": NUMBER, "sessionId": ORDER.id, "amount": 500, "description": "Zwrot środków"}
    assert json.loads(p24.asked[-1].body)["refunds"] == [item]
    p24.says(REFUND, (201, '{"data": [{"status": false}], "responseCode": 0}'))
    assert client.refund(refund).state is RefundState.REFUSED
    p24.says(REFUND, (409, "{}"))
    with pytest.raises(GatewayRefused):
        client.refund(refund)


REFUND_LOOK_UP = f"/api/v1/refund/by/orderId/{NUMBER}"
ASKED_BACK = RefundOrder("rf-1", ORDER.id, str(NUMBER), 500, "Zwrot środków", "https://shop.test/payments/x")


def refunds_of_order(*refunds: dict[str, Any], **changes: object) -> tuple[int, str]:
    """An order's refunds as Przelewy24 lists them."""
    data = {"orderId": NUMBER, "sessionId": ORDER.id, "amount": 2500, "currency": "PLN", "refunds": refunds}
    return 200, json.dumps({"data": data | changes, "responseCode": 0})


def asked_back(status: int, request_id: str = "rf-1") -> dict[str, Any]:
    whole = {"batchId": 7, "date": "2026-11-21 10:00:00", "login": "", "description": "Zwrot", "amount": 500}
    return whole | {"requestId": request_id, "status": status}


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (1, RefundState.DONE),
        (2, RefundState.PENDING),
        (3, RefundState.PENDING),
        (4, RefundState.REFUSED),
        (9, RefundState.PENDING),
    ],
)
def test_a_refund_is_looked_up_by_our_id(
    p24: Provider, client: Przelewy24, status: int, state: RefundState
) -> None:
    p24.says(REFUND_LOOK_UP, refunds_of_order(asked_back(4, "rf-0"), asked_back(status)))
    assert client.look_up_refund(ASKED_BACK) == ProviderRefund(ORDER.id, str(NUMBER), "rf-1", state, 500)


@pytest.mark.parametrize("answer", [(404, "{}"), refunds_of_order(), refunds_of_order(asked_back(1, "rf-0"))])
def test_a_refund_that_przelewy24_does_not_know(
    p24: Provider, client: Przelewy24, answer: tuple[int, str]
) -> None:
    p24.says(REFUND_LOOK_UP, answer)
    assert client.look_up_refund(ASKED_BACK) is None


@pytest.mark.parametrize(
    "answer",
    [
        (200, "{}"),
        (200, '{"data": []}'),
        refunds_of_order(asked_back(1), sessionId="x"),
        refunds_of_order(asked_back(1), currency="EUR"),
        refunds_of_order(asked_back(1) | {"amount": "500"}),
    ],
)
def test_refunds_that_make_no_sense_are_no_answer(
    p24: Provider, client: Przelewy24, answer: tuple[int, str]
) -> None:
    p24.says(REFUND_LOOK_UP, answer)
    with pytest.raises(GatewayUnavailable):
        client.look_up_refund(ASKED_BACK)


def test_a_look_up_of_refunds_that_is_refused_says_so(p24: Provider, client: Przelewy24) -> None:
    p24.says(REFUND_LOOK_UP, (401, "{}"))
    with pytest.raises(GatewayRefused):
        client.look_up_refund(ASKED_BACK)


# ---- credentials of both, from Secrets Manager


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    secrets._provider.cache_clear()
    with mock_aws():
        yield lambda name, kept: boto3.client("secretsmanager", "eu-central-1").create_secret(
            Name=name, SecretString=kept if isinstance(kept, str) else json.dumps(kept)
        )
    secrets._provider.cache_clear()


P24_KEPT = {"merchant_id": "290001", "pos_id": "290002", "api_key": "sandbox-api-key", "crc": "sandbox-crc"}
PAYU_KEPT = {
    "pos_id": "390001",
    "client_id": "390001",
    "client_secret": "sandbox-client-secret",
    "second_key": "sandbox-second-key",
}


def test_both_shops_credentials_are_kept_as_json(vault: Any) -> None:
    vault("payu", PAYU_KEPT)
    vault("p24", P24_KEPT)
    assert PayUSecret("payu", "eu-central-1").credentials() == PAYU
    assert Przelewy24Secret("p24", "eu-central-1").credentials() == PRZELEWY24


@pytest.mark.parametrize(
    "kept",
    [
        "not JSON",
        [],
        P24_KEPT | {"crc": ""},
        P24_KEPT | {"merchant_id": 290001},
        P24_KEPT | {"pos_id": "²"},
        {name: text for name, text in P24_KEPT.items() if name != "api_key"},
    ],
)
def test_a_secret_that_lacks_something_is_named_and_not_quoted(vault: Any, kept: object) -> None:
    vault("p24", kept)
    with pytest.raises(MalformedSecret) as fault:
        Przelewy24Secret("p24", "eu-central-1").credentials()
    assert "p24" in str(fault.value)
    assert "sandbox" not in str(fault.value)


def test_the_keys_do_not_show() -> None:
    assert "sandbox" not in repr(PRZELEWY24) + repr(gateway())

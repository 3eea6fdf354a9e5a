"""PayU's notifications, with signatures made by openssl, and the client against answers of every kind."""

import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telekarta.adapters.aws.secrets import SecretUnavailable
from telekarta.adapters.payments import PayU, PayUCredentials
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
from tests.kit.payments import ORDER, PAYU, Provider
from tests.network.fake_server import running

PAYU_ID = "LDLW5N7MF4140324GUEST000P01"
ORDERED = Ordered(ORDER.id, 2500, PAYU_ID)
TOKEN_PATH, ORDERS = "/pl/standard/user/oauth/authorize", "/api/v2_1/orders"
A_TOKEN = (200, json.dumps({"access_token": "t-1", "token_type": "bearer", "expires_in": 43199}))
ANOTHER_TOKEN = (200, json.dumps({"access_token": "t-2", "token_type": "bearer", "expires_in": 43199}))
UNAUTHORIZED = (401, json.dumps({"status": {"statusCode": "UNAUTHORIZED"}}))

# The bytes, and `openssl dgst` of them with the second key behind.
RAW = (
    '{ "order": { "orderId": "LDLW5N7MF4140324GUEST000P01", "extOrderId": "tk-20261121-0001", '
    '"merchantPosId": "390001", "currencyCode": "PLN", "description": "Doładowanie karty, żółw", '
    '"totalAmount": "2500", "status": "COMPLETED" } }'
).encode()
MD5 = "77bc6233f5d899df38d72fe7d8577d4a"
SHA1 = "2345b8fc8a7a8985dccd073daa543cc28a0dc9b7"
SHA256 = "16c928a94a3ebb1e379918b7675273d011a59cf8719681c899fae7f14718ebaa"
SHA384 = "53f066197ca3a8abc79806f2f6933b17798c2eb8692b17d90b79e7050748cc2c9033121586cc54dccea45b9ce1dc0cd8"
SHA512 = (
    "4648eca431affce490bca965e0749639ba8516914cea88a1784a8eee4055d86c"
    "1ad07c19dfc13b60524dfc1188549e469eb11a43691f7b74e2e7d4bb91fac9f2"
)
PAID = ProviderPayment(ORDER.id, PAYU_ID, PaymentState.COMPLETED, 2500)


def header(signature: str = MD5, algorithm: str = "MD5") -> str:
    return f"sender=checkout;signature={signature};algorithm={algorithm};content=DOCUMENT"


def gateway(base_url: str = "http://127.0.0.1:9", **settings: object) -> PayU:
    return PayU(lambda: PAYU, base_url, **settings)


def read(signature: str, raw: bytes = RAW) -> object:
    return gateway().read_notification({"OpenPayu-Signature": signature}, raw)


def signed_by_payu(notice: object) -> object:
    raw = json.dumps(notice, ensure_ascii=False).encode()
    return read(header(hashlib.md5(raw + b"sandbox-second-key").hexdigest()), raw)


def notice(**changed: object) -> dict[str, object]:
    return {"order": json.loads(RAW)["order"] | changed}


# ---- notifications


@pytest.mark.parametrize(
    ("given_header", "outcome"),
    [
        (header(), PAID),
        (header(MD5.upper()), PAID),
        (header(SHA256, "SHA-256"), PAID),
        (header(SHA384, "SHA-384"), PAID),
        (header(SHA512, "SHA-512"), PAID),
        (header(SHA256, "SHA256"), PAID),
        (f"signature={MD5};algorithm=MD5", PAID),
        (f"sender=checkout; signature={MD5}; algorithm=MD5; content=DOCUMENT;", PAID),
        (header(SHA1, "SHA-1"), NotificationRefusal.FORGED),
        (header(SHA1, "SHA"), NotificationRefusal.FORGED),
        (header(MD5, "SHA-256"), NotificationRefusal.FORGED),
        (header(SHA256, "MD5"), NotificationRefusal.FORGED),
        (header("", "MD5"), NotificationRefusal.FORGED),
        (header("zażółć", "MD5"), NotificationRefusal.FORGED),
        (header(MD5, "md5 "), NotificationRefusal.FORGED),
        (header(MD5, ""), NotificationRefusal.FORGED),
        (f"signature={MD5}", NotificationRefusal.FORGED),
        ("algorithm=MD5", NotificationRefusal.FORGED),
        (header() + ";algorithm=MD5", NotificationRefusal.FORGED),
        (header() + ";more=1", NotificationRefusal.FORGED),
        (header() + ";signature", NotificationRefusal.FORGED),
        (header().replace("DOCUMENT", "NOTHING"), NotificationRefusal.FORGED),
        (f"{header()},{header()}", NotificationRefusal.FORGED),
        ("", NotificationRefusal.FORGED),
    ],
)
def test_a_notification_is_believed_for_its_signature(given_header: str, outcome: object) -> None:
    assert read(given_header) == outcome


def test_the_signatures_header_is_found_however_it_is_spelt() -> None:
    for name in ("openpayu-signature", "OPENPAYU-SIGNATURE", "OpenPayU-Signature"):
        assert gateway().read_notification({name: header()}, RAW) == PAID
    assert gateway().read_notification({}, RAW) is NotificationRefusal.FORGED


@given(at=st.integers(0, len(RAW) - 1), byte=st.integers(0, 255))
def test_a_body_with_any_other_byte_in_it_is_forged(at: int, byte: int) -> None:
    altered = RAW[:at] + bytes([byte]) + RAW[at + 1 :]
    assert read(header(), altered) == (PAID if altered == RAW else NotificationRefusal.FORGED)


@given(st.binary(max_size=300), st.text(max_size=80))
def test_no_body_and_no_header_that_somebody_made_up_is_believed(raw: bytes, made_up: str) -> None:
    assert read(made_up, raw) is NotificationRefusal.FORGED
    assert read(header(), raw) is NotificationRefusal.FORGED


def test_a_body_parsed_and_written_anew_is_not_what_was_signed() -> None:
    assert read(header(), json.dumps(json.loads(RAW)).encode()) is NotificationRefusal.FORGED


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        (notice(merchantPosId="390002"), NotificationRefusal.WRONG_MERCHANT),
        (notice(currencyCode="EUR"), NotificationRefusal.WRONG_CURRENCY),
        (notice(totalAmount=2500), NotificationRefusal.MALFORMED),
        (notice(totalAmount="25.00"), NotificationRefusal.MALFORMED),
        (notice(totalAmount="-2500"), NotificationRefusal.MALFORMED),
        (notice(totalAmount="२५००"), NotificationRefusal.MALFORMED),
        (notice(extOrderId=None), NotificationRefusal.MALFORMED),
        (notice(orderId="../../orders/X"), NotificationRefusal.MALFORMED),
        ({}, NotificationRefusal.MALFORMED),
        ({"order": []}, NotificationRefusal.MALFORMED),
        ([], NotificationRefusal.MALFORMED),
        ({"refund": 1}, NotificationRefusal.MALFORMED),
        (notice(status="NEW"), replace(PAID, state=PaymentState.PENDING)),
        (notice(status="PENDING"), replace(PAID, state=PaymentState.PENDING)),
        (
            notice(status="WAITING_FOR_CONFIRMATION"),
            replace(PAID, state=PaymentState.WAITING_FOR_CONFIRMATION),
        ),
        (notice(status="CANCELED"), replace(PAID, state=PaymentState.CANCELED)),
        (notice(status="REJECTED"), replace(PAID, state=PaymentState.UNKNOWN)),
    ],
)
def test_what_a_signed_notification_says(told: object, outcome: object) -> None:
    assert signed_by_payu(told) == outcome


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("FINALIZED", RefundState.DONE),
        ("CANCELED", RefundState.REFUSED),
        ("PENDING", RefundState.PENDING),
    ],
)
def test_a_refunds_notification_is_no_payments(status: str, state: RefundState) -> None:
    refund = {"refundId": "912128", "amount": "500", "currencyCode": "PLN", "status": status}
    told = {"orderId": PAYU_ID, "extOrderId": ORDER.id, "refund": refund}
    assert signed_by_payu(told) == ProviderRefund(ORDER.id, PAYU_ID, "912128", state, 500)
    refund["currencyCode"] = "EUR"
    assert signed_by_payu(told) is NotificationRefusal.WRONG_CURRENCY


def test_deeply_nested_signed_nonsense_is_malformed() -> None:
    raw = b"[" * 60_000
    assert (
        read(header(hashlib.md5(raw + b"sandbox-second-key").hexdigest()), raw)
        is NotificationRefusal.MALFORMED
    )


# ---- requests


@pytest.fixture(scope="module")
def provider_and_url() -> Iterator[tuple[Provider, str]]:
    provider = Provider()
    with running(provider.application) as address:
        yield provider, f"http://{address}"


@pytest.fixture
def payu(provider_and_url: tuple[Provider, str]) -> Provider:
    provider = provider_and_url[0]
    provider.forget()
    provider.says(TOKEN_PATH, A_TOKEN)
    return provider


@pytest.fixture
def client(provider_and_url: tuple[Provider, str], payu: Provider) -> PayU:
    return gateway(provider_and_url[1], clock=lambda: 1000.0)


def created(page: str = "https://secure.payu.com/pay/1") -> tuple[int, str]:
    told = {"status": {"statusCode": "SUCCESS"}, "redirectUri": page, "orderId": PAYU_ID}
    return 302, json.dumps(told)


def test_an_order_is_started_and_its_redirect_is_not_followed(payu: Provider, client: PayU) -> None:
    payu.says(ORDERS, created())
    payu.headers = {"Location": "/followed"}
    started = client.start(ORDER)
    assert (started.provider_order_id, started.redirect_url) == (PAYU_ID, "https://secure.payu.com/pay/1")
    assert payu.paths() == [f"POST {TOKEN_PATH}", f"POST {ORDERS}"]
    token, order = payu.asked
    assert token.body == (
        b"grant_type=client_credentials&client_id=390001&client_secret=sandbox-client-secret"
    )
    assert order.headers["authorization"] == "Bearer t-1"
    assert json.loads(order.body) == {
        "extOrderId": "tk-20261121-0001",
        "merchantPosId": "390001",
        "customerIp": "203.0.113.7",
        "notifyUrl": "https://shop.test/payments/x",
        "continueUrl": "https://shop.test/wynik",
        "description": "Doładowanie karty, żółw",
        "currencyCode": "PLN",
        "totalAmount": "2500",
        "products": [{"name": "Doładowanie karty, żółw", "unitPrice": "2500", "quantity": "1"}],
        "buyer": {"email": "babcia@example.pl", "language": "pl"},
    }


def test_blik_goes_to_the_page_that_asks_for_the_code(payu: Provider, client: PayU) -> None:
    payu.says(ORDERS, created())
    client.start(replace(ORDER, blik=True, email=""))
    sent = json.loads(payu.asked[-1].body)
    assert sent["payMethods"] == {"payMethod": {"type": "PBL", "value": "blik"}}
    assert "buyer" not in sent


def test_a_token_serves_until_shortly_before_its_end(
    payu: Provider, provider_and_url: tuple[Provider, str]
) -> None:
    now_s = [0.0]
    client = gateway(provider_and_url[1], clock=lambda: now_s[0])
    payu.says(ORDERS, created())
    for now_s[0], tokens in ((0.0, 1), (43138.0, 1), (43139.0, 2)):
        client.start(ORDER)
        assert payu.paths().count(f"POST {TOKEN_PATH}") == tokens


def test_a_forgotten_token_is_renewed_once(payu: Provider, client: PayU) -> None:
    payu.says(TOKEN_PATH, A_TOKEN, ANOTHER_TOKEN)
    payu.says(ORDERS, UNAUTHORIZED, created())
    assert client.start(ORDER).provider_order_id == PAYU_ID
    assert [asked.headers["authorization"] for asked in payu.asked if asked.path == ORDERS] == [
        "Bearer t-1",
        "Bearer t-2",
    ]


def test_credentials_that_payu_does_not_take_are_refused_not_tried_on(payu: Provider, client: PayU) -> None:
    payu.says(ORDERS, UNAUTHORIZED)
    with pytest.raises(GatewayRefused) as refusal:
        client.start(ORDER)
    assert refusal.value.reason is GatewayRefusal.CREDENTIALS
    assert payu.paths().count(f"POST {ORDERS}") == 2


@pytest.mark.parametrize(
    ("path", "answer", "problem"),
    [
        (ORDERS, (400, '{"status": {"statusCode": "ERROR_ORDER_NOT_UNIQUE"}}'), "order_not_unique"),
        (ORDERS, (400, '{"status": {"statusCode": "ERROR_VALUE_INVALID"}}'), "invalid"),
        (ORDERS, (403, '{"status": {"statusCode": "ERROR_UNKNOWN_MERCHANT_POS"}}'), "credentials"),
        (ORDERS, (400, "<html>"), "invalid"),
        (ORDERS, (400, '{"status": {"statusCode": "babcia@example.pl"}}'), "invalid"),
        (TOKEN_PATH, (401, '{"error": "invalid_client"}'), "credentials"),
    ],
)
def test_a_refusal_has_a_name(
    payu: Provider, client: PayU, path: str, answer: tuple[int, str], problem: str
) -> None:
    payu.says(path, answer)
    with pytest.raises(GatewayRefused) as refusal:
        client.start(ORDER)
    assert refusal.value.reason == problem
    assert "@" not in str(refusal.value)


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (ORDERS, (500, "")),
        (ORDERS, (503, "{}")),
        (ORDERS, (429, "{}")),
        (ORDERS, (302, "")),
        (ORDERS, (302, "<html>")),
        (ORDERS, (302, '{"orderId": "X"}')),
        (ORDERS, (302, '{"orderId": "X", "redirectUri": "javascript:alert(1)"}')),
        (ORDERS, (302, "x" * 300_000)),
        (TOKEN_PATH, (200, "{}")),
        (TOKEN_PATH, (200, '{"access_token": "a\\nb", "expires_in": 43199}')),
        (TOKEN_PATH, (502, "")),
    ],
)
def test_what_makes_no_sense_is_no_answer(
    payu: Provider, client: PayU, path: str, answer: tuple[int, str]
) -> None:
    payu.says(ORDERS, created())
    payu.says(path, answer)
    with pytest.raises(GatewayUnavailable):
        client.start(ORDER)


def test_nobody_answers() -> None:
    with pytest.raises(GatewayUnavailable) as fault:
        gateway().start(ORDER)
    assert fault.value.__context__ is None  # which would tell addresses and what was sent


def test_without_the_secret_nothing_is_asked_and_a_notification_waits_for_its_repeat() -> None:
    def no_secret() -> PayUCredentials:
        raise SecretUnavailable

    with pytest.raises(GatewayUnavailable):
        PayU(no_secret).start(ORDER)
    with pytest.raises(GatewayUnavailable):
        PayU(no_secret).read_notification({"OpenPayu-Signature": header()}, RAW)


def test_the_correlation_id_is_logged_and_nothing_personal(
    payu: Provider, client: PayU, caplog: pytest.LogCaptureFixture
) -> None:
    payu.says(ORDERS, created())
    payu.headers = {"Correlation-Id": "0a1b2c-3d"}
    with caplog.at_level(logging.INFO, "telekarta"):
        client.start(ORDER)
    assert "payu order answered 302, correlation id 0a1b2c-3d" in caplog.text
    for secret in ("babcia", "203.0.113.7", "t-1", "sandbox-client-secret", ORDER.id):
        assert secret not in caplog.text


def test_credentials_do_not_show() -> None:
    shown = repr(PAYU) + repr(gateway()) + repr(ORDER)
    for secret in ("sandbox-client-secret", "sandbox-second-key", "babcia", "203.0.113.7"):
        assert secret not in shown


# ---- confirming, asking, giving back


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        (PAID, Confirmation.COMPLETED),
        (replace(PAID, state=PaymentState.PENDING), Confirmation.NOT_YET),
        (replace(PAID, state=PaymentState.UNKNOWN), Confirmation.NOT_YET),
        (replace(PAID, state=PaymentState.CANCELED), Confirmation.CANCELED),
        (replace(PAID, amount_grosze=2499), Confirmation.DIFFERENT),
        (replace(PAID, order_id="tk-other"), Confirmation.DIFFERENT),
        (replace(PAID, provider_order_id="OTHER"), Confirmation.DIFFERENT),
    ],
)
def test_what_was_told_is_compared_with_what_was_stored(told: ProviderPayment, outcome: Confirmation) -> None:
    assert gateway().confirm(ORDERED, told) is outcome


def test_an_order_whose_start_was_never_answered_is_known_by_our_id() -> None:
    assert gateway().confirm(Ordered(ORDER.id, 2500), PAID) is Confirmation.COMPLETED


@pytest.mark.parametrize("status", [200, 400])
def test_a_payment_that_waits_for_us_is_captured_and_then_told_again(
    payu: Provider, client: PayU, status: int
) -> None:
    payu.says(f"{ORDERS}/{PAYU_ID}/status", (status, '{"status": {"statusCode": "SUCCESS"}}'))
    waiting = replace(PAID, state=PaymentState.WAITING_FOR_CONFIRMATION)
    assert client.confirm(ORDERED, waiting) is Confirmation.NOT_YET
    assert payu.paths()[-1] == f"PUT {ORDERS}/{PAYU_ID}/status"
    assert json.loads(payu.asked[-1].body) == {"orderId": PAYU_ID, "orderStatus": "COMPLETED"}


def test_a_payment_is_looked_up(payu: Provider, client: PayU) -> None:
    payu.says(f"{ORDERS}/{PAYU_ID}", (200, json.dumps({"orders": [notice()["order"]]})))
    assert client.look_up(ORDERED) == PAID
    payu.says(f"{ORDERS}/{PAYU_ID}", (404, '{"status": {"statusCode": "DATA_NOT_FOUND"}}'))
    assert client.look_up(ORDERED).state is PaymentState.UNKNOWN
    assert client.look_up(Ordered(ORDER.id, 2500)).state is PaymentState.UNKNOWN


@pytest.mark.parametrize(
    "orders",
    [[], [{}], "x", [notice()["order"]] * 2, [notice(extOrderId="x")["order"]], [notice(currencyCode="EUR")]],
)
def test_a_look_up_that_makes_no_sense_is_no_answer(payu: Provider, client: PayU, orders: object) -> None:
    payu.says(f"{ORDERS}/{PAYU_ID}", (200, json.dumps({"orders": orders})))
    with pytest.raises(GatewayUnavailable):
        client.look_up(ORDERED)


def test_money_is_given_back(payu: Provider, client: PayU) -> None:
    refund = RefundOrder("rf-1", ORDER.id, PAYU_ID, 500, "Zwrot środków", "https://shop.test/payments/x")
    told = {"refundId": "5000000142", "amount": "500", "currencyCode": "PLN", "status": "PENDING"}
    payu.says(f"{ORDERS}/{PAYU_ID}/refunds", (200, json.dumps({"refund": told})))
    assert client.refund(refund) == ProviderRefund(ORDER.id, PAYU_ID, "5000000142", RefundState.PENDING, 500)
    sent = {"description": "Zwrot środków", "amount": "500", "currencyCode": "PLN", "extRefundId": "rf-1"}
    assert json.loads(payu.asked[-1].body) == {"refund": sent}
    payu.says(f"{ORDERS}/{PAYU_ID}/refunds", (400, '{"status": {"statusCode": "ERROR_VALUE_INVALID"}}'))
    with pytest.raises(GatewayRefused):
        client.refund(refund)


REFUND = RefundOrder("rf-1", ORDER.id, PAYU_ID, 500, "Zwrot środków", "https://shop.test/payments/x")


def listed(**changes: object) -> dict[str, object]:
    """One of an order's refunds, as PayU lists them."""
    whole = {
        "refundId": "5000000142",
        "extRefundId": "rf-1",
        "amount": "500",
        "currencyCode": "PLN",
        "description": "Zwrot środków",
        "creationDateTime": "2026-11-21T09:19:03.896+01:00",
        "status": "FINALIZED",
        "statusDateTime": "2026-11-22T09:19:03.896+01:00",
    }
    return whole | changes


@pytest.mark.parametrize(
    ("refunds", "state"),
    [
        ([listed()], RefundState.DONE),
        ([listed(amount=500)], RefundState.DONE),
        ([listed(extRefundId="rf-0", status="CANCELED"), listed(status="PENDING")], RefundState.PENDING),
        ([listed(status="CANCELED")], RefundState.REFUSED),
        ([listed(status="A_NEW_WORD")], RefundState.PENDING),
    ],
)
def test_a_refund_is_looked_up_by_our_id(
    payu: Provider, client: PayU, refunds: object, state: RefundState
) -> None:
    payu.says(f"{ORDERS}/{PAYU_ID}/refunds", (200, json.dumps({"refunds": refunds})))
    assert client.look_up_refund(REFUND) == ProviderRefund(ORDER.id, PAYU_ID, "5000000142", state, 500)


@pytest.mark.parametrize(
    "answer",
    [(404, "{}"), (200, '{"refunds": []}'), (200, json.dumps({"refunds": [listed(extRefundId="x")]}))],
)
def test_a_refund_that_payu_does_not_know(payu: Provider, client: PayU, answer: tuple[int, str]) -> None:
    payu.says(f"{ORDERS}/{PAYU_ID}/refunds", answer)
    assert client.look_up_refund(REFUND) is None


@pytest.mark.parametrize(
    "refunds", [None, [1], [listed(currencyCode="EUR")], [listed(amount="5,00")], [listed(amount=True)]]
)
def test_refunds_that_make_no_sense_are_no_answer(payu: Provider, client: PayU, refunds: object) -> None:
    payu.says(f"{ORDERS}/{PAYU_ID}/refunds", (200, json.dumps({"refunds": refunds})))
    with pytest.raises(GatewayUnavailable):
        client.look_up_refund(REFUND)


def test_a_look_up_of_refunds_that_is_refused_says_so(payu: Provider, client: PayU) -> None:
    payu.says(f"{ORDERS}/{PAYU_ID}/refunds", (403, "{}"))
    with pytest.raises(GatewayRefused):
        client.look_up_refund(REFUND)

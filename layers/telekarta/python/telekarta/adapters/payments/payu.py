"""PayU, REST API 2.1: https://developers.payu.com/europe/docs/

A notification's signature is a plain hash of its raw bytes and the second key behind them, by an algorithm
that the header names. PayU repeats a notification for 72 hours until it is answered 200.
"""

import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from telekarta.adapters.payments.credentials import PayUCredentials
from telekarta.adapters.payments.wire import (
    CURRENCY,
    LARGEST_NOTIFICATION_BYTES,
    Answer,
    Nonsense,
    ask,
    id_in,
    is_same_kind_of_address,
    known,
    object_in,
    objects_in,
    parsed,
    refused,
    text_in,
    written_grosze_in,
)
from telekarta.usecases.topups.ports import (
    Confirmation,
    GatewayRefused,
    GatewayUnavailable,
    NotificationRefusal,
    Order,
    Ordered,
    PaymentState,
    ProviderPayment,
    ProviderRefund,
    RefundOrder,
    RefundState,
    Started,
)

API_URL = "https://secure.payu.com"
# A token is dropped this long before PayU does it, so that none dies on its way.
TOKEN_MARGIN_S = 60

_NOT_UNIQUE = frozenset({"ERROR_ORDER_NOT_UNIQUE"})
_STATES = {
    "NEW": PaymentState.PENDING,
    "PENDING": PaymentState.PENDING,
    "WAITING_FOR_CONFIRMATION": PaymentState.WAITING_FOR_CONFIRMATION,
    "COMPLETED": PaymentState.COMPLETED,
    "CANCELED": PaymentState.CANCELED,
}
_REFUND_STATES = {
    "PENDING": RefundState.PENDING,
    "FINALIZED": RefundState.DONE,
    "CANCELED": RefundState.REFUSED,
}
_OUTCOMES = {
    PaymentState.COMPLETED: Confirmation.COMPLETED,
    PaymentState.CANCELED: Confirmation.CANCELED,
}

# MD5 is what PayU signs with unless a point of sale is set to more; SHA-1 it has never had to be.
_ALGORITHMS: Mapping[str, Callable[[bytes], Any]] = {
    "MD5": hashlib.md5,
    "SHA-256": hashlib.sha256,
    "SHA-384": hashlib.sha384,
    "SHA-512": hashlib.sha512,
    "SHA256": hashlib.sha256,
    "SHA384": hashlib.sha384,
    "SHA512": hashlib.sha512,
}
_SIGNATURE_FIELDS = frozenset({"sender", "signature", "algorithm", "content"})
_HEX = re.compile(r"[0-9a-fA-F]+")


@dataclass(frozen=True, slots=True)
class _Token:
    value: str = field(repr=False)
    good_until_s: float


@dataclass(slots=True)
class PayU:
    """The port `PaymentGateway`. `base_url` has no closing slash; `clock` counts seconds."""

    credentials: Callable[[], PayUCredentials]
    base_url: str = API_URL
    clock: Callable[[], float] = time.time
    _token: _Token | None = field(default=None, init=False, repr=False)

    def start(self, order: Order) -> Started:
        answer = self._ask("payu order", "POST", "/api/v2_1/orders", self._order_request(order))
        if answer.status not in (200, 201, 302):
            raise _refusal(answer)
        try:
            told = answer.json()
            started = Started(id_in(told, "orderId"), text_in(told, "redirectUri"))
        except Nonsense as error:
            raise GatewayUnavailable("payu order: nonsense") from error
        if not is_same_kind_of_address(started.redirect_url, self.base_url):
            raise GatewayUnavailable("payu order: redirects to nowhere")
        return started

    def _order_request(self, order: Order) -> dict[str, Any]:
        amount = str(order.amount_grosze)
        request: dict[str, Any] = {
            "extOrderId": order.id,
            "merchantPosId": known(self.credentials).pos_id,
            "customerIp": order.customer_ip,
            "notifyUrl": order.notify_url,
            "continueUrl": order.continue_url,
            "description": order.description,
            "currencyCode": CURRENCY,
            "totalAmount": amount,
            "products": [{"name": order.description, "unitPrice": amount, "quantity": "1"}],
        }
        if order.email:
            request["buyer"] = {"email": order.email, "language": order.language}
        if order.blik:
            # The page that asks for the code is PayU's own: asking for it on ours (authorizationCode) needs
            # a point of sale that then can't redirect any more.
            request["payMethods"] = {"payMethod": {"type": "PBL", "value": "blik"}}
        return request

    def read_notification(
        self, headers: Mapping[str, str], raw_body: bytes
    ) -> ProviderPayment | ProviderRefund | NotificationRefusal:
        us = known(self.credentials)
        signature = next((v for k, v in headers.items() if k.lower() == "openpayu-signature"), "")
        if len(raw_body) > LARGEST_NOTIFICATION_BYTES or not _is_signed(signature, raw_body, us.second_key):
            return NotificationRefusal.FORGED
        try:
            told = parsed(raw_body)
            return _refund_told(told) if "refund" in told else _payment_told(object_in(told, "order"), us)
        except Nonsense:
            return NotificationRefusal.MALFORMED

    def confirm(self, ordered: Ordered, told: ProviderPayment) -> Confirmation:
        """COMPLETED is told when the money is there, so only a payment that waits for us needs a request;
        that it was taken is then told by another notification."""
        same_order = told.provider_order_id == (ordered.provider_order_id or told.provider_order_id)
        if (told.order_id, told.amount_grosze) != (ordered.id, ordered.amount_grosze) or not same_order:
            return Confirmation.DIFFERENT
        if told.state is PaymentState.WAITING_FOR_CONFIRMATION:
            return self._capture(told.provider_order_id)
        return _OUTCOMES.get(told.state, Confirmation.NOT_YET)

    def _capture(self, provider_order_id: str) -> Confirmation:
        """A refusal may only mean that it was taken before, which a notification or a look-up then says."""
        body = {"orderId": provider_order_id, "orderStatus": "COMPLETED"}
        path = f"/api/v2_1/orders/{provider_order_id}/status"
        answer = self._ask("payu capture", "PUT", path, body)
        if answer.status in (401, 403):
            raise _refusal(answer)
        return Confirmation.NOT_YET

    def look_up(self, ordered: Ordered) -> ProviderPayment:
        unknown = ProviderPayment(ordered.id, ordered.provider_order_id, PaymentState.UNKNOWN, 0)
        if not ordered.provider_order_id:
            return unknown
        answer = self._ask("payu look-up", "GET", f"/api/v2_1/orders/{ordered.provider_order_id}")
        if answer.status == 404:
            return unknown
        if answer.status != 200:
            raise _refusal(answer)
        try:
            orders = answer.json().get("orders")
            if not isinstance(orders, list) or len(orders) != 1 or not isinstance(orders[0], dict):
                raise Nonsense
            told = _payment_told(orders[0], known(self.credentials))
        except Nonsense:
            told = NotificationRefusal.MALFORMED
        if isinstance(told, NotificationRefusal) or told.order_id != ordered.id:
            raise GatewayUnavailable("payu look-up: nonsense")
        return told

    def refund(self, refund: RefundOrder) -> ProviderRefund:
        body = {
            "refund": {
                "description": refund.description,
                "amount": str(refund.amount_grosze),
                "currencyCode": CURRENCY,
                "extRefundId": refund.id,
            }
        }
        path = f"/api/v2_1/orders/{refund.provider_order_id}/refunds"
        answer = self._ask("payu refund", "POST", path, body)
        if answer.status not in (200, 201):
            raise _refusal(answer)
        try:
            told = object_in(answer.json(), "refund")
            state = _REFUND_STATES.get(text_in(told, "status"), RefundState.PENDING)
            return ProviderRefund(
                refund.order_id,
                refund.provider_order_id,
                id_in(told, "refundId"),
                state,
                written_grosze_in(told, "amount"),
            )
        except Nonsense as error:
            raise GatewayUnavailable("payu refund: nonsense") from error

    def look_up_refund(self, refund: RefundOrder) -> ProviderRefund | None:
        path = f"/api/v2_1/orders/{refund.provider_order_id}/refunds"
        answer = self._ask("payu refund look-up", "GET", path)
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise _refusal(answer)
        try:
            told = objects_in(answer.json(), "refunds")
            found = next((each for each in told if each.get("extRefundId") == refund.id), None)
            if found is None:
                return None
            if text_in(found, "currencyCode") != CURRENCY:
                raise Nonsense
            # Its libraries disagree on whether a list has texts or numbers; our own id is in it either way.
            amount = {"amount": str(found["amount"])} if type(found.get("amount")) is int else found
            return ProviderRefund(
                refund.order_id,
                refund.provider_order_id,
                id_in(found, "refundId"),
                _REFUND_STATES.get(text_in(found, "status"), RefundState.PENDING),
                written_grosze_in(amount, "amount"),
            )
        except Nonsense as error:
            raise GatewayUnavailable("payu refund look-up: nonsense") from error

    def _ask(self, what: str, method: str, path: str, body: object = None) -> Answer:
        """One request with a token; a token that PayU has forgotten is renewed once."""
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()

        def once() -> Answer:
            headers = {
                "Authorization": f"Bearer {self._bearer()}",
                "Content-Type": "application/json; charset=utf-8",
            }
            return ask(what, method, self.base_url + path, headers=headers, body=content)

        answer = once()
        if answer.status == 401:
            self._token = None
            answer = once()
        return answer

    def _bearer(self) -> str:
        now_s = self.clock()
        if self._token is None or now_s >= self._token.good_until_s:
            self._token = self._new_token(now_s)
        return self._token.value

    def _new_token(self, now_s: float) -> _Token:
        us = known(self.credentials)
        form = {
            "grant_type": "client_credentials",
            "client_id": us.client_id,
            "client_secret": us.client_secret,
        }
        answer = ask(
            "payu token",
            "POST",
            f"{self.base_url}/pl/standard/user/oauth/authorize",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode(form).encode(),
        )
        if answer.status != 200:
            raise _refusal(answer)
        try:
            told = answer.json()
            lifetime_s = told.get("expires_in")
            if not isinstance(lifetime_s, int) or not re.fullmatch(r"[!-~]+", text_in(told, "access_token")):
                raise Nonsense
        except Nonsense as error:
            raise GatewayUnavailable("payu token: nonsense") from error
        return _Token(told["access_token"], now_s + lifetime_s - TOKEN_MARGIN_S)


def _is_signed(header: str, raw_body: bytes, second_key: str) -> bool:
    """Whether the header is a whole and unambiguous signature of these bytes."""
    pairs = [part.strip().split("=", 1) for part in header.rstrip("; ").split(";")]
    if any(len(pair) != 2 for pair in pairs):
        return False
    fields = dict(pairs)
    if len(fields) != len(pairs) or not fields.keys() <= _SIGNATURE_FIELDS:
        return False
    algorithm = _ALGORITHMS.get(fields.get("algorithm", ""))
    given = fields.get("signature", "")
    if algorithm is None or fields.get("content", "DOCUMENT") != "DOCUMENT" or not _HEX.fullmatch(given):
        return False
    expected: str = algorithm(raw_body + second_key.encode()).hexdigest()
    return hmac.compare_digest(expected, given.lower())


def _payment_told(order: Mapping[str, Any], us: PayUCredentials) -> ProviderPayment | NotificationRefusal:
    """An order as notifications and look-ups both show it. Raises Nonsense."""
    if text_in(order, "merchantPosId") != us.pos_id:
        return NotificationRefusal.WRONG_MERCHANT
    if text_in(order, "currencyCode") != CURRENCY:
        return NotificationRefusal.WRONG_CURRENCY
    return ProviderPayment(
        order_id=id_in(order, "extOrderId"),
        provider_order_id=id_in(order, "orderId"),
        state=_STATES.get(text_in(order, "status"), PaymentState.UNKNOWN),
        amount_grosze=written_grosze_in(order, "totalAmount"),
    )


def _refund_told(told: Mapping[str, Any]) -> ProviderRefund | NotificationRefusal:
    """A refund's notification names no point of sale: the second key is that of ours. Raises Nonsense."""
    refund = object_in(told, "refund")
    if text_in(refund, "currencyCode") != CURRENCY:
        return NotificationRefusal.WRONG_CURRENCY
    return ProviderRefund(
        order_id=id_in(told, "extOrderId"),
        provider_order_id=id_in(told, "orderId"),
        provider_refund_id=id_in(refund, "refundId"),
        state=_REFUND_STATES.get(text_in(refund, "status"), RefundState.PENDING),
        amount_grosze=written_grosze_in(refund, "amount"),
    )


def _refusal(answer: Answer) -> GatewayRefused:
    try:
        told = answer.json()
    except Nonsense:
        return refused(answer)
    status = told.get("status")
    code = status.get("statusCode") if isinstance(status, dict) else told.get("error")
    return refused(answer, code, _NOT_UNIQUE)

"""Przelewy24, REST API v1: https://developers.przelewy24.pl/

Every sign is SHA-384 over compact JSON with the keys in a documented order, numbers as numbers, and letters
as they are, not escaped. Only payments are notified, and a payment is ours when it was verified: until then
it is the payer's advance, and the notification is repeated whatever it is answered.
"""

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from telekarta.adapters.payments.credentials import Przelewy24Credentials
from telekarta.adapters.payments.wire import (
    CURRENCY,
    LARGEST_AMOUNT_GROSZE,
    LARGEST_NOTIFICATION_BYTES,
    Answer,
    Nonsense,
    ask,
    id_in,
    integer_in,
    known,
    object_in,
    objects_in,
    parsed,
    refused,
    text_in,
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

API_URL = "https://secure.przelewy24.pl"
BLIK_CHANNEL = 8192

# Of a transaction that is looked up: no payment, an advance, a payment, one that was given back.
_STATES = (
    PaymentState.PENDING,
    PaymentState.WAITING_FOR_CONFIRMATION,
    PaymentState.COMPLETED,
    PaymentState.CANCELED,
)
_REFUND_STATES = (RefundState.DONE, RefundState.REFUSED)
# Of a refund that is looked up, in other numbers than notifications have; 2 and 3 are on their way.
_LOOKED_UP_REFUND_STATES = {1: RefundState.DONE, 4: RefundState.REFUSED}
_OUTCOMES = {
    PaymentState.COMPLETED: Confirmation.COMPLETED,
    PaymentState.CANCELED: Confirmation.CANCELED,
}


def sign(fields: Mapping[str, str | int], crc: str) -> str:
    """The sign of the fields in the order given. Raises ValueError for letters that no UTF-8 has."""
    text = json.dumps({**fields, "crc": crc}, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha384(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Przelewy24:
    """The port `PaymentGateway`. `base_url` has no closing slash."""

    credentials: Callable[[], Przelewy24Credentials]
    base_url: str = API_URL

    def start(self, order: Order) -> Started:
        us = known(self.credentials)
        signed: dict[str, str | int] = {
            "sessionId": order.id,
            "merchantId": us.merchant_id,
            "amount": order.amount_grosze,
            "currency": CURRENCY,
        }
        request: dict[str, str | int] = {
            **signed,
            "posId": us.pos_id,
            "description": order.description,
            "email": order.email,
            "country": "PL",
            "language": order.language,
            "urlReturn": order.continue_url,
            "urlStatus": order.notify_url,
            "encoding": "UTF-8",
            "sign": sign(signed, us.crc),
        }
        if order.blik:
            request["channel"] = BLIK_CHANNEL
        answer = self._ask("przelewy24 registration", "POST", "/transaction/register", request)
        if answer.status != 200:
            raise _refusal(answer)
        try:
            token = id_in(object_in(answer.json(), "data"), "token")
        except Nonsense as error:
            raise GatewayUnavailable("przelewy24 registration: nonsense") from error
        return Started("", f"{self.base_url}/trnRequest/{token}")

    def read_notification(
        self,
        headers: Mapping[str, str],  # noqa: ARG002 - this provider signs in the body
        raw_body: bytes,
    ) -> ProviderPayment | ProviderRefund | NotificationRefusal:
        us = known(self.credentials)
        if len(raw_body) > LARGEST_NOTIFICATION_BYTES:
            return NotificationRefusal.MALFORMED
        try:
            told = parsed(raw_body)
            return _refund_told(told, us) if "refundsUuid" in told else _payment_told(told, us)
        except (Nonsense, UnicodeEncodeError):
            return NotificationRefusal.MALFORMED

    def confirm(self, ordered: Ordered, told: ProviderPayment) -> Confirmation:
        """Verify with what we stored, so that nothing of a notification but its order id is relied on."""
        if (told.order_id, told.amount_grosze) != (ordered.id, ordered.amount_grosze):
            return Confirmation.DIFFERENT
        if told.state is not PaymentState.WAITING_FOR_CONFIRMATION:
            return _OUTCOMES.get(told.state, Confirmation.NOT_YET)
        if self._verify(ordered, int(told.provider_order_id)):
            return Confirmation.COMPLETED
        # An answer that was lost may have been the one that said yes.
        now = self.look_up(ordered)
        was_verified = now.state is PaymentState.COMPLETED and (
            now.provider_order_id,
            now.amount_grosze,
        ) == (told.provider_order_id, ordered.amount_grosze)
        return Confirmation.COMPLETED if was_verified else Confirmation.REFUSED

    def _verify(self, ordered: Ordered, provider_order_id: int) -> bool:
        us = known(self.credentials)
        signed: dict[str, str | int] = {
            "sessionId": ordered.id,
            "orderId": provider_order_id,
            "amount": ordered.amount_grosze,
            "currency": CURRENCY,
        }
        request = {
            "merchantId": us.merchant_id,
            "posId": us.pos_id,
            **signed,
            "sign": sign(signed, us.crc),
        }
        answer = self._ask("przelewy24 verification", "PUT", "/transaction/verify", request)
        if answer.status in (401, 403):
            raise _refusal(answer)
        try:
            return answer.status == 200 and object_in(answer.json(), "data").get("status") == "success"
        except Nonsense as error:
            raise GatewayUnavailable("przelewy24 verification: nonsense") from error

    def look_up(self, ordered: Ordered) -> ProviderPayment:
        path = f"/transaction/by/sessionId/{quote(ordered.id, safe='')}"
        answer = self._ask("przelewy24 look-up", "GET", path)
        if answer.status == 404:
            return ProviderPayment(ordered.id, "", PaymentState.UNKNOWN, 0)
        if answer.status != 200:
            raise _refusal(answer)
        try:
            told = object_in(answer.json(), "data")
            status = integer_in(told, "status")
            if text_in(told, "sessionId") != ordered.id or text_in(told, "currency") != CURRENCY:
                raise Nonsense
            return ProviderPayment(
                ordered.id,
                str(integer_in(told, "orderId")) if status else "",
                _STATES[status] if status < len(_STATES) else PaymentState.UNKNOWN,
                integer_in(told, "amount", LARGEST_AMOUNT_GROSZE),
            )
        except Nonsense as error:
            raise GatewayUnavailable("przelewy24 look-up: nonsense") from error

    def refund(self, refund: RefundOrder) -> ProviderRefund:
        request = {
            "requestId": refund.id,
            "refundsUuid": refund.id,
            "urlStatus": refund.notify_url,
            "refunds": [
                {
                    "orderId": int(refund.provider_order_id),
                    "sessionId": refund.order_id,
                    "amount": refund.amount_grosze,
                    "description": refund.description,
                }
            ],
        }
        answer = self._ask("przelewy24 refund", "POST", "/transaction/refund", request)
        if answer.status != 201:
            raise _refusal(answer)
        try:
            told = answer.json().get("data")
        except Nonsense as error:
            raise GatewayUnavailable("przelewy24 refund: nonsense") from error
        first = told[0] if isinstance(told, list) and len(told) == 1 else None
        taken = isinstance(first, dict) and first.get("status") is True
        return ProviderRefund(
            refund.order_id,
            refund.provider_order_id,
            refund.id,
            RefundState.PENDING if taken else RefundState.REFUSED,
            refund.amount_grosze,
        )

    def look_up_refund(self, refund: RefundOrder) -> ProviderRefund | None:
        path = f"/refund/by/orderId/{quote(refund.provider_order_id, safe='')}"
        answer = self._ask("przelewy24 refund look-up", "GET", path)
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise _refusal(answer)
        try:
            told = object_in(answer.json(), "data")
            refunds = objects_in(told, "refunds")
            found = next((each for each in refunds if each.get("requestId") == refund.id), None)
            if found is None:
                return None
            if text_in(told, "sessionId") != refund.order_id or text_in(told, "currency") != CURRENCY:
                raise Nonsense
            return ProviderRefund(
                refund.order_id,
                refund.provider_order_id,
                refund.id,
                _LOOKED_UP_REFUND_STATES.get(integer_in(found, "status"), RefundState.PENDING),
                integer_in(found, "amount", LARGEST_AMOUNT_GROSZE),
            )
        except Nonsense as error:
            raise GatewayUnavailable("przelewy24 refund look-up: nonsense") from error

    def _ask(self, what: str, method: str, path: str, body: object = None) -> Answer:
        us = known(self.credentials)
        pair = b64encode(f"{us.pos_id}:{us.api_key}".encode()).decode()
        headers = {"Authorization": f"Basic {pair}", "Content-Type": "application/json; charset=utf-8"}
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        return ask(what, method, f"{self.base_url}/api/v1{path}", headers=headers, body=content)


def _payment_told(
    told: Mapping[str, Any], us: Przelewy24Credentials
) -> ProviderPayment | NotificationRefusal:
    """Raises Nonsense, and UnicodeEncodeError."""
    signed: dict[str, str | int] = {
        "merchantId": integer_in(told, "merchantId"),
        "posId": integer_in(told, "posId"),
        "sessionId": id_in(told, "sessionId"),
        "amount": integer_in(told, "amount", LARGEST_AMOUNT_GROSZE),
        "originAmount": integer_in(told, "originAmount", LARGEST_AMOUNT_GROSZE),
        "currency": text_in(told, "currency"),
        "orderId": integer_in(told, "orderId"),
        "methodId": integer_in(told, "methodId"),
        "statement": text_in(told, "statement"),
    }
    if refusal := _stranger(told, signed, us):
        return refusal
    if signed["posId"] != us.pos_id:
        return NotificationRefusal.WRONG_MERCHANT
    if signed["amount"] != signed["originAmount"]:
        return NotificationRefusal.WRONG_AMOUNT
    return ProviderPayment(
        order_id=told["sessionId"],
        provider_order_id=str(told["orderId"]),
        state=PaymentState.WAITING_FOR_CONFIRMATION,
        amount_grosze=told["amount"],
    )


def _refund_told(told: Mapping[str, Any], us: Przelewy24Credentials) -> ProviderRefund | NotificationRefusal:
    """Raises Nonsense, and UnicodeEncodeError."""
    signed: dict[str, str | int] = {
        "orderId": integer_in(told, "orderId"),
        "sessionId": id_in(told, "sessionId"),
        "refundsUuid": id_in(told, "refundsUuid"),
        "merchantId": integer_in(told, "merchantId"),
        "amount": integer_in(told, "amount", LARGEST_AMOUNT_GROSZE),
        "currency": text_in(told, "currency"),
        "status": integer_in(told, "status", len(_REFUND_STATES) - 1),
    }
    return _stranger(told, signed, us) or ProviderRefund(
        order_id=told["sessionId"],
        provider_order_id=str(told["orderId"]),
        provider_refund_id=told["refundsUuid"],
        state=_REFUND_STATES[told["status"]],
        amount_grosze=told["amount"],
    )


def _stranger(
    told: Mapping[str, Any], signed: Mapping[str, str | int], us: Przelewy24Credentials
) -> NotificationRefusal | None:
    """What is wrong with the sign, the merchant or the currency. Raises Nonsense and UnicodeEncodeError."""
    if not hmac.compare_digest(sign(signed, us.crc).encode(), text_in(told, "sign").encode()):
        return NotificationRefusal.FORGED
    if signed["merchantId"] != us.merchant_id:
        return NotificationRefusal.WRONG_MERCHANT
    return None if signed["currency"] == CURRENCY else NotificationRefusal.WRONG_CURRENCY


def _refusal(answer: Answer) -> GatewayRefused:
    """Przelewy24 words its refusals for people, and may quote what it was given: only the status is kept."""
    return refused(answer)

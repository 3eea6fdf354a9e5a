"""PayU's REST API 2.1 as far as a shop uses it, in its own awkward ways: a 302 that carries JSON, amounts as
texts, notifications that are signed over their very bytes and told until they are answered 200."""

import hashlib
import json
import secrets
import string
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.payments.merchant import PAYU, PAYU_PATH
from local.payments.sandbox_state import LATER_S, Announcement, Book, Habits, Payment, Refund, Step

TOKEN_LIFETIME_S = 43199
# After the first try: until three days have passed.
HOURS = (1, 2, 3, 6, 9, 12, 15, 18, 21, 24, 36, 48, 60, 72)
REPEATS_MIN = (1, 2, 5, 10, 30, *(60 * hours for hours in HOURS))

PLANS: Mapping[str, tuple[Step, ...]] = {
    "pay": (Step("PENDING"), Step("COMPLETED")),
    "pay_late": (Step("PENDING"), Step("COMPLETED", LATER_S)),
    "pay_twice": (Step("PENDING", copies=2), Step("COMPLETED", copies=2)),
    "pay_disordered": (Step("COMPLETED"), Step("PENDING", changes=False), Step("CANCELED", changes=False)),
    "pay_unannounced": (Step("PENDING", copies=0), Step("COMPLETED", copies=0)),
    "pay_unconfirmed": (Step("PENDING"), Step("WAITING_FOR_CONFIRMATION")),
    "leave_pending": (Step("PENDING"),),
    "cancel": (Step("CANCELED"),),
    "tell_again": (Step("", changes=False),),
}


def create_token(book: Book, _request: Request, body: bytes) -> Response:
    form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    wanted = {
        "grant_type": "client_credentials",
        "client_id": PAYU["client_id"],
        "client_secret": PAYU["client_secret"],
    }
    if form != wanted:
        return JSONResponse({"error": "invalid_client", "error_description": "Bad client credentials"}, 401)
    token = secrets.token_hex(18)
    book.tokens[token] = book.now() + timedelta(seconds=TOKEN_LIFETIME_S)
    return JSONResponse(
        {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": TOKEN_LIFETIME_S,
            "grant_type": "client_credentials",
        }
    )


def create_order(book: Book, request: Request, body: bytes) -> Response:
    if refusal := _unauthorized(book, request):
        return refusal
    told = _object(body)
    if missing := [name for name in REQUIRED if not told.get(name)]:
        return _answer(400, "ERROR_VALUE_MISSING", f"Missing: {', '.join(missing)}")
    if told["merchantPosId"] != PAYU["pos_id"]:
        return _answer(403, "ERROR_UNKNOWN_MERCHANT_POS")
    if not _is_sound(told):
        return _answer(400, "ERROR_VALUE_INVALID", "Wrong amount, currency or products")
    now = book.now()
    buyer = told.get("buyer", {})
    payment = Payment(
        id=f"{_letters(10)}{now:%y%m%d}GUEST000P01",
        provider="payu",
        order_id=told.get("extOrderId") or _letters(10),
        amount_grosze=int(told["totalAmount"]),
        description=told["description"],
        language=buyer.get("language", "pl"),
        notify_url=told.get("notifyUrl", ""),
        continue_url=told.get("continueUrl", ""),
        created_at=now.isoformat(),
        customer_ip=told["customerIp"],
        email=buyer.get("email", ""),
        blik=told.get("payMethods", {}).get("payMethod", {}).get("value") == "blik",
    )
    if not book.add(payment):
        return _answer(400, "ERROR_ORDER_NOT_UNIQUE", "Order not unique")
    page = f"{str(request.base_url).rstrip('/')}{PAYU_PATH}/page/{payment.id}"
    created = {
        "status": {"statusCode": "SUCCESS"},
        "redirectUri": page,
        "orderId": payment.id,
        "extOrderId": payment.order_id,
    }
    return JSONResponse(created, 302, {"Location": page, **_correlation()})


REQUIRED = ("customerIp", "merchantPosId", "description", "currencyCode", "totalAmount", "products")


def _is_sound(told: Mapping[str, Any]) -> bool:
    try:
        lines = [int(line["unitPrice"]) * int(line["quantity"]) for line in told["products"]]
        total = told["totalAmount"]
        is_written = isinstance(total, str) and total.isdecimal() and int(total) > 0
        return is_written and sum(lines) == int(total) and told["currencyCode"] == "PLN"
    except (KeyError, TypeError, ValueError):
        return False


def show_order(book: Book, request: Request, _body: bytes) -> Response:
    if refusal := _unauthorized(book, request):
        return refusal
    payment = _payment(book, request)
    if payment is None:
        return _answer(404, "DATA_NOT_FOUND")
    shown = {"orders": [_order(payment, payment.status)], "status": {"statusCode": "SUCCESS"}}
    return JSONResponse(shown, headers=_correlation())


def capture(book: Book, request: Request, body: bytes) -> Response:
    if refusal := _unauthorized(book, request):
        return refusal
    payment, told = _payment(book, request), _object(body)
    if payment is None:
        return _answer(404, "DATA_NOT_FOUND")
    if told != {"orderId": payment.id, "orderStatus": "COMPLETED"}:
        return _answer(400, "ERROR_VALUE_INVALID")
    if payment.status != "WAITING_FOR_CONFIRMATION":
        return _answer(400, "BUSINESS_ERROR", "The order does not wait for confirmation")
    book.follow(payment, "capture")
    return _answer(200, "SUCCESS")


def refund(book: Book, request: Request, body: bytes) -> Response:
    if refusal := _unauthorized(book, request):
        return refusal
    payment, told = _payment(book, request), _object(body).get("refund", {})
    if payment is None:
        return _answer(404, "DATA_NOT_FOUND")
    if not told.get("description"):
        return _answer(400, "ERROR_VALUE_MISSING", "Missing: description")
    amount_grosze = int(told.get("amount", payment.amount_grosze))
    id_ = told.get("extRefundId") or _letters(8)
    left_grosze = payment.amount_grosze - sum(payment.refunds.values())
    if payment.status != "COMPLETED" or not 0 < amount_grosze <= left_grosze or id_ in payment.refunds:
        return _answer(400, "ERROR_VALUE_INVALID", "Can't be refunded")
    if payment.refunding == "refuse":
        return _answer(400, "ERROR_VALUE_INVALID", "Refunds are not possible")
    now = book.now()
    number = "".join(secrets.choice(string.digits) for _ in range(10))
    with book.changing():
        given = payment.give_back(id_, number, amount_grosze, now)
    details = {"refundId": number, "amount": str(amount_grosze), "currencyCode": "PLN"}
    notice = {
        "orderId": payment.id,
        "extOrderId": payment.order_id,
        "refund": {
            **details,
            "status": _end(given),
            "statusDateTime": now.isoformat(),
            "reason": "refund",
            "reasonDescription": told["description"],
            "refundDate": now.isoformat(),
        },
    }
    if payment.tells_of_refunds:
        book.post(payment, _signed(notice), payment.notify_url, datetime.fromisoformat(given.ends_at))
    answered = {**details, "extRefundId": id_, "description": told["description"], "status": "PENDING"}
    return JSONResponse(
        {"orderId": payment.id, "refund": answered, "status": {"statusCode": "SUCCESS"}},
        headers=_correlation(),
    )


def show_refunds(book: Book, request: Request, _body: bytes) -> Response:
    """All refunds of an order, the newest first. A refund that was asked for is there at once."""
    if refusal := _unauthorized(book, request):
        return refusal
    payment, now = _payment(book, request), book.now()
    if payment is None:
        return _answer(404, "DATA_NOT_FOUND")
    shown = [
        {
            "refundId": each.number,
            "extRefundId": each.id,
            "amount": str(each.amount_grosze),
            "currencyCode": "PLN",
            "description": "Zwrot",
            "creationDateTime": each.asked_at,
            "status": _end(each) if each.is_over(now) else "PENDING",
            "statusDateTime": each.ends_at if each.is_over(now) else each.asked_at,
        }
        for each in reversed(payment.given_back)
    ]
    return JSONResponse({"refunds": shown, "status": {"statusCode": "SUCCESS"}}, headers=_correlation())


def _end(given: Refund) -> str:
    return "CANCELED" if given.refused else "FINALIZED"


def announce(payment: Payment, status: str, _news: bool, now: datetime) -> Announcement | None:
    if not payment.notify_url:
        return None
    return _signed(
        {
            "order": _order(payment, status or payment.status),
            "localReceiptDateTime": now.isoformat(),
            "properties": [{"name": "PAYMENT_ID", "value": "151471228"}],
        }
    )


def _signed(notice: Mapping[str, Any]) -> Announcement:
    """Indented, with Polish letters as they are: whoever parses and writes it anew has other bytes."""
    body = json.dumps(notice, ensure_ascii=False, indent=2)
    signature = hashlib.md5((body + PAYU["second_key"]).encode()).hexdigest()
    header = f"sender=checkout;signature={signature};algorithm=MD5;content=DOCUMENT"
    headers = {"OpenPayu-Signature": header, "Content-Type": "application/json;charset=UTF-8"}
    return headers, body, 0


def _order(payment: Payment, status: str) -> dict[str, Any]:
    return {
        "orderId": payment.id,
        "extOrderId": payment.order_id,
        "orderCreateDate": payment.created_at,
        "notifyUrl": payment.notify_url,
        "customerIp": payment.customer_ip,
        "merchantPosId": PAYU["pos_id"],
        "description": payment.description,
        "currencyCode": "PLN",
        "totalAmount": str(payment.amount_grosze),
        "buyer": {"email": payment.email, "language": payment.language},
        "products": [{"name": payment.description, "unitPrice": str(payment.amount_grosze), "quantity": "1"}],
        "status": status,
    }


def _payment(book: Book, request: Request) -> Payment | None:
    payment = book.payment(request.path_params["id"])
    return payment if payment is not None and payment.provider == "payu" else None


def _unauthorized(book: Book, request: Request) -> Response | None:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind == "Bearer" and book.tokens.get(token, datetime.min.replace(tzinfo=UTC)) > book.now():
        return None
    return _answer(401, "UNAUTHORIZED")


def _object(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _answer(status: int, code: str, desc: str = "") -> Response:
    return JSONResponse({"status": {"statusCode": code, "statusDesc": desc}}, status, _correlation())


def _correlation() -> dict[str, str]:
    return {"Correlation-Id": secrets.token_hex(16)}


def _letters(count: int) -> str:
    return "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(count))


HABITS = Habits(
    announce=announce,
    plans={**PLANS, "capture": (Step("COMPLETED"),)},
    repeats_min=REPEATS_MIN,
    takes_once=True,
)

"""Przelewy24's REST API v1 as far as a shop uses it, in its own awkward ways: only payments are told, they
are told until they are verified whatever the answer was, and an unpaid transaction can't be looked up."""

import hashlib
import hmac
import json
import secrets
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from local.payments.merchant import PRZELEWY24, PRZELEWY24_PATH, has
from local.payments.sandbox_state import LATER_S, Announcement, Book, Habits, Payment, Step

REPEATS_MIN = (3, 5, 15, 30, 60, 150, 450)
MERCHANT_ID, POS_ID = int(PRZELEWY24["merchant_id"]), int(PRZELEWY24["pos_id"])
# Beyond 32 bits, as the real ones may be.
FIRST_ORDER_ID = 2**33

PLANS: Mapping[str, tuple[Step, ...]] = {
    "pay": (Step("COMPLETED"),),
    "pay_late": (Step("COMPLETED", LATER_S),),
    "pay_twice": (Step("COMPLETED"), Step("COMPLETED")),
    "pay_disordered": (Step("COMPLETED", copies=2), Step("COMPLETED", changes=False)),
    "pay_unannounced": (Step("COMPLETED", copies=0),),
    "leave_pending": (),
    "cancel": (),
    "tell_again": (Step("COMPLETED", changes=False),),
}


def register(book: Book, request: Request, body: bytes) -> Response:
    if refusal := _unauthorized(request):
        return refusal
    told = _object(body)
    names = ("sessionId", "merchantId", "amount", "currency")
    if not (_is_ours(told) and _is_signed(told, names) and _is_sound(told)):
        return _error(400, "Invalid input data")
    payment = Payment(
        id=f"{secrets.token_hex(4)}-{secrets.token_hex(4)}-{secrets.token_hex(4)}-{secrets.token_hex(4)}".upper(),
        provider="przelewy24",
        order_id=told["sessionId"],
        amount_grosze=told["amount"],
        description=told["description"],
        language=told["language"],
        notify_url=told.get("urlStatus", ""),
        continue_url=told["urlReturn"],
        created_at=book.now().isoformat(),
        email=told["email"],
        blik=told.get("channel") == 8192,
    )
    if not book.add(payment):
        return _error(400, "Session already used")
    return JSONResponse({"data": {"token": payment.id}, "responseCode": 0})


def _is_ours(told: Mapping[str, Any]) -> bool:
    return has(told, merchantId=MERCHANT_ID, posId=POS_ID)


def _is_sound(told: Mapping[str, Any]) -> bool:
    texts = {"sessionId": 100, "description": 1024, "email": 50, "urlReturn": 250, "language": 2}
    written = all(
        isinstance(told.get(name), str) and 0 < len(told[name]) <= most for name, most in texts.items()
    )
    return written and told["amount"] > 0 and "@" in told["email"] and has(told, currency="PLN", country="PL")


def to_page(_book: Book, request: Request, _body: bytes) -> Response:
    return RedirectResponse(f"{PRZELEWY24_PATH}/page/{request.path_params['id']}", 302)


def verify(book: Book, request: Request, body: bytes) -> Response:
    """May be asked again for what was verified."""
    if refusal := _unauthorized(request):
        return refusal
    told = _object(body)
    names = ("sessionId", "orderId", "amount", "currency")
    if not (_is_ours(told) and _is_signed(told, names)):
        return _error(400, "Invalid input data")
    payment = book.ordered("przelewy24", str(told["sessionId"]))
    if payment is None or told["orderId"] not in payment.paid:
        return _error(400, "Transaction not found")
    if not has(told, amount=payment.amount_grosze, currency="PLN"):
        return _error(400, "Incorrect amount")
    with book.changing():
        if told["orderId"] not in payment.verified:
            payment.verified.append(told["orderId"])
    return JSONResponse({"data": {"status": "success"}, "responseCode": 0})


def show(book: Book, request: Request, _body: bytes) -> Response:
    if refusal := _unauthorized(request):
        return refusal
    payment = book.ordered("przelewy24", request.path_params["session_id"])
    if payment is None or not payment.paid:
        return _error(404, "Transaction not found")
    returned = sum(payment.refunds.values()) >= payment.amount_grosze
    shown = {
        "statement": _statement(payment),
        "orderId": (payment.verified or payment.paid)[-1],
        "sessionId": payment.order_id,
        "status": 3 if returned else 2 if payment.verified else 1,
        "amount": payment.amount_grosze,
        "currency": "PLN",
        "date": payment.created_at,
        "clientEmail": payment.email,
        "paymentMethod": 154,
        "description": payment.description,
    }
    return JSONResponse({"data": shown, "responseCode": 0})


def refund(book: Book, request: Request, body: bytes) -> Response:
    if refusal := _unauthorized(request):
        return refusal
    told = _object(body)
    try:
        (item,) = told["refunds"]
        id_, session_id, amount_grosze = told["refundsUuid"], item["sessionId"], item["amount"]
    except (KeyError, TypeError, ValueError):
        return _error(400, "Invalid input data")
    payment = book.ordered("przelewy24", session_id)
    if payment is None or item.get("orderId") not in payment.verified:
        return _error(404, "Transaction not found")
    if id_ in payment.refunds:
        return _error(409, "Refund exists")
    if not 0 < amount_grosze <= payment.amount_grosze - sum(payment.refunds.values()):
        return _error(400, "Incorrect amount")
    if payment.refunding == "refuse":
        return _error(400, "Refund not possible")
    now = book.now()
    with book.changing():
        number = str(secrets.randbelow(10**6))
        given = payment.give_back(id_, number, amount_grosze, now)
    if told.get("urlStatus") and payment.tells_of_refunds:
        signed = {
            "orderId": item["orderId"],
            "sessionId": session_id,
            "refundsUuid": id_,
            "merchantId": MERCHANT_ID,
            "amount": amount_grosze,
            "currency": "PLN",
            "status": 1 if given.refused else 0,
        }
        notice = {**signed, "requestId": told.get("requestId", ""), "timestamp": int(now.timestamp())}
        sent = _posted({**notice, "sign": _sign(signed)}, 0)
        book.post(payment, sent, told["urlStatus"], datetime.fromisoformat(given.ends_at))
    shown = {**item, "status": True, "message": "success"}
    return JSONResponse({"data": [shown], "responseCode": 0}, 201)


def show_refunds(book: Book, request: Request, _body: bytes) -> Response:
    """By the provider's order id, with states in other numbers than notifications have, and 404 as long as
    nothing was given back."""
    if refusal := _unauthorized(request):
        return refusal
    number, now = request.path_params["order_id"], book.now()
    of = (each for each in book.payments() if each.provider == "przelewy24")
    payment = next((each for each in of if number in map(str, each.verified)), None)
    if payment is None or not payment.given_back:
        return _error(404, "Refund with given Order Id not found")
    refunds = [
        {
            "batchId": int(each.number),
            "requestId": each.id,
            "date": each.asked_at,
            "login": "",
            "description": "Zwrot",
            "status": 2 if not each.is_over(now) else 4 if each.refused else 1,
            "amount": each.amount_grosze,
        }
        for each in payment.given_back
    ]
    shown = {
        "orderId": int(number),
        "sessionId": payment.order_id,
        "amount": payment.amount_grosze,
        "currency": "PLN",
        "refunds": refunds,
    }
    return JSONResponse({"data": shown, "responseCode": 0})


def announce(payment: Payment, _status: str, news: bool, _now: datetime) -> Announcement | None:
    """Each time that somebody pays is another order id of the same session."""
    if news:
        payment.paid.append(FIRST_ORDER_ID + secrets.randbelow(2**40))
    if not payment.notify_url or not payment.paid:
        return None
    signed = {
        "merchantId": MERCHANT_ID,
        "posId": POS_ID,
        "sessionId": payment.order_id,
        "amount": payment.amount_grosze,
        "originAmount": payment.amount_grosze,
        "currency": "PLN",
        "orderId": payment.paid[-1],
        "methodId": 154,
        "statement": _statement(payment),
    }
    return _posted({**signed, "sign": _sign(signed)}, payment.paid[-1])


def _posted(notice: Mapping[str, Any], number: int) -> Announcement:
    return {"Content-Type": "application/json"}, json.dumps(notice), number


def _statement(payment: Payment) -> str:
    return f"p24-{payment.id[:8]} Doładowanie/żeton"


def _sign(fields: Mapping[str, Any]) -> str:
    """As PHP's json_encode with JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES writes it."""
    text = json.dumps({**fields, "crc": PRZELEWY24["crc"]}, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha384(text.encode()).hexdigest()


def _is_signed(told: Mapping[str, Any], names: tuple[str, ...]) -> bool:
    kinds = {"merchantId": int, "amount": int, "orderId": int}
    fields = {name: told.get(name) for name in names}
    if any(type(value) is not kinds.get(name, str) for name, value in fields.items()):
        return False
    return hmac.compare_digest(_sign(fields).encode(), str(told.get("sign")).encode())


def _unauthorized(request: Request) -> Response | None:
    pair = b64encode(f"{POS_ID}:{PRZELEWY24['api_key']}".encode()).decode()
    if request.headers.get("authorization") == f"Basic {pair}":
        return None
    return _error(401, "Incorrect authentication")


def _object(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _error(status: int, error: str) -> Response:
    return JSONResponse({"error": error, "code": status}, status)


HABITS = Habits(announce=announce, plans=PLANS, repeats_min=REPEATS_MIN, takes_once=False)

"""Twilio's REST resources for calls, as far as a product needs them to settle from the carrier's record, and
the one that sends SMS.

`GET /2010-04-01/Accounts/{account}/Calls/{call}.json`, `.../Calls.json?ParentCallSid=...` and
`POST .../Messages.json`, with basic authentication by account sid and auth token.
"""

import base64
import hmac
import secrets
from collections import deque
from collections.abc import MutableSequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.network.contract import Contract, contract_of
from local.network.records import CallRecords, call_resource, list_resource

RECORDS_FILE = Path(__file__).resolve().parents[2] / ".local" / "carrier.jsonl"
LARGEST_PAGE = 1000
USUAL_PAGE = 50
LONGEST_SMS = 1600
SMS_KEPT = 200
_MOBILE = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


def records_of(connection: HTTPConnection) -> CallRecords:
    """The carrier's records of this stack: the application's own, or those of `.local`."""
    state = connection.app.state
    if not hasattr(state, "call_records"):
        state.call_records = CallRecords(RECORDS_FILE)
    records: CallRecords = state.call_records
    return records


def one_call(request: Request) -> Response:
    if refusal := _refusal(request):
        return refusal
    record = records_of(request).get(request.path_params["call_sid"])
    if record is None or record.account_sid != request.path_params["account_sid"]:
        return _error(404, 20404, f"The requested resource {request.url.path} was not found")
    return JSONResponse(call_resource(record))


def many_calls(request: Request) -> Response:
    if refusal := _refusal(request):
        return refusal
    query = request.query_params
    try:
        page = max(int(query.get("Page", "0")), 0)
        page_size = min(max(int(query.get("PageSize", str(USUAL_PAGE))), 1), LARGEST_PAGE)
        from_day = date.fromisoformat(query.get("StartTime>", str(date.min)))
        before_day = date.fromisoformat(query.get("StartTime<", str(date.max)))
    except ValueError:
        return _error(400, 20001, "Page and PageSize are numbers, StartTime is a day")
    found = records_of(request).find(
        parent_sid=query.get("ParentCallSid"),
        status=query.get("Status"),
        from_=query.get("From"),
        to=query.get("To"),
        from_day=from_day,
        before_day=before_day,
    )
    return JSONResponse(list_resource(found, request.url.path, query, page, page_size))


def sent_messages(connection: HTTPConnection) -> MutableSequence[dict[str, Any]]:
    """The SMS that were sent since the start, the oldest first."""
    state = connection.app.state
    if not hasattr(state, "sent_messages"):
        state.sent_messages = deque(maxlen=SMS_KEPT)
    messages: MutableSequence[dict[str, Any]] = state.sent_messages
    return messages


async def send_message(request: Request) -> Response:
    if refusal := _refusal(request):
        return refusal
    form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
    to, sender, body = (form.get(name, "") for name in ("To", "From", "Body"))
    if not sender or not body or len(body) > LONGEST_SMS:
        return _error(
            400, 21602, "A 'From' number and a message body of at most 1600 characters are required"
        )
    try:
        kind = phonenumbers.number_type(phonenumbers.parse(to))
    except NumberParseException:
        return _error(400, 21211, "The 'To' number is not a valid phone number")
    if kind not in _MOBILE:
        return _error(400, 21614, "'To' number is not a valid mobile number")
    now = datetime.now(UTC)
    message = {"sid": "SM" + secrets.token_hex(16), "To": to, "From": sender, "Body": body, "at": now}
    sent_messages(request).append(message)
    return JSONResponse(
        {
            "sid": message["sid"],
            "account_sid": request.path_params["account_sid"],
            "to": to,
            "from": sender,
            "body": body,
            "status": "queued",
            "direction": "outbound-api",
            "num_segments": "1",
            "date_created": now.strftime("%a, %d %b %Y %H:%M:%S +0000"),
            "error_code": None,
            "error_message": None,
        },
        status_code=201,
    )


def _refusal(request: Request) -> Response | None:
    contract = contract_of(request)
    account = request.path_params["account_sid"]
    if not _authorized(request.headers.get("authorization", ""), contract):
        response = _error(401, 20003, "Authenticate")
        response.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
        return response
    if account != contract.account_sid:
        return _error(404, 20404, f"The requested resource {request.url.path} was not found")
    return None


def _authorized(header: str, contract: Contract) -> bool:
    expected = base64.b64encode(f"{contract.account_sid}:{contract.auth_token}".encode())
    return hmac.compare_digest(header.encode(), b"Basic " + expected)


def _error(status: int, code: int, message: str) -> Response:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return JSONResponse(
        {"code": code, "message": message, "more_info": more, "status": status}, status_code=status
    )


routes = [
    Route("/2010-04-01/Accounts/{account_sid}/Messages.json", send_message, methods=["POST"]),
    Route("/2010-04-01/Accounts/{account_sid}/Calls.json", many_calls),
    Route("/2010-04-01/Accounts/{account_sid}/Calls/{call_sid}.json", one_call),
]

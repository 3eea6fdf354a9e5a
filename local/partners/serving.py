"""Where Lajt mobile and Plus answer, and the pages on which one sees and changes what they know."""

import asyncio
import hmac
import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import jinja2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

from local.network.carrier_api import sent_messages
from local.partners.sandbox_state import MISSING, TOKENS, Book, Mood, PartnerAnswer
from local.processes import ROOT
from local.stack import Stack

BOOK_FILE = ROOT / ".local/sources.json"
SLOW_S = 3
ORDERS_NUMBER = "+48720507507"

_pages = jinja2.Environment(
    loader=jinja2.FileSystemLoader([Path(__file__).parent / "page", ROOT / "local/pages"]),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def book_of(app: Starlette) -> Book:
    if not hasattr(app.state, "sources"):
        app.state.sources = Book(BOOK_FILE)
    book: Book = app.state.sources
    return book


async def transfer(request: Request) -> Response:
    told = await _read(request)
    wanted = ("msisdn", "card", "amount_grosze")
    if told is None or told.keys() != set(wanted) or type(told["amount_grosze"]) is not int:
        return JSONResponse({"error": f"wants {', '.join(wanted)}"}, 400)
    key = request.path_params["key"]
    book = book_of(request.app)
    return await _answer(
        request, "lajt", key, lambda: book.transfer(key, told["msisdn"], told["card"], told["amount_grosze"])
    )


async def reverse(request: Request) -> Response:
    key = request.path_params["key"]
    return await _answer(request, "lajt", f"{key}/reversal", lambda: book_of(request.app).reverse(key))


async def redeem(request: Request) -> Response:
    told = await _read(request)
    if told is None or told.keys() != {"code"} or not isinstance(told["code"], str):
        return JSONResponse({"error": "wants code"}, 400)
    key = request.path_params["key"]
    return await _answer(request, "plus", key, lambda: book_of(request.app).redeem(key, told["code"]))


async def look_up(request: Request) -> Response:
    source = "plus" if "/redemptions/" in request.url.path else "lajt"
    key = request.path_params["key"]
    return await _answer(request, source, f"{key}?", lambda: book_of(request.app).found(source, key))


async def _read(request: Request) -> dict | None:  # type: ignore[type-arg]
    try:
        told = json.loads(await request.body())
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


async def _answer(request: Request, source: str, key: str, act) -> Response:  # type: ignore[no-untyped-def]
    book = book_of(request.app)
    given = request.headers.get("authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {TOKENS[source]}".encode()):
        return JSONResponse({"error": "who are you?"}, 401)
    if book.moods[source] is Mood.DOWN:
        return JSONResponse({}, 503)
    if book.moods[source] is Mood.SLOW:
        await asyncio.sleep(SLOW_S)
    told: PartnerAnswer = act()
    if told is not MISSING and book.loses(source, key):
        return JSONResponse({"error": "the answer got lost"}, 502)
    return JSONResponse(dict(told.body), told.status)


# ---------------------------------------------------------------- pages


async def show(request: Request) -> Response:
    stack: Stack | None = getattr(request.app.state, "stack", None)
    demo = stack.demo.get("white_phone", {}) if stack else {}
    page = _pages.get_template("sources.html").render(
        book=book_of(request.app), moods=list(Mood), demo_card=demo.get("card", "")
    )
    return HTMLResponse(page)


async def change(request: Request) -> Response:
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        return HTMLResponse("another page may not change anything", 403)
    form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
    book = book_of(request.app)
    match form.pop("do", ""):
        case "mood":
            book.moods[form["source"]] = Mood(form["mood"])
        case "assign":
            book.assign(form["msisdn"], form.get("card", ""), int(form["balance_grosze"]))
        case "issue":
            book.issue(form["code"], int(form["amount_grosze"]))
        case "sms":
            await _send(request, form["from"], form.get("text", ""), form.get("sid") or f"SM{uuid4().hex}")
    return RedirectResponse("/sources", 303)


async def _send(request: Request, sender: str, text: str, sid: str) -> None:
    """Post the message as Twilio does, and deliver its answer."""
    stack: Stack = request.app.state.stack
    url = f"{stack.base_url}/sms/incoming"
    form = {
        "MessageSid": sid,
        "AccountSid": stack.twilio_account_sid,
        "From": sender,
        "To": ORDERS_NUMBER,
        "Body": text,
        "NumMedia": "0",
    }
    signature = RequestValidator(stack.twilio_auth_token).compute_signature(url, form)
    async with httpx.AsyncClient(trust_env=False, timeout=15) as twilio:
        answer = await twilio.post(url, data=form, headers={"X-Twilio-Signature": signature})
    for words in texts_in(answer.text) if answer.status_code == 200 else []:
        sent_messages(request).append({"at": "now", "To": sender, "From": ORDERS_NUMBER, "Body": words})


def texts_in(twiml: str) -> list[str]:
    """What TwiML sends."""
    from xml.etree import ElementTree

    return [each.text or "" for each in ElementTree.fromstring(twiml).iter("Message")]


routes = (
    Route("/sources/lajt/transfers/{key}", transfer, methods=["PUT"]),
    Route("/sources/lajt/transfers/{key}", look_up, methods=["GET"]),
    Route("/sources/lajt/transfers/{key}/reversal", reverse, methods=["POST"]),
    Route("/sources/plus/redemptions/{key}", redeem, methods=["PUT"]),
    Route("/sources/plus/redemptions/{key}", look_up, methods=["GET"]),
    Route("/sources", show, methods=["GET"]),
    Route("/sources", change, methods=["POST"]),
)

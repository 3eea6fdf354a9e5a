"""One loopback port for everything: the public API as in AWS, and pages that show what no customer sees."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jinja2
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from local.aws import CLOCK_OFFSET_PARAMETER
from local.bank import routes as bank_routes
from local.dashboard import routes as dashboard_routes
from local.inbox import routes as inbox_routes
from local.network.carrier_api import sent_messages
from local.network.routes import routes as network_routes
from local.partners import routes as source_routes
from local.payments import routes as payment_routes
from local.processes import ROOT
from local.proxy import HttpApiProxy
from local.stack import FunctionFailedError, Stack

DESK_EVENTS = ROOT / "events/desk"
PUBLIC_PATHS = (
    "/sms/{rest:path}",
    "/voice/{rest:path}",
    "/payments/{rest:path}",
    "/topup",
    "/topup/{rest:path}",
    "/refund",
    "/refund/{rest:path}",
    "/prices/{rest:path}",
    "/terms/{rest:path}",
)
MOVES_S = {"10 minutes": 600, "1 hour": 3600, "1 day": 86400, "30 days": 30 * 86400, "1 year": 365 * 86400}
LONGEST_MOVE_S = 20 * 365 * 86400

_pages = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "pages"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_clock_lock = Lock()


def create_app(stack: Stack) -> Starlette:
    """The front door of one stack; pages and routes find it as ``request.app.state.stack``."""
    proxy = HttpApiProxy(stack.aws_endpoint_url, stack.api_id)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await proxy.close()

    every_method = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    app = Starlette(
        routes=[
            *(Route(path, proxy_endpoint(proxy), methods=every_method) for path in PUBLIC_PATHS),
            Route("/", index),
            Route("/desk/commands", desk_commands, methods=["GET"]),
            Route("/desk", send_to_desk, methods=["POST"]),
            *dashboard_routes,
            *inbox_routes,
            *source_routes,
            Route("/time", show_time, methods=["GET"]),
            Route("/time", move_time, methods=["POST"]),
            Route("/outbox", outbox),
            Route("/outbox/letters/{key:path}", letter),
            *network_routes,
            *payment_routes,
            *bank_routes,
        ],
        # a name of somebody else's that leads to this machine is not ours to answer to
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
        lifespan=lifespan,
    )
    app.state.stack = stack
    app.state.now = partial(stack_now, stack)
    return app


def proxy_endpoint(proxy: HttpApiProxy) -> Any:
    async def pass_on(request: Request) -> Response:
        return await proxy(request)

    return pass_on


def page(name: str, status: int = 200, **values: object) -> HTMLResponse:
    return HTMLResponse(_pages.get_template(name).render(values), status)


async def index(request: Request) -> Response:
    return page("index.html", stack=request.app.state.stack)


# ---- the desk


def desk_examples() -> dict[str, str]:
    """The payloads of ``events/desk/`` by name, the same ones that the console's Test tab takes."""
    return {path.stem: path.read_text() for path in sorted(DESK_EVENTS.glob("*.json"))}


async def desk_commands(request: Request) -> Response:
    examples = desk_examples()
    payload = examples.get(request.query_params.get("example", ""), "")
    return page("commands.html", examples=examples, payload=payload, answer="")


async def send_to_desk(request: Request) -> Response:
    """A command as JSON, or as ``payload`` in the page's form; the answer comes in the same manner."""
    if refusal := refuse_other_origins(request):
        return refusal
    body = (await request.body()).decode()
    as_json = request.headers.get("content-type", "").startswith("application/json")
    payload = body if as_json else (parse_qs(body).get("payload") or [""])[0]
    status, answer = await run_in_threadpool(ask_desk, request.app.state.stack, payload)
    if as_json:
        return JSONResponse(answer, status)
    shown = json.dumps(answer, indent=2, ensure_ascii=False)
    return page("commands.html", status, examples=desk_examples(), payload=payload, answer=shown)


def ask_desk(stack: Stack, payload: str) -> tuple[int, Any]:
    try:
        command = json.loads(payload)
    except ValueError as error:
        return 400, {"errorType": "NotJson", "errorMessage": str(error)}
    try:
        return 200, stack.invoke("desk", command)
    except FunctionFailedError as failure:
        return 502, failure.answer


# ---- the clock


class ClockMoveRefusedError(Exception):
    """Not a move forward, or too long a one."""


def clock_offset_s(stack: Stack) -> int:
    """How far the stack's clock is ahead of the real one, in seconds."""
    ssm = stack.client("ssm")
    try:
        return int(ssm.get_parameter(Name=CLOCK_OFFSET_PARAMETER)["Parameter"]["Value"])
    except ssm.exceptions.ParameterNotFound:
        return 0


def stack_now(stack: Stack) -> datetime:
    """The stack's present moment, in UTC."""
    return datetime.now(UTC) + timedelta(seconds=clock_offset_s(stack))


def move_clock(stack: Stack, forward_s: int) -> int:
    """Move the stack's clock forward and return its new offset; ClockMoveRefusedError for any other move."""
    if not 0 < forward_s <= LONGEST_MOVE_S:
        raise ClockMoveRefusedError(f"The clock moves forward only, by 1 to {LONGEST_MOVE_S} s at a time.")
    with _clock_lock:
        offset_s = clock_offset_s(stack) + forward_s
        stack.client("ssm").put_parameter(
            Name=CLOCK_OFFSET_PARAMETER, Value=str(offset_s), Type="String", Overwrite=True
        )
    return offset_s


async def show_time(request: Request) -> Response:
    return await time_page(request, 200, "")


async def move_time(request: Request) -> Response:
    """Form field ``forward_s``: whole seconds, at least 1."""
    if refusal := refuse_other_origins(request):
        return refusal
    given = (parse_qs((await request.body()).decode()).get("forward_s") or [""])[0]
    try:
        forward_s = int(given) if given.isdecimal() else 0
        await run_in_threadpool(move_clock, request.app.state.stack, forward_s)
    except ClockMoveRefusedError as error:
        return await time_page(request, 400, str(error))
    return RedirectResponse("/time", 303)


async def time_page(request: Request, status: int, error: str) -> Response:
    offset_s = await run_in_threadpool(clock_offset_s, request.app.state.stack)
    offset = timedelta(seconds=offset_s)
    now = datetime.now(UTC) + offset
    return page("time.html", status, now=now, offset=offset, offset_s=offset_s, moves=MOVES_S, error=error)


# ---- what was sent


async def outbox(request: Request) -> Response:
    ask = partial(emulator_inspection, request.app.state.stack)
    mails = await run_in_threadpool(ask, "/_ministack/ses/messages", "messages")
    by_carrier = [
        {"Timestamp": sent["at"], "PhoneNumber": sent["To"], "Message": sent["Body"]}
        for sent in reversed(sent_messages(request))
    ]
    by_cloud = await run_in_threadpool(ask, "/_ministack/sns/sms-messages", "sms_messages")
    texts = [*by_carrier, *by_cloud]
    letters = await run_in_threadpool(kept_letters, request.app.state.stack)
    return page("outbox.html", mails=mails, texts=texts, letters=letters)


def documents_bucket(stack: Stack) -> str:
    buckets = [each["Name"] for each in stack.client("s3").list_buckets()["Buckets"]]
    return next((name for name in buckets if "documentsbucket" in name), "")


def kept_letters(stack: Stack) -> list[str]:
    """The keys of the letters' documents."""
    bucket = documents_bucket(stack)
    if not bucket:
        return []
    listed = stack.client("s3").list_objects_v2(Bucket=bucket, Prefix="letters/").get("Contents", ())
    return [each["Key"] for each in listed]


async def letter(request: Request) -> Response:
    """One document, as the printer gets it."""
    stack, key = request.app.state.stack, f"letters/{request.path_params['key']}"
    if key not in await run_in_threadpool(kept_letters, stack):
        return page("outbox.html", 404, mails=[], texts=[], letters=[])
    s3 = stack.client("s3")
    found = await run_in_threadpool(lambda: s3.get_object(Bucket=documents_bucket(stack), Key=key))
    return Response(found["Body"].read(), media_type=found["ContentType"])


def emulator_inspection(stack: Stack, path: str, key: str) -> list[Mapping[str, Any]]:
    """Everything in one of the emulator's own lists, newest first."""
    answer = httpx.get(stack.aws_endpoint_url + path, trust_env=False, timeout=60).raise_for_status().json()
    return _leaves(answer[key])[::-1]


def _leaves(tree: Any) -> list[Mapping[str, Any]]:
    """The records in lists below nested accounts, regions and numbers."""
    if isinstance(tree, list):
        return tree
    return [record for branch in tree.values() for record in _leaves(branch)]


def refuse_other_origins(request: Request) -> Response | None:
    """A page of the wide web that is open in the same browser must not command the stack."""
    origin = request.headers.get("origin")
    if origin is None or urlsplit(origin).netloc == request.headers.get("host"):
        return None
    return JSONResponse({"errorType": "OtherOrigin", "errorMessage": origin}, 403)

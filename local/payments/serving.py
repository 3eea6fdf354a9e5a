"""Where the sandboxes answer, and the postman who carries their notifications."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from threading import Lock

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.payments import pages, payu, przelewy24
from local.payments.merchant import PAYU_PATH, PRZELEWY24_PATH
from local.payments.sandbox_state import Book
from local.processes import ROOT

BOOK_FILE = ROOT / ".local/payments.json"
HABITS = {"payu": payu.HABITS, "przelewy24": przelewy24.HABITS}
ROUND_S = 0.5

Work = Callable[[Book, Request, bytes], Response]
_lock = Lock()


def book_of(app: Starlette) -> Book:
    """The application's own, or that of `.local`, by the stack's clock."""
    with _lock:
        if not hasattr(app.state, "payments"):
            clock = {"now": app.state.now} if hasattr(app.state, "now") else {}
            app.state.payments = Book(HABITS, BOOK_FILE, **clock)
    book: Book = app.state.payments
    return book


def endpoint(work: Work) -> Callable[[Request], Awaitable[Response]]:
    """Work in a thread: it may ask for the stack's clock, which is behind a request of its own."""

    async def serve(request: Request) -> Response:
        book = await run_in_threadpool(book_of, request.app)
        body = await request.body()
        answer = await run_in_threadpool(work, book, request, body)
        if book.by_itself and not hasattr(request.app.state, "postman"):
            request.app.state.postman = asyncio.create_task(carry(book))
        return answer

    return serve


async def carry(book: Book) -> None:
    """Go round for as long as the server runs."""
    while True:
        if not book.is_idle:
            # The emulator behind the clock may be gone before the server is.
            with contextlib.suppress(Exception):
                await run_in_threadpool(book.run_due)
        await asyncio.sleep(ROUND_S)


def _route(path: str, work: Work, method: str) -> Route:
    return Route(path, endpoint(work), methods=[method])


routes = [
    _route(f"{PAYU_PATH}/pl/standard/user/oauth/authorize", payu.create_token, "POST"),
    _route(f"{PAYU_PATH}/api/v2_1/orders", payu.create_order, "POST"),
    _route(f"{PAYU_PATH}/api/v2_1/orders/{{id}}", payu.show_order, "GET"),
    _route(f"{PAYU_PATH}/api/v2_1/orders/{{id}}/status", payu.capture, "PUT"),
    _route(f"{PAYU_PATH}/api/v2_1/orders/{{id}}/refunds", payu.refund, "POST"),
    _route(f"{PAYU_PATH}/api/v2_1/orders/{{id}}/refunds", payu.show_refunds, "GET"),
    _route(f"{PRZELEWY24_PATH}/api/v1/transaction/register", przelewy24.register, "POST"),
    _route(f"{PRZELEWY24_PATH}/api/v1/transaction/verify", przelewy24.verify, "PUT"),
    _route(f"{PRZELEWY24_PATH}/api/v1/transaction/by/sessionId/{{session_id}}", przelewy24.show, "GET"),
    _route(f"{PRZELEWY24_PATH}/api/v1/transaction/refund", przelewy24.refund, "POST"),
    _route(f"{PRZELEWY24_PATH}/api/v1/refund/by/orderId/{{order_id}}", przelewy24.show_refunds, "GET"),
    _route(f"{PRZELEWY24_PATH}/trnRequest/{{id}}", przelewy24.to_page, "GET"),
    _route("/pay", pages.show_all, "GET"),
    _route("/pay/{provider}/page/{id}", pages.show_payment, "GET"),
    _route("/pay/{provider}/page/{id}", pages.choose, "POST"),
]

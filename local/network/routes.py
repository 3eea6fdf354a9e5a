"""The telephone in the browser, and the carrier's REST API: `routes` for the front door.

They need `app.state.stack` (see `contract`). Optional: `app.state.call_records` (a `CallRecords`; by
default those in `.local`) and `app.state.now` (a function that gives the stack's present moment).
"""

import asyncio
import json
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from local.network import carrier_api
from local.network.carrier_api import records_of
from local.network.contract import Contract, contract_of
from local.network.live import SPEEDS, LiveCall
from local.network.phone_network import PhoneNetwork
from local.network.timeline import Timeline
from local.network.transport import HttpTransport
from telekarta.domain.brands import HELP_LINES, LINES, Service

PAGE = Path(__file__).parent / "page"
TEMPLATES = Environment(loader=FileSystemLoader(PAGE), autoescape=True, trim_blocks=True, lstrip_blocks=True)
STRANGER = 1008  # the WebSocket status for a violated policy

SERVICES = {
    Service.WHITE_PHONE_CALL: "White Phone",
    Service.TELEGROSIK_CALL: "Telegrosik",
    Service.TELEGROSIK_ACTIVATION: "Telegrosik: opening an account",
}
WITHHELD = (
    ("anonymous", "Withheld (anonymous)"),
    ("+266696687", "Withheld (+266696687)"),
    ("+7378742833", "Restricted (+7378742833)"),
    ("unknown", "Unknown"),
)


def phone_page(request: Request) -> HTMLResponse:
    contract = contract_of(request)
    html = TEMPLATES.get_template("phone.html").render(
        lines=[
            {"number": line.number, "shown": spaced(line.number), "access": line.access, "service": title}
            for service, title in SERVICES.items()
            for line in LINES.values()
            if line.service is service
        ],
        services=list(SERVICES.values()),
        callers=callers(contract),
        demo=demo_cards(contract),
        speeds=SPEEDS,
    )
    return HTMLResponse(html, headers={"Cache-Control": "no-store"})


def callers(contract: Contract) -> list[tuple[str, str]]:
    """(the number as the network sends it, what the page calls it)"""
    accounts = [
        (str(entry["caller"]), f"{spaced(str(entry['caller']))} (a demo account)")
        for entry in contract.demo.values()
        if "caller" in entry
    ]
    return [
        ("+48221234567", "+48 22 123 45 67 (a landline)"),
        ("+48601002003", "+48 601 002 003 (a mobile)"),
        *accounts,
        *WITHHELD,
    ]


def demo_cards(contract: Contract) -> list[dict[str, Any]]:
    return [{"name": name.replace("_", " ").title(), **entry} for name, entry in contract.demo.items()]


def spaced(number: str) -> str:
    """`+48800007744` as people read it: `800 007 744`."""
    national = number.removeprefix("+48")
    return " ".join(national[i : i + 3] for i in range(0, len(national), 3)) if len(national) == 9 else number


async def live(socket: WebSocket) -> None:
    """The page's own line. Pages of other origins get none: they could read the demo's calls."""
    origin = socket.headers.get("origin")
    if origin and urlsplit(origin).netloc != socket.headers.get("host"):
        await socket.close(STRANGER)
        return
    await socket.accept()
    # In a thread: the stack's clock may have to be asked for.
    call = LiveCall(await asyncio.to_thread(network_of, socket))
    helpers = [asyncio.create_task(call.tick_for_ever()), asyncio.create_task(_tell(socket, call))]
    try:
        while True:
            await call.obey(json.loads(await socket.receive_text()))
    except WebSocketDisconnect:
        pass
    finally:
        for helper in helpers:
            helper.cancel()
        await asyncio.gather(*helpers, return_exceptions=True)
        await call.close()


async def _tell(socket: WebSocket, call: LiveCall) -> None:
    while True:
        await socket.send_text(json.dumps(await call.messages.get()))


def network_of(socket: WebSocket) -> PhoneNetwork:
    contract = contract_of(socket)
    now: datetime | None = socket.app.state.now() if hasattr(socket.app.state, "now") else None
    return PhoneNetwork(
        HttpTransport(),
        base_url=contract.base_url,
        account_sid=contract.account_sid,
        auth_token=contract.auth_token,
        numbers=LINES,
        verified=HELP_LINES.values(),
        timeline=Timeline(now),
        records=records_of(socket),
    )


routes: list[BaseRoute] = [
    Route("/phone", phone_page),
    WebSocketRoute("/phone/live", live),
    Mount("/phone/page", StaticFiles(directory=PAGE)),
    *carrier_api.routes,
]

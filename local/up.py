"""The whole product on this machine, until Ctrl-C."""

import contextlib
import fcntl
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from local.demo import load_demo
from local.deploy import deploy
from local.frontdoor import create_app
from local.network import CallRecords
from local.payments.sandbox_state import Book
from local.payments.serving import HABITS
from local.processes import HOST, ROOT, Emulator, LocalStackError
from local.stack import CONTRACT, Stack

HOME = ROOT / ".local"
DEFAULT_PORT = "8700"
SERVING_WITHIN_S = 60
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# Callers and families first, then operators, then the world around them.
PAGES = {
    "/": "all of these, with cards to try them",
    "/phone": "a telephone",
    "/topup": "top up a card",
    "/refund": "money back",
    "/write": "a customer's e-mail",
    "/desk": "the operators' desk, with runbooks",
    "/bank": "bank statements",
    "/pay": "the payment providers",
    "/sources": "Lajt mobile and Plus: an SMS, vouchers",
    "/outbox": "letters, e-mails and SMS that were sent",
    "/time": "move the clock forward",
}


@contextlib.contextmanager
def running(home: Path, door: socket.socket) -> Iterator[Stack]:
    """A whole stack behind the bound socket ``door``, its files below ``home``, with demo data."""
    base_url = f"http://{HOST}:{door.getsockname()[1]}"
    print("Starting the emulator ...", flush=True)
    with Emulator(home / "state") as emulator:
        stack = deploy(emulator.endpoint_url, base_url, home / "twilio.json")
        app = create_app(stack)
        app.state.call_records = CallRecords(home / "carrier.jsonl")
        app.state.payments = Book(HABITS, home / "payments.json", app.state.now)
        with serving(app, door):
            app.state.stack = replace(stack, demo=load_demo(stack))
            resume_refunds(stack)
            yield app.state.stack


def resume_refunds(stack: Stack) -> None:
    """Executions don't outlive the emulator: those of open refunds are begun anew, as the hourly job does."""
    kept = stack.client("dynamodb").scan(TableName=stack.tables["refunds"], Select="COUNT", Limit=1)
    if kept["Count"]:
        stack.invoke("timers", {"job": "watch_refunds", "left_alone_s": 0})


@contextlib.contextmanager
def serving(app: Starlette, door: socket.socket) -> Iterator[None]:
    """Serve ``app`` from a thread of its own."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, name="front-door")
    thread.start()
    try:
        deadline = time.monotonic() + SERVING_WITHIN_S
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise LocalStackError("The front door did not open.")
            time.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        thread.join()


def bind(port: int) -> socket.socket:
    """A listening loopback socket on ``port``, or on any free one if it is 0; who comes early waits."""
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((HOST, port))
        door.listen()
    except OSError as error:
        door.close()
        raise LocalStackError(
            f"Port {port} is taken ({error.strerror}): stop what uses it, or TELEKARTA_PORT=8701 make up"
        ) from None
    return door


def wanted_port(text: str) -> int:
    if not (text.isdecimal() and 0 < int(text) < 65536):
        raise LocalStackError(f"TELEKARTA_PORT is no port: {text}")
    return int(text)


def links(stack: Stack, took_s: float) -> str:
    longest = max(map(len, PAGES))
    shown = "\n".join(f"  {stack.base_url}{page:<{longest}}  {what}" for page, what in PAGES.items())
    ready = f"Ready after {took_s:.0f} s; what programs need is in {CONTRACT.relative_to(ROOT)}"
    return f"{ready}\n{shown}\nCtrl-C stops."


@contextlib.contextmanager
def alone(home: Path) -> Iterator[None]:
    """One stack at a time may use the folder."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "in-use").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LocalStackError(f"A stack is running already in {home}.") from None
        yield


class Stop:
    """The wish to stop, as signals bring it. The first one counts; later ones are ignored, or the state would
    be lost half written.

    While the stack is being set up it ends whatever is going on. Once it is served nothing is torn: who waits
    goes on. So a signal is heard wherever it comes, also in the middle of the last printed line.
    """

    def __init__(self) -> None:
        self._wished = threading.Event()
        self._may_wait = False

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        """The signals' handler. It may run inside a print, so it writes past it."""
        ignore_signals()
        self._wished.set()
        with contextlib.suppress(OSError):  # the terminal may be gone, which is why we stop
            os.write(sys.stdout.fileno(), b"\nStopping ...\n")
        if not self._may_wait:
            raise KeyboardInterrupt

    def may_wait(self) -> None:
        """From here on a signal interrupts nothing."""
        self._may_wait = True

    def wait(self) -> None:
        """Until somebody wishes to stop, or at once if somebody has."""
        self._wished.wait()


def listen_to_signals(stop: Stop) -> None:
    for stopping in STOPPING:
        signal.signal(stopping, stop)


def ignore_signals() -> None:
    for stopping in STOPPING:
        signal.signal(stopping, signal.SIG_IGN)


def serve(port: int, stop: Stop) -> None:
    began = time.monotonic()
    with contextlib.closing(bind(port)) as door, alone(HOME):
        CONTRACT.unlink(missing_ok=True)
        try:
            with running(HOME, door) as stack:
                stop.may_wait()
                stack.write_contract()
                print(links(stack, time.monotonic() - began), flush=True)
                stop.wait()
        finally:
            CONTRACT.unlink(missing_ok=True)


def main() -> None:
    stop = Stop()
    try:
        listen_to_signals(stop)
        serve(wanted_port(os.environ.get("TELEKARTA_PORT", DEFAULT_PORT)), stop)
    except KeyboardInterrupt:
        pass
    except LocalStackError as error:
        raise SystemExit(str(error)) from None
    finally:
        ignore_signals()
    print("Stopped; the state is kept.", flush=True)

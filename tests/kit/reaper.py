"""A wire before the emulator on which functions die: the process that sent a request is killed with SIGKILL,
before the request is passed on, or after it was done and before its answer.

What a request does is told by the refund that it is about and by a word for it (`what`): a line of the case's
history that is being written, or what leaves the house.
"""

import http.client
import json
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from urllib.parse import urlsplit

from telekarta.domain.refunds.refund import reference_of
from tests.kit.waiting import until

LISTENING = "0100007F"  # 127.0.0.1 as /proc/net/tcp writes it
PAYOUTS_AT_MOST = 3


class When(StrEnum):
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Death:
    """Where a function dies: at the first request of this case that does this."""

    case: str
    what: str
    when: When


@dataclass
class Fate:
    """Which deaths are still to come. `lines` is how much of each case's history is known to be written."""

    to_come: set[Death] = field(default_factory=set)
    met: list[Death] = field(default_factory=list)
    seen: list[tuple[str, str]] = field(default_factory=list)
    _lines: dict[str, int] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, request: "Request") -> tuple[str, str, int] | None:
        """The case, what is done about it, and how long its history is then; None for what nobody awaits."""
        with self._lock:
            cases = {death.case for death in self.to_come}
        return next((told for case in cases if (told := request.told_of(case, self._lines))), None)

    def strikes(self, case: str, what: str, when: When) -> bool:
        death = Death(case, what, when)
        with self._lock:
            if death not in self.to_come:
                return False
            self.to_come.remove(death)
            self.met.append(death)
            return True

    def was_done(self, case: str, what: str, lines: int) -> None:
        with self._lock:
            self._lines[case] = max(lines, self._lines.get(case, 0))
            self.seen.append((case, what))


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    target: str
    body: bytes

    def told_of(self, case: str, known: Mapping[str, int]) -> tuple[str, str, int] | None:
        if self.method == "PUT" and any(reference in self.path for reference in _references(case)):
            return case, "file put", 0
        if case.encode() not in self.body:
            return None
        if self.path.endswith("/invocations"):
            return case, "letter made", 0
        if self.path.endswith("/outbound-emails"):
            return case, "mail sent", 0
        operation = self.target.rpartition(".")[2]
        if operation == "UpdateItem":
            return case, "list cleared", 0
        if operation != "TransactWriteItems":
            return None
        items = [put["Put"]["Item"] for put in json.loads(self.body)["TransactItems"] if "Put" in put]
        whole = next((item["case"]["M"] for item in items if "M" in item.get("case", {})), None)
        if whole is None:
            return case, "letter queued" if items[0]["id"]["S"].startswith("letter:") else "listed", 0
        history = whole["history"]["L"]
        if len(history) > known.get(case, 0):
            return case, history[-1]["M"]["event"]["S"], len(history)
        states = [payout["M"]["state"]["S"] for payout in whole["payouts"]["L"]]
        return case, "sending" if "sending" in states else "waiting", len(history)


def _references(case: str) -> list[str]:
    return [reference_of(case, number) for number in range(1, PAYOUTS_AT_MOST + 1)]


@contextmanager
def reaping(upstream: str, fate: Fate) -> Iterator[str]:
    """The address of such a wire before `upstream`."""
    host, port = urlsplit(upstream).hostname, urlsplit(upstream).port

    class Wire(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = Request(self.command, self.path, self.headers.get("X-Amz-Target", ""), body)
            told = fate.of(request)
            if told and fate.strikes(told[0], told[1], When.BEFORE):
                self._kill()
                return
            emulator = http.client.HTTPConnection(str(host), port, timeout=60)
            # botocore asks S3 with Expect: 100-continue, which was answered here already.
            kept = {name: value for name, value in self.headers.items() if name.lower() != "expect"}
            emulator.request(self.command, self.path, body, kept)
            answer = emulator.getresponse()
            content = answer.read()
            emulator.close()
            if told:
                fate.was_done(*told)
                if fate.strikes(told[0], told[1], When.AFTER):
                    self._kill()
                    return
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in (
                    "content-length",
                    "connection",
                    "transfer-encoding",
                    "date",
                    "server",
                ):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def _kill(self) -> None:
            pid = process_at(self.client_address[1], self.server.server_address[1])
            os.kill(pid, signal.SIGKILL)
            until(lambda: _is_gone(pid), pause_s=0.002)
            self.close_connection = True

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _pass_on  # noqa: N815 - the library's names

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Wire)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="reaper")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def process_at(port: int, peer_port: int) -> int:
    """The process that holds this end of a connection on the loopback, as the kernel tells."""
    mine, theirs = f"{LISTENING}:{port:04X}", f"{LISTENING}:{peer_port:04X}"
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    socket = next(f"socket:[{row[9]}]" for row in rows if (row[1], row[2]) == (mine, theirs))
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(str(held.readlink()) == socket for held in (process / "fd").iterdir()):
                return int(process.name)
        except OSError:  # it has ended meanwhile, or is not ours
            continue
    raise LookupError("nobody holds the other end")


def _is_gone(pid: int) -> bool:
    """Dead, though its parent may not have asked for it yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("Z")
    except OSError:
        return True

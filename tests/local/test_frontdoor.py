"""The front door with nothing behind it but what a test puts there."""

import contextlib
import http.client
import io
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

import local.stack
from local.frontdoor import create_app, stack_now
from local.proxy import end_to_end, forwarded
from local.stack import Stack
from local.up import PAGES, bind, links, serving
from tests.kit import browsing


class ParameterNotFound(Exception):  # the name that AWS gives it
    pass


class FakeAws:
    """Just what the front door asks of SSM and Lambda."""

    def __init__(self) -> None:
        self.parameters: dict[str, str] = {}
        self.invoked: list[tuple[str, Any]] = []
        self.answer: dict[str, Any] = {}
        self.failure: dict[str, str] = {}
        self.exceptions = type("Exceptions", (), {"ParameterNotFound": ParameterNotFound})

    def get_parameter(self, **asked: str) -> dict[str, Any]:
        if asked["Name"] not in self.parameters:
            raise ParameterNotFound
        return {"Parameter": {"Value": self.parameters[asked["Name"]]}}

    def put_parameter(self, **asked: Any) -> None:
        self.parameters[asked["Name"]] = asked["Value"]

    def invoke(self, **asked: Any) -> dict[str, Any]:
        self.invoked.append((asked["FunctionName"], json.loads(asked["Payload"])))
        body = json.dumps(self.failure or self.answer).encode()
        return {"Payload": io.BytesIO(body)} | ({"FunctionError": "Unhandled"} if self.failure else {})


def a_stack(aws_endpoint_url: str = "http://127.0.0.1:9") -> Stack:
    return Stack(
        base_url="http://127.0.0.1:8700",
        aws_endpoint_url=aws_endpoint_url,
        api_id="api1",
        functions={"desk": "x-desk"},
        tables={},
        twilio_account_sid="AC1",
        twilio_auth_token="t",
        demo={"telegrosik": {"access_number": "+48800901900", "pin": "123456789012", "balance": 2000}},
    )


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> FakeAws:
    fake = FakeAws()
    monkeypatch.setattr(local.stack, "client", lambda _service, _endpoint: fake)
    return fake


@contextlib.contextmanager
def open_door(stack: Stack) -> Iterator[int]:
    """Serve the front door of a stack; its port."""
    with contextlib.closing(bind(0)) as door, serving(create_app(stack), door):
        yield door.getsockname()[1]


@pytest.fixture
def browser(aws: FakeAws) -> Iterator[httpx.Client]:
    with (
        open_door(a_stack()) as port,
        browsing.browser(base_url=f"http://127.0.0.1:{port}", follow_redirects=True) as browser,
    ):
        yield browser


def test_the_links_that_a_start_prints_are_the_pages_that_the_first_page_knows(browser: httpx.Client) -> None:
    known = re.findall(r'href="(/[a-z]+)"', browser.get("/").text)
    assert {"/", *known} == PAGES.keys()
    stack = a_stack()
    shown = links(stack, 1.0).splitlines()
    assert [line.split()[0] for line in shown[1:-1]] == [f"{stack.base_url}{page}" for page in PAGES]


# ---- the proxy


@pytest.fixture
def upstream() -> Iterator[Callable[[bytes], tuple[str, list[bytes]]]]:
    """Start a server that keeps what it receives and answers with the given bytes."""
    doors = []

    def start(answer: bytes) -> tuple[str, list[bytes]]:
        door = socket.create_server(("127.0.0.1", 0))
        doors.append(door)
        received: list[bytes] = []

        def serve() -> None:
            connection, _ = door.accept()
            with connection, connection.makefile("rb") as incoming:
                head = b"".join(iter(incoming.readline, b"\r\n"))
                length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])  # type: ignore[index]
                received.append(head + b"\r\n" + incoming.read(length))
                connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        return f"http://127.0.0.1:{door.getsockname()[1]}", received

    yield start
    for door in doors:
        door.close()


def test_a_request_and_its_answer_pass_byte_for_byte(aws: FakeAws, upstream: Any) -> None:
    answer = b"HTTP/1.1 403 Forbidden\r\ncontent-type: text/xml\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n"
    url, received = upstream(answer + b"connection: close\r\ncontent-length: 3\r\n\r\n<a>")
    with open_door(a_stack(url)) as port:
        twilio = http.client.HTTPConnection("127.0.0.1", port)
        form = b"Digits=&From=%2B48&X=%c5%bc"
        twilio.request("POST", "/voice/a%2Fb?b=1&a=%2f%20+x&a=&c|d", form, {"x-twilio-signature": "s+/="})
        reply = twilio.getresponse()
        content = reply.read()
        twilio.close()
    head, _, body = received[0].partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST /_aws/execute-api/api1/$default/voice/a%2Fb?b=1&a=%2f%20+x&a=&c|d HTTP/1.1"
    assert body == form
    assert b"x-twilio-signature: s+/=" in lines
    assert b"x-forwarded-proto: http" in lines
    assert (reply.status, content) == (403, b"<a>")
    assert reply.headers.get_all("set-cookie") == ["a=1", "b=2"]


def test_a_silent_emulator_is_a_bad_gateway(browser: httpx.Client) -> None:
    assert browser.post("/voice/incoming").status_code == 502


def test_headers_of_one_connection_stay_on_it() -> None:
    headers = [(b"Connection", b"close, X-Private"), (b"x-private", b"1"), (b"TE", b"x"), (b"Accept", b"*/*")]
    assert end_to_end(headers) == [(b"Accept", b"*/*")]


def test_the_chain_of_clients_grows_and_the_rest_says_how_we_were_asked() -> None:
    headers = [(b"X-Forwarded-For", b"203.0.113.9"), (b"X-Forwarded-Proto", b"https"), (b"host", b"x")]
    assert forwarded(headers, "127.0.0.1", 8700) == [
        (b"host", b"x"),
        (b"x-forwarded-for", b"203.0.113.9, 127.0.0.1"),
        (b"x-forwarded-proto", b"http"),
        (b"x-forwarded-port", b"8700"),
    ]


# ---- pages


def test_the_first_page_shows_the_demo_data(browser: httpx.Client) -> None:
    page = browser.get("/").text
    assert "123456789012" in page
    assert "20.00 zł" in page


def test_the_clock_moves_forward_by_the_sum_of_its_moves(browser: httpx.Client, aws: FakeAws) -> None:
    for forward_s in ("86400", "600"):
        assert browser.post("/time", data={"forward_s": forward_s}).status_code == 200
    assert aws.parameters["/telekarta/local/clock-offset-s"] == "87000"
    assert "1 day, 0:10:00" in browser.get("/time").text


@pytest.mark.parametrize("forward_s", ["-1", "0", "", "1.5", "x", "²", "999999999999"])
def test_the_clock_makes_no_other_move(browser: httpx.Client, aws: FakeAws, forward_s: str) -> None:
    reply = browser.post("/time", data={"forward_s": forward_s})
    assert reply.status_code == 400
    assert "forward only" in reply.text
    assert aws.parameters == {}


def test_the_phone_lives_in_the_time_of_the_stack(browser: httpx.Client, aws: FakeAws) -> None:
    before = stack_now(a_stack())
    browser.post("/time", data={"forward_s": "3600"})
    assert create_app(a_stack()).state.now() - before >= timedelta(hours=1)


def test_a_command_goes_to_the_desk_as_it_was_written(browser: httpx.Client, aws: FakeAws) -> None:
    aws.answer = {"cards": [{"card": "<b>"}]}
    page = browser.post("/desk", data={"payload": '{"command": "issue_cards"}'}).text
    assert aws.invoked == [("x-desk", {"command": "issue_cards"})]
    assert "&lt;b&gt;" in page


def test_a_program_gets_the_desks_answer_as_json(browser: httpx.Client, aws: FakeAws) -> None:
    aws.answer = {"cards": []}
    reply = browser.post("/desk", json={"command": "issue_cards"})
    assert (reply.status_code, reply.json()) == (200, {"cards": []})


def test_what_the_desk_raised_is_shown(browser: httpx.Client, aws: FakeAws) -> None:
    aws.failure = {"errorType": "UnknownCard", "errorMessage": "999999"}
    reply = browser.post("/desk", json={"command": "show_card"})
    assert (reply.status_code, reply.json()) == (502, aws.failure)


def test_what_is_not_json_never_reaches_the_desk(browser: httpx.Client, aws: FakeAws) -> None:
    assert browser.post("/desk", data={"payload": "{"}).status_code == 400
    assert aws.invoked == []


@pytest.mark.parametrize("path", ["/desk", "/time"])
def test_pages_of_other_origins_command_nothing(browser: httpx.Client, aws: FakeAws, path: str) -> None:
    reply = browser.post(path, data={"payload": "{}", "forward_s": "1"}, headers={"origin": "https://evil"})
    assert reply.status_code == 403
    assert (aws.invoked, aws.parameters) == ([], {})


def test_another_name_for_this_machine_is_not_answered(browser: httpx.Client) -> None:
    assert browser.get("/", headers={"host": "evil.example"}).status_code == 400


def test_the_contract_is_the_one_of_the_design() -> None:
    assert a_stack().contract() == {
        "base_url": "http://127.0.0.1:8700",
        "aws_endpoint_url": "http://127.0.0.1:9",
        "region": "eu-central-1",
        "twilio": {"account_sid": "AC1", "auth_token": "t"},
        "functions": {"desk": "x-desk"},
        "state_machines": {},
        "tables": {},
        "demo": {"telegrosik": {"access_number": "+48800901900", "pin": "123456789012", "balance": 2000}},
    }

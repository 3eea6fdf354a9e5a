"""Over real HTTP: the URL is sent byte for byte, and each failure has its own name."""

import socket

import pytest

from local.network import ConnectError, HttpTransport, TooLateError
from local.network.twiml import Severity
from local.network.webhook import Webhooks
from tests.kit.phone import AUTH_TOKEN
from tests.network.fake_app import app
from tests.network.fake_server import served


def test_the_query_arrives_byte_for_byte():
    product = app("<Hangup/>")
    with served(product) as base_url:
        url = base_url + "/voice/incoming?b=%7e+%2B&a=1&b=~&c="
        reply = Webhooks(HttpTransport(), AUTH_TOKEN).request("POST", url + "#rc=2", {"A": "", "B": "ą&="})
    assert reply.status == 200
    assert reply.content_type == "text/xml"
    assert product.requests[0].url == url
    assert product.requests[0].form == {"A": "", "B": "ą&="}


def test_a_closed_port_is_a_failed_connection():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(ConnectError):
        HttpTransport()("POST", f"http://127.0.0.1:{port}/", {}, b"")


def test_a_silent_server_is_too_late():
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(TooLateError, match=r"within 0\.05 s"),
    ):
        HttpTransport(limit_s=0.05)("POST", f"http://127.0.0.1:{silent.getsockname()[1]}/", {}, b"")


def test_redirects_without_end_are_an_error():
    product = app((302, {"Location": "/voice/incoming"}, b""))
    reply = Webhooks(product, AUTH_TOKEN).request("POST", "https://telekarta.test/voice/incoming", {})
    assert reply.status == 0
    assert reply.problems[-1].severity is Severity.ERROR

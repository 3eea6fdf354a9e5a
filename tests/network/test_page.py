"""The telephone in the browser: the page, and its line to the network in real time."""

import json
import re
from contextlib import contextmanager

import pytest
from starlette.applications import Starlette
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from local.network import CallRecords
from local.network.routes import routes
from tests.kit import browsing
from tests.kit.phone import ACCOUNT_SID, AUTH_TOKEN
from tests.network.fake_app import app
from tests.network.fake_server import running, served

DEMO = {
    "white_phone": {
        "access_number": "+48800007744",
        "card": "123456",
        "pin": "87654321",
        "balance": 2000,
    },
    "telegrosik_account": {"caller": "+48601500600", "access_number": "+48800901900", "balance": 1500},
}
OURS = "+48800007744"
GATHER = '<Gather numDigits="2" action="/voice/got"><Say language="pl-PL">Podaj kod.</Say></Gather>'


@contextmanager
def telephone(base_url="http://nowhere.test", records=None):
    """The address of a front door that has only the telephone."""
    application = Starlette(routes=routes)
    application.state.stack = {
        "base_url": base_url,
        "twilio": {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN},
        "demo": DEMO,
    }
    application.state.call_records = records or CallRecords()
    with running(application) as address:
        yield address


class Line:
    """The page's end of the line."""

    def __init__(self, socket):
        self.socket = socket

    def says(self, do, **more):
        self.socket.send(json.dumps({"do": do, **more}))

    def hears_until(self, kind):
        """The events up to the first of the kind, that one included."""
        events = []
        while not events or events[-1]["kind"] != kind:
            told = json.loads(self.socket.recv(timeout=browsing.PATIENCE_S))
            if told["type"] == "event":
                events.append(told)
        return events


@contextmanager
def line(product, records=None):
    with (
        served(product) as base_url,
        telephone(base_url, records) as address,
        connect(f"ws://{address}/phone/live", origin=f"http://{address}") as socket,
    ):
        yield Line(socket)


@pytest.fixture(scope="module")
def page():
    with telephone() as address, browsing.browser(base_url=f"http://{address}") as client:
        files = [client.get(f"/phone/page/phone.{kind}").raise_for_status().text for kind in ("css", "js")]
        return client.get("/phone").raise_for_status().text, files


SHOWN = [
    "800 007 744",
    "800 901 900",
    "<code>123456</code>",
    "<code>87654321</code>",
    "20.00 zł",
    "601 500 600 (a demo account)",
    'value="anonymous"',
    'data-key="#"',
    'aria-live="polite"',
]


@pytest.mark.parametrize("text", SHOWN)
def test_the_page_shows(page, text):
    assert text in page[0]


def test_the_page_needs_nothing_from_elsewhere(page):
    html, files = page
    assert not re.search(r"https?://", html + "".join(files))


def test_a_call_from_the_browser():
    product = app(GATHER, got="<Dial>+48601234567</Dial>")
    with line(product) as browser:
        party = {"kind": "answers", "after_s": 0, "hangs_up_after_s": 0}
        browser.says("dial", to=OURS, **{"from": "anonymous"}, party=party)
        heard = browser.hears_until("heard")[-1]
        browser.says("key", key="1")
        browser.says("key", key="2")
        events = browser.hears_until("ended")
    assert (heard["text"], heard["details"]["language"]) == ("Podaj kod.", "pl-PL")
    assert product.forms("/voice/got")[0]["Digits"] == "12"
    kinds = [event["kind"] for event in events if event["kind"] in {"pressed", "connected", "parted"}]
    assert kinds == ["pressed", "pressed", "connected", "parted"]


def test_a_spoken_prompt_ends_when_the_browser_says_so():
    with line(app("<Say>Good morning, and a long one.</Say>")) as browser:
        browser.says("dial", to=OURS, **{"from": "anonymous"}, aloud=True)
        heard = browser.hears_until("heard")[-1]
        browser.says("spoken", ref=heard["details"]["ref"])
        assert browser.hears_until("ended")[-1]["after_s"] < heard["details"]["lasts_s"]


def test_a_talk_can_be_forwarded_but_not_past_its_end():
    with line(app('<Dial timeLimit="90">+48601234567</Dial>')) as browser:
        browser.says("dial", to=OURS, **{"from": "anonymous"}, party={"kind": "answers", "after_s": 0})
        browser.hears_until("connected")
        for _ in range(3):
            browser.says("skip")
        assert browser.hears_until("cut_off")[-1]["details"] == {"duration_s": 90}


def test_a_closed_page_hangs_up():
    product, records = app(GATHER), CallRecords()
    with line(product, records) as browser:
        browser.says("dial", to=OURS, **{"from": "anonymous"})
        browser.hears_until("heard")
    (record,) = records.find()
    assert record.status == "completed"
    assert len(product.forms("/voice/status")) == 1


def test_a_number_that_is_not_ours_is_a_problem_on_screen():
    with line(app(GATHER)) as browser:
        browser.says("dial", to="+48111", **{"from": "anonymous"})
        assert "not one of our numbers" in browser.hears_until("problem")[-1]["text"]


def test_a_foreign_page_gets_no_line():
    with telephone() as address, pytest.raises(InvalidStatus):
        connect(f"ws://{address}/phone/live", origin="http://elsewhere.test")

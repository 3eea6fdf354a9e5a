"""The carrier's own records, and its REST API that shows them."""

import re
from datetime import UTC, datetime

import pytest
from starlette.applications import Starlette

from local.network import Answers, CallRecords
from local.network.routes import routes
from tests.kit import browsing
from tests.kit.phone import ACCOUNT_SID, AUTH_TOKEN, BASE_URL, Phone, phone_network
from tests.network.fake_app import app
from tests.network.fake_server import running

STACK = {"base_url": BASE_URL, "twilio": {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN}}
CALLS = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Calls"
DIAL = '<Dial action="/voice/after">+48601234567</Dial>'
RFC_2822 = re.compile(r"(Mon|Tue), \d\d Mar 2026 \d\d:\d\d:\d\d \+0000")


TALKS = Answers(4, hangs_up_after_s=65)


def a_talk(records, party=TALKS, from_="+48221234567"):
    network = phone_network(app(DIAL, after="<Hangup/>"), records=records, seed=None)
    return Phone(network).knows("+48601234567", party).dials("+48800007744", from_).ends()


@pytest.fixture(scope="module")
def records():
    return CallRecords()


@pytest.fixture(scope="module")
def carrier(records):
    """A client of the carrier's API."""
    application = Starlette(routes=routes)
    application.state.stack = STACK
    application.state.call_records = records
    with (
        running(application) as address,
        browsing.browser(base_url=f"http://{address}", auth=(ACCOUNT_SID, AUTH_TOKEN)) as client,
    ):
        yield client


def test_the_child_call_is_found_by_its_parent(records, carrier):
    parent = a_talk(records).call
    a_talk(records)
    page = carrier.get(f"{CALLS}.json?ParentCallSid={parent.sid}").json()
    (child,) = page["calls"]
    assert child["sid"] == parent.child.sid
    assert child["parent_call_sid"] == parent.sid
    assert (child["status"], child["duration"], child["direction"]) == ("completed", "65", "outbound-dial")
    assert child["start_time"] == "Mon, 02 Mar 2026 10:00:04 +0000"
    assert child["end_time"] == "Mon, 02 Mar 2026 10:01:09 +0000"
    assert page["next_page_uri"] is None


def test_one_call_has_twilios_fields(records, carrier):
    call = a_talk(records).call
    shown = carrier.get(f"{CALLS}/{call.sid}.json").json()
    assert shown["duration"] == "69"
    assert (shown["from"], shown["to"], shown["direction"]) == ("+48221234567", "+48800007744", "inbound")
    assert shown["parent_call_sid"] is None
    assert shown["uri"] == f"{CALLS}/{call.sid}.json"
    assert RFC_2822.fullmatch(shown["date_created"])


def test_an_unanswered_call_has_no_duration(records, carrier):
    call = a_talk(records, Answers(40)).call
    shown = carrier.get(f"{CALLS}/{call.child.sid}.json").json()
    assert (shown["status"], shown["duration"], shown["start_time"]) == ("no-answer", None, None)


def test_pages_follow_each_other(records, carrier):
    for _ in range(3):
        a_talk(records, from_="+48600000001")
    first = carrier.get(f"{CALLS}.json?From=%2B48600000001&PageSize=4").json()
    second = carrier.get(first["next_page_uri"]).json()
    assert (len(first["calls"]), len(second["calls"]), second["next_page_uri"]) == (4, 2, None)
    assert len({call["sid"] for call in first["calls"] + second["calls"]}) == 6


NOBODY = ("", "")
REFUSED = [
    # path                                     who            status  code
    (f"{CALLS}.json", NOBODY, 401, 20003),
    (f"{CALLS}.json", (ACCOUNT_SID, "guess"), 401, 20003),
    (f"{CALLS}/CA{'0' * 32}.json", (ACCOUNT_SID, AUTH_TOKEN), 404, 20404),
    ("/2010-04-01/Accounts/ACother/Calls.json", (ACCOUNT_SID, AUTH_TOKEN), 404, 20404),
    (f"{CALLS}.json?Page=x", (ACCOUNT_SID, AUTH_TOKEN), 400, 20001),
]


@pytest.mark.parametrize(("path", "who", "status", "code"), REFUSED)
def test_what_the_api_refuses(carrier, path, who, status, code):
    answer = carrier.get(path, auth=who)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_records_in_a_file_are_known_to_another_process(tmp_path):
    ours, theirs = CallRecords(tmp_path / "calls.jsonl"), CallRecords(tmp_path / "calls.jsonl")
    assert theirs.find() == []
    call = a_talk(ours).call
    assert theirs.get(call.sid) == call.record
    assert theirs.find(parent_sid=call.sid) == [call.child]
    assert ours.find() == theirs.find()


def test_half_a_line_waits_for_its_other_half(tmp_path):
    path = tmp_path / "calls.jsonl"
    call = a_talk(CallRecords(path)).call
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    reader = CallRecords(path)
    before = reader.get(call.sid)
    path.write_bytes(whole)
    assert before != reader.get(call.sid) == call.record


def test_a_begun_second_counts_whole():
    at = datetime(2026, 3, 2, 10, 0, 0, 400_000, tzinfo=UTC)
    record = a_talk(CallRecords()).call.child.answered(at.replace(microsecond=0))
    assert record.ended("completed", at).duration_s == 1
    assert record.ended("completed", at.replace(microsecond=0)).duration_s == 0

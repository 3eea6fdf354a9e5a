"""The carrier's records of a time, over HTTP from the simulated carrier."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from starlette.applications import Starlette

from local.network.carrier_api import routes
from local.network.records import CallRecord, CallRecords
from telekarta.adapters.twilio import carrier
from telekarta.adapters.twilio.carrier import TwilioCarrier
from telekarta.adapters.twilio.credentials import TwilioCredentials
from tests.network.fake_server import running

ACCOUNT_SID, AUTH_TOKEN = "AC" + "1" * 32, "2" * 32
NOON = datetime(2026, 11, 17, 12, tzinfo=UTC)
PARENT = CallRecord(
    "CA" + "a" * 32,
    ACCOUNT_SID,
    None,
    "+48600100200",
    "+48800007744",
    "inbound",
    "completed",
    NOON,
    NOON,
    NOON,
)


def leg(number: int, began: datetime) -> CallRecord:
    record = replace(
        PARENT,
        sid=f"CA{number:032}",
        parent_sid=PARENT.sid,
        to="+48221112233",
        direction="outbound-dial",
        created_at=began,
        started_at=began,
    )
    return record.ended("completed", began + timedelta(seconds=65))


@pytest.fixture
def records() -> CallRecords:
    records = CallRecords()
    records.put(PARENT)
    return records


@pytest.fixture
def twilio(records: CallRecords) -> Iterator[TwilioCarrier]:
    app = Starlette(routes=routes)
    app.state.call_records = records
    app.state.stack = {
        "base_url": "",
        "twilio": {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN},
    }
    with running(app) as address:
        yield TwilioCarrier(lambda: TwilioCredentials(ACCOUNT_SID, (AUTH_TOKEN,)), f"http://{address}")


def test_dialled_legs_of_a_time_are_told_whichever_day_they_fall_on(
    twilio: TwilioCarrier, records: CallRecords
) -> None:
    starts = [NOON + timedelta(hours=hours) for hours in (-13, -12, 0, 11, 12, 13)]
    for number, start in enumerate(starts):
        records.put(leg(number, start))
    found = twilio.legs_between(NOON - timedelta(hours=12), NOON + timedelta(hours=13))
    assert sorted(each.sid for each in found) == [f"CA{number:032}" for number in (1, 2, 3, 4)]
    assert {(each.parent_sid, each.duration_s) for each in found} == {(PARENT.sid, 65)}


def test_a_leg_that_nobody_answered_is_known_by_its_making(
    twilio: TwilioCarrier, records: CallRecords
) -> None:
    unanswered = replace(leg(1, NOON), started_at=None, status="no-answer", duration_s=None)
    records.put(unanswered)
    (found,) = twilio.legs_between(NOON, NOON + timedelta(seconds=1))
    assert (found.status, found.duration_s) == ("no-answer", None)


def test_a_long_day_has_many_pages(
    twilio: TwilioCarrier, records: CallRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrier, "LARGEST_PAGE", 3)
    for number in range(10):
        records.put(leg(number, NOON + timedelta(minutes=number)))
    assert len(twilio.legs_between(NOON, NOON + timedelta(hours=1))) == 10

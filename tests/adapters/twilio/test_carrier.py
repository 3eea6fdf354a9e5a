"""The carrier's records as the simulated carrier's REST API tells them, over HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response

from local.network.carrier_api import routes
from local.network.records import CallRecord, CallRecords
from telekarta.adapters.aws.secrets import SecretUnavailable
from telekarta.adapters.twilio.carrier import API_URL, TwilioCarrier, _http_client
from telekarta.adapters.twilio.credentials import TwilioCredentials
from telekarta.usecases.ports import CarrierCall, CarrierUnavailable
from tests.network.fake_server import running

ACCOUNT_SID, AUTH_TOKEN = "AC" + "1" * 32, "2" * 32
CALLER, WARSAW = "+48600100200", "+48221112233"
THEN = datetime(2026, 11, 17, 12, tzinfo=UTC)
PARENT = CallRecord(
    "CA" + "a" * 32, ACCOUNT_SID, None, CALLER, "+48800007744", "inbound", "in-progress", THEN, THEN, THEN
)


def leg(sid: str, after_s: int, parent: CallRecord = PARENT) -> CallRecord:
    created = THEN + timedelta(seconds=after_s)
    return CallRecord(
        "CA" + sid * 32,
        ACCOUNT_SID,
        parent.sid,
        CALLER,
        WARSAW,
        "outbound-dial",
        "ringing",
        created,
        created,
    )


@pytest.fixture
def records() -> CallRecords:
    records = CallRecords()
    records.put(PARENT)
    return records


class Odd:
    """What the API answers instead, once it is set; and what it was asked."""

    def __init__(self) -> None:
        self.answer: tuple[int, str] | None = None
        self.asked: list[str] = []


@pytest.fixture
def odd() -> Odd:
    return Odd()


@pytest.fixture
def api(records: CallRecords, odd: Odd) -> Iterator[str]:
    async def note(request: Request, go_on: RequestResponseEndpoint) -> Response:
        odd.asked.append(request.url.path + (f"?{request.url.query}" if request.url.query else ""))
        if odd.answer is None:
            return await go_on(request)
        status, body = odd.answer
        return Response(body, status, media_type="application/json")

    app = Starlette(routes=routes, middleware=[Middleware(BaseHTTPMiddleware, dispatch=note)])
    app.state.call_records = records
    app.state.stack = {
        "base_url": "",
        "twilio": {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN},
    }
    with running(app) as address:
        yield f"http://{address}"


def credentials(token: str = AUTH_TOKEN) -> TwilioCredentials:
    return TwilioCredentials(ACCOUNT_SID, (token, "spare"))


@pytest.fixture
def carrier(api: str) -> TwilioCarrier:
    return TwilioCarrier(credentials, api)


def test_a_call_in_progress(carrier: TwilioCarrier) -> None:
    assert carrier.call(PARENT.sid) == CarrierCall(
        PARENT.sid, "", "+48800007744", CALLER, "in-progress", None, THEN, THEN, None
    )


def test_an_answered_leg_has_its_duration_and_its_end(carrier: TwilioCarrier, records: CallRecords) -> None:
    answered = leg("b", 10).answered(THEN + timedelta(seconds=15))
    ended = THEN + timedelta(seconds=80)
    records.put(answered.ended("completed", ended))
    (told,) = carrier.legs(PARENT.sid)
    assert (told.status, told.duration_s, told.ended_at) == ("completed", 65, ended)
    assert (told.parent_sid, told.to, told.created_at) == (PARENT.sid, WARSAW, THEN + timedelta(seconds=10))


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed", "canceled"])
def test_a_leg_that_nobody_answered_has_none(
    carrier: TwilioCarrier, records: CallRecords, status: str
) -> None:
    records.put(leg("b", 10).ended(status, THEN + timedelta(seconds=20)))
    (told,) = carrier.legs(PARENT.sid)
    assert (told.status, told.duration_s, told.started_at) == (status, None, None)


def test_legs_come_in_the_order_in_which_they_were_dialled(
    carrier: TwilioCarrier, records: CallRecords
) -> None:
    other = replace(PARENT, sid="CA" + "f" * 32)
    for each in (leg("c", 300), leg("b", 10), leg("d", 20, other)):
        records.put(each)
    assert [told.sid[-1] for told in carrier.legs(PARENT.sid)] == ["b", "c"]


def test_more_legs_than_a_page_shows(carrier: TwilioCarrier, records: CallRecords) -> None:
    for number in range(60):
        records.put(replace(leg("b", number), sid=f"CA{number:032}"))
    assert len(carrier.legs(PARENT.sid)) == 60


def test_what_is_asked(carrier: TwilioCarrier, odd: Odd) -> None:
    carrier.call(PARENT.sid)
    carrier.legs(PARENT.sid)
    calls = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Calls"
    assert odd.asked == [f"{calls}/{PARENT.sid}.json", f"{calls}.json?ParentCallSid={PARENT.sid}"]


def test_a_call_that_the_carrier_does_not_have(carrier: TwilioCarrier) -> None:
    assert carrier.call("CA" + "9" * 32) is None
    assert carrier.legs("CA" + "9" * 32) == ()


@pytest.mark.parametrize(
    "answer",
    [
        (500, "{}"),
        (503, "<html>"),
        (429, '{"code": 20429, "message": "Too many requests"}'),
        (401, '{"code": 20003, "message": "Authenticate"}'),
        (200, "<html>"),
        (200, '"a text"'),
    ],
)
def test_an_answer_that_is_none_means_ask_later(
    carrier: TwilioCarrier, odd: Odd, answer: tuple[int, str]
) -> None:
    odd.answer = answer
    with pytest.raises(CarrierUnavailable) as one:
        carrier.call(PARENT.sid)
    with pytest.raises(CarrierUnavailable):
        carrier.legs(PARENT.sid)
    assert ACCOUNT_SID not in str(one.value)
    assert one.value.__cause__ is one.value.__context__ is None


def test_a_carrier_that_is_away_means_ask_later() -> None:
    nobody = TwilioCarrier(credentials, "http://127.0.0.1:1")
    with pytest.raises(CarrierUnavailable, match="ConnectionError"):
        nobody.call(PARENT.sid)


def test_credentials_that_do_not_come_mean_ask_later(api: str) -> None:
    def gone() -> TwilioCredentials:
        raise SecretUnavailable("the secret did not come")

    with pytest.raises(CarrierUnavailable, match="SecretUnavailable"):
        TwilioCarrier(gone, api).call(PARENT.sid)


def test_a_token_that_is_replaced_is_used_at_once(api: str) -> None:
    tokens = ["old", AUTH_TOKEN]
    carrier = TwilioCarrier(lambda: credentials(tokens[0]), api)
    with pytest.raises(CarrierUnavailable, match="401"):
        carrier.call(PARENT.sid)
    tokens.pop(0)
    assert carrier.call(PARENT.sid) is not None


def test_on_aws_the_question_goes_to_twilio() -> None:
    carrier = TwilioCarrier(credentials)
    client = carrier._twilio()
    assert client.api.base_url == API_URL
    assert type(client.http_client) is type(_http_client(""))
    assert "2" * 32 not in repr(carrier)

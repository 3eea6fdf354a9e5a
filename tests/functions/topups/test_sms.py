"""The webhook of text messages: who may knock, what is read, and what goes back."""

import json
import traceback
from collections.abc import Mapping
from io import StringIO
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from local.partners.sandbox_state import Mood
from local.processes import ROOT
from sms import entry
from telekarta.adapters.environment import Environment
from telekarta.adapters.partners import claims as money_sources
from telekarta.adapters.twilio.credentials import TwilioCredentials
from telekarta.adapters.twilio.texting import is_person
from telekarta.usecases.faults import Fault
from telekarta.usecases.ports import StoreUnavailable
from telekarta.usecases.topups.sms import NewsDeps, SmsDeps
from tests.functions.desk.test_desk import Context
from tests.kit.claims import SENDER, Office, an_office
from tests.kit.memory_store import When
from timers.registry import JOBS

BASE_URL, TOKEN, ACCOUNT = "https://telekarta.test", "a token", "AC" + "0" * 32
EVENTS = {path.stem: json.loads(path.read_text()) for path in (ROOT / "events/sms").glob("*.json")}


class Twilio:
    def credentials(self) -> TwilioCredentials:
        return TwilioCredentials(ACCOUNT, (TOKEN,))


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Office:
    office = an_office(monkeypatch)
    variables = {
        "STAGE": "test",
        "CARDS_TABLE": "c",
        "POSTINGS_TABLE": "p",
        "AWS_REGION": "eu-central-1",
    }
    environment = Environment.from_os(variables=variables)
    monkeypatch.setattr(entry, "environment", lambda: environment)
    monkeypatch.setattr(entry, "parts", lambda: SmsDeps(office.deps, office, office))
    monkeypatch.setattr(entry, "twilio", Twilio)
    return office


def event(fields: Mapping[str, str], token: str = TOKEN) -> dict[str, Any]:
    form = {"AccountSid": ACCOUNT, "MessageSid": "SM1", "From": SENDER, "To": "+48720507507", **fields}
    signature = RequestValidator(token).compute_signature(f"{BASE_URL}/sms/incoming", form)
    return {
        "version": "2.0",
        "routeKey": "POST /sms/incoming",
        "rawPath": "/sms/incoming",
        "rawQueryString": "",
        "headers": {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature},
        "requestContext": {
            "domainName": "telekarta.test",
            "http": {"method": "POST", "path": "/sms/incoming"},
            "stage": "$default",
        },
        "body": urlencode(form),
        "isBase64Encoded": False,
    }


def sends(fields: Mapping[str, str], token: str = TOKEN) -> tuple[int, list[str]]:
    answer = entry.handler(event(fields, token), Context())  # type: ignore[arg-type]
    if answer["statusCode"] != 200:
        return answer["statusCode"], []
    return 200, [each.text or "" for each in ElementTree.fromstring(answer["body"]).iter("Message")]


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_each_payload_does_what_it_should(office: Office, name: str) -> None:
    told = EVENTS[name]
    status, texts = sends(told["fields"], token=told.get("token", TOKEN))
    assert status == told["status"]
    assert [words in text for words, text in zip(told["says"], texts, strict=True)] == [True] * len(texts)


def test_an_order_is_carried_out_and_answered(office: Office) -> None:
    status, (text,) = sends({"Body": "123456 20"})
    assert (status, office.balance()) == (200, 4000)
    assert "20 zl" in text
    assert sends({"Body": "123456 20"}) == (200, [text])
    assert office.balance() == 4000


def test_who_does_not_sign_like_twilio_moves_nothing(office: Office) -> None:
    assert sends({"Body": "123456 20"}, token="another")[0] == 403
    altered = event({"Body": "123456 20"})
    altered["body"] = altered["body"].replace("123456+20", "123456+50")
    assert entry.handler(altered, Context())["statusCode"] == 403  # type: ignore[arg-type]
    assert office.balance() == 2000


@pytest.mark.parametrize(
    ("sender", "person"),
    [
        (SENDER, True),
        ("+48600700800", True),
        ("+48720507507", False),
        ("TELEKARTA", False),
        ("7272", False),
        ("+48221234567", False),
        ("+4915112345678", False),
        ("", False),
        ("+48720100200\n", False),
    ],
)
def test_only_a_mobile_in_poland_is_answered(office: Office, sender: str, person: bool) -> None:
    assert is_person(sender) == person
    _, texts = sends({"From": sender, "Body": "?"})
    assert bool(texts) == person


@pytest.mark.parametrize(
    "fields", [{"MessageSid": ""}, {"MessageSid": "CA1"}, {"MessageSid": "SM" + "x" * 99}]
)
def test_what_is_no_message_is_answered_with_nothing(office: Office, fields: dict[str, str]) -> None:
    assert sends({"Body": "123456 20", **fields}) == (200, [])


def test_a_store_that_does_not_answer_makes_twilio_ask_elsewhere(office: Office) -> None:
    def fails(when: When, operation: str) -> None:
        raise StoreUnavailable(operation)

    office.store.faults = fails
    assert sends({"Body": "123456 20"})[0] == 503


def test_a_fault_of_ours_leaves_by_its_kind(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def stumbles(when: When, operation: str) -> None:
        raise KeyError(SENDER)

    office.store.faults = stumbles
    log = StringIO()
    monkeypatch.setattr(entry.logger.registered_handler, "stream", log)
    with pytest.raises(Fault, match=r"^KeyError$") as raised:
        sends({"Body": "123456 20"})
    assert "KeyError at " in log.getvalue()
    told = [log.getvalue(), caplog.text, *traceback.format_exception(raised.value)]
    assert SENDER not in "".join(told)


def test_an_order_that_can_not_be_finished_is_counted_and_named_by_its_message(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asks(*_: object, **__: object) -> None:
        raise KeyError(SENDER)

    office.book.moods["lajt"] = Mood.DOWN
    sends({"Body": "123456 20"})
    office.wait(minutes=5)
    monkeypatch.setattr(money_sources, "ask", asks)
    told = JOBS["finish_claims"].carry_out(NewsDeps(office.deps, {}), {"job": "finish_claims"})
    assert {metric.name: metric.value for metric in told.metrics} == {"OldestClaimAge": 300, "ClaimFailed": 1}
    assert told.facts["faults"]["SM1"].startswith("KeyError at ")


def test_the_log_names_nobody(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    sends({"Body": "123456 20"})
    told = capsys.readouterr().out
    assert "credited" in told
    assert not [each for each in (SENDER, "123456", "SM1") if each in told]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.text(st.characters(exclude_categories=["Cs"])))
def test_no_text_makes_it_fail(office: Office, body: str) -> None:
    status, texts = sends({"Body": body, "MessageSid": "SMx"})
    assert (status, len(texts) <= 1) == (200, True)

"""The voice function as Lambda calls it, with captured payloads (events/voice)."""

import base64
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from local.network.twiml import check_twiml
from tests.kit.house import House
from voice import entry

EVENTS = Path("events/voice")
# What the caller hears, or the status, when the payloads of one call arrive in its order.
STORY = {
    "incoming": "Witamy w White Phone",
    "card_number": "PIN",
    "card_pin": "Na karcie: dwadzieścia złotych",
    "destination": "Czas na rozmowę",
    "announcing": "+48221112233",
    "talking": "Koszt rozmowy",
    "report": "Koszt rozmowy",
    "status": "<Response",
}


class Context:
    function_name = "telekarta-voice"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:telekarta-voice"
    aws_request_id = "request"


def event(name: str) -> dict[str, Any]:
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> House:
    house = House()
    house.white_phone()
    monkeypatch.setattr(entry, "door", lambda: house.door)
    return house


def call(payload: dict[str, Any]) -> dict[str, Any]:
    return entry.handler(payload, Context())  # type: ignore[arg-type]


def test_every_payload_is_told_in_the_story() -> None:
    assert {path.stem for path in EVENTS.glob("*.json")} == {*STORY, "forged"}


@pytest.mark.parametrize("in_base64", [False, True])
def test_a_captured_call(house: House, in_base64: bool) -> None:
    for name, words in STORY.items():
        payload = event(name)
        if in_base64:
            payload |= {
                "body": base64.b64encode(payload["body"].encode()).decode(),
                "isBase64Encoded": True,
            }
        answer = call(payload)
        assert answer["statusCode"] == 200
        assert words in answer["body"], name
        assert answer["headers"]["Content-Type"].startswith("text/xml")
        if name != "status":
            assert not check_twiml(answer["body"])
    (card,) = house.store.cards
    assert house.charges(card) == [28]


def test_a_forged_payload(house: House) -> None:
    assert call(event("forged"))["statusCode"] == 403
    assert house.store.told == ["issue"]


def test_another_method_or_path_is_no_door(house: House) -> None:
    payload = event("incoming")
    payload["requestContext"]["http"]["method"] = "GET"
    assert call(payload)["statusCode"] == 404


def test_what_is_logged_and_counted(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = StringIO()
    monkeypatch.setattr(entry.logger.registered_handler, "stream", log)
    for name in STORY:
        call(event(name))
    steps = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["node"] for line in steps] == list(STORY)
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    counted = {name for line in metrics for name in line}
    assert {"CallSettled", "AdmitCard.admitted", "CallEnded"} <= counted
    told = json.dumps([steps, metrics])
    for secret in ("40271953", "221112233", "221234567", "123456:", "h=123456"):
        assert secret not in told

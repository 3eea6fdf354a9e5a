"""The request to have a hold looked at: sent once, waited for by nobody."""

import json
from io import BytesIO
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber

from telekarta.adapters.aws.hold_checker import TimersHoldChecker
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Ref

CARD = Ref.card(Brand.WHITE_PHONE, "123456")


def test_the_timers_function_is_asked_to_look_at_the_card() -> None:
    checker = TimersHoldChecker("telekarta-timers", "eu-central-1")
    with Stubber(checker._lambda()) as aws:
        sent = {
            "FunctionName": "telekarta-timers",
            "InvocationType": "Event",
            "Payload": json.dumps({"job": "check_hold", "ref": "card:white_phone:123456"}).encode(),
        }
        aws.add_response("invoke", {"StatusCode": 202, "Payload": BytesIO()}, sent)
        checker.check(CARD)
        aws.assert_no_pending_responses()


@pytest.mark.parametrize("fault", ["throttled", "timeout"])
def test_whatever_goes_wrong_the_caller_is_not_told(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    checker = TimersHoldChecker("telekarta-timers", "eu-central-1")
    asked: list[Any] = []

    def invoke(**told: Any) -> None:
        asked.append(told)
        if fault == "timeout":
            raise ReadTimeoutError(endpoint_url="https://lambda")
        raise checker._lambda().exceptions.TooManyRequestsException({"Error": {"Code": "429"}}, "Invoke")

    monkeypatch.setattr(checker._lambda(), "invoke", invoke)
    checker.check(CARD)
    assert len(asked) == 1


def test_nobody_waits_long() -> None:
    config = TimersHoldChecker("telekarta-timers", "eu-central-1")._lambda().meta.config
    assert config.connect_timeout + config.read_timeout <= 2
    assert config.retries["total_max_attempts"] == 1

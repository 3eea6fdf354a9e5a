"""Secrets and the movable clock, read through Powertools from a mocked AWS; settings and chance."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from botocore.exceptions import ClientError, ReadTimeoutError
from moto import mock_aws

from telekarta.adapters.aws import clock, secrets
from telekarta.adapters.aws.clock import ShiftedClock, SystemClock
from telekarta.adapters.aws.secrets import MalformedSecret, SecretPepper, SecretUnavailable, TwilioSecret
from telekarta.adapters.chance import SystemChance  # noqa: TID251 - what is tested here
from telekarta.adapters.environment import Environment, MissingVariable
from telekarta.adapters.twilio.credentials import TwilioCredentials
from telekarta.usecases.ports import StoreUnavailable

REGION = "eu-central-1"
OFFSET = "/telekarta/local/clock-offset-s"
VARIABLES = {
    "STAGE": "local",
    "CARDS_TABLE": "cards",
    "POSTINGS_TABLE": "postings",
    "PEPPER_SECRET": "pepper",
    "CLOCK_OFFSET_PARAMETER": OFFSET,
    "AWS_REGION": REGION,
}


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty AWS, and a process that has kept nothing of an earlier one."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    providers = (secrets._provider, clock._provider)
    for provider in providers:
        provider.cache_clear()
    with mock_aws():
        yield
    for provider in providers:
        provider.cache_clear()


def keep(name: str, text: str) -> None:
    boto3.client("secretsmanager", REGION).create_secret(Name=name, SecretString=text)


def test_the_pepper_is_read_once_and_then_remembered() -> None:
    keep("pepper", "grains")
    pepper = SecretPepper("pepper", REGION)
    assert pepper.pepper() == b"grains"
    boto3.client("secretsmanager", REGION).delete_secret(SecretId="pepper", ForceDeleteWithoutRecovery=True)
    assert pepper.pepper() == b"grains"


def test_twilio_has_one_token_and_during_a_rotation_two() -> None:
    keep("one", json.dumps({"account_sid": "AC1", "auth_token": "old"}))
    keep("two", json.dumps({"account_sid": "AC1", "auth_token": "old", "secondary_auth_token": "new"}))
    assert TwilioSecret("one", REGION).credentials() == TwilioCredentials("AC1", ("old",))
    assert TwilioSecret("two", REGION).credentials() == TwilioCredentials("AC1", ("old", "new"))


def test_an_operator_may_say_under_which_name_twilio_reaches_us() -> None:
    kept = {"account_sid": "AC1", "auth_token": "old"}
    keep("plain", json.dumps(kept))
    keep("fronted", json.dumps(kept | {"public_base_url": "https://calls.example"}))
    assert TwilioSecret("plain", REGION).credentials().public_base_url == ""
    assert TwilioSecret("fronted", REGION).credentials().public_base_url == "https://calls.example"


@pytest.mark.parametrize("name", ["https://calls.example/", "calls.example", "https://a b", 7])
def test_a_name_that_twilio_could_not_reach_is_refused(name: object) -> None:
    keep("twilio", json.dumps({"account_sid": "AC1", "auth_token": "old", "public_base_url": name}))
    with pytest.raises(MalformedSecret, match="public_base_url"):
        TwilioSecret("twilio", REGION).credentials()


def test_no_repr_shows_a_token() -> None:
    assert "hush" not in repr(TwilioCredentials("AC1", ("hush",)))


@pytest.mark.parametrize("text", ["hush", "[1]", '{"account_sid": "hush"}', '{"auth_token": "hush"}'])
def test_a_malformed_secret_is_named_and_never_quoted(text: str) -> None:
    keep("twilio", text)
    with pytest.raises(MalformedSecret, match="twilio") as raised:
        TwilioSecret("twilio", REGION).credentials()
    assert "hush" not in str(raised.value)


class Refusing:
    def __init__(self, error: Exception) -> None:
        self.error = error

    def get_secret_value(self, **_: object) -> Any:
        raise self.error


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, "GetSecretValue")


@pytest.mark.parametrize("error", [refusal("ThrottlingException"), ReadTimeoutError(endpoint_url="aws")])
def test_a_secret_that_does_not_come_is_an_outage(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets._provider(REGION), "client", Refusing(error))
    with pytest.raises(SecretUnavailable) as raised:
        SecretPepper("pepper", REGION).pepper()
    assert isinstance(raised.value, StoreUnavailable)


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "AccessDeniedException"])
def test_a_secret_that_is_our_mistake_is_loud(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets._provider(REGION), "client", Refusing(refusal(code)))
    with pytest.raises(GetParameterError):
        SecretPepper("pepper", REGION).pepper()


def shift_now(now: datetime) -> timedelta:
    """How far a clock is ahead, to the minute."""
    return timedelta(minutes=round((now - datetime.now(UTC)).total_seconds() / 60))  # noqa: TID251 - it is a clock


def test_the_local_clock_is_as_far_ahead_as_the_parameter_says() -> None:
    local = clock.clock(Environment.from_os(variables=VARIABLES))
    assert shift_now(local.now()) == timedelta(0)
    boto3.client("ssm", REGION).put_parameter(Name=OFFSET, Value="86400", Type="String")
    assert shift_now(local.now()) == timedelta(days=1)


@pytest.mark.parametrize("changed", [{"STAGE": "prod"}, {"STAGE": "test"}, {"CLOCK_OFFSET_PARAMETER": ""}])
def test_no_other_stage_can_move_its_clock(changed: dict[str, str]) -> None:
    environment = Environment.from_os(variables=VARIABLES | changed)
    assert isinstance(clock.clock(environment), SystemClock)
    assert isinstance(clock.clock(Environment.from_os(variables=VARIABLES)), ShiftedClock)


def test_missing_settings_are_all_named() -> None:
    present = {name: value for name, value in VARIABLES.items() if name != "PEPPER_SECRET"}
    with pytest.raises(MissingVariable, match="PEPPER_SECRET, TWILIO_SECRET"):
        Environment.from_os("PEPPER_SECRET", "TWILIO_SECRET", variables=present)


@pytest.mark.parametrize("length", [1, 6, 8, 10, 12])
def test_chance_draws_digits_of_the_length_asked_for(length: int) -> None:
    drawn = [SystemChance().digits(length, leading_zero=False) for _ in range(200)]
    assert all(len(each) == length and each.isdecimal() and each[0] != "0" for each in drawn)


def test_chance_draws_every_first_digit_that_it_may() -> None:
    chance = SystemChance()
    assert {chance.digits(1, leading_zero=True) for _ in range(2000)} == set("0123456789")
    assert {chance.digits(1, leading_zero=False) for _ in range(2000)} == set("123456789")
    assert len({chance.token() for _ in range(100)}) == 100

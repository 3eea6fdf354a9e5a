"""A desk that is not whole is a fault of ours and says so: nobody is told to try again."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from desk import entry
from telekarta.wiring.desk import NEEDED, PAGES_NEED, RUNBOOKS_NEED
from tests.functions.desk.test_desk import EVENTS, invoke
from tests.kit.store import REGION, new_tables, variables_of

WIDGET = {"page": "service", "widgetContext": {"theme": "light"}}
FROM_RUNBOOK = {"command": "block_card", "brand": "white_phone", "card": "123456", "automation": "1"}


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """All that the template sets, with names that nothing has."""
    for name in (*NEEDED, *PAGES_NEED, *RUNBOOKS_NEED):
        monkeypatch.setenv(name, name.lower())
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("STAGE", "test")
    forget()
    with mock_aws():
        yield
    forget()


def forget() -> None:
    for made in (entry.the_desk, entry.the_front, entry.the_runbooks):
        made.cache_clear()


@pytest.mark.parametrize(
    ("event", "missing"),
    [
        *((EVENTS["list_blocked_numbers"], name) for name in NEEDED),
        *((WIDGET, name) for name in (*NEEDED, *PAGES_NEED)),
        *((FROM_RUNBOOK, name) for name in RUNBOOKS_NEED),
    ],
)
def test_a_setting_that_is_missing_is_no_outage(
    settings: None, monkeypatch: pytest.MonkeyPatch, event: Any, missing: str
) -> None:
    monkeypatch.delenv(missing)
    with pytest.raises(entry.CommandFailed, match="MissingVariable"):
        invoke(event)


def test_a_secret_that_is_not_there_is_no_outage(settings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, table in variables_of(new_tables()).items():
        monkeypatch.setenv(name, table)
    with pytest.raises(entry.CommandFailed, match="issue_cards: GetParameterError"):
        invoke(EVENTS["issue_cards"])


def test_a_bucket_that_is_not_there_is_no_outage(settings: None) -> None:
    with pytest.raises(entry.CommandFailed, match="trial_balance: NoSuchBucket"):
        invoke(EVENTS["trial_balance"])


def test_metrics_that_the_desk_may_not_read_are_no_outage(
    settings: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    boto3.client("secretsmanager", REGION).create_secret(Name="pepper_secret", SecretString="grains")

    def denied(*_: object) -> Any:
        from botocore.exceptions import ClientError

        raise ClientError({"Error": {"Code": "AccessDenied", "Message": ""}}, "ListMetrics")

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", denied)
    with pytest.raises(entry.CommandFailed, match="widget: ClientError"):
        invoke(WIDGET)

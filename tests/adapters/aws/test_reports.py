"""Reports in S3, as moto plays it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from telekarta.adapters.aws.reports import S3Reports, UnknownSchema
from telekarta.domain.books.closing import Closing, Closings
from telekarta.domain.books.reconciliation import Finding, Reconciliation, Window
from telekarta.domain.books.trial_balance import Row, TrialBalance, as_document, as_text_page
from telekarta.domain.cases.case import CaseKind
from telekarta.usecases.ports import ReportsUnavailable

REGION, BUCKET = "eu-central-1", "reports"
DAY = date(2026, 11, 17)
NOW = datetime(2026, 11, 18, 4, tzinfo=UTC)
REPORT = TrialBalance(
    day=DAY,
    since=None,
    made_at=NOW,
    rows=(Row("sales:nominals:telegrosik", 0, 2000, 0),),
    cards=Row("all cards and accounts", 0, 0, 2000),
    cards_on_file=1,
    read_again=0,
    differences=(),
)
CLOSINGS = Closings(DAY, {"card:telegrosik:1234567890": Closing(2000, 1)}, frozenset({"call:CA1-1"}))


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("s3", REGION)
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        yield client


@pytest.fixture
def reports(s3: Any) -> S3Reports:
    return S3Reports(BUCKET, REGION)


def text(s3: Any, key: str) -> str:
    found: str = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
    return found


def test_a_report_is_kept_for_programs_and_for_people(s3: Any, reports: S3Reports) -> None:
    reports.keep_trial_balance(REPORT, CLOSINGS)
    assert json.loads(text(s3, "trial-balance/2026-11-17.json")) == as_document(REPORT)
    assert text(s3, "trial-balance/2026-11-17.txt") == as_text_page(REPORT)
    assert reports.latest_trial_balance() == as_document(REPORT)


def test_an_older_day_that_is_looked_at_again_does_not_become_the_latest(reports: S3Reports) -> None:
    older = replace(REPORT, day=DAY - timedelta(days=1))
    for report in (REPORT, older, replace(REPORT, cards_on_file=7)):
        reports.keep_trial_balance(report, CLOSINGS)
    latest = reports.latest_trial_balance()
    assert latest is not None
    assert (latest["day"], latest["cards"]["on_file"]) == ("2026-11-17", 7)


def test_a_day_opens_with_the_last_closings_before_it(reports: S3Reports) -> None:
    for back in (1, 3, 40):
        day = DAY - timedelta(days=back)
        reports.keep_trial_balance(replace(REPORT, day=day), replace(CLOSINGS, day=day))

    def opening_of(day: date) -> date | None:
        closings = reports.closings_before(day)
        return closings.day if closings else None

    assert reports.closings_before(DAY) == replace(CLOSINGS, day=DAY - timedelta(days=1))
    assert opening_of(DAY - timedelta(days=1)) == DAY - timedelta(days=3)
    # The one of forty days ago is too old to open with, and a day never opens with itself.
    assert opening_of(DAY - timedelta(days=3)) is None


def test_where_no_day_was_closed_there_is_nothing(reports: S3Reports) -> None:
    assert reports.closings_before(DAY) is None
    assert reports.latest_trial_balance() is None


def test_a_reconciliation_is_kept_with_its_findings(s3: Any, reports: S3Reports) -> None:
    finding = Finding(CaseKind.CALL_NOT_CHARGED, "CB1", "CA1", {"carrier_duration_s": 61})
    window = Window(NOW - timedelta(days=1), NOW)
    reports.keep_reconciliation(Reconciliation(DAY, window, 1, 0, 0, 0, 0, (finding,)))
    kept = json.loads(text(s3, "reconciliation/2026-11-17.json"))
    assert kept["findings"] == [
        {"kind": "call_not_charged", "of": "CB1", "subject": "CA1", "facts": {"carrier_duration_s": 61}}
    ]
    assert (kept["schema"], kept["legs"], kept["until"]) == (1, 1, "2026-11-18T04:00:00.000000+00:00")


def test_a_document_of_another_schema_is_not_guessed_at(s3: Any, reports: S3Reports) -> None:
    s3.put_object(Bucket=BUCKET, Key="trial-balance/latest.json", Body=b'{"schema": 2}')
    with pytest.raises(UnknownSchema):
        reports.latest_trial_balance()


class Broken:
    """An S3 that answers with an error."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def get_object(self, **_: Any) -> None:
        raise self.error


def refused(code: str, status: int) -> ClientError:
    told: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(told, "GetObject")


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (refused("SlowDown", 503), ReportsUnavailable),
        (EndpointConnectionError(endpoint_url="http://localhost"), ReportsUnavailable),
        (refused("AccessDenied", 403), ClientError),
    ],
)
def test_what_may_pass_is_told_apart_from_our_own_mistakes(error: Exception, raised: type[Exception]) -> None:
    reports = S3Reports(BUCKET, REGION)
    reports._client = Broken(error)
    with pytest.raises(raised):
        reports.latest_trial_balance()

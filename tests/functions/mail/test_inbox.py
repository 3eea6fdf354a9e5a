"""The function that takes customers' e-mails, on a mocked AWS."""

import json
import traceback
from collections.abc import Iterator
from io import StringIO
from typing import Any, cast

import boto3
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from moto import mock_aws

from inbox import entry
from inbox.entry import InboxFunctionDeps
from local.processes import ROOT
from telekarta.adapters.aws.document_store import S3Documents
from telekarta.adapters.aws.mail_bucket import MailBucket
from telekarta.usecases.faults import Fault
from telekarta.usecases.mail.incoming import InboxDeps
from telekarta.usecases.ports import StoreUnavailable
from tests.functions.desk.test_desk import Context
from tests.kit.memory_store import When
from tests.kit.store import REGION
from tests.usecases.mail.test_incoming import RAW, Office

EVENT = json.loads((ROOT / "events/inbox/mail_arrived.json").read_text())
KEY = "q1 2+3=ą"


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        s3 = boto3.client("s3", REGION)
        for bucket in ("mail", "documents"):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        office = Office()
        deps = InboxDeps(office.store, S3Documents("documents", REGION), office, office)
        monkeypatch.setattr(entry, "parts", lambda: InboxFunctionDeps(deps, MailBucket("mail", REGION)))
        s3.office = office
        yield s3


def tell() -> None:
    entry.handler(EVENT, cast("LambdaContext", Context()))


def objects(s3: Any, bucket: str) -> set[str]:
    return {each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", ())}


def test_a_mail_becomes_a_case_and_its_raw_message_goes(cloud: Any) -> None:
    cloud.put_object(Bucket="mail", Key=KEY, Body=RAW)
    tell()
    assert not objects(cloud, "mail")
    (case,) = cloud.office.store.found.values()
    assert {each.rpartition("/")[0] for each in objects(cloud, "documents")} == {case.facts["documents"]}


def test_what_was_taken_is_taken_once(cloud: Any) -> None:
    for _ in range(2):
        cloud.put_object(Bucket="mail", Key=KEY, Body=RAW)
        tell()
    tell()
    assert len(cloud.office.store.found) == 1


def test_a_store_that_does_not_answer_is_asked_again(cloud: Any) -> None:
    def fails(when: When, operation: str) -> None:
        raise StoreUnavailable(operation)

    cloud.put_object(Bucket="mail", Key=KEY, Body=RAW)
    cloud.office.store.faults = fails
    with pytest.raises(StoreUnavailable):
        tell()
    assert objects(cloud, "mail") == {KEY}


def test_a_fault_of_ours_leaves_by_its_kind_and_the_mail_stays(
    cloud: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def stumbles(when: When, operation: str) -> None:
        raise KeyError("Jan Kowalski")

    cloud.put_object(Bucket="mail", Key=KEY, Body=RAW)
    cloud.office.store.faults = stumbles
    log = StringIO()
    monkeypatch.setattr(entry.logger.registered_handler, "stream", log)
    with pytest.raises(Fault, match=r"^KeyError$") as raised:
        tell()
    assert objects(cloud, "mail") == {KEY}
    assert "KeyError at " in log.getvalue()
    told = [log.getvalue(), caplog.text, *traceback.format_exception(raised.value)]
    assert "Kowalski" not in "".join(told)

"""The function `bank`, told by S3 of a file, on a mocked AWS with tables as the template declares them."""

import json
import traceback
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote_plus

import boto3
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from bank import entry
from telekarta.adapters import bank_formats as statements
from telekarta.adapters.aws.statement_files import FilesUnavailable, S3StatementFiles
from telekarta.adapters.dynamodb import DynamoStore
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Ref
from telekarta.domain.cases.case import CaseState
from telekarta.usecases.faults import Fault
from telekarta.usecases.ports import StoreUnavailable
from tests.kit.bank import Transfer, mt940
from tests.kit.store import REGION, issued, new_tables, variables_of

EVENTS = {path.stem: json.loads(path.read_text()) for path in Path("events/bank").glob("*.json")}
BUCKET = "telekarta-statements"
KEY = "statements/2026-11/wyciąg z 20 listopada.sta"
REPORT = "reports/2026-11/wyciąg z 20 listopada.sta"
GIFT, LOST = Transfer("karta 123456", reference="A1"), Transfer("Jan Kowalski dla syna", reference="B2")


class Context:
    function_name = "telekarta-bank"
    function_version = "1"
    memory_limit_in_mb = 1792
    invoked_function_arn = "arn:aws:lambda:eu-central-1:999000999000:function:telekarta-bank"
    aws_request_id = "0d4bcd2e-8f3d-4a3e-9a70-0f6e0f0a2f12"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 300_000


def invoke(event: object) -> Any:
    return json.loads(json.dumps(entry.handler(cast("Any", event), cast("LambdaContext", Context()))))


def told(key: str, version: str = "") -> dict[str, Any]:
    event = json.loads(json.dumps(EVENTS["statement_comes"]))
    event["Records"][0]["s3"]["object"] |= {"key": quote_plus(key, safe="/"), "versionId": version}
    return cast("dict[str, Any]", event)


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        tables = new_tables("cards", "postings", "desk", "payments", "refunds")
        variables = {
            "STAGE": "test",
            **variables_of(tables),
            "STATEMENTS_BUCKET": BUCKET,
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        entry.parts.cache_clear()
        client = boto3.client("s3", REGION)
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        issued(store(), Brand.WHITE_PHONE)
        yield client
        entry.parts.cache_clear()


def store() -> DynamoStore:
    kept = entry.parts().deps.store
    assert isinstance(kept, DynamoStore)
    return kept


def balance() -> int:
    card = store().card(Ref.card(Brand.WHITE_PHONE, "123456"))
    assert card is not None
    return card.balance_grosze


def put(s3: Any, raw: bytes, key: str = KEY) -> str:
    version: str = s3.put_object(Bucket=BUCKET, Key=key, Body=raw)["VersionId"]
    return version


def read(s3: Any, key: str) -> str:
    text: str = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
    return text


@pytest.mark.rule("WP §4.1.1", "WP §4.9")
def test_a_file_is_taken_and_its_report_lies_beside_it(s3: Any) -> None:
    put(s3, mt940(GIFT, LOST))
    assert invoke(EVENTS["statement_comes"]) == {"files": 1}
    assert balance() == 4000
    assert len(store().cases(CaseState.OPEN, 9)) == 1
    document = json.loads(read(s3, f"{REPORT}.json"))
    assert [each["fate"] for each in document["statements"][0]["entries"]] == ["credited", "waits"]
    assert "doładowane teraz: karta 123456" in read(s3, f"{REPORT}.txt")
    assert invoke(EVENTS["statement_comes"]) == {"files": 1}
    assert balance() == 4000
    assert "doładowane wcześniej: karta 123456" in read(s3, f"{REPORT}.txt")


def test_each_version_of_a_name_is_taken(s3: Any) -> None:
    """Somebody put another file under the same name before the first one was taken."""
    first, second = put(s3, mt940(GIFT)), put(s3, mt940(Transfer("123456", reference="C3", sender="X")))
    invoke(told(KEY, first))
    invoke(told(KEY, second))
    assert balance() == 6000


def test_what_is_no_file_of_statements_is_left_alone(s3: Any) -> None:
    for event in (EVENTS["test_message"], told("statements/2026/"), told("reports/x.txt"), told(KEY)):
        invoke(event)
    assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET)


def test_a_file_that_is_too_large_is_not_read(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telekarta.adapters.aws.statement_files.LARGEST_FILE_BYTES", 10)
    put(s3, mt940(GIFT))
    invoke(told(KEY))
    assert "większy niż 16 MB" in read(s3, f"{REPORT}.txt")
    assert statements.LARGEST_FILE_BYTES == 16 * 1024 * 1024


@pytest.mark.parametrize("raw", [b"", b"%PDF-1.7 ...", b"PK\x03\x04", "zażółć".encode("utf-16")])
def test_a_file_that_is_no_statement_gets_a_report_and_a_case(s3: Any, raw: bytes) -> None:
    put(s3, raw)
    invoke(told(KEY))
    assert "PLIK NIE ZOSTAŁ ODCZYTANY" in read(s3, f"{REPORT}.txt")
    assert len(store().cases(CaseState.OPEN, 9)) == 1


def test_a_file_that_was_not_taken_to_its_end_comes_again(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    put(s3, mt940(GIFT, LOST))
    with monkeypatch.context() as broken:

        def fails(posting_id: str) -> None:
            raise StoreUnavailable("no answer")

        broken.setattr(store(), "posting", fails)
        with pytest.raises(entry.NotFinished):
            invoke(told(KEY))
        assert "zostanie wzięty ponownie" in read(s3, f"{REPORT}.txt")
    invoke(told(KEY))
    assert balance() == 4000


def test_neither_titles_nor_names_are_logged(s3: Any, capsys: pytest.CaptureFixture[str]) -> None:
    put(s3, mt940(GIFT, LOST))
    invoke(told(KEY))
    told_of = capsys.readouterr().out
    assert "TransferCredited" in told_of
    assert not [word for word in ("Kowalski", "KOWALSKI", "123456", "listopada") if word in told_of]


def test_a_fault_of_ours_leaves_by_its_kind_and_the_file_is_taken_again(
    s3: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def stumbles(*_: object) -> None:
        raise KeyError("Jan Kowalski dla syna")

    put(s3, mt940(GIFT, LOST))
    log = StringIO()
    monkeypatch.setattr(entry.logger.registered_handler, "stream", log)
    with monkeypatch.context() as broken:
        broken.setattr(entry, "take_file", stumbles)
        with pytest.raises(Fault, match=r"^KeyError$") as raised:
            invoke(told(KEY))
    assert "KeyError at " in log.getvalue()
    told_of = [log.getvalue(), caplog.text, *traceback.format_exception(raised.value)]
    assert "Kowalski" not in "".join(told_of)
    invoke(told(KEY))
    assert balance() == 4000


@pytest.mark.parametrize(
    "fault",
    [
        EndpointConnectionError(endpoint_url="x"),
        ClientError(
            {"Error": {"Code": "SlowDown"}, "ResponseMetadata": {"HTTPStatusCode": 503}}, "GetObject"
        ),
    ],
)
def test_a_bucket_that_does_not_answer_is_asked_again_later(fault: Exception) -> None:
    class Silent:
        def get_object(self, **_: object) -> None:
            raise fault

    files = S3StatementFiles(BUCKET)
    files._client = Silent()
    with pytest.raises(FilesUnavailable):
        files.read(KEY)


def test_a_bucket_that_may_not_be_read_is_a_fault_of_ours() -> None:
    fault = ClientError(
        {"Error": {"Code": "AccessDenied"}, "ResponseMetadata": {"HTTPStatusCode": 403}}, "GetObject"
    )

    class Closed:
        def get_object(self, **_: object) -> None:
            raise fault

    files = S3StatementFiles(BUCKET)
    files._client = Closed()
    with pytest.raises(ClientError):
        files.read(KEY)

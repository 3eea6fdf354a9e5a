"""Documents in their bucket, on moto."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from telekarta.adapters.aws.document_store import DocumentsFault, LambdaDocuments, S3Documents
from telekarta.adapters.aws.mail_bucket import MailBucket
from telekarta.usecases.mail.ports import DocumentsUnavailable
from tests.template.test_deployment import RESOURCES

REGION = "eu-central-1"


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("s3", REGION)
        client.create_bucket(Bucket="documents", CreateBucketConfiguration={"LocationConstraint": REGION})
        yield client


def test_what_is_there_is_not_kept_again(s3: Any) -> None:
    documents = S3Documents("documents", REGION)
    for content in (b"first", b"second"):
        documents.put_new("refunds/1/a.pdf", content, "application/pdf")
    assert s3.get_object(Bucket="documents", Key="refunds/1/a.pdf")["Body"].read() == b"first"


def test_a_folder_is_listed_and_its_documents_have_links(s3: Any) -> None:
    documents = S3Documents("documents", REGION)
    for name in ("mail/1/a.txt", "mail/1/b.pdf", "mail/12/c.pdf"):
        documents.put(name, b"x", "text/plain")
    assert documents.keys("mail/1") == ("mail/1/a.txt", "mail/1/b.pdf")
    link = documents.link("mail/1/a.txt")
    assert "mail/1/a.txt" in link
    assert "response-content-disposition=attachment" in link
    assert "X-Amz-Expires=900" in link or "Expires=" in link


@pytest.mark.parametrize(
    ("operation", "code", "status", "raised"),
    [
        ("put_object", "InternalError", 500, DocumentsUnavailable),
        ("put_object", "SlowDown", 503, DocumentsUnavailable),
        ("put_object", "RequestTimeout", 400, DocumentsUnavailable),
        ("put_object", "ConditionalRequestConflict", 409, DocumentsUnavailable),
        ("put_object", "AccessDenied", 403, DocumentsFault),
        ("list_objects_v2", "NoSuchBucket", 404, DocumentsFault),
        ("get_object", "AccessDenied", 403, DocumentsFault),
        ("delete_object", "InternalError", 500, DocumentsUnavailable),
    ],
)
def test_what_passes_is_told_from_what_does_not(
    operation: str, code: str, status: int, raised: type[Exception]
) -> None:
    documents, mails = S3Documents("documents", REGION), MailBucket("mail", REGION)
    ask: dict[str, list[Callable[[], object]]] = {
        "put_object": [
            lambda: documents.put("a", b"x", "text/plain"),
            lambda: documents.put_new("a", b"x", "text/plain"),
        ],
        "list_objects_v2": [lambda: documents.keys("mail/1")],
        "get_object": [lambda: mails.read("a")],
        "delete_object": [lambda: mails.remove("a")],
    }
    for each in ask[operation]:
        with Stubber(documents._s3) as ours, Stubber(mails._s3) as theirs:
            for stubber in (ours, theirs):
                stubber.add_client_error(operation, code, "Jan Kowalski", http_status_code=status)
            with pytest.raises(raised, match=f"^{operation}: {code}$") as failed:
                each()
        assert failed.value.__context__ is None


@pytest.mark.parametrize("code", ["ServiceException", "TooManyRequestsException", "AccessDeniedException"])
def test_the_maker_s_refusals_are_told_apart_as_well(code: str) -> None:
    maker = LambdaDocuments("documents", REGION)
    raised = DocumentsFault if code == "AccessDeniedException" else DocumentsUnavailable
    with Stubber(maker._lambda) as stubber:
        stubber.add_client_error("invoke", code, http_status_code=500 if code == "ServiceException" else 400)
        with pytest.raises(raised, match=f"^invoke: {code}$"):
            maker.make({})


def test_an_applicant_is_answered_before_the_function_s_time_is_up() -> None:
    """One document that does not get through must leave time for those before it, and for the page."""
    of_bucket = S3Documents("documents", REGION)._s3.meta.config
    of_maker = LambdaDocuments("documents", REGION)._lambda.meta.config
    assert longest_wait_s(of_bucket) <= timeout_s("RefundFormFunction") / 2
    assert of_maker.read_timeout > timeout_s("DocumentsFunction")
    assert longest_wait_s(of_maker) < timeout_s("TasksFunction")


def longest_wait_s(config: Any) -> float:
    waits: float = config.retries["total_max_attempts"] * (config.connect_timeout + config.read_timeout)
    return waits


def timeout_s(function: str) -> int:
    seconds: int = RESOURCES[function]["Properties"]["Timeout"]
    return seconds


def test_the_beginning_of_a_text_is_read(s3: Any) -> None:
    documents = S3Documents("documents", REGION)
    text = "Dzień dobry, ż" * 2000
    documents.put("mail/1/message.txt", text.encode(), "text/plain")
    words = documents.words("mail/1/message.txt")
    assert 0 < len(words) < len(text)
    assert text.startswith(words)
    assert documents.words("mail/2/message.txt") == ""

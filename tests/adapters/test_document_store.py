"""Documents in their bucket, on moto."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from telekarta.adapters.document_store import DocumentsUnavailable, S3Documents

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


def test_a_bucket_that_is_not_there_is_told_as_unavailable(s3: Any) -> None:
    documents = S3Documents("nothing", REGION)
    with pytest.raises(DocumentsUnavailable):
        documents.keys("mail/1")
    for put in (documents.put, documents.put_new):
        with pytest.raises(DocumentsUnavailable):
            put("a", b"x", "text/plain")

"""Documents in their bucket, and the function that makes them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from telekarta.usecases.ports import StoreUnavailable

LINK_LIVES_S = 15 * 60


class DocumentsUnavailable(StoreUnavailable):
    """The bucket or the maker did not answer; asking again makes the same documents."""


class DocumentStore(Protocol):
    def put(self, key: str, content: bytes, content_type: str) -> None: ...


@dataclass(frozen=True)
class S3Documents:
    bucket: str
    region: str = ""

    def put(self, key: str, content: bytes, content_type: str) -> None:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            self._s3.put_object(Bucket=self.bucket, Key=key, Body=content, ContentType=content_type)
        except (BotoCoreError, ClientError) as error:
            raise DocumentsUnavailable(type(error).__name__) from error

    def put_new(self, key: str, content: bytes, content_type: str) -> None:
        """Keep it unless it is there: what is named by its content need not be kept twice."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        told = {"Bucket": self.bucket, "Key": key, "Body": content, "ContentType": content_type}
        try:
            self._s3.put_object(**told, IfNoneMatch="*")
        except ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise DocumentsUnavailable(type(error).__name__) from error
        except BotoCoreError as error:
            raise DocumentsUnavailable(type(error).__name__) from error

    def keys(self, folder: str) -> tuple[str, ...]:
        """What lies in the folder; at most a thousand."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            listed = self._s3.list_objects_v2(Bucket=self.bucket, Prefix=f"{folder}/")
        except (BotoCoreError, ClientError) as error:
            raise DocumentsUnavailable(type(error).__name__) from error
        return tuple(each["Key"] for each in listed.get("Contents", ()))

    def link(self, key: str) -> str:
        """An address under which a browser gets the document for a quarter of an hour."""
        # A stranger's document is for the operator's disk, not for a page of the bucket's.
        told = {"Bucket": self.bucket, "Key": key, "ResponseContentDisposition": "attachment"}
        address: str = self._s3.generate_presigned_url("get_object", Params=told, ExpiresIn=LINK_LIVES_S)
        return address

    @cached_property
    def _s3(self) -> Any:
        return s3_client(self.region)


@dataclass(frozen=True)
class LambdaDocuments:
    """The maker of documents, called by whoever has a letter."""

    function: str
    region: str = ""

    def make(self, letter: Mapping[str, Any]) -> Mapping[str, str]:
        """The keys of the letter's documents by their names. Raises DocumentsUnavailable."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        payload = json.dumps({"letter": letter}).encode()
        try:
            answer = self._lambda.invoke(FunctionName=self.function, Payload=payload)
        except (BotoCoreError, ClientError) as error:
            raise DocumentsUnavailable(type(error).__name__) from error
        if "FunctionError" in answer:
            raise DocumentsUnavailable("the maker failed")
        keys: Mapping[str, str] = json.load(answer["Payload"])
        return keys

    @cached_property
    def _lambda(self) -> Any:
        return _client("lambda", self.region)


def s3_client(region: str) -> Any:
    """A client of S3 that does not wait for ever."""
    return _client("s3", region)


def _client(service: str, region: str) -> Any:
    import boto3  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415

    patience = Config(connect_timeout=1, read_timeout=20, retries={"total_max_attempts": 2})
    return boto3.client(service, region_name=region or None, config=patience)

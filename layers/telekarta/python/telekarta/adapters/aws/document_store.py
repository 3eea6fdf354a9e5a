"""Documents in their bucket, and the function that makes them.

::

    DocumentsUnavailable    S3 or the maker did not answer: asking again makes the same documents
    DocumentsFault          refused for a reason that asking again does not change

What is raised says the operation and the code, and has nothing of a document about it.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from telekarta.usecases.mail.ports import DocumentsUnavailable

LINK_LIVES_S = 15 * 60
SHOWN_BYTES = 8_000

# An applicant waits for up to ten documents, and the function has 25 s: one that does not get through in half
# of that is given up, and sent again.
PUT_TIMEOUT_S = 4
# The maker itself has 20 s, and whoever waits for it has 55.
MAKER_TIMEOUT_S = 22

# What passes although its status is one of the 400s: too much at once, a body that came too slowly, and the
# same document put by somebody else in the same moment.
_PASSING = frozenset(
    {"ConditionalRequestConflict", "RequestTimeout", "ThrottlingException", "TooManyRequestsException"}
)

T = TypeVar("T")


class DocumentsFault(Exception):
    """AWS refused for a reason that asking again does not change: our bug, or a missing right."""

    def __init__(self, operation: str, code: str) -> None:
        super().__init__(f"{operation}: {code}")
        self.code = code


@dataclass(frozen=True)
class S3Documents:
    """All methods may raise DocumentsUnavailable and DocumentsFault."""

    bucket: str
    region: str = ""

    def put(self, key: str, content: bytes, content_type: str) -> None:
        told = {"Bucket": self.bucket, "Key": key, "Body": content, "ContentType": content_type}
        asked("put_object", lambda: self._s3.put_object(**told))

    def put_new(self, key: str, content: bytes, content_type: str) -> None:
        """Keep it unless it is there: what is named by its content need not be kept twice."""
        told = {"Bucket": self.bucket, "Key": key, "Body": content, "ContentType": content_type}
        try:
            asked("put_object", lambda: self._s3.put_object(**told, IfNoneMatch="*"))
        except DocumentsFault as fault:
            if fault.code != "PreconditionFailed":
                raise

    def keys(self, folder: str) -> tuple[str, ...]:
        """What lies in the folder; at most a thousand."""
        told = {"Bucket": self.bucket, "Prefix": f"{folder}/"}
        listed = asked("list_objects_v2", lambda: self._s3.list_objects_v2(**told))
        return tuple(each["Key"] for each in listed.get("Contents", ()))

    def words(self, key: str) -> str:
        """The beginning of a text, as much as a page can show; "" if there is none."""
        try:
            content = asked("get_object", lambda: self._beginning(key))
        except DocumentsFault as fault:
            if fault.code != "NoSuchKey":
                raise
            return ""
        return content.decode(errors="ignore")

    def _beginning(self, key: str) -> bytes:
        content: bytes = self._s3.get_object(Bucket=self.bucket, Key=key)["Body"].read(SHOWN_BYTES)
        return content

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
        """The keys of the letter's documents by their names.

        Raises DocumentsUnavailable, also if the maker failed, and DocumentsFault.
        """
        payload = json.dumps({"letter": letter}).encode()
        answer, made = asked("invoke", lambda: self._invoke(payload))
        if "FunctionError" in answer:
            raise DocumentsUnavailable("the maker failed")
        keys: Mapping[str, str] = json.loads(made)
        return keys

    def _invoke(self, payload: bytes) -> tuple[dict[str, Any], bytes]:
        answer = self._lambda.invoke(FunctionName=self.function, Payload=payload)
        return answer, answer["Payload"].read()

    @cached_property
    def _lambda(self) -> Any:
        return _client("lambda", self.region, MAKER_TIMEOUT_S)


def asked(operation: str, ask: Callable[[], T]) -> T:
    """What AWS answers. Raises DocumentsUnavailable and DocumentsFault."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        return ask()
    except ClientError as error:
        code = str(error.response["Error"]["Code"])
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    except BotoCoreError as error:
        code, status = type(error).__name__, 500
    # Outside of the handlers: what AWS says may quote what it was given.
    if status >= 500 or code in _PASSING:
        raise DocumentsUnavailable(f"{operation}: {code}")
    raise DocumentsFault(operation, code)


def s3_client(region: str) -> Any:
    """A client of S3 that does not wait for ever."""
    return _client("s3", region, PUT_TIMEOUT_S)


def _client(service: str, region: str, read_timeout_s: int) -> Any:
    import boto3  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415

    patience = Config(connect_timeout=1, read_timeout=read_timeout_s, retries={"total_max_attempts": 2})
    return boto3.client(service, region_name=region or None, config=patience)

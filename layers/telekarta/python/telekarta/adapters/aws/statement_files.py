"""The bucket where an accountant puts bank statements, and finds what became of them.

::

    statements/2026-11/wyciag.sta         put there by a person or a program
    reports/2026-11/wyciag.sta.txt        for people, in Polish
    reports/2026-11/wyciag.sta.json       for programs

A report is written whole, and the next telling of its file writes over it; the bucket keeps the versions.
Reports lie beside the statements' folder, so that none of them starts the function.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from telekarta.adapters.bank_formats import LARGEST_FILE_BYTES
from telekarta.domain.bank.reports import FileReport, as_document, as_text_page
from telekarta.usecases.bank.ports import NoSuchFile
from telekarta.usecases.ports import StoreUnavailable

REPORTS = "reports/"


class FilesUnavailable(StoreUnavailable):
    """The bucket did not answer. It is safe to try again."""


@dataclass(slots=True)
class S3StatementFiles:
    bucket: str
    region: str = ""
    _client: Any = field(default=None, init=False, repr=False)

    def read(self, key: str, version: str = "") -> bytes | None:
        """The file, in the version that was told of; None if it is too large to be looked at.

        Raises FilesUnavailable and NoSuchFile.
        """
        which = {"VersionId": version} if version else {}
        answer = self._ask("get_object", Key=key, **which)
        if answer["ContentLength"] > LARGEST_FILE_BYTES:
            answer["Body"].close()
            return None
        content: bytes = answer["Body"].read()
        return content

    def keep(self, report: FileReport) -> str:
        """Write the report; the key of its page. Raises FilesUnavailable."""
        key = REPORTS + report.name
        document = json.dumps(as_document(report), ensure_ascii=False, indent=1) + "\n"
        self._put(f"{key}.json", document, "application/json")
        self._put(f"{key}.txt", as_text_page(report), "text/plain; charset=utf-8")
        return f"{key}.txt"

    def _put(self, key: str, text: str, content_type: str) -> None:
        self._ask("put_object", Key=key, Body=text.encode(), ContentType=content_type)

    def _ask(self, operation: str, **parameters: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            return getattr(self._s3(), operation)(Bucket=self.bucket, **parameters)
        except ClientError as error:
            problem = str(error.response["Error"]["Code"])
            if problem in ("NoSuchKey", "NoSuchVersion"):
                raise NoSuchFile(operation) from None
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) < 500:
                raise
        except BotoCoreError as error:
            problem = type(error).__name__
        raise FilesUnavailable(f"{operation}: {problem}")

    def _s3(self) -> Any:
        if self._client is None:
            import boto3  # noqa: PLC0415
            from botocore.config import Config  # noqa: PLC0415

            patience = Config(connect_timeout=2, read_timeout=20, retries={"total_max_attempts": 3})
            self._client = boto3.client("s3", region_name=self.region or None, config=patience)
        return self._client

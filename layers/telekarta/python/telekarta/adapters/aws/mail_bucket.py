"""The bucket into which SES puts the e-mails that customers write."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from telekarta.adapters.aws.document_store import DocumentsFault, asked, s3_client


@dataclass(frozen=True)
class MailBucket:
    """Raises DocumentsUnavailable and DocumentsFault."""

    bucket: str
    region: str = ""

    def read(self, key: str) -> bytes | None:
        """The raw message; None if it was taken already."""
        try:
            return asked("get_object", lambda: self._read(key))
        except DocumentsFault as fault:
            if fault.code != "NoSuchKey":
                raise
        return None

    def _read(self, key: str) -> bytes:
        raw: bytes = self._s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return raw

    def remove(self, key: str) -> None:
        asked("delete_object", lambda: self._s3.delete_object(Bucket=self.bucket, Key=key))

    @cached_property
    def _s3(self) -> Any:
        return s3_client(self.region)

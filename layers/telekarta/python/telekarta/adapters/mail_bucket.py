"""The bucket into which SES puts the e-mails that customers write."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from telekarta.adapters.document_store import DocumentsUnavailable, s3_client


@dataclass(frozen=True)
class MailBucket:
    """Raises DocumentsUnavailable."""

    bucket: str
    region: str = ""

    def read(self, key: str) -> bytes | None:
        """The raw message; None if it was taken already."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            raw: bytes = self._s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise DocumentsUnavailable(type(error).__name__) from error
        except BotoCoreError as error:
            raise DocumentsUnavailable(type(error).__name__) from error
        return raw

    def remove(self, key: str) -> None:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            self._s3.delete_object(Bucket=self.bucket, Key=key)
        except (BotoCoreError, ClientError) as error:
            raise DocumentsUnavailable(type(error).__name__) from error

    @cached_property
    def _s3(self) -> Any:
        return s3_client(self.region)

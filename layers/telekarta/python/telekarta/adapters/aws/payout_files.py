"""Files for the bank, in a bucket of their own: `PayoutFiles`."""

from dataclasses import dataclass, field
from typing import Any

from telekarta.usecases.ports import ReportsUnavailable


class PayoutFileFault(Exception):
    """S3 refused the file for a reason that asking again does not change."""


@dataclass(slots=True)
class S3PayoutFiles:
    """Each file is named by its payout and made of the record: put twice, it is the same file."""

    bucket: str
    region: str = ""
    _client: Any = field(default=None, init=False, repr=False)

    def put(self, name: str, content: bytes) -> None:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            self._s3().put_object(Bucket=self.bucket, Key=name, Body=content, ContentType="text/plain")
        except ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            code = str(error.response["Error"]["Code"])
        except BotoCoreError as error:
            code, status = type(error).__name__, 500
        else:
            return
        raise ReportsUnavailable(f"put_object: {code}") if status >= 500 else PayoutFileFault(code)

    def _s3(self) -> Any:
        if self._client is None:
            import boto3  # noqa: PLC0415
            from botocore.config import Config  # noqa: PLC0415

            patience = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 3})
            self._client = boto3.client("s3", region_name=self.region or None, config=patience)
        return self._client

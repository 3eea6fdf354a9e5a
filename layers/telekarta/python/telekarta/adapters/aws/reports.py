"""Reports in S3: `Reports`.

::

    trial-balance/2026-11-17.json, .txt   the report of a day, for programs and for people
    trial-balance/latest.json             the report of the last day that was closed
    closings/2026-11-17.json              every account as the day was closed with it, for the next day
    reconciliation/2026-11-17.json        the carrier's records against ours

Everything is written whole, and the same day's next run writes over it; the bucket keeps the versions.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from telekarta.domain.books.closing import Closing, Closings
from telekarta.domain.books.reconciliation import Reconciliation
from telekarta.domain.books.trial_balance import SCHEMA, TrialBalance, as_document, as_text_page
from telekarta.domain.calendar.deadlines import as_text
from telekarta.usecases.ports import ReportsUnavailable

LATEST = "trial-balance/latest.json"
# A day may be missed; when a month was, something else is wrong and the next report opens with nothing.
CLOSINGS_SOUGHT = timedelta(days=31)


class UnknownSchema(Exception):
    """A kept document is of a schema that this program can't read."""


@dataclass(slots=True)
class S3Reports:
    """The port `Reports`, in a bucket."""

    bucket: str
    region: str = ""
    _client: Any = field(default=None, init=False, repr=False)

    def closings_before(self, day: date) -> Closings | None:
        first = f"closings/{day - CLOSINGS_SOUGHT}"
        listed = self._ask("list_objects_v2", Prefix="closings/", StartAfter=first)
        keys = [each["Key"] for each in listed.get("Contents", ()) if each["Key"] < f"closings/{day}"]
        if not keys:
            return None
        document = self._get(max(keys))
        return _closings(document) if document is not None else None

    def keep_trial_balance(self, report: TrialBalance, closings: Closings) -> None:
        document = as_document(report)
        self._put(f"closings/{report.day}.json", _json(_closings_document(closings)))
        self._put(f"trial-balance/{report.day}.txt", as_text_page(report), "text/plain; charset=utf-8")
        self._put(f"trial-balance/{report.day}.json", _json(document))
        latest = self._get(LATEST)
        # An older day that is looked at again does not become the latest.
        if latest is None or str(latest["day"]) <= report.day.isoformat():
            self._put(LATEST, _json(document))

    def latest_trial_balance(self) -> Mapping[str, Any] | None:
        return self._get(LATEST)

    def keep_reconciliation(self, report: Reconciliation) -> None:
        self._put(f"reconciliation/{report.day}.json", _json(_reconciliation_document(report)))

    def _put(self, key: str, text: str, content_type: str = "application/json") -> None:
        self._ask("put_object", Key=key, Body=text.encode(), ContentType=content_type)

    def _get(self, key: str) -> dict[str, Any] | None:
        answer = self._ask("get_object", Key=key)
        if answer is None:
            return None
        document: dict[str, Any] = json.loads(answer["Body"].read())
        if document.get("schema") != SCHEMA:
            raise UnknownSchema(f"{key}: {document.get('schema')}")
        return document

    def _ask(self, operation: str, **parameters: Any) -> Any:
        """The answer; None for a key that is not there. ReportsUnavailable for what may pass."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            return getattr(self._s3(), operation)(Bucket=self.bucket, **parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return None
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) < 500:
                raise
            problem = str(error.response["Error"]["Code"])
        except BotoCoreError as error:
            problem = type(error).__name__
        raise ReportsUnavailable(f"{operation}: {problem}")

    def _s3(self) -> Any:
        if self._client is None:
            import boto3  # noqa: PLC0415
            from botocore.config import Config  # noqa: PLC0415

            patience = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 3})
            self._client = boto3.client("s3", region_name=self.region or None, config=patience)
        return self._client


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _closings_document(closings: Closings) -> dict[str, Any]:
    accounts = {
        name: [each.balance_grosze, each.postings] for name, each in sorted(closings.accounts.items())
    }
    return {
        "schema": SCHEMA,
        "day": closings.day.isoformat(),
        "awaited": sorted(closings.awaited),
        "accounts": accounts,
    }


def _closings(document: Mapping[str, Any]) -> Closings:
    accounts = {name: Closing(*kept) for name, kept in document["accounts"].items()}
    return Closings(date.fromisoformat(document["day"]), accounts, frozenset(document["awaited"]))


def _reconciliation_document(report: Reconciliation) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "day": report.day.isoformat(),
        "since": as_text(report.window.since),
        "until": as_text(report.window.until),
        "legs": report.legs,
        "charged": report.charged,
        "capped": report.capped,
        "corrected": report.corrected,
        "waiting": report.waiting,
        "findings": [
            {"kind": each.kind, "of": each.of, "subject": each.subject, "facts": dict(each.facts)}
            for each in report.findings
        ],
    }

"""The carrier's own records of calls, and the two REST resources that show them.

`CallRecords` may be kept in a file, one line for each change, so that a call played in one process is
known to the carrier's REST API in another.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, date, datetime
from email.utils import format_datetime
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlencode

API_VERSION = "2010-04-01"
TIMES = ("created_at", "updated_at", "started_at", "ended_at")
SUBRESOURCES = (
    "notifications",
    "recordings",
    "payments",
    "events",
    "siprec",
    "streams",
    "transcriptions",
    "user_defined_message_subscriptions",
    "user_defined_messages",
)


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One leg. `duration_s` is None until a call that was answered is over; times are in UTC."""

    sid: str
    account_sid: str
    parent_sid: str | None
    from_: str
    to: str
    direction: str
    status: str
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration_s: int | None = None

    def answered(self, at: datetime) -> "CallRecord":
        return replace(self, status="in-progress", started_at=at, updated_at=at)

    def ended(self, status: str, at: datetime) -> "CallRecord":
        """Over. A started second counts whole: no answered call is recorded as shorter than it was."""
        duration_s = None
        if self.started_at is not None:
            duration_s = math.ceil(round((at - self.started_at).total_seconds(), 3))
        return replace(self, status=status, ended_at=at, updated_at=at, duration_s=duration_s)


class CallRecords:
    """Records by call sid, in memory or in a file that several processes append to."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = Lock()
        self._records: dict[str, CallRecord] = {}
        self._read_bytes = 0

    def put(self, record: CallRecord) -> None:
        with self._lock:
            self._records[record.sid] = record
            if self._path is not None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                with self._path.open("a") as file:
                    file.write(json.dumps(_plain(record)) + "\n")

    def get(self, sid: str) -> CallRecord | None:
        self._catch_up()
        return self._records.get(sid)

    def find(
        self,
        *,
        parent_sid: str | None = None,
        status: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        from_day: date = date.min,
        before_day: date = date.max,
    ) -> list[CallRecord]:
        """Newest first, like the carrier lists them. Days are UTC's, of the start, or of the making of a call
        that nobody answered."""
        self._catch_up()
        wanted = {"parent_sid": parent_sid, "status": status, "from_": from_, "to": to}
        found = [
            record
            for record in self._records.values()
            if all(value is None or getattr(record, name) == value for name, value in wanted.items())
            and from_day <= (record.started_at or record.created_at).astimezone(UTC).date() < before_day
        ]
        return sorted(found, key=lambda record: record.created_at, reverse=True)

    def _catch_up(self) -> None:
        if self._path is None or not self._path.exists():
            return
        with self._lock, self._path.open("rb") as file:
            file.seek(self._read_bytes)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._read_bytes += len(line)
                record = _record(json.loads(line))
                self._records[record.sid] = record


def _plain(record: CallRecord) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in asdict(record).items()}


def _record(plain: Mapping[str, Any]) -> CallRecord:
    values = {field.name: plain[field.name] for field in fields(CallRecord)}
    times = {name: datetime.fromisoformat(values[name]) for name in TIMES if values[name]}
    return CallRecord(**{**values, **times})


def call_resource(record: CallRecord) -> dict[str, Any]:
    """The record as Twilio's Call resource: dates in RFC 2822, the duration a string, no price here."""
    uri = f"/{API_VERSION}/Accounts/{record.account_sid}/Calls/{record.sid}"
    stem = {name: f"{uri}/{''.join(word.title() for word in name.split('_'))}.json" for name in SUBRESOURCES}
    return {
        "sid": record.sid,
        "account_sid": record.account_sid,
        "parent_call_sid": record.parent_sid,
        "from": record.from_,
        "from_formatted": record.from_,
        "to": record.to,
        "to_formatted": record.to,
        "direction": record.direction,
        "status": record.status,
        "date_created": rfc_2822(record.created_at),
        "date_updated": rfc_2822(record.updated_at),
        "start_time": rfc_2822(record.started_at),
        "end_time": rfc_2822(record.ended_at),
        "duration": None if record.duration_s is None else str(record.duration_s),
        "price": None,
        "price_unit": "USD",
        "answered_by": None,
        "api_version": API_VERSION,
        "forwarded_from": None,
        "group_sid": None,
        "caller_name": None,
        "queue_time": "0",
        "trunk_sid": None,
        "phone_number_sid": None,
        "uri": f"{uri}.json",
        "subresource_uris": stem,
    }


def list_resource(
    records: Sequence[CallRecord], path: str, query: Mapping[str, str], page: int, page_size: int
) -> dict[str, Any]:
    """One page of Call resources, as `Calls.json` answers; `query` are the filters asked for."""
    first = page * page_size
    shown = records[first : first + page_size]

    def uri(number: int) -> str:
        return f"{path}?{urlencode({**query, 'PageSize': page_size, 'Page': number})}"

    return {
        "calls": [call_resource(record) for record in shown],
        "page": page,
        "page_size": page_size,
        "start": first,
        "end": first + max(len(shown) - 1, 0),
        "uri": uri(page),
        "first_page_uri": uri(0),
        "previous_page_uri": uri(page - 1) if page else None,
        "next_page_uri": uri(page + 1) if first + page_size < len(records) else None,
    }


def rfc_2822(moment: datetime | None) -> str | None:
    return None if moment is None else format_datetime(moment.replace(microsecond=0))

"""The simulated network's records as the port `Carrier` tells them."""

from dataclasses import dataclass, field

from local.network import CallRecord, CallRecords
from telekarta.usecases.ports import CarrierCall, CarrierUnavailable


@dataclass
class NetworkCarrier:
    """The network's own records, as its REST API would tell them."""

    records: CallRecords
    down: bool = False
    asked: int = 0
    strangers: set[str] = field(default_factory=set)

    def call(self, sid: str) -> CarrierCall | None:
        self.asked += 1
        if self.down:
            raise CarrierUnavailable("answered 503")
        record = self.records.get(sid)
        return told(record) if record and sid not in self.strangers else None

    def legs(self, parent_sid: str) -> tuple[CarrierCall, ...]:
        return tuple(told(record) for record in reversed(self.records.find(parent_sid=parent_sid)))


def told(record: CallRecord) -> CarrierCall:
    return CarrierCall(
        record.sid,
        record.parent_sid or "",
        record.to,
        record.from_,
        record.status,
        record.duration_s,
        record.created_at,
        record.started_at,
        record.ended_at,
    )

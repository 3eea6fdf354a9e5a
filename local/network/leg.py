"""The call to the other party that a `Dial` makes: the child call, rung, talked through and reported."""

import math
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from local.network.parties import Answers, Busy, NeverAnswers, NoSuchNumber, Party
from local.network.records import CallRecord
from local.network.transcript import Kind
from local.network.twiml import error
from local.network.waiting import Doing, Part, Wait

if TYPE_CHECKING:
    from local.network.call import Call

DIAL_TIMEOUT_S = 30
DIAL_TIMEOUT_BUFFER_S = 5
DIAL_TIME_LIMIT_S = 14400
EMERGENCY_NUMBERS = frozenset(
    {"112", "997", "998", "999", "984", "985", "986", "987", "991", "992", "993", "994"}
)
INVALID_CALLER_ID = 13214
INVALID_NUMBER = 13224


class Leg:
    """The call to the other party that a `Dial` makes: the child call."""

    def __init__(self, call: "Call", verb: Element, noun: Element, document_url: str, number: str) -> None:
        self._call = call
        self._network = call.network
        self._verb = verb
        self._noun = noun
        self._document_url = document_url
        self._sequence = 0
        self._wanted_events = set(noun.get("statusCallbackEvent", "completed").split())
        caller_id = verb.get("callerId", call.record.from_)
        self.record = CallRecord(
            sid=self._network.new_sid("CA"),
            account_sid=call.record.account_sid,
            parent_sid=call.record.sid,
            from_=caller_id,
            to=number,
            direction="outbound-dial",
            status="initiated",
            created_at=self._network.now,
            updated_at=self._network.now,
        )
        self._store(self.record)

    def ring_and_talk(self) -> Part:
        call, party = self._call, self._party()
        call.tell(Kind.RINGING, f"calling {self.record.to}", to=self.record.to, caller_id=self.record.from_)
        self._event("initiated")
        patience_s = int(self._verb.get("timeout", str(DIAL_TIMEOUT_S))) + DIAL_TIMEOUT_BUFFER_S
        match party:
            case NoSuchNumber():
                yield from self._wait(1)
                self._part("failed")
            case Busy():
                yield from self._wait(1)
                self._part("busy")
            case Answers(after_s) if after_s < patience_s:
                self._ring()
                yield from self._wait(after_s)
                yield from self._talk(party)
            case Answers() | NeverAnswers():
                self._ring()
                yield from self._wait(patience_s)
                self._part("no-answer")

    def abandon(self) -> None:
        """The caller hung up: the talk is over, or the ringing stops."""
        if self.record.ended_at is None:
            self._part("completed" if self.record.started_at else "canceled")

    def action_params(self) -> dict[str, str]:
        params = {
            "DialCallStatus": self.record.status,
            "DialCallSid": self.record.sid,
            "DialBridged": "true" if self.record.started_at else "false",
        }
        if self.record.duration_s is not None:
            params["DialCallDuration"] = str(self.record.duration_s)
        return params

    def _party(self) -> Party:
        number = self.record.to
        if number.removeprefix("+48").replace(" ", "") in EMERGENCY_NUMBERS:
            refused = f"emergency number {number} was dialled: refuse it before"
            self._call.report(error(refused, code=INVALID_NUMBER))
            return NoSuchNumber()
        if not self._network.may_show(self.record.from_, self._call.record):
            shown = f"callerId {self.record.from_!r} is neither To, From, owned nor verified"
            self._call.report(error(shown, code=INVALID_CALLER_ID))
            return NoSuchNumber()
        return self._network.party(number)

    def _ring(self) -> None:
        self._store(replace(self.record, status="ringing", updated_at=self._network.now))
        self._event("ringing")

    def _talk(self, party: Answers) -> Part:
        call = self._call
        self._store(self.record.answered(self._network.now))
        call.answer()
        call.tell(Kind.CONNECTED, self.record.to)
        self._event("answered")
        limit_s = int(self._verb.get("timeLimit", str(DIAL_TIME_LIMIT_S)))
        stays_s = math.inf if party.hangs_up_after_s is None else party.hangs_up_after_s
        until = self._network.now + timedelta(seconds=min(limit_s, stays_s))
        while True:
            happened = yield Wait(until, Doing.TALKING)
            if happened is None:
                break
            if isinstance(happened, str):
                call.tell(Kind.PRESSED, happened)
                if happened == "*" and self._verb.get("hangupOnStar") == "true":
                    break
        if self._network.now == until and limit_s <= stays_s:
            call.tell(Kind.CUT_OFF, f"cut off after {limit_s} s", duration_s=limit_s)
        self._part("completed")

    def _wait(self, seconds: float) -> Part:
        yield from self._call.pass_time(seconds, Doing.RINGING)

    def _part(self, status: str) -> None:
        self._store(self.record.ended(status, self._network.now))
        self._call.tell(
            Kind.PARTED, f"{self.record.to}: {status}", status=status, duration_s=self.record.duration_s
        )
        self._event("completed")

    def _store(self, record: CallRecord) -> None:
        self.record = record
        self._call.child = record
        self._network.records.put(record)

    def _event(self, event: str) -> None:
        url = self._noun.get("statusCallback")
        if not url or event not in self._wanted_events:
            return
        params = {
            **self._call.progress(self.record, self._sequence),
            "ParentCallSid": self._call.record.sid,
        }
        self._sequence += 1
        method = self._noun.get("statusCallbackMethod", "POST")
        self._call.callback(method, urljoin(self._document_url, url), params)

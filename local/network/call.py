"""One telephone call: the interpreter of TwiML, as the caller lives it.

A call is a generator that yields what it waits for (`Wait`) and is resumed with what happened: a key, the
end of a prompt, or nothing (the time is up). When the caller hangs up, `CallerHungUp` is thrown into it,
at whichever moment it stands. So it has no threads and no clock of its own: `PhoneNetwork` resumes it.

Decisions where Twilio's documentation is silent or was not verified:
- Keys count only inside a `Gather`: from the start of its prompts to its end. A key pressed at any other
  moment (a bare `Say`, ringing, the moment of a redirect) is lost. A key that comes after a `Gather` is
  full reaches whatever the call does next, so a habitual `#` after the last digit of a full `Gather`
  meets the next one, where it counts as no input.
- A prompt lasts as long as its text takes at about 14 characters a second.
- A caller who hangs up while the other phone rings leaves DialCallStatus `canceled`.
- An answer with an error in it is no valid TwiML here: the fallback is asked, as after an HTTP error.
- The called phone rings for the Dial's timeout and 5 seconds more.
"""

import math
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from local.network.leg import Leg
from local.network.records import API_VERSION, CallRecord
from local.network.timeline import Appointment
from local.network.transcript import Event, Kind
from local.network.twiml import TwimlProblem, error, has_errors, pause_s, read_twiml, text_of
from local.network.waiting import CallerHungUp, Doing, Happened, Part, Spoken, Wait
from local.network.webhook import WRONG_CONTENT_TYPE, XML_TYPES, Reply

if TYPE_CHECKING:
    from local.network.phone_network import PhoneNetwork

CHARACTERS_SPOKEN_A_SECOND = 14
MEDIA_LASTS_S = 3.0
ENDLESS_LOOPS = 1000
GATHER_TIMEOUT_S = 5
DOCUMENTS_AT_ONE_MOMENT = 100
KEYS = frozenset("0123456789*#")
APPLICATION_ERROR = "We are sorry, an application error has occurred. Goodbye."
NOT_SIMULATED = 0


class ApplicationError(Exception):
    """No valid answer from the webhook nor from the fallback."""


@dataclass(frozen=True, slots=True)
class Document:
    url: str
    verbs: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a verb ended when the rest of the document is not followed."""

    status: str = "completed"


Next = Document | Ended | None


class Call:
    """A call in progress, or over. Made by `PhoneNetwork.place`."""

    def __init__(
        self, network: "PhoneNetwork", to: str, from_: str, *, paced_by_listener: bool = False
    ) -> None:
        self.network = network
        self.paced_by_listener = paced_by_listener
        self._dialled_at = network.now
        self._life = self._live()
        self._wait: Wait | None = None
        self._alarm: Appointment | None = None
        self._refs = 0
        self._documents_now: tuple[datetime, int] = (network.now, 0)
        self.record = CallRecord(
            sid=network.new_sid("CA"),
            account_sid=network.account_sid,
            parent_sid=None,
            from_=from_,
            to=to,
            direction="inbound",
            status="ringing",
            created_at=network.now,
            updated_at=network.now,
        )
        self.child: CallRecord | None = None
        self.events: list[Event] = []
        self.problems: list[TwimlProblem] = []

    # What the caller does.

    def start(self) -> None:
        self.network.records.put(self.record)
        self.tell(Kind.DIALLED, f"{self.record.from_} calls {self.record.to}")
        self._resume(None)

    def press(self, key: str) -> None:
        """One key, now. Ignored when the call is over."""
        if key not in KEYS:
            raise ValueError(f"there is no key {key!r} on a telephone")
        if not self.over:
            self._resume(key)

    def spoken(self, ref: int) -> None:
        """The listener heard prompt `ref` to its end (only calls that the listener paces wait for it)."""
        if not self.over:
            self._resume(Spoken(ref))

    def hang_up(self) -> None:
        if self.over:
            return
        self.tell(Kind.HUNG_UP, "the caller hangs up")
        self._disarm()
        try:
            self._wait = self._life.throw(CallerHungUp())
        except StopIteration:
            self._wait = None

    @property
    def over(self) -> bool:
        return self._wait is None

    @property
    def doing(self) -> Doing:
        return self._wait.doing if self._wait else Doing.OVER

    @property
    def sid(self) -> str:
        return self.record.sid

    # How it is resumed.

    def _resume(self, happened: Happened) -> None:
        self._disarm()
        try:
            self._wait = self._life.send(happened)
        except StopIteration:
            self._wait = None
        else:
            self._alarm = self.network.timeline.at(self._wait.until, lambda: self._resume(None))

    def _disarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def tell(self, kind: Kind, text: str = "", **details: Any) -> None:
        now = self.network.now
        event = Event(now, (now - self._dialled_at).total_seconds(), kind, text, details)
        self.events.append(event)
        self.network.announce(self, event)

    def report(self, *problems: TwimlProblem) -> None:
        for problem in problems:
            self.problems.append(problem)
            self.tell(
                Kind.PROBLEM,
                str(problem),
                severity=str(problem.severity),
                code=problem.code,
                where=problem.where,
            )

    # Its life.

    def _live(self) -> Part:
        status = "completed"
        try:
            try:
                document: Next = self._fetch("POST", self.network.incoming_url, {})
                while isinstance(document, Document):
                    document = yield from self._follow(document)
                if isinstance(document, Ended):
                    status = document.status
            except ApplicationError:
                yield from self._apologize()
        except CallerHungUp:
            pass
        if status == "completed" and self.record.started_at is None:
            status = "no-answer"
        self._end(status)

    def _follow(self, document: Document) -> Generator[Wait, Happened, Next]:
        for verb in document.verbs:
            handler = VERBS.get(verb.tag)
            if handler is None:
                raise self._not_simulated(verb.tag)
            outcome: Next = yield from handler(self, verb, document)
            if outcome is not None:
                return outcome
        self.answer()
        return None

    def answer(self) -> None:
        if self.record.started_at is None:
            self.record = self.record.answered(self.network.now)
            self.network.records.put(self.record)
            self.tell(Kind.ANSWERED)

    def _end(self, status: str) -> None:
        self.record = self.record.ended(status, self.network.now)
        self.network.records.put(self.record)
        self.tell(Kind.ENDED, status, status=status, duration_s=self.record.duration_s)
        self.callback("POST", self.network.status_url, self.progress(self.record, 0))

    def _apologize(self) -> Part:
        self.answer()
        yield from self._speak(APPLICATION_ERROR, "en-US", "alice", Doing.SPEAKING)

    def _not_simulated(self, what: str) -> ApplicationError:
        self.report(error(f"{what} is not simulated", code=NOT_SIMULATED))
        return ApplicationError(what)

    # Requests.

    def _params(self) -> dict[str, str]:
        return {**_call_params(self.record), "ApiVersion": API_VERSION}

    def _fetch(self, method: str, url: str, extra: Mapping[str, str]) -> Document:
        """The document at the URL, or the fallback's; `ApplicationError` if neither is valid TwiML."""
        self._guard_against_loops(url)
        reply = self._request(method, url, {**self._params(), **extra}, Kind.REQUEST)
        document, failure = self._read(reply)
        if document is not None:
            return document
        fallback = {"ErrorCode": str(failure.code), "ErrorUrl": url} if failure else {}
        reply = self._request("POST", self.network.fallback_url, {**self._params(), **fallback}, Kind.REQUEST)
        document, _ = self._read(reply)
        if document is None:
            raise ApplicationError(url)
        return document

    def _read(self, reply: Reply) -> tuple[Document | None, TwimlProblem | None]:
        problems = list(reply.problems)
        root = None
        if not has_errors(problems):
            if reply.content_type not in XML_TYPES:
                wrong = f"the content type is {reply.content_type or 'missing'}, not text/xml"
                problems.append(error(wrong, reply.url, WRONG_CONTENT_TYPE))
            else:
                root, found = read_twiml(reply.body)
                problems += found
        self.report(*problems)
        failures = [problem for problem in problems if has_errors([problem])]
        if failures or root is None:
            return None, failures[0] if failures else None
        return Document(reply.url, tuple(root)), None

    def _request(self, method: str, url: str, params: Mapping[str, str], kind: Kind) -> Reply:
        reply = self.network.webhooks.request(method, url, params)
        self.tell(
            kind,
            f"{method} {url} -> {reply.status or 'no answer'}",
            method=method,
            url=url,
            params=dict(params),
            status=reply.status,
            body=reply.body.decode(errors="replace"),
        )
        return reply

    def callback(self, method: str, url: str, params: Mapping[str, str]) -> None:
        """A status callback: its answer is not followed, and it may come late, twice or never."""

        def send() -> None:
            self.report(*self._request(method, url, params, Kind.CALLBACK).problems)

        for delay_s in self.network.delivery_delays_s():
            if delay_s:
                self.network.timeline.after(delay_s, send)
            else:
                send()

    def progress(self, record: CallRecord, number: int) -> dict[str, str]:
        """The parameters of a status callback; only a completed call has a duration."""
        params = {
            **_call_params(record),
            "ApiVersion": API_VERSION,
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(number),
            "Timestamp": format_datetime(self.network.now.replace(microsecond=0)),
        }
        if record.status == "completed" and record.duration_s is not None:
            params["CallDuration"] = str(record.duration_s)
            params["Duration"] = str(math.ceil(record.duration_s / 60))
        return params

    def _guard_against_loops(self, url: str) -> None:
        now = self.network.now
        moment, seen = self._documents_now
        self._documents_now = (now, seen + 1 if moment == now else 1)
        if self._documents_now[1] > DOCUMENTS_AT_ONE_MOMENT:
            self.report(error(f"the call goes round and round without a word: {url}"))
            raise ApplicationError(url)

    # Waiting.

    def pass_time(self, seconds: float, doing: Doing) -> Part:
        """Let time go by; keys are lost."""
        until = self.network.now + timedelta(seconds=seconds)
        while True:
            happened = yield Wait(until, doing)
            if happened is None:
                return
            if isinstance(happened, str):
                self.tell(Kind.LOST_KEY, happened)

    def _speak(
        self, text: str, language: str, voice: str, doing: Doing, silence_s: float = 0
    ) -> Generator[Wait, Happened, str | None]:
        """Say it. Inside a Gather (`PROMPTING`) a key stops it, and is the result."""
        self._refs += 1
        ref = self._refs
        lasts_s = max(1.0, len(text) / CHARACTERS_SPOKEN_A_SECOND) + silence_s
        in_gather = doing is Doing.PROMPTING
        self.tell(
            Kind.HEARD,
            text,
            ref=ref,
            language=language,
            voice=voice,
            in_gather=in_gather,
            lasts_s=round(lasts_s, 1),
        )
        # A real voice may be slower than the estimate; it reports its end, and the estimate only bounds it.
        limit_s = 4 * lasts_s + 10 if self.paced_by_listener else lasts_s
        return (yield from self._sound(limit_s, doing, ref))

    def _sound(self, lasts_s: float, doing: Doing, ref: int = 0) -> Generator[Wait, Happened, str | None]:
        until = self.network.now + timedelta(seconds=lasts_s)
        while True:
            happened = yield Wait(until, doing)
            if happened is None or happened == Spoken(ref):
                return None
            if isinstance(happened, str):
                if doing is Doing.PROMPTING:
                    return happened
                self.tell(Kind.LOST_KEY, happened)

    # Verbs. Each answers what comes next: a document, an end, or None for the verb that follows.

    def _say(self, verb: Element, _: Document) -> Generator[Wait, Happened, Next]:
        self.answer()
        yield from self._play_once_or_more(verb, Doing.SPEAKING)
        return None

    def _play_once_or_more(self, verb: Element, doing: Doing) -> Generator[Wait, Happened, str | None]:
        """Say, Play or Pause, alone or inside a Gather; the result is the key that stopped it."""
        if verb.tag == "Pause":
            return (yield from self._sound(int(verb.get("length", "1")), doing))
        for _ in range(int(verb.get("loop", "1")) or ENDLESS_LOOPS):
            if verb.tag == "Say":
                language, voice = verb.get("language", "en-US"), verb.get("voice", "alice")
                key = yield from self._speak(text_of(verb), language, voice, doing, pause_s(verb))
            else:
                self.tell(Kind.SOUND, text_of(verb) or f"tones {verb.get('digits')}")
                key = yield from self._sound(MEDIA_LASTS_S, doing)
            if key is not None:
                return key
        return None

    def _gather(self, verb: Element, document: Document) -> Generator[Wait, Happened, Next]:
        self.answer()
        if "speech" in verb.get("input", "dtmf"):
            raise self._not_simulated("speech recognition")
        if verb.get("bargeIn") == "false":
            raise self._not_simulated("a Gather without barge-in")
        digits, finished_by = yield from self._keys(verb)
        if not digits and verb.get("actionOnEmptyResult") != "true":
            self.tell(Kind.SILENCE, "no input")
            return None
        url = urljoin(document.url, verb.get("action", "")) if verb.get("action") else document.url
        extra = {"Digits": digits, "FinishedOnKey": finished_by, "msg": "Gather End"}
        return self._fetch(verb.get("method", "POST"), url, extra)

    def _keys(self, verb: Element) -> Generator[Wait, Happened, tuple[str, str]]:
        """The digits (without the finish key) and the finish key, if one was pressed."""
        most = int(verb.get("numDigits", "0"))
        finish = verb.get("finishOnKey", "#")
        timeout_s = int(verb.get("timeout", str(GATHER_TIMEOUT_S)))
        digits = ""
        key: str | None = None
        for prompt in verb:
            key = yield from self._play_once_or_more(prompt, Doing.PROMPTING)
            if key is not None:
                break
        if key is None:
            self.tell(Kind.ASKED, num_digits=most, finish_on_key=finish, timeout_s=timeout_s)
        while True:
            if key is None:
                key = yield from self._one_key(timeout_s)
            if key is None:
                return digits, ""
            self.tell(Kind.PRESSED, key)
            if key == finish:
                return digits, key
            digits += key
            if len(digits) == most:
                return digits, ""
            key = None

    def _one_key(self, timeout_s: int) -> Generator[Wait, Happened, str | None]:
        until = self.network.now + timedelta(seconds=timeout_s)
        while True:
            happened = yield Wait(until, Doing.LISTENING)
            if not isinstance(happened, Spoken):
                return happened

    def _redirect(self, verb: Element, document: Document) -> Generator[Wait, Happened, Next]:
        yield from ()
        return self._fetch(verb.get("method", "POST"), urljoin(document.url, text_of(verb)), {})

    def _hang_up_verb(self, _: Element, __: Document) -> Generator[Wait, Happened, Next]:
        yield from ()
        self.answer()
        return Ended()

    def _reject(self, verb: Element, _: Document) -> Generator[Wait, Happened, Next]:
        reason = verb.get("reason", "rejected")
        self.tell(Kind.REFUSED, reason)
        yield from self.pass_time(2, Doing.SPEAKING)
        return Ended("busy" if reason == "busy" else "no-answer")

    def _dial(self, verb: Element, document: Document) -> Generator[Wait, Happened, Next]:
        if verb.get("answerOnBridge") != "true":
            self.answer()
        number, noun = self._called_number(verb)
        dialled = Leg(self, verb, noun, document.url, number)
        try:
            yield from dialled.ring_and_talk()
        except CallerHungUp:
            dialled.abandon()
            self._ask_after_hang_up(verb, document, dialled)
            raise
        if not verb.get("action"):
            return None
        url = urljoin(document.url, verb.get("action", ""))
        return self._fetch(verb.get("method", "POST"), url, dialled.action_params())

    def _called_number(self, verb: Element) -> tuple[str, Element]:
        nouns = list(verb)
        if not nouns:
            return text_of(verb), verb
        if len(nouns) > 1:
            raise self._not_simulated("a Dial of several parties")
        if nouns[0].tag != "Number":
            raise self._not_simulated(f"Dial {nouns[0].tag}")
        if nouns[0].get("url"):
            raise self._not_simulated("a document for the called party (Number url)")
        return text_of(nouns[0]), nouns[0]

    def _ask_after_hang_up(self, verb: Element, document: Document, dialled: Leg) -> None:
        """The action is requested although the caller is gone; its answer is ignored."""
        if not verb.get("action"):
            return
        gone = {**_call_params(self.record), "CallStatus": "completed", "ApiVersion": API_VERSION}
        url = urljoin(document.url, verb.get("action", ""))
        reply = self._request(
            verb.get("method", "POST"), url, {**gone, **dialled.action_params()}, Kind.REQUEST
        )
        self._read(reply)


def _call_params(record: CallRecord) -> dict[str, str]:
    """What every request says of a call. Twilio sends parameters that it knows nothing for as blanks."""
    places = {
        f"{who}{what}": ("PL" if number.startswith("+48") else "") if what == "Country" else ""
        for who, number in (
            ("From", record.from_),
            ("Caller", record.from_),
            ("To", record.to),
            ("Called", record.to),
        )
        for what in ("City", "State", "Zip", "Country")
    }
    return {
        "CallSid": record.sid,
        "AccountSid": record.account_sid,
        "From": record.from_,
        "Caller": record.from_,
        "To": record.to,
        "Called": record.to,
        "CallStatus": record.status,
        "Direction": record.direction,
        **places,
    }


VERBS = {
    "Say": Call._say,
    "Play": Call._say,
    "Pause": Call._say,
    "Gather": Call._gather,
    "Redirect": Call._redirect,
    "Hangup": Call._hang_up_verb,
    "Reject": Call._reject,
    "Dial": Call._dial,
}

"""A telephone for stories: it dials, listens, presses keys, talks and hangs up, in virtual time.

    phone = Phone(network)
    call = phone.dials("+48800007744", from_="+48221234567")
    call.hears("PIN").presses("123456#").hears("numer telefonu").presses("601234567#")
    call.talks(65).hangs_up()

The caller listens to every prompt to its end unless told to cut in. A TwiML problem of the severity
"error" fails the story where it happens; `Phone(network, tolerant=True)` lets it pass.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from local.network import (
    Call,
    Doing,
    Event,
    Kind,
    Party,
    PhoneNetwork,
    Severity,
    Timeline,
    Transport,
)

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "the-carriers-secret"  # a made-up token of the simulated carrier
BASE_URL = "https://telekarta.test"
BETWEEN_KEYS_S = 0.3
LONGEST_WAIT_S = 4 * 3600.0


def phone_network(transport: Transport, start: datetime = START, **settings: Any) -> PhoneNetwork:
    """A network in virtual time with the test suite's account; `settings` are `PhoneNetwork`'s."""
    known = {
        "base_url": BASE_URL,
        "account_sid": ACCOUNT_SID,
        "auth_token": AUTH_TOKEN,
        "timeline": Timeline(start),
        "seed": 1,
    }
    return PhoneNetwork(transport, **{**known, **settings})


class Phone:
    """Somebody's telephone."""

    def __init__(self, network: PhoneNetwork, *, tolerant: bool = False) -> None:
        self.network = network
        self._tolerant = tolerant

    def dials(self, number: str, from_: str = "+48221234567") -> "PhoneCall":
        return PhoneCall(self.network, self.network.place(number, from_), tolerant=self._tolerant)

    def knows(self, number: str, party: Party) -> "Phone":
        """How the number behaves when it is called."""
        self.network.parties[number] = party
        return self


class PhoneCall:
    """One call as the caller tells it. Every verb gives the call back, so they chain."""

    def __init__(self, network: PhoneNetwork, call: Call, *, tolerant: bool) -> None:
        self.network = network
        self.call = call
        self._tolerant = tolerant
        self._heard_from = 0
        self._check_problems()

    # What the caller does.

    def hears(self, *wanted: str) -> "PhoneCall":
        """Listens to the end of what is being said; each text (or regular expression) must be in it.

        While it rings, what comes after the ringing is waited for if need be.
        """
        self._listen()
        if self.call.doing is Doing.RINGING and not all(self._is_heard(text) for text in wanted):
            self._step_until(lambda: self.call.doing is not Doing.RINGING)
            self._listen()
        for text in wanted:
            assert self._is_heard(text), f"did not hear {text!r} but {self.heard!r}\n{self.story}"
        return self

    def does_not_hear(self, *unwanted: str) -> "PhoneCall":
        self._listen()
        for text in unwanted:
            assert not self._is_heard(text), f"heard {text!r} in {self.heard!r}\n{self.story}"
        return self

    def hears_only(self, language: str) -> "PhoneCall":
        """Everything since the last key was said in the language (`pl-PL`)."""
        self._listen()
        spoken = {event.details["language"] for event in self._heard_events()}
        assert spoken == {language}, f"heard {spoken}\n{self.story}"
        return self

    def presses(self, keys: str) -> "PhoneCall":
        """Waits until the call listens for keys and presses them one by one."""
        self._listen()
        assert self.call.doing in {Doing.LISTENING, Doing.TALKING}, f"nobody asks for keys\n{self.story}"
        return self.cuts_in(keys)

    def cuts_in(self, keys: str) -> "PhoneCall":
        """Presses keys at once, whatever the call is at: inside a Gather that stops the prompt."""
        for number, key in enumerate(keys):
            if number:
                self.network.advance(BETWEEN_KEYS_S)
            self._heard_from = len(self.call.events)
            self.call.press(key)
            self._check_problems()
        return self

    def stays_silent(self) -> "PhoneCall":
        """Waits until the question is given up; what follows can be heard next."""
        self._listen()
        assert self.call.doing is Doing.LISTENING, f"nothing is asked\n{self.story}"
        asked = len(self.call.events)
        self._heard_from = asked
        self._step_until(lambda: len(self.call.events) > asked)
        return self

    def waits(self, seconds: float) -> "PhoneCall":
        self.network.advance(seconds)
        self._check_problems()
        return self

    def is_connected(self) -> "PhoneCall":
        """The other party picks up, sooner or later."""
        self._listen()
        self._step_until(lambda: self.call.doing is not Doing.RINGING)
        assert self.call.doing is Doing.TALKING, f"not connected\n{self.story}"
        return self

    def talks(self, seconds: float) -> "PhoneCall":
        """Is connected, and talks for so long without being cut off; the talk goes on."""
        self.is_connected()
        self.network.advance(seconds)
        self._check_problems()
        talked_s = self.talked_s
        assert talked_s is None or talked_s >= seconds, f"the talk ended after {talked_s} s\n{self.story}"
        return self

    def talks_on(self) -> "PhoneCall":
        """Is connected, and talks until the other party or the time limit ends it."""
        self.is_connected()
        self._heard_from = len(self.call.events)
        self._step_until(lambda: self.call.doing is not Doing.TALKING)
        return self

    def is_cut_off(self, after_s: int) -> "PhoneCall":
        """The time limit ended the talk after exactly so many seconds."""
        if self.call.doing in {Doing.RINGING, Doing.TALKING}:
            self.talks_on()
        cuts = [event.details["duration_s"] for event in self.call.events if event.kind is Kind.CUT_OFF]
        assert cuts[-1:] == [after_s], f"cut off after {cuts}\n{self.story}"
        return self

    def hangs_up(self) -> "PhoneCall":
        self.call.hang_up()
        self._check_problems()
        return self

    def ends(self, status: str = "completed") -> "PhoneCall":
        """The call is over by itself, once everything said was heard; late callbacks are delivered."""
        self._listen()
        self._step_until(lambda: self.call.doing not in {Doing.RINGING, Doing.TALKING})
        self._listen()
        assert self.call.over, f"the call goes on, {self.call.doing}\n{self.story}"
        assert self.call.record.status == status, f"ended as {self.call.record.status}\n{self.story}"
        self._check_problems()
        return self

    # What can be asked about it.

    @property
    def heard(self) -> str:
        """What was said since the caller's last key, joined."""
        return " ".join(event.text for event in self._heard_events())

    @property
    def talked_s(self) -> int | None:
        """Seconds of the finished talk; None when there was none, or it goes on."""
        child = self.call.child
        return child.duration_s if child else None

    @property
    def requests(self) -> list[Mapping[str, Any]]:
        """The webhook requests so far: method, url, params, status, body."""
        return [event.details for event in self.call.events if event.kind is Kind.REQUEST]

    @property
    def callbacks(self) -> list[Mapping[str, Any]]:
        """The status callbacks so far, in the order of their arrival."""
        return [event.details for event in self.call.events if event.kind is Kind.CALLBACK]

    @property
    def story(self) -> str:
        """The transcript, a line for each event."""
        return "\n".join(str(event) for event in self.call.events)

    # How it is done.

    def _heard_events(self) -> list[Event]:
        return [event for event in self.call.events[self._heard_from :] if event.kind is Kind.HEARD]

    def _is_heard(self, wanted: str) -> bool:
        return wanted.casefold() in self.heard.casefold() or bool(
            re.search(wanted, self.heard, re.IGNORECASE)
        )

    def _listen(self) -> None:
        self._step_until(lambda: self.call.doing not in {Doing.SPEAKING, Doing.PROMPTING})

    def _step_until(self, reached: Callable[[], bool]) -> None:
        started = self.network.now
        while not reached():
            due = self.network.timeline.next_due()
            assert due is not None, f"nothing will ever happen\n{self.story}"
            self.network.timeline.run_until(due)
            self._check_problems()
            waited_s = (self.network.now - started).total_seconds()
            assert waited_s <= LONGEST_WAIT_S, f"waited for {waited_s} s\n{self.story}"

    def _check_problems(self) -> None:
        errors = [problem for problem in self.call.problems if problem.severity is Severity.ERROR]
        assert self._tolerant or not errors, f"{errors[0]}\n{self.story}"

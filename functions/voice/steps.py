"""One webhook, one answer: the part of the voice function that knows no Lambda."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from telekarta.adapters.twilio.credentials import TwilioCredentials
from telekarta.adapters.twilio.twiml import CONTENT_TYPE, last_words, render
from telekarta.adapters.twilio.webhook import (
    Forged,
    Malformed,
    Webhook,
    heard,
    heard_report,
    leg_of,
    leg_of_report,
    open_webhook,
)
from telekarta.dialog.effects.calls import EndCall
from telekarta.dialog.engine import AwaitedEffect, Move, NoSuchNode, Step, enter, hear, land
from telekarta.dialog.state import BadState, decode
from telekarta.usecases.calls.calling import NotAdmitted
from telekarta.usecases.faults import described
from telekarta.usecases.performing import Performers, perform
from telekarta.usecases.ports import StoreUnavailable


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, what to count, and what may be logged of it."""

    status: int
    body: str
    facts: Mapping[str, str]
    counts: tuple[str, ...] = ()
    content_type: str = CONTENT_TYPE


class Twilio(Protocol):
    def credentials(self) -> TwilioCredentials: ...


@dataclass(frozen=True, slots=True)
class Door:
    """The way in for Twilio. `performers` do what the dialog asks."""

    performers: Performers
    twilio: Twilio

    def incoming(self, event: Mapping[str, Any]) -> Answer:
        """A call came in on one of our numbers."""
        return self._answer(event, "incoming", lambda webhook: enter(leg_of(webhook)))

    def step(self, event: Mapping[str, Any], node: str) -> Answer:
        """The caller, or the carrier, answered a screen."""

        def next_step(webhook: Webhook) -> Step:
            caller = decode(webhook.query, leg_of(webhook))
            return hear(node, caller, heard(webhook.form))

        return self._answer(event, node, next_step)

    def report(self, event: Mapping[str, Any]) -> Answer:
        """The dialled leg's status callback: the second report of how a call ended. Nobody listens."""

        def next_step(webhook: Webhook) -> Step:
            leg, state = leg_of_report(webhook)
            return hear("talking", decode(state, leg), heard_report(webhook.form))

        return self._answer(event, "report", next_step)

    def status(self, event: Mapping[str, Any]) -> Answer:
        """The status callback of the caller's own leg: nothing hangs on it, so it is only counted."""
        try:
            webhook = self._open(event)
        except Forged:
            return _forged("status")
        except Exception as fault:
            return _apology(fault, "status", "")
        facts = {"node": "status", "call": webhook.form.get("CallSid", "")[:64]}
        return Answer(200, "<Response/>", facts, ("CallEnded",))

    def _open(self, event: Mapping[str, Any]) -> Webhook:
        return open_webhook(event, self.twilio.credentials())

    def _answer(self, event: Mapping[str, Any], node: str, next_step: Callable[[Webhook], Step]) -> Answer:
        call = ""
        try:
            webhook = self._open(event)
            call = webhook.form.get("CallSid", "")[:64]
            return self._take(next_step(webhook), node, call, webhook.base_url)
        except Forged:
            return _forged(node)
        except (Malformed, BadState, NoSuchNode, NotAdmitted) as odd:
            facts = {"node": node, "call": call, "outcome": type(odd).__name__}
            return Answer(200, last_words(("not_in_service", "goodbye")), facts, ("MalformedWebhook",))
        except Exception as fault:
            return _apology(fault, node, call)

    def _take(self, step: Step, node: str, call: str, base_url: str) -> Answer:
        facts = {"node": node, "call": call}
        counts: tuple[str, ...] = ()
        if isinstance(step, AwaitedEffect):
            try:
                result = perform(self.performers, step.caller, step.effect)
            except StoreUnavailable:
                if not isinstance(step.effect, EndCall):
                    raise
                # The hold stays on the card until the other report, or the carrier's record, settles it.
                last = last_words(("call_ended", "goodbye"), step.caller.language)
                return Answer(200, last, facts | {"outcome": "StoreUnavailable"}, ("SettleFailed",))
            effect = type(step.effect).__name__
            facts |= {"effect": effect, "outcome": result.outcome.value}
            counts = (f"{effect}.{result.outcome.value}",)
            if also := step.effect.counts.get(result.outcome):
                counts += (also,)
            step = land(step, result)
        return Answer(200, self._render(step, base_url), facts | {"next": step.node}, counts)

    def _render(self, move: Move, base_url: str) -> str:
        return render(move, base_url)


def _forged(node: str) -> Answer:
    facts = {"node": node, "outcome": "Forged"}
    return Answer(403, "forbidden", facts, ("ForgedWebhook",), "text/plain; charset=utf-8")


def _apology(fault: Exception, node: str, call: str) -> Answer:
    """An apology to the caller; to us the kind and the place of the fault, never its message."""
    facts = {"node": node, "call": call, "outcome": "fault", "error": described(fault)}
    return Answer(200, last_words(("apology",)), facts, ("VoiceFault",))

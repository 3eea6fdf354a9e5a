"""A move of the dialog as a TwiML document.

Every screen that waits ends in a Redirect to itself: without keys the carrier falls through to it and
comes back with no `Digits`, which is how silence is heard. Prompts stand inside the Gather, so that a key
cuts them short (TG §4.2: dialling may start during the balance).
"""

from dataclasses import dataclass
from urllib.parse import quote

from twilio.twiml.voice_response import Dial as DialVerb
from twilio.twiml.voice_response import Gather, Say, VoiceResponse

from telekarta.dialog.caller import Caller
from telekarta.dialog.engine import Move
from telekarta.dialog.language import Language
from telekarta.dialog.prompts import sentences
from telekarta.dialog.screens import Collect, Dial, End, Menu, Notice
from telekarta.dialog.state import encode
from telekarta.domain.calls.charging import RINGING_S

CONTENT_TYPE = "text/xml; charset=utf-8"
MENU_PAUSE_S = 7
SLOW_RATE = "75%"


@dataclass(frozen=True, slots=True)
class Voice:
    language: str
    name: str


VOICES = {Language.PL: Voice("pl-PL", "Polly.Ewa"), Language.EN: Voice("en-GB", "Polly.Amy")}


def render(move: Move, base_url: str) -> str:
    """The TwiML document of the move's announcements and its node's screen. `base_url` has no last slash."""
    response = VoiceResponse()
    caller, screen = move.caller, move.screen
    values = {**screen.values, **move.values} if isinstance(screen, Notice) else move.values
    spoken = sentences((*move.say, *screen.say), values, caller.language)
    here = f"{base_url}/voice/{move.node}?{encode(caller)}"
    match screen:
        case Menu():
            _gather(response, here, spoken, caller, numDigits=1, timeout=MENU_PAUSE_S, finishOnKey="")
        case Collect(length=None, pause_s=pause_s):
            _gather(response, here, spoken, caller, timeout=pause_s, finishOnKey="#")
        case Collect(length=length, pause_s=pause_s):
            _gather(response, here, spoken, caller, numDigits=length, timeout=pause_s, finishOnKey="#")
        case Notice():
            _say(response, spoken, caller)
            response.redirect(here, method="POST")
        case Dial():
            _say(response, spoken, caller)
            response.append(_dial(screen, caller, here, base_url))
        case End():
            _say(response, spoken, caller)
            response.hangup()
    return str(response)


def last_words(keys: tuple[str, ...], language: Language = Language.PL) -> str:
    """A document that says the sentences and hangs up: for calls that no node can take."""
    response = VoiceResponse()
    for sentence in sentences(keys, {}, language):
        response.append(_spoken(sentence, language, slow=False))
    response.hangup()
    return str(response)


def _gather(
    response: VoiceResponse, here: str, spoken: tuple[str, ...], caller: Caller, **attributes: object
) -> None:
    gather = Gather(input="dtmf", action=here, method="POST", **attributes)
    _say(gather, spoken, caller)
    response.append(gather)
    response.redirect(here, method="POST")


def _say(verb: VoiceResponse | Gather, spoken: tuple[str, ...], caller: Caller) -> None:
    # One Say for all: the carrier makes a small gap between verbs, which chops sentences up.
    if spoken:
        verb.append(_spoken(" ".join(spoken), caller.language, slow=caller.slow))


def _spoken(text: str, language: Language, *, slow: bool) -> Say:
    voice = VOICES[language]
    if not slow:
        return Say(text, voice=voice.name, language=voice.language)
    say = Say(voice=voice.name, language=voice.language)
    say.prosody(text, rate=SLOW_RATE)
    return say


def _dial(screen: Dial, caller: Caller, here: str, base_url: str) -> DialVerb:
    """Two reports tell how the call ended: the Dial's action, and the dialled leg's status callback.

    The second carries neither the number dialled in nor the caller's, so its URL brings both along.
    """
    shown = caller.leg.line.number if screen.hides_caller or caller.is_hidden else caller.leg.calling
    dial = DialVerb(
        action=here,
        method="POST",
        caller_id=shown,
        time_limit=screen.limit_s,
        timeout=RINGING_S,
        ring_tone="pl",
    )
    if screen.is_charged:
        leg = caller.leg
        ways = f"in={quote(leg.line.number, safe='')}&by={quote(leg.calling, safe='')}"
        dial.number(
            screen.number,
            status_callback=f"{base_url}/voice/report?{encode(caller)}&{ways}",
            status_callback_event="completed",
            status_callback_method="POST",
        )
    else:
        dial.number(screen.number)
    return dial

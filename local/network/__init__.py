"""A telephone network that behaves like Twilio, for the local stack and for tests.

It knows the product only by its webhooks: it signs requests, reads the TwiML that comes back, checks it,
and lets a caller live through it. Awkward parts are included: blank parameters, status callbacks that
come late, twice and out of order, digits lost on redirects, a Gather that falls through.

    network = PhoneNetwork(HttpTransport(), base_url=..., account_sid=..., auth_token=...)
    call = network.place("+48800007744", from_="+48221234567")
    network.advance(10)
    call.press("1")

Rooms: `exchange` (the network), `call` (a call's life, with `waiting`), `leg` (a dialled party),
`webhook` (signed requests), `transport` (how they travel), `twiml` (what an answer may say), `parties`
(who is called), `records` (the carrier's records and REST), `timeline` (virtual time), `transcript` (what
happened), `routes` (the telephone in the browser).
May be used by `local/` and `tests/`; imports nothing of the product but its list of numbers.
"""

from local.network.call import Call
from local.network.parties import Answers, Busy, NeverAnswers, NoSuchNumber, Party
from local.network.phone_network import HOSTILE, LOST, PUNCTUAL, Deliveries, PhoneNetwork
from local.network.records import CallRecord, CallRecords
from local.network.timeline import Timeline
from local.network.transcript import Event, Kind
from local.network.transport import ConnectError, HttpTransport, TooLateError, Transport
from local.network.twiml import Severity, TwimlProblem, check_twiml
from local.network.waiting import Doing

__all__ = [
    "HOSTILE",
    "LOST",
    "PUNCTUAL",
    "Answers",
    "Busy",
    "Call",
    "CallRecord",
    "CallRecords",
    "ConnectError",
    "Deliveries",
    "Doing",
    "Event",
    "HttpTransport",
    "Kind",
    "NeverAnswers",
    "NoSuchNumber",
    "Party",
    "PhoneNetwork",
    "Severity",
    "Timeline",
    "TooLateError",
    "Transport",
    "TwimlProblem",
    "check_twiml",
]

"""What Twilio posts to us: who says so, and what of it a dialog needs.

WebhookError
  Forged      the signature is missing or wrong: answer 403 and do nothing
  Malformed   it is signed, but no call of ours looks like that: answer politely and do nothing
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from twilio.request_validator import RequestValidator

from telekarta.adapters.twilio.credentials import TwilioCredentials
from telekarta.dialog.engine import Heard
from telekarta.dialog.leg import Leg
from telekarta.dialog.screens import DialReport
from telekarta.domain.brands import LINES, Line
from telekarta.domain.cards.card import HIDDEN

LARGEST_BODY_BYTES = 64 * 1024
MOST_FIELDS = 200


class WebhookError(Exception):
    """A request that is not answered with the next screen."""


class Forged(WebhookError):
    """Not from Twilio, or changed on the way."""


class Malformed(WebhookError):
    """From Twilio, but not about a call that we know how to take."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """A request whose signature was checked. `query` is its raw query string, `base_url` the scheme and host
    under which Twilio knows us, without a closing slash."""

    path: str
    query: str
    form: Mapping[str, str]
    base_url: str


def open_webhook(event: Mapping[str, Any], twilio: TwilioCredentials) -> Webhook:
    """The webhook in an HTTP API event (payload format 2.0).

    Twilio signs the URL as it knows it, and every field, blank ones included. So the URL is rebuilt from the
    base that an operator has put beside the credentials, else from the name that the gateway routed by, and
    from the untouched query string; never from a header, which anybody may write. Raises Forged.
    """
    path, query = event.get("rawPath", ""), event.get("rawQueryString", "")
    body = event.get("body") or ""
    raw = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
    if len(raw) > LARGEST_BODY_BYTES:
        raise Forged
    try:
        form = dict(parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError as error:  # includes UnicodeDecodeError
        raise Forged from error
    base_url = twilio.public_base_url or _base_of_gateway(event)
    url = f"{base_url}{path}?{query}" if query else f"{base_url}{path}"
    signature = event.get("headers", {}).get("x-twilio-signature", "")
    # Two tokens are valid while one is being replaced by the other.
    if not any(RequestValidator(token).validate(url, form, signature) for token in twilio.auth_tokens):
        raise Forged
    if form.get("AccountSid") != twilio.account_sid:
        raise Forged
    return Webhook(path, query, form, base_url)


def _base_of_gateway(event: Mapping[str, Any]) -> str:
    """An HTTP API answers to its own names only, so the one that it routed by is no claim of the sender's."""
    return f"https://{event.get('requestContext', {}).get('domainName', '')}"


_CALL_SID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_E164 = re.compile(r"\+[1-9]\d{6,14}")
# How a hidden number is spelt on a keypad: anonymous, restricted, unavailable, unknown, blocked.
_HIDDEN_SPELLINGS = frozenset({"+266696687", "+7378742833", "+86282452253", "+8656696", "+2562533"})


def calling_line(from_: str) -> str:
    """The caller's line in E.164; HIDDEN for a withheld, malformed or placeholder number (TG §2.8)."""
    return from_ if _E164.fullmatch(from_) and from_ not in _HIDDEN_SPELLINGS else HIDDEN


def _line(number: str) -> Line:
    line = LINES.get(number)
    if line is None:
        raise Malformed
    return line


def _sid(text: str) -> str:
    if not _CALL_SID.fullmatch(text):
        raise Malformed
    return text


def leg_of(webhook: Webhook) -> Leg:
    """The call that the webhook is about. Raises Malformed."""
    form = webhook.form
    return Leg(_sid(form.get("CallSid", "")), _line(form.get("To", "")), calling_line(form.get("From", "")))


def leg_of_report(webhook: Webhook) -> tuple[Leg, str]:
    """The parent call of a dialled leg's status callback, and the state that its URL brought back.

    The form is about the dialled leg, so our number and the caller's come in the URL. Raises Malformed.
    """
    state, _, ways = webhook.query.rpartition("&in=")
    fields = dict(parse_qsl(f"in={ways}"))
    calling = fields.get("by", "")
    leg = Leg(
        _sid(webhook.form.get("ParentCallSid", "")),
        _line(fields.get("in", "")),
        HIDDEN if calling == HIDDEN else calling_line(calling),
    )
    return leg, state


def heard(form: Mapping[str, str]) -> Heard:
    """What was keyed, or how the dialled call ended."""
    return Heard(
        keyed=form.get("Digits", ""),
        dialled=DialReport(
            form.get("DialCallStatus", ""),
            _seconds(form.get("DialCallDuration", "")),
            form.get("DialCallSid", "")[:64],
        ),
    )


def heard_report(form: Mapping[str, str]) -> Heard:
    """The same from the status callback of the dialled leg."""
    status, duration_s = form.get("CallStatus", ""), _seconds(form.get("CallDuration", ""))
    return Heard(dialled=DialReport(status, duration_s, form.get("CallSid", "")[:64]))


def _seconds(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None

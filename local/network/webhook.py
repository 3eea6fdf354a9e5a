"""One webhook request as Twilio makes it: signed, retried once if nobody accepted it, redirects followed.

The signature is Base64(HMAC-SHA1(auth token, URL + every parameter's name and value in the order of the
names)), blank parameters included. It is computed here from Twilio's description, not with Twilio's
package: otherwise a misuse of the package would agree with itself.
"""

import base64
import hashlib
import hmac
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urljoin, urlsplit, urlunsplit

from local.network.transport import Answer, ConnectError, Transport, TransportError
from local.network.twiml import TwimlProblem, error, warning

HTTP_FAILURE = 11200
NO_CONNECTION = 11205
WRONG_CONTENT_TYPE = 12300
REDIRECTS_FOLLOWED = 10
XML_TYPES = {"text/xml", "application/xml"}


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `status` is 0 if nothing did; `url` is the one that answered in the end."""

    url: str
    status: int
    content_type: str
    body: bytes
    problems: tuple[TwimlProblem, ...] = ()


def signature(auth_token: str, url: str, params: Mapping[str, str]) -> str:
    """The `X-Twilio-Signature` of a form POST (or, with no params, of a GET)."""
    text = url + "".join(name + params[name] for name in sorted(params))
    digest = hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def with_query(url: str, params: Mapping[str, str]) -> str:
    """The URL with the parameters appended: how they travel in a GET."""
    parts = urlsplit(url)
    query = "&".join(part for part in (parts.query, urlencode(params)) if part)
    return urlunsplit(parts._replace(query=query))


def without_fragment(url: str) -> str:
    """Connection overrides sit in the fragment (`#rc=2`): neither sent nor signed."""
    return url.partition("#")[0]


class Webhooks:
    """Makes signed requests through a transport."""

    def __init__(self, transport: Transport, auth_token: str) -> None:
        self._transport = transport
        self._auth_token = auth_token

    def request(self, method: str, url: str, params: Mapping[str, str]) -> Reply:
        """The answer to one webhook; `problems` names no answer, not 2xx, redirected."""
        problems: list[TwimlProblem] = []
        url = without_fragment(url)
        for _ in range(REDIRECTS_FOLLOWED):
            try:
                status, headers, body = self._send(method, url, params)
            except ConnectError as failure:
                return Reply(url, 0, "", b"", (*problems, error(str(failure), url, NO_CONNECTION)))
            except TransportError as failure:
                return Reply(url, 0, "", b"", (*problems, error(str(failure), url, HTTP_FAILURE)))
            headers = {name.lower(): value for name, value in headers.items()}
            if status in {301, 302, 303, 307, 308} and "location" in headers:
                problems.append(warning(f"answered {status}: what the form said is lost", url, HTTP_FAILURE))
                method, url, params = "GET", without_fragment(urljoin(url, headers["location"])), {}
                continue
            if not 200 <= status < 300:
                problems.append(error(f"answered {status}", url, HTTP_FAILURE))
            content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
            return Reply(url, status, content_type, body, tuple(problems))
        return Reply(url, 0, "", b"", (*problems, error("redirects without end", url, HTTP_FAILURE)))

    def _send(self, method: str, url: str, params: Mapping[str, str]) -> Answer:
        body = b""
        if method == "GET":
            url = with_query(url, params)
            signed = signature(self._auth_token, url, {})
        else:
            body = urlencode(params).encode()
            signed = signature(self._auth_token, url, params)
        headers = {
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
            "X-Twilio-Signature": signed,
            "I-Twilio-Idempotency-Token": str(uuid.uuid4()),
        }
        if method != "GET":
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        try:
            return self._transport(method, url, headers, body)
        except ConnectError:
            return self._transport(method, url, headers, body)

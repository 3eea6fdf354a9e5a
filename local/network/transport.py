"""How a request of the network reaches the product: over HTTP, or straight into a function."""

import http.client
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlsplit

Answer = tuple[int, Mapping[str, str], bytes]


class TransportError(Exception):
    """The request got no answer."""


class ConnectError(TransportError):
    """Nobody accepted the connection: the request was certainly not handled, so it may be repeated."""


class TooLateError(TransportError):
    """No answer within the limit: the request may have been handled."""


class Transport(Protocol):
    """(method, url, headers, body) -> (status, headers, body); raises a `TransportError`."""

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes, /) -> Answer: ...


class HttpTransport:
    """Requests the URL byte for byte as it is written: the signature covers every byte of it."""

    def __init__(self, limit_s: float = 15) -> None:
        self.limit_s = limit_s

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes, /) -> Answer:
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=self.limit_s)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            try:
                connection.connect()
            except OSError as refused:
                raise ConnectError(str(refused)) from refused
            connection.request(method, target, body=body or None, headers=dict(headers))
            response = connection.getresponse()
            return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
        except TimeoutError as late:
            raise TooLateError(f"no answer within {self.limit_s:g} s") from late
        except (OSError, http.client.HTTPException) as broken:
            raise TransportError(f"the connection broke: {broken!r}") from broken
        finally:
            connection.close()

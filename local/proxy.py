"""Pass a public request on to the emulator's HTTP API as API Gateway would: byte for byte.

The product checks Twilio's signature over the URL and the form, so the path, the query string and the body
must arrive as they were sent, not decoded and encoded again.
"""

import httpx
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

# RFC 9110 §7.6.1: these concern one connection only.
HOP_BY_HOP = {
    b"connection",
    b"keep-alive",
    b"proxy-authenticate",
    b"proxy-authorization",
    b"proxy-connection",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
}
TIMEOUT_S = 30  # what an HTTP API's integration may take at most

Headers = list[tuple[bytes, bytes]]


def end_to_end(headers: Headers) -> Headers:
    """The headers that a proxy passes on."""
    named = {
        token.strip().lower()
        for name, value in headers
        if name.lower() == b"connection"
        for token in value.split(b",")
    }
    return [(name, value) for name, value in headers if name.lower() not in HOP_BY_HOP | named]


def forwarded(headers: Headers, client_host: str, port: int) -> Headers:
    """The headers with ``x-forwarded-*`` as API Gateway sets them."""
    ours = (b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-port")
    before = [value for name, value in headers if name.lower() == ours[0]]
    chain = b", ".join([*before, client_host.encode()])
    kept = [(name, value) for name, value in headers if name.lower() not in ours]
    return [*kept, (ours[0], chain), (ours[1], b"http"), (ours[2], str(port).encode())]


class HttpApiProxy:
    """An endpoint of the front door in front of one HTTP API."""

    def __init__(self, aws_endpoint_url: str, api_id: str) -> None:
        self._endpoint = httpx.URL(aws_endpoint_url)
        self._prefix = f"/_aws/execute-api/{api_id}/$default".encode()
        self._transport = httpx.AsyncHTTPTransport(trust_env=False)

    async def close(self) -> None:
        await self._transport.aclose()

    async def __call__(self, request: Request) -> Response:
        target = self._prefix + request.scope["raw_path"]
        if request.scope["query_string"]:
            target += b"?" + request.scope["query_string"]
        client_host = request.client.host if request.client else "127.0.0.1"
        headers = forwarded(end_to_end(request.headers.raw), client_host, request.scope["server"][1])
        timeout = {"connect": 5, "read": TIMEOUT_S, "write": 5, "pool": 5}
        outgoing = httpx.Request(
            request.method,
            self._endpoint,
            headers=headers,
            content=await request.body(),
            extensions={"target": target, "timeout": timeout},  # httpx would normalise a URL, not a target
        )
        try:
            answer = await self._transport.handle_async_request(outgoing)
            body = b"".join([part async for part in answer.aiter_raw()])
            await answer.aclose()
        except httpx.TimeoutException:
            return PlainTextResponse("The function did not answer in time.", 503)
        except httpx.TransportError as error:
            return PlainTextResponse(f"The emulator does not answer: {error}", 502)
        response = Response(status_code=answer.status_code)
        response.body = body
        kept = [(n.lower(), v) for n, v in end_to_end(answer.headers.raw) if n.lower() != b"content-length"]
        response.raw_headers = [*kept, (b"content-length", str(len(body)).encode())]
        return response

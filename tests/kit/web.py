"""A browser without a window, for the functions that answer with pages."""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Self, cast
from urllib.parse import urlencode, urlsplit

from aws_lambda_powertools.utilities.typing import LambdaContext

Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]
BOUNDARY = "----a-boundary"


class Counters:
    """`AttemptStore` in memory."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def take(self, name: str, most: int, forget_at: datetime) -> bool:
        if self.counts.get(name, 0) >= most:
            return False
        self.counts[name] = self.counts.get(name, 0) + 1
        return True

    def give_back(self, name: str) -> None:
        self.counts[name] -= 1


class Context:
    function_name = "telekarta-web"
    function_version = "1"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:eu-central-1:999000999000:function:telekarta-web"
    aws_request_id = "0d4bcd2e-8f3d-4a3e-9a70-0f6e0f0a2f11"


class Visitor:
    """It keeps its cookie, follows redirects within the house, fills forms."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.cookie = ""
        self.address = ""
        self.page = ""
        self.status = 0
        self.headers: Mapping[str, str] = {}

    def send(self, method: str, path: str, body: str | bytes | None = None, **headers: str) -> Self:
        parts = urlsplit(path)
        in_bytes = isinstance(body, bytes)
        event = {
            "version": "2.0",
            "rawPath": parts.path,
            "rawQueryString": parts.query,
            "cookies": [self.cookie] if self.cookie else [],
            "headers": {"content-type": "application/x-www-form-urlencoded", **headers},
            "requestContext": {"http": {"method": method, "path": parts.path, "sourceIp": "203.0.113.7"}},
            "body": b64encode(body).decode() if isinstance(body, bytes) else body,
            "isBase64Encoded": in_bytes,
        }
        answer = self.handler(event, cast("LambdaContext", Context()))
        self.status, self.page, self.headers = answer["statusCode"], answer["body"], answer["headers"]
        if crumb := self.headers.get("set-cookie"):
            self.cookie = crumb.partition(";")[0]
        self.address = path
        return self

    def opens(self, path: str) -> Self:
        self.send("GET", path)
        return self._followed()

    def form(self, **fields: str) -> Self:
        """The page's form sent with the fields; a redirect within the house is followed."""
        self.send("POST", self.action, urlencode({"s": self.state, **fields}))
        return self._followed()

    def files(self, *files: tuple[str, bytes], **fields: str) -> Self:
        """The page's form with files in it, as a browser sends one."""
        body = multipart({"s": self.state, **fields}, files)
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        self.send("POST", self.action, body, **{"content-type": kind})
        return self._followed()

    @property
    def state(self) -> str:
        found = re.search(r'name="s" value="([^"]+)"', self.page)
        assert found
        return found[1]

    @property
    def action(self) -> str:
        found = re.search(r'action="([^"]+)"', self.page)
        assert found
        return found[1]

    @property
    def heading(self) -> str:
        found = re.search(r"<h1>([^<]*)</h1>", self.page)
        assert found
        return found[1]

    def _followed(self) -> Self:
        while self.status == 303 and self.headers["location"].startswith("/"):
            self.send("GET", self.headers["location"])
        return self


def multipart(fields: Mapping[str, str], files: tuple[tuple[str, bytes], ...]) -> bytes:
    lines: list[bytes] = []
    for name, value in fields.items():
        lines += [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        ]
    for name, content in files:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="documents"; filename="{name}"\r\n'
        lines += [head.encode(), b"Content-Type: application/octet-stream\r\n\r\n", content, b"\r\n"]
    return b"".join([*lines, f"--{BOUNDARY}--\r\n".encode()])

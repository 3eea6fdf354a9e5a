"""A tiny product for the network to call: TwiML by path, every signature checked with Twilio's package."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from twilio.request_validator import RequestValidator

from local.network.transport import Answer
from tests.kit.phone import AUTH_TOKEN

NOTED = (204, {}, b"")
XML = {"Content-Type": "text/xml; charset=utf-8"}


@dataclass(frozen=True)
class Request:
    method: str
    url: str
    path: str
    headers: Mapping[str, str]
    form: Mapping[str, str]


Page = str | Answer | Callable[[Request], str | Answer]


@dataclass
class FakeApp:
    """`pages` by path: the inside of a Response, a whole answer, or a function that makes one."""

    pages: dict[str, Page]
    requests: list[Request] = field(default_factory=list)

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body)))
        request = Request(method, url, urlsplit(url).path, headers, form)
        self.requests.append(request)
        signed = RequestValidator(AUTH_TOKEN).validate(url, form, headers["X-Twilio-Signature"])
        assert signed, f"wrong signature for {url}"
        page = self.pages.get(request.path, (404, {}, b""))
        if callable(page):
            page = page(request)
        if isinstance(page, str):
            return 200, XML, f"<Response>{page}</Response>".encode()
        return page

    def forms(self, path: str) -> list[Mapping[str, str]]:
        """What was posted to the path, in order of arrival."""
        return [request.form for request in self.requests if request.path == path]


def app(incoming: Page, **pages: Page) -> FakeApp:
    """An app whose incoming page is given; the others by name: `after=...` is `/voice/after`."""
    pages = {"incoming": incoming, "status": NOTED, "child": NOTED, **pages}
    return FakeApp({f"/voice/{name}": page for name, page in pages.items()})

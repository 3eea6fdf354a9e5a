"""The carrier's side of a call that one version began and another goes on with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

from twilio.request_validator import RequestValidator

from local.stack import Stack
from tests.kit import browsing
from tests.snapshot.stored import BASE_URL


def screen(twiml: str) -> list[str]:
    """The screen that a caller is at, verb by verb: where it leads, whom it dials and for how long, in which
    language it speaks. Its words may be polished: they are left out."""
    return [_told(each) for verb in ElementTree.fromstring(twiml) for each in (verb, *verb)]


def _told(verb: ElementTree.Element) -> str:
    urls = _urls(verb)
    dialled = [verb.text or ""] * (verb.tag == "Number")
    settings = sorted(f"{name}={value}" for name, value in verb.attrib.items() if value not in urls)
    return " ".join([verb.tag, *(urlsplit(url).path for url in urls), *dialled, *settings])


def _urls(verb: ElementTree.Element) -> list[str]:
    """Where the call goes on from the verb."""
    return [each for each in (*verb.attrib.values(), verb.text or "") if each.startswith("http")]


@dataclass
class CallInFlight:
    """`given` are the URLs that this version has rendered in the call, by their paths."""

    stack: Stack
    given: dict[str, str] = field(default_factory=dict)

    def goes_on(self, posts: Sequence[Mapping[str, Any]]) -> list[list[str]]:
        """The screens that answer the requests, each made to the URL that this version gave, or else to the
        one that the version before did."""
        return [screen(self._post(each)) for each in posts]

    def _post(self, request: Mapping[str, Any]) -> str:
        path = urlsplit(request["url"]).path
        url = self.given.get(path) or request["url"].replace(BASE_URL, self.stack.base_url)
        form = request["form"]
        signature = RequestValidator(self.stack.twilio_auth_token).compute_signature(url, form)
        headers = {"X-Twilio-Signature": signature}
        answer = browsing.post(url, data=form, headers=headers).raise_for_status()
        for verb in ElementTree.fromstring(answer.text).iter():
            self.given |= {urlsplit(url).path: url for url in _urls(verb)}
        return answer.text


def node_of(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2]

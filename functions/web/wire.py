"""An HTTP API event read into a request, and a reply written into its answer."""

import re
from base64 import b64decode
from binascii import Error as BadBase64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

FORM_BYTES = 8192
_FORM = re.compile(r"application/x-www-form-urlencoded(?:\s*;\s*charset=\"?utf-8\"?)?", re.IGNORECASE)


class Unreadable(Exception):
    """No form of ours looks like that: too long, of another type or charset, a field twice."""


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: Mapping[str, str]
    form: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    cookies: Mapping[str, str] = field(repr=False)
    source_ip: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    metrics: tuple[str, ...] = ()


def request_of(event: Mapping[str, Any]) -> Request:
    """Raises Unreadable."""
    http = event["requestContext"]["http"]
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    crumbs = [*(event.get("cookies") or ()), *headers.get("cookie", "").split(";")]
    cookies = {name.strip(): value.strip() for name, _, value in (crumb.partition("=") for crumb in crumbs)}
    return Request(
        method=http["method"],
        path=event["rawPath"].rstrip("/") or "/",
        query=dict(parse_qsl(event.get("rawQueryString") or "")),
        form=_form(event, headers) if http["method"] == "POST" else {},
        headers=headers,
        cookies=cookies,
        source_ip=http["sourceIp"],
    )


def _form(event: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, str]:
    if not _FORM.fullmatch(headers.get("content-type", "").strip()):
        raise Unreadable
    body = event.get("body") or ""
    try:
        raw = b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
        if len(raw) > FORM_BYTES:
            raise Unreadable
        pairs = parse_qsl(raw.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=10)
    except (BadBase64, ValueError) as error:
        raise Unreadable from error
    form = dict(pairs)
    if len(form) < len(pairs):
        raise Unreadable
    return form


def reply_event(reply: Reply, *, head: bool) -> dict[str, Any]:
    body = "" if head else reply.body
    return {
        "statusCode": reply.status,
        "headers": dict(reply.headers),
        "body": body,
        "isBase64Encoded": False,
    }

"""An HTTP API event read into a request, and a reply written into its answer."""

import logging
import re
from base64 import b64decode
from binascii import Error as BadBase64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from python_multipart.multipart import Field, File

FORM_BYTES = 8192
# What Lambda takes is 6 MB of JSON, in which a file is a third larger.
FILES_BYTES = 4_300_000
_MOST_FIELDS = 12
_MOST_FILES = 20
_LONGEST_FIELD_BYTES = 6000
_FORM = re.compile(r"application/x-www-form-urlencoded(?:\s*;\s*charset=\"?utf-8\"?)?", re.IGNORECASE)
_FILES = "multipart/form-data"


class UnreadableForm(Exception):
    """No form of ours looks like that: too long, of another type or charset, a field twice."""


class TooLarge(UnreadableForm):
    """Files that are more than a function is ever told of."""


@dataclass(frozen=True, slots=True)
class Request:
    """`files` are names and contents, as they were sent."""

    method: str
    path: str
    query: Mapping[str, str]
    form: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    cookies: Mapping[str, str] = field(repr=False)
    source_ip: str = field(repr=False)
    files: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    metrics: tuple[str, ...] = ()


def request_of(event: Mapping[str, Any], *, takes_files: bool = False) -> Request:
    """Raises UnreadableForm."""
    http = event["requestContext"]["http"]
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    crumbs = [*(event.get("cookies") or ()), *headers.get("cookie", "").split(";")]
    cookies = {name.strip(): value.strip() for name, _, value in (crumb.partition("=") for crumb in crumbs)}
    form: Mapping[str, str] = {}
    files: tuple[tuple[str, bytes], ...] = ()
    if http["method"] == "POST":
        content_type = headers.get("content-type", "").strip()
        if takes_files and content_type.lower().startswith(_FILES):
            raw = _raw(event)
            if len(raw) > FILES_BYTES:
                raise TooLarge
            form, files = _form_with_files(raw, content_type)
        elif _FORM.fullmatch(content_type):
            form = _form(_raw(event))
        else:
            raise UnreadableForm
    return Request(
        method=http["method"],
        path=event["rawPath"].rstrip("/") or "/",
        query=dict(parse_qsl(event.get("rawQueryString") or "")),
        form=form,
        headers=headers,
        cookies=cookies,
        source_ip=http["sourceIp"],
        files=files,
    )


def _raw(event: Mapping[str, Any]) -> bytes:
    body = event.get("body") or ""
    try:
        return b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
    except (BadBase64, ValueError) as error:
        raise UnreadableForm from error


def _form(raw: bytes) -> dict[str, str]:
    if len(raw) > FORM_BYTES:
        raise UnreadableForm
    try:
        pairs = parse_qsl(
            raw.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError as error:
        raise UnreadableForm from error
    return _once(pairs)


def _form_with_files(raw: bytes, content_type: str) -> tuple[dict[str, str], tuple[tuple[str, bytes], ...]]:
    from python_multipart import create_form_parser  # noqa: PLC0415
    from python_multipart.exceptions import FormParserError  # noqa: PLC0415

    fields: list[tuple[str, str]] = []
    files: list[tuple[str, bytes]] = []

    # It would write what it stumbles over into the log.
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)

    def take_field(field: "Field") -> None:
        if len(field.value or b"") > _LONGEST_FIELD_BYTES:
            raise UnreadableForm
        fields.append(((field.field_name or b"").decode("utf-8"), (field.value or b"").decode("utf-8")))

    def take_file(file: "File") -> None:
        file.file_object.seek(0)
        files.append(((file.file_name or b"").decode("utf-8", "replace"), file.file_object.read()))
        file.close()

    # Everything is in memory already: nothing is written to the disk.
    in_memory = {"MAX_MEMORY_FILE_SIZE": FILES_BYTES, "MAX_BODY_SIZE": FILES_BYTES}
    try:
        parser = create_form_parser(
            {"Content-Type": content_type.encode()}, take_field, take_file, config=in_memory
        )
        parser.write(raw)
        parser.finalize()
    except (FormParserError, ValueError) as error:
        raise UnreadableForm from error
    if len(fields) > _MOST_FIELDS or len(files) > _MOST_FILES:
        raise UnreadableForm
    return _once(fields), tuple(files)


def _once(pairs: list[tuple[str, str]]) -> dict[str, str]:
    form = dict(pairs)
    if len(form) < len(pairs):
        raise UnreadableForm
    return form


def reply_event(reply: Reply, *, head: bool) -> dict[str, Any]:
    body = "" if head else reply.body
    return {
        "statusCode": reply.status,
        "headers": dict(reply.headers),
        "body": body,
        "isBase64Encoded": False,
    }

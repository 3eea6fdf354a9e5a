"""A customer's mail program: what is written here lies in the bucket as SES would have put it there."""

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import jinja2
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from local.processes import ROOT
from local.stack import Stack

TO = "karty@telestrada.example"
_pages = jinja2.Environment(
    loader=jinja2.FileSystemLoader(ROOT / "local/pages"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def deliver(stack: Stack, raw: bytes, now: datetime) -> str:
    """Put the message where SES puts what customers write, below the line that SES writes; its key."""
    key = uuid4().hex
    by = f"by inbound-smtp.{stack.region}.amazonaws.com with SMTP id {key} for {TO}"
    received = f"Received: from home ([192.0.2.1])\r\n {by};\r\n {format_datetime(now)}\r\n"
    buckets = stack.client("s3").list_buckets()["Buckets"]
    (bucket,) = [each["Name"] for each in buckets if "-mail-" in each["Name"]]
    stack.client("s3").put_object(Bucket=bucket, Key=key, Body=received.encode() + raw)
    return key


async def write(_request: Request) -> Response:
    return HTMLResponse(_pages.get_template("write.html").render(to=TO))


async def written(form: Any) -> EmailMessage:
    """The message that the form describes."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = form["from"], TO, form["subject"]
    message["Message-ID"] = make_msgid(domain="example.pl")
    message.set_content(form["text"])
    attached = form.get("attachment")
    # A form without a file sends an empty one; a field that is text has no name at all.
    if isinstance(attached, UploadFile) and attached.filename:
        kind, _, subtype = (attached.content_type or "application/octet-stream").partition("/")
        message.add_attachment(
            await attached.read(), maintype=kind, subtype=subtype, filename=attached.filename
        )
    return message


async def send(request: Request) -> Response:
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        return HTMLResponse("another page may not write mails", 403)
    async with request.form() as form:
        message = await written(form)
    state = request.app.state
    await run_in_threadpool(lambda: deliver(state.stack, message.as_bytes(), state.now()))
    return RedirectResponse("/desk", 303)


routes = (
    Route("/write", write, methods=["GET"]),
    Route("/write", send, methods=["POST"]),
)

"""The page `/bank`: a statement is put into the emulator's bucket, which tells the function, as in AWS."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import jinja2
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from local.bank.samples import SAMPLES
from local.stack import STACK_NAME, Stack

LARGEST_UPLOAD_BYTES = 20 * 1024 * 1024
ACCOUNT_ID = "000000000000"  # the emulator's
BUCKET = f"{STACK_NAME}-statements-{ACCOUNT_ID}"
LONGEST_NAME = 100

_pages = jinja2.Environment(
    loader=jinja2.FileSystemLoader([Path(__file__).parent / "page", Path(__file__).parents[1] / "pages"]),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def put_statement(stack: Stack, name: str, raw: bytes) -> None:
    stack.client("s3").put_object(Bucket=BUCKET, Key=f"statements/{name}", Body=raw)


def read_report(stack: Stack, name: str, ending: str = "txt") -> str | None:
    """The report about the statement of that name; None as long as there is none."""
    s3 = stack.client("s3")
    try:
        answer = s3.get_object(Bucket=BUCKET, Key=f"reports/{name}.{ending}")
    except s3.exceptions.NoSuchKey:
        return None
    text: str = answer["Body"].read().decode()
    return text


def names(stack: Stack, folder: str) -> list[str]:
    """What lies in the folder, newest first."""
    listed = stack.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=folder).get("Contents", [])
    newest = sorted(listed, key=lambda each: each["LastModified"], reverse=True)
    return [each["Key"].removeprefix(folder) for each in newest]


async def show(request: Request) -> Response:
    stack = request.app.state.stack
    put = await run_in_threadpool(names, stack, "statements/")
    done = {each.removesuffix(".txt") for each in await run_in_threadpool(names, stack, "reports/")}
    text = _pages.get_template("bank.html").render(
        samples={name: about for name, (about, _) in SAMPLES.items()},
        files=[(name, name in done) for name in put],
        bucket=BUCKET,
    )
    return HTMLResponse(text)


async def put_sample(request: Request) -> Response:
    """Form field `sample`: one of the names of the samples."""
    if _is_of_another_site(request):
        return PlainTextResponse("another site", 403)
    name = (parse_qs((await request.body()).decode()).get("sample") or [""])[0]
    if name not in SAMPLES:
        return PlainTextResponse("no such sample", 404)
    stack: Stack = request.app.state.stack
    now = await run_in_threadpool(request.app.state.now)
    card = str(stack.demo.get("white_phone", {}).get("card", "123456"))
    raw = SAMPLES[name][1](now.date(), card)
    await run_in_threadpool(put_statement, stack, f"{now:%Y-%m-%d}/{name}", raw)
    return RedirectResponse("/bank", 303)


async def upload(request: Request) -> Response:
    """The file itself is the body, its name the last part of the path."""
    if _is_of_another_site(request):
        return PlainTextResponse("another site", 403)
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > LARGEST_UPLOAD_BYTES:
            return PlainTextResponse("too large for this page", 413)
    name = request.path_params["name"][-LONGEST_NAME:]
    await run_in_threadpool(put_statement, request.app.state.stack, name, raw)
    return PlainTextResponse("put", 201)


async def report(request: Request) -> Response:
    text = await run_in_threadpool(read_report, request.app.state.stack, request.path_params["name"])
    return PlainTextResponse(text) if text is not None else PlainTextResponse("not there yet", 404)


def _is_of_another_site(request: Request) -> bool:
    """A page of the wide web that is open in the same browser must not put statements there."""
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")


routes = [
    Route("/bank", show, methods=["GET"]),
    Route("/bank", put_sample, methods=["POST"]),
    Route("/bank/statements/{name:path}", upload, methods=["PUT"]),
    Route("/bank/reports/{name:path}", report, methods=["GET"]),
]

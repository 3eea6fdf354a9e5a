"""S3's console, as far as operators use it: drafts of price lists are uploaded, price lists and files for the
bank are read."""

from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from local.dashboard.templates import pages
from local.stack import STACK_NAME, Stack

ACCOUNT_ID = "000000000000"  # the emulator's
BUCKET = f"{STACK_NAME}-price-lists-{ACCOUNT_ID}"
LARGEST_UPLOAD_BYTES = 2_000_000


def put_draft(stack: Stack, name: str, raw: bytes) -> None:
    stack.client("s3").put_object(Bucket=BUCKET, Key=f"drafts/{name}", Body=raw)


def keys(stack: Stack, bucket: str = BUCKET) -> list[str]:
    listed = stack.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
    return [each["Key"] for each in listed]


def read_file(stack: Stack, key: str, bucket: str = BUCKET) -> bytes | None:
    s3 = stack.client("s3")
    try:
        content: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except s3.exceptions.NoSuchKey:
        return None
    return content


async def show_shelf(request: Request) -> Response:
    found = await run_in_threadpool(keys, request.app.state.stack)
    return HTMLResponse(pages.get_template("shelf.html").render(bucket=BUCKET, keys=found))


async def upload(request: Request) -> Response:
    """The file itself is the body, its name the last part of the path."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        return PlainTextResponse("another page may not upload", 403)
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > LARGEST_UPLOAD_BYTES:
            return PlainTextResponse("too large for this page", 413)
    await run_in_threadpool(put_draft, request.app.state.stack, request.path_params["name"], raw)
    return PlainTextResponse("put", 201)


async def read(request: Request) -> Response:
    text = await run_in_threadpool(read_file, request.app.state.stack, request.path_params["key"])
    return PlainTextResponse(text) if text is not None else PlainTextResponse("no such file", 404)


def payouts_bucket(stack: Stack) -> str:
    """CloudFormation made its name up."""
    buckets = [each["Name"] for each in stack.client("s3").list_buckets()["Buckets"]]
    found: str = next(name for name in buckets if "payoutsbucket" in name)
    return found


async def show_payouts(request: Request) -> Response:
    stack: Stack = request.app.state.stack
    bucket = await run_in_threadpool(payouts_bucket, stack)
    found = await run_in_threadpool(keys, stack, bucket)
    return HTMLResponse(pages.get_template("payouts.html").render(bucket=bucket, keys=found))


async def read_payout(request: Request) -> Response:
    """A file for the bank, in the bank's own encoding."""
    stack, key = request.app.state.stack, request.path_params["key"]
    bucket = await run_in_threadpool(payouts_bucket, stack)
    content = await run_in_threadpool(read_file, stack, key, bucket)
    if content is None:
        return PlainTextResponse("no such file", 404)
    charset = "windows-1250" if key.startswith("elixir0/") else "utf-8"
    return Response(content, headers={"content-type": f"text/plain; charset={charset}"})


routes = (
    Route("/desk/payouts", show_payouts, methods=["GET"]),
    Route("/desk/payouts/{key:path}", read_payout, methods=["GET"]),
    Route("/desk/price-lists", show_shelf, methods=["GET"]),
    Route("/desk/price-lists/drafts/{name}", upload, methods=["PUT"]),
    Route("/desk/price-lists/{key:path}", read, methods=["GET"]),
)

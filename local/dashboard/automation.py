"""Systems Manager's console, as far as operators use it: a runbook is a form, its execution a page."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from botocore.exceptions import ParamValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from local.dashboard.templates import pages
from local.stack import Stack


def runbooks(stack: Stack) -> list[str]:
    found = stack.client("ssm").list_documents(Filters=[{"Key": "Owner", "Values": ["Self"]}])
    return [each["Name"] for each in found["DocumentIdentifiers"]]


async def list_runbooks(request: Request) -> Response:
    names = await run_in_threadpool(runbooks, request.app.state.stack)
    return HTMLResponse(pages.get_template("runbooks.html").render(names=names))


def document(stack: Stack, name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(stack.client("ssm").get_document(Name=name)["Content"])
    return content


async def show_runbook(request: Request) -> Response:
    return await _form(request, {}, "", 200)


async def _form(request: Request, given: Mapping[str, str], said: str, status: int) -> Response:
    name = request.path_params["name"]
    content = await run_in_threadpool(document, request.app.state.stack, name)
    page = pages.get_template("runbook.html")
    return HTMLResponse(page.render(name=name, document=content, given=given, said=said), status)


async def run_runbook(request: Request) -> Response:
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        return HTMLResponse("another page may not run a runbook", 403)
    stack: Stack = request.app.state.stack
    # As in the console: what was left blank is left out, and its default holds.
    given = dict(parse_qsl((await request.body()).decode()))
    parameters = {name: [value] for name, value in given.items()}
    ssm = stack.client("ssm")
    try:
        started = await run_in_threadpool(
            lambda: ssm.start_automation_execution(
                DocumentName=request.path_params["name"], Parameters=parameters
            )
        )
    except ssm.exceptions.ClientError as error:
        return await _form(request, given, error.response["Error"]["Message"], 400)
    except ParamValidationError as error:
        return await _form(request, given, str(error), 400)
    return RedirectResponse(f"/desk/executions/{started['AutomationExecutionId']}", 303)


async def show_execution(request: Request) -> Response:
    ssm = request.app.state.stack.client("ssm")
    asked = request.path_params["id"]
    answer = await run_in_threadpool(lambda: ssm.get_automation_execution(AutomationExecutionId=asked))
    return HTMLResponse(pages.get_template("execution.html").render(run=answer["AutomationExecution"]))


routes = (
    Route("/desk/runbooks", list_runbooks, methods=["GET"]),
    Route("/desk/runbooks/{name}", show_runbook, methods=["GET"]),
    Route("/desk/runbooks/{name}", run_runbook, methods=["POST"]),
    Route("/desk/executions/{id}", show_execution, methods=["GET"]),
)

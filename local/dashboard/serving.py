"""Serves the deployed dashboard, and calls a widget's function as CloudWatch would.

The page behaves like the console where that is awkward: scripts, frames and handlers are taken out of what
the function answers, an action belongs to the element just before it, and nothing else is known.
"""

import json
from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from local.dashboard.templates import HERE, pages
from local.stack import FunctionFailedError, Stack

_CALLED_WITH = {"locale": "pl", "timezone": {"label": "Local"}, "period": 300, "isAutoPeriod": True}


def deployed_dashboard(stack: Stack) -> tuple[str, list[Mapping[str, Any]]]:
    """The name and the widgets of the dashboard in the stack's own account."""
    cloudwatch = stack.client("cloudwatch")
    (entry,) = cloudwatch.list_dashboards()["DashboardEntries"]
    name: str = entry["DashboardName"]
    return name, json.loads(cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"])["widgets"]


async def dashboard(request: Request) -> Response:
    name, widgets = await run_in_threadpool(deployed_dashboard, request.app.state.stack)
    shown = [each["properties"] | {"width": each["width"]} for each in widgets if each["type"] == "custom"]
    return HTMLResponse(pages.get_template("dashboard.html").render(name=name, widgets=shown))


async def call_widget(request: Request) -> Response:
    """JSON `{"endpoint": arn, "params": {...}, "forms": {...}, "theme": "light"}` -> `{"answer": ...}`."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        return JSONResponse({"error": "only this page may call"}, 415)
    asked = await request.json()
    stack: Stack = request.app.state.stack
    context = {
        **_CALLED_WITH,
        "dashboardName": "desk",
        "widgetId": "widget-1",
        "accountId": asked["endpoint"].split(":")[4],
        "theme": asked.get("theme", "light"),
        "forms": {"all": asked.get("forms", {})},
        "params": asked["params"],
    }
    event = {**asked["params"], "widgetContext": context}
    try:
        answer = await run_in_threadpool(invoke_by_arn, stack, asked["endpoint"], event)
    except FunctionFailedError as failure:
        return JSONResponse({"error": dict(failure.answer)}, 502)
    return JSONResponse({"answer": answer})


def invoke_by_arn(stack: Stack, arn: str, event: object) -> Any:
    response = stack.client("lambda").invoke(FunctionName=arn, Payload=json.dumps(event).encode())
    answer = json.load(response["Payload"])
    if "FunctionError" in response:
        raise FunctionFailedError(answer)
    return answer


async def script(_request: Request) -> Response:
    return FileResponse(HERE / "dashboard.js", media_type="text/javascript")


routes = (
    Route("/desk", dashboard, methods=["GET"]),
    Route("/desk/widget", call_widget, methods=["POST"]),
    Route("/desk/dashboard.js", script, methods=["GET"]),
)

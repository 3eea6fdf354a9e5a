"""The AWS emulator, with its defects mended. Runs in its own virtual environment, as a program:

    python -P local/emulator.py     (GATEWAY_PORT, STATE_DIR and the rest come from the environment)

It stops cleanly, and so keeps its state, on SIGTERM and also when its standard input ends: whoever started it
holds the other end of that pipe, so an emulator never outlives its parent, even one that was killed.

The mends reach into private functions of one version. Each checks that what it replaces is there, and
tests/e2e/test_emulator_contract.py checks that it took; with another version the program refuses to run.
"""

import fcntl
import os
import signal
import sys
import threading
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

MENDED_VERSION = "1.5.33"
LOCK_WAIT_S = 20
WORKERS_PER_FUNCTION = 4
WORKER_WAIT_S = 8


class CannotMendError(Exception):
    """The emulator is not the one that these mends were written for."""


def refuse_other_versions() -> None:
    if version("ministack") != MENDED_VERSION:
        raise CannotMendError(f"ministack is {version('ministack')}, the mends are for {MENDED_VERSION}")


def mend_routes_of_http_apis() -> None:
    """Routes of an HTTP API come from its OpenAPI ``Body``, which is the only place where SAM puts them.

    The stock emulator ignores ``Body``: the API deploys and answers 404 to everything.
    """
    from ministack.services import apigateway
    from ministack.services.cloudformation import provisioners

    handlers = provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"]

    def import_body(api_id: str, properties: dict[str, Any]) -> None:
        body = properties.get("Body")
        if not isinstance(body, dict) or "paths" not in body:
            return
        apigateway._apis[api_id]["name"] = properties.get("Name") or body["info"]["title"]
        apigateway._routes[api_id] = {}
        apigateway._integrations[api_id] = {}
        for path, operations in body["paths"].items():
            for method, operation in operations.items():
                add_route(api_id, method, path, operation["x-amazon-apigateway-integration"])

    def add_route(api_id: str, method: str, path: str, integration: dict[str, Any]) -> None:
        known = set(apigateway._integrations[api_id])
        apigateway._create_integration(
            api_id,
            {
                "integrationType": integration["type"].upper(),
                "integrationUri": integration["uri"],
                "integrationMethod": integration.get("httpMethod", "POST"),
                "payloadFormatVersion": integration["payloadFormatVersion"],
            },
        )
        (created,) = set(apigateway._integrations[api_id]) - known
        verb = "ANY" if method == "x-amazon-apigateway-any-method" else method.upper()
        key = "$default" if path == "/$default" else f"{verb} {path}"
        apigateway._create_route(api_id, {"routeKey": key, "target": f"integrations/{created}"})

    stock_create, stock_update = handlers["create"], handlers["update"]

    def create(logical_id: str, properties: dict[str, Any], stack_name: str) -> Any:
        result = stock_create(logical_id, properties, stack_name)
        import_body(result[0], properties)
        return result

    def update(
        physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str, logical_id: Any = None
    ) -> Any:
        result = stock_update(physical_id, old, new, stack_name, logical_id)
        import_body(result[0], new)
        return result

    handlers["create"], handlers["update"] = create, update


def mend_error_types_of_functions() -> None:
    """A function that raises answers with its exception's class as ``errorType``, as in AWS.

    The stock emulator says ``Runtime.HandlerError`` for every exception. The worker writes the class in front
    of the message, the server takes it off again.
    """
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    stock_text = '"error": str(e), "trace": traceback.format_exc()'
    mended_text = '"error": type(e).__name__ + chr(31) + str(e), "trace": traceback.format_exc()'
    if lambda_runtime._PYTHON_WORKER_SCRIPT.count(stock_text) != 1:
        raise CannotMendError("the worker's error line is not where it was")
    lambda_runtime._PYTHON_WORKER_SCRIPT = lambda_runtime._PYTHON_WORKER_SCRIPT.replace(
        stock_text, mended_text
    )
    stock_execute = lambda_svc._execute_function_warm

    def execute(*args: Any, **kwargs: Any) -> Any:
        result = stock_execute(*args, **kwargs)
        body = result.get("body")
        if result.get("error") and isinstance(body, dict) and chr(31) in str(body.get("errorMessage")):
            body["errorType"], body["errorMessage"] = body["errorMessage"].split(chr(31), 1)
        return result

    lambda_svc._execute_function_warm = execute


def mend_bursts_of_cold_starts() -> None:
    """A burst of requests shares a few workers of a function, as many as the machine can start in time.

    The stock emulator starts a process for every simultaneous request. Thirty-two of them, each a second of
    CPU, keep callers on two cores waiting beyond the carrier's 15 s; AWS has a machine for each. Who waits
    too long (a function that calls itself would wait for ever) gets a process after all.
    """
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    stock_acquire = lambda_runtime.acquire_worker
    if lambda_svc.acquire_worker is not stock_acquire:
        raise CannotMendError("the workers are not acquired where they were")

    def acquire(*args: Any, **kwargs: Any) -> Any:
        deadline = time.monotonic() + WORKER_WAIT_S
        while time.monotonic() < deadline:
            leased = stock_acquire(*args, **{**kwargs, "max_concurrency": WORKERS_PER_FUNCTION})
            if leased[1] != "func_cap":
                return leased
            time.sleep(0.005)
        return stock_acquire(*args, **kwargs)

    lambda_runtime.acquire_worker = lambda_svc.acquire_worker = acquire


def stop_with_parent() -> None:
    """Ask this process to stop when standard input ends."""

    def watch() -> None:
        while os.read(0, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True, name="stop-with-parent").start()


def own_state_directory() -> object:
    """Take the state directory, waiting for one that still writes it; it is ours while the result lives."""
    state_dir = Path(os.environ["STATE_DIR"])
    state_dir.mkdir(parents=True, exist_ok=True)
    lock = (state_dir / "in-use").open("w")
    deadline = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise SystemExit(f"another stack uses {state_dir}") from None
            time.sleep(0.1)
        else:
            return lock


def run() -> None:
    refuse_other_versions()
    stop_with_parent()
    lock = own_state_directory()
    mend_routes_of_http_apis()
    mend_error_types_of_functions()
    mend_bursts_of_cold_starts()
    from ministack.app import main

    sys.argv = ["ministack"]
    try:
        main()
    finally:
        del lock


if __name__ == "__main__":
    run()

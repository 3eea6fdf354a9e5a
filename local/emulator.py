"""The AWS emulator, with its defects mended. Runs in its own virtual environment, as a program:

    python -P local/emulator.py     (GATEWAY_PORT, STATE_DIR and the rest come from the environment)

It stops cleanly, and so keeps its state, on SIGTERM and also when its standard input ends: whoever started it
holds the other end of that pipe, so an emulator never outlives its parent, even one that was killed.

The mends reach into private functions of one version. Each checks that what it replaces is there, and
tests/e2e/stack/test_emulator_contract.py checks that it took; with another version the program refuses to
run.
"""

import contextvars
import fcntl
import hashlib
import inspect
import io
import json
import os
import re
import signal
import sys
import tempfile
import threading
import time
import uuid
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

MENDED_VERSION = "1.5.33"
LOCK_WAIT_S = 120
WORKERS_PER_FUNCTION = 4
WORKER_WAIT_S = 8
SHORTEST_CALLBACK_S = 1.0
WORKER_DIED = "Worker process died"  # the stock emulator's words


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
    """A function that raises answers with its exception's class as ``errorType``, and one whose process dies
    with ``Runtime.ExitError``, as in AWS.

    The stock emulator says ``Runtime.HandlerError`` for both. The worker writes the class in front of the
    message, the server takes it off again.
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
    if f'"error": "{WORKER_DIED}"' not in inspect.getsource(lambda_runtime.Worker.invoke):
        raise CannotMendError("the death of a worker is not told as it was")

    def execute(*args: Any, **kwargs: Any) -> Any:
        result = stock_execute(*args, **kwargs)
        body = result.get("body")
        if result.get("error") and body == {"errorMessage": WORKER_DIED, "errorType": "Runtime.HandlerError"}:
            body["errorType"] = "Runtime.ExitError"
            body["errorMessage"] = "Error: Runtime exited with error: signal: killed"
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


def mend_cold_starts() -> None:
    """The processes of functions share the unpacked layers, as AWS mounts them.

    The stock emulator unpacks them for each process, some 30 MB, and Python compiles them each time: three
    quarters of a cold start.
    """
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    stock_spawn = lambda_runtime.Worker._spawn
    if "_LAMBDA_LAYERS_DIRS" not in lambda_runtime._PYTHON_WORKER_SCRIPT:
        raise CannotMendError("the worker does not look for its layers where it did")
    layers = Path(tempfile.gettempdir()) / "layers"
    one_at_a_time = threading.Lock()

    def unpacked(layer: Any) -> str:
        content = lambda_svc._resolve_layer_zip(layer)
        folder = layers / hashlib.sha256(content).hexdigest()[:16]
        with one_at_a_time:
            if not folder.exists():
                unfinished = folder.with_suffix(".part")
                zipfile.ZipFile(io.BytesIO(content)).extractall(unfinished)
                unfinished.rename(folder)
        return str(folder)

    def spawn(worker: Any) -> None:
        config = worker.config
        if config.get("Layers") and config.get("Runtime", "").startswith("python"):
            variables = config.get("Environment", {}).get("Variables", {})
            found = os.pathsep.join(unpacked(layer) for layer in config["Layers"])
            environment = {"Variables": {**variables, "_LAMBDA_LAYERS_DIRS": found}}
            worker.config = {**config, "Layers": [], "Environment": environment}
        try:
            stock_spawn(worker)
        finally:
            worker.config = config

    lambda_runtime.Worker._spawn = spawn


def mend_embedded_metrics() -> None:
    """Metrics that a function writes into its log (`_aws`) become metrics, as CloudWatch Logs makes them.

    The stock emulator keeps the lines and counts nothing.
    """
    from ministack.services import cloudwatch, cloudwatch_logs

    stock_append = cloudwatch_logs._append_log_events

    def append(stream: Any, events: list[dict[str, Any]]) -> Any:
        for event in events:
            if '"_aws"' in event["message"]:
                count(event["message"])
        return stock_append(stream, events)

    def count(line: str) -> None:
        try:
            told = json.loads(line)
            directives = told["_aws"]["CloudWatchMetrics"]
        except (ValueError, KeyError, TypeError):
            return
        for directive in directives:
            for names in directive["Dimensions"]:
                dimensions = {name: told[name] for name in names}
                for metric in directive["Metrics"]:
                    values = told[metric["Name"]]
                    for value in values if isinstance(values, list) else [values]:
                        cloudwatch.record_metric(
                            directive["Namespace"], metric["Name"], value, metric["Unit"], dimensions
                        )

    cloudwatch_logs._append_log_events = append


class Automations:
    """Systems Manager's Automation: documents with `aws:invokeLambdaFunction` steps, and their executions.

    An execution goes on after it was started, as in AWS; it knows who started it. The documents are kept with
    the emulator's state, the executions are not.
    """

    def __init__(self, state: Path) -> None:
        self._state = state
        self._documents: dict[str, dict[str, Any]] = json.loads(state.read_text()) if state.exists() else {}
        self._executions: dict[str, dict[str, Any]] = {}

    # -- CloudFormation's side

    def create(
        self, logical_id: str, properties: dict[str, Any], stack_name: str
    ) -> tuple[str, dict[str, Any]]:
        name = properties.get("Name") or f"{stack_name}-{logical_id}"
        self._keep(name, properties["Content"])
        return name, {}

    def update(
        self,
        physical_id: str,
        _old: dict[str, Any],
        new: dict[str, Any],
        _stack: str,
        _logical_id: Any = None,
    ) -> tuple[str, dict[str, Any]]:
        self._keep(physical_id, new["Content"])
        return physical_id, {}

    def delete(self, physical_id: str, _properties: dict[str, Any]) -> None:
        self._documents.pop(physical_id, None)
        self._save()

    def _keep(self, name: str, content: Any) -> None:
        self._documents[name] = json.loads(content) if isinstance(content, str) else content
        self._save()

    def _save(self) -> None:
        self._state.write_text(json.dumps(self._documents))

    # -- the API's side: each answers (status, JSON)

    def list_documents(self, _data: dict[str, Any], _caller: str) -> tuple[int, dict[str, Any]]:
        names = [{"Name": name, "DocumentType": "Automation"} for name in sorted(self._documents)]
        return 200, {"DocumentIdentifiers": names}

    def get_document(self, data: dict[str, Any], _caller: str) -> tuple[int, dict[str, Any]]:
        content = self._documents.get(data["Name"])
        if content is None:
            return _ssm_error("InvalidDocument", f"no document {data['Name']}")
        return 200, {"Name": data["Name"], "Content": json.dumps(content), "DocumentFormat": "JSON"}

    def start_automation_execution(self, data: dict[str, Any], caller: str) -> tuple[int, dict[str, Any]]:
        name, given = data["DocumentName"], data.get("Parameters", {})
        document = self._documents.get(name)
        if document is None:
            return _ssm_error("AutomationDefinitionNotFoundException", f"no automation {name}")
        parameters, wrong = {}, sorted(given.keys() - document["parameters"].keys())
        for key, spec in document["parameters"].items():
            value = given.get(key, [spec["default"]] if "default" in spec else [])
            if len(value) != 1 or value[0] not in spec.get("allowedValues", value):
                wrong.append(key)
            parameters[key] = value
        if wrong:
            words = f"missing, unknown or with a value that is not offered: {', '.join(wrong)}"
            return _ssm_error("InvalidAutomationExecutionParametersException", words)
        execution = {
            "AutomationExecutionId": str(uuid.uuid4()),
            "DocumentName": name,
            "AutomationExecutionStatus": "InProgress",
            "ExecutedBy": caller,
            "Parameters": parameters,
            "Outputs": {},
        }
        self._executions[execution["AutomationExecutionId"]] = execution
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(self._run, document, execution), daemon=True).start()
        return 200, {"AutomationExecutionId": execution["AutomationExecutionId"]}

    def get_automation_execution(self, data: dict[str, Any], _caller: str) -> tuple[int, dict[str, Any]]:
        execution = self._executions.get(data["AutomationExecutionId"])
        if execution is None:
            return _ssm_error("AutomationExecutionNotFoundException", "no such execution")
        return 200, {"AutomationExecution": execution}

    def _run(self, document: dict[str, Any], execution: dict[str, Any]) -> None:
        from ministack.services import lambda_svc

        known = {name: "".join(value) for name, value in execution["Parameters"].items()}
        known["automation:EXECUTION_ID"] = execution["AutomationExecutionId"]
        for step in document["mainSteps"]:
            if step["action"] != "aws:invokeLambdaFunction":
                execution["FailureMessage"] = f"this stand-in knows no {step['action']}"
                execution["AutomationExecutionStatus"] = "Failed"
                return
            inputs = _filled(step["inputs"], known)
            function, config, _ = lambda_svc._get_func_record_for_ref(inputs["FunctionName"])
            record = lambda_svc._execution_record_for_config(function, config)
            result = lambda_svc._execute_function_with_config_scope(record, inputs["InputPayload"])
            if result.get("error"):
                execution["FailureMessage"] = json.dumps(result["body"])
                execution["AutomationExecutionStatus"] = "Failed"
                return
            execution["Outputs"][f"{step['name']}.Payload"] = [json.dumps(result["body"], ensure_ascii=False)]
        execution["AutomationExecutionStatus"] = "Success"


def _filled(value: Any, known: dict[str, str]) -> Any:
    """The value with what stands for `{{ name }}`."""
    if isinstance(value, dict):
        return {name: _filled(each, known) for name, each in value.items()}
    if isinstance(value, str):
        return re.sub(r"\{\{ *([\w:]+) *\}\}", lambda found: known[found[1]], value)
    return value


def _ssm_error(kind: str, message: str) -> tuple[int, dict[str, Any]]:
    return 400, {"__type": kind, "message": message}


def mend_unknown_resources() -> None:
    """The rules by which SES takes mails in are deployed and do nothing: no mail comes to a local stack.

    The stock emulator refuses a template that has them, even under a condition that is false.
    """
    from ministack.services.cloudformation import provisioners

    for kind in ("AWS::SES::ReceiptRuleSet", "AWS::SES::ReceiptRule"):
        if kind in provisioners._RESOURCE_HANDLERS:
            raise CannotMendError(f"the emulator knows {kind} by now")
        provisioners._RESOURCE_HANDLERS[kind] = {
            "create": lambda logical_id, _properties, stack: (f"{stack}-{logical_id}", {}),
            "update": lambda physical_id, *_rest: (physical_id, {}),
            "delete": lambda _physical_id, _properties: None,
        }


def mend_automation() -> None:
    """Systems Manager runs Automation runbooks, which CloudFormation deploys.

    The stock emulator knows neither: it refuses the resource type and the API.
    """
    from ministack.core import iam_actions
    from ministack.core.iam_evaluator import request_caller_arn
    from ministack.services import ssm
    from ministack.services.cloudformation import provisioners

    automations = Automations(Path(os.environ["STATE_DIR"]) / "automations.json")
    if "AWS::SSM::Document" in provisioners._RESOURCE_HANDLERS:
        raise CannotMendError("the emulator knows documents by now")
    provisioners._RESOURCE_HANDLERS["AWS::SSM::Document"] = {
        "create": automations.create,
        "update": automations.update,
        "delete": automations.delete,
    }
    ours = {
        "ListDocuments": automations.list_documents,
        "GetDocument": automations.get_document,
        "StartAutomationExecution": automations.start_automation_execution,
        "GetAutomationExecution": automations.get_automation_execution,
    }
    stock_handle = ssm.handle_request

    async def handle_request(method: str, path: str, headers: Any, body: Any, query_params: Any) -> Any:
        answer = ours.get(headers.get("x-amz-target", "").rpartition(".")[2])
        if answer is None:
            return await stock_handle(method, path, headers, body, query_params)
        status, told = answer(json.loads(body or "{}"), request_caller_arn(headers, query_params))
        return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(told).encode()

    ssm.handle_request = handle_request
    stock_resource = iam_actions.extract_resource_arn

    def resource(
        service: str, method: str, path: str, headers: Any, body: Any, query: Any, region: str, account: str
    ) -> Any:
        """A permission for executions is one for them, and not for everything."""
        if headers.get("x-amz-target", "").endswith(".GetAutomationExecution"):
            asked = json.loads(body or "{}").get("AutomationExecutionId", "")
            return f"arn:aws:ssm:{region}:{account}:automation-execution/{asked}"
        return stock_resource(service, method, path, headers, body, query, region, account)

    iam_actions.extract_resource_arn = resource


def mend_callbacks_of_workflows() -> None:
    """A task that waits for a token gives up in (scaled) time, and fails when its function fails.

    The stock emulator takes a computed ``TimeoutSeconds`` for text and breaks, lets it run in real time when
    waits are scaled, and waits on although the function that should have passed the token on has raised. To
    answer a token is a right on its state machine, as in AWS; the stock emulator wants it on everything.
    """
    from ministack.core import iam_actions
    from ministack.services import stepfunctions

    machines: dict[str, str] = {}  # by token
    stock_task, stock_wait = stepfunctions._execute_task, stepfunctions._invoke_with_callback
    stock_call = stepfunctions._call_lambda
    waiting = threading.local()

    def execute(state: dict[str, Any], given: Any, execution: Any, context: Any) -> Any:
        if str(state.get("TimeoutSeconds", "")).startswith("{%"):
            timeout = stepfunctions._jsonata_state_field(state, "TimeoutSeconds", "number", given, context)
            state = {**state, "TimeoutSeconds": int(timeout)}
        waiting.machine = execution["stateMachineArn"] if execution else ""
        return stock_task(state, given, execution, context)

    def wait(resource: str, given: Any, token: str, state: dict[str, Any]) -> Any:
        scale, timeout = stepfunctions._SFN_WAIT_SCALE, state.get("TimeoutSeconds")
        if timeout is not None and scale != 1:
            state = {**state, "TimeoutSeconds": max(SHORTEST_CALLBACK_S, timeout * scale)}
        waiting.token, machines[token] = token, waiting.machine
        try:
            return stock_wait(resource, given, token, state)
        finally:
            del machines[token]

    def call(function: Any, event: Any) -> Any:
        token, waiting.token = getattr(waiting, "token", None), None
        try:
            return stock_call(function, event)
        except stepfunctions._ExecutionError as error:
            if token in stepfunctions._task_tokens:
                told = stepfunctions._task_tokens[token]
                told["error"] = {"Error": error.error, "Cause": error.cause}
                told["event"].set()
            raise

    stock_resource = iam_actions.extract_resource_arn

    def resource_of(
        service: str, method: str, path: str, headers: Any, body: Any, query: Any, region: str, account: str
    ) -> Any:
        if headers.get("x-amz-target", "").startswith("AWSStepFunctions.SendTask"):
            # One that waits no more has no machine; whoever may answer any token is told so.
            token = json.loads(body or "{}").get("taskToken", "")
            named = f"arn:aws:states:{region}:{account}:stateMachine:"
            return machines.get(token) or next(iter(stepfunctions._state_machines), named)
        return stock_resource(service, method, path, headers, body, query, region, account)

    stepfunctions._execute_task = execute
    stepfunctions._invoke_with_callback = wait
    stepfunctions._call_lambda = call
    iam_actions.extract_resource_arn = resource_of


def mend_outputs_of_ends() -> None:
    """A Succeed state in JSONata ends with its ``Output``; the stock emulator ends with its input."""
    from ministack.services import stepfunctions

    stock_output = stepfunctions._apply_output_path

    def output(state: dict[str, Any], data: Any, context: Any = None) -> Any:
        jsonata = stepfunctions._state_query_language(state, context) == "JSONata"
        if jsonata and state.get("Type") == "Succeed" and "Output" in state:
            return stepfunctions._apply_jsonata_output(state, data, context, default=data)
        return stock_output(state, data, context)

    stepfunctions._apply_output_path = output


def mend_updates_of_nested_stacks() -> None:
    """A resource of a nested stack that an update leaves alone keeps its attributes.

    The stock emulator forgets them, so that the next resource that asks for one ends the update: a nested
    stack can be deployed once and never again (tests/e2e/stack/test_second_deployment.py).
    """
    from ministack.services.cloudformation import _stacks, provisioners

    stock_update = provisioners._update_resource
    if "old_attrs" not in inspect.signature(stock_update).parameters:
        raise CannotMendError("an update is not told of the attributes that were")

    def update(
        kind: str,
        physical_id: str,
        old: Any,
        new: Any,
        stack_name: str,
        logical_id: Any = None,
        old_attrs: Any = None,
    ) -> Any:
        if old_attrs is None:
            known = _stacks.get(stack_name, {}).get("_resources", {}).get(logical_id, {})
            old_attrs = known.get("Attributes")
        return stock_update(kind, physical_id, old, new, stack_name, logical_id, old_attrs)

    provisioners._update_resource = update


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
    mend_cold_starts()
    mend_embedded_metrics()
    mend_unknown_resources()
    mend_automation()
    mend_callbacks_of_workflows()
    mend_outputs_of_ends()
    mend_updates_of_nested_stacks()
    from ministack.app import main

    sys.argv = ["ministack"]
    try:
        main()
    finally:
        del lock


if __name__ == "__main__":
    run()

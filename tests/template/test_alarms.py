"""Who is woken, and whether the code really says what wakes them."""

import ast
from functools import cache
from pathlib import Path
from typing import Any

import grimp
import pytest

from local.processes import ROOT
from tests.kit.template import FUNCTIONS, RESOURCES, of_type

ALARMS = of_type("AWS::CloudWatch::Alarm")
SOURCES = (ROOT / "layers/telekarta/python", ROOT / "functions")
PACKAGES = sorted(path.parent.name for path in (ROOT / "functions").glob("*/__init__.py"))


def alarm(name: str) -> dict[str, Any]:
    found: dict[str, Any] = RESOURCES[name]["Properties"]
    return found


def variables(function: str) -> dict[str, Any]:
    found: dict[str, Any] = RESOURCES[function]["Properties"].get("Environment", {}).get("Variables", {})
    return found


@cache
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("telekarta", *PACKAGES, cache_dir=None)


@cache
def code_of(module: str) -> tuple[ast.AST, ...]:
    path = module.replace(".", "/")
    files = [root / f"{path}{end}" for root in SOURCES for end in (".py", "/__init__.py")]
    (file,) = filter(Path.exists, files)
    return tuple(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))


@cache
def texts_in(module: str) -> frozenset[str]:
    """Every text that stands in the module's code, those inside f-strings too."""
    values = (node.value for node in code_of(module) if isinstance(node, ast.Constant))
    return frozenset(value for value in values if isinstance(value, str))


def names_imported_by(module: str) -> set[str]:
    imports = (node for node in code_of(module) if isinstance(node, ast.ImportFrom))
    return {alias.name for node in imports for alias in node.names}


@cache
def reached_from(module: str) -> frozenset[str]:
    """The module and all of ours that it imports, however far."""
    return frozenset({module, *graph().find_upstream_modules(module)})


def entries_of(service: str) -> list[str]:
    """The modules with which the service's code begins. A service that no function is named by (`prices`) is
    told of by whichever of them reaches it."""
    functions = [name for name in FUNCTIONS if variables(name).get("POWERTOOLS_SERVICE_NAME") == service]
    handlers = [RESOURCES[name]["Properties"]["Handler"].removesuffix(".handler") for name in functions]
    return handlers or [module for module in graph().modules if service in texts_in(module)]


def says(service: str, metric: str) -> bool:
    """Whether code that the service reaches has the metric's name: whole, or as `Sms.` and its outcome."""
    head, dot, outcome = metric.partition(".")
    wanted = {head + dot, outcome} if dot else {metric}
    texts = {
        text for entry in entries_of(service) for module in reached_from(entry) for text in texts_in(module)
    }
    return metric in texts or wanted <= texts


@pytest.mark.parametrize("name", [name for name in ALARMS if alarm(name)["Namespace"] == "Telekarta"])
def test_what_an_alarm_waits_for_is_said_by_the_code_of_its_service(name: str) -> None:
    (dimension,) = alarm(name)["Dimensions"]
    assert dimension["Name"] == "service"
    assert entries_of(dimension["Value"]), "no such service"
    assert says(dimension["Value"], alarm(name)["MetricName"])


@pytest.mark.parametrize(
    ("service", "metric"),
    [("web", "WrongCodes"), ("voice", "PageFailed"), ("sms", "Sms.unavailble"), ("sms", "Sms")],
)
def test_a_name_that_the_service_never_says_is_found(service: str, metric: str) -> None:
    assert not says(service, metric)


@pytest.mark.parametrize("function", [name for name in FUNCTIONS if name != "ApologyFunction"])
def test_a_function_that_fails_wakes_somebody(function: str) -> None:
    watched = [
        alarm(name)
        for name in ALARMS
        if alarm(name)["Namespace"] == "AWS/Lambda" and alarm(name)["MetricName"] == "Errors"
    ]
    of_it = [each for each in watched if each["Dimensions"][0]["Value"] == {"Ref": function}]
    assert len(of_it) == 1


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_tells_somebody_and_says_what_it_means(name: str) -> None:
    assert alarm(name)["AlarmActions"] == [{"Ref": "Alarms"}]
    assert alarm(name)["AlarmDescription"]


@pytest.mark.parametrize("name", ALARMS)
def test_who_is_woken_by_an_alarm_finds_it_in_the_manual(name: str) -> None:
    manual = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    table = [line.split("|")[1] for line in manual.splitlines() if line.startswith("| `")]
    assert any(f"`{name}`" in cell for cell in table)


def people_wait_for(function: str) -> bool:
    events = RESOURCES[function]["Properties"].get("Events", {}).values()
    return any(event["Type"] == "HttpApi" for event in events)


@pytest.mark.parametrize("function", [name for name in FUNCTIONS if people_wait_for(name)])
def test_where_somebody_waits_the_tracer_is_loaded_from_a_snapshot_or_not_at_all(function: str) -> None:
    """It is a quarter of what a function needs to start (docs/decisions/0013-web-pages.md)."""
    properties = RESOURCES[function]["Properties"]
    entry = properties["Handler"].removesuffix(".handler")
    traced = [module for module in reached_from(entry) if "Tracer" in names_imported_by(module)]
    assert not traced or "SnapStart" in properties

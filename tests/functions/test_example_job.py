"""The example of "A daily job" in CONTRIBUTING.md, carried out as it stands there."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
import yaml
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from telekarta.adapters.aws.clock import clock
from telekarta.adapters.environment import Environment, MissingVariable
from telekarta.domain.cases.case import Case, CaseKind
from telekarta.usecases.cases.showing import ListCases, list_cases
from telekarta.usecases.ports import CaseStore, Clock
from telekarta.wiring.stores import Store
from tests.kit.memory_store import MemoryStore
from tests.kit.template import RESOURCES, TEMPLATE
from tests.kit.worked_examples import examples, is_short, misplaced
from timers import entry, registry
from timers.job import Event, Job, JobReport, Metric

EXAMPLE = examples()["A daily job"]
AROUND: dict[str, Any] = {
    each.__name__: each
    for each in (dataclass, clock, Clock, CaseStore, Environment, ListCases, list_cases, MetricUnit)
} | {"Store": Store, "Event": Event, "Job": Job, "JobReport": JobReport, "Metric": Metric}
NOW = datetime(2026, 11, 17, 6, tzinfo=UTC)


class Context:
    function_name = "telekarta-timers"
    function_version = "1"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:eu-central-1:999000999000:function:telekarta-timers"
    aws_request_id = "0d4bcd2e-8f3d-4a3e-9a70-0f6e0f0a2f11"


class StoppedClock:
    def now(self) -> datetime:
        return NOW


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> Mapping[str, Job[Any]]:
    """The example's jobs, registered: a new file's `JOBS` join the others."""
    wiring = EXAMPLE["telekarta/wiring/cases.py"].run(AROUND | {"clock": lambda _: StoppedClock()})
    found: Mapping[str, Job[Any]] = EXAMPLE["timers/capabilities/cases.py"].run(AROUND | wiring)["JOBS"]
    for name, job in found.items():
        monkeypatch.setitem(registry.JOBS, name, job)
    return found


def test_the_example_is_short_and_names_places_that_exist() -> None:
    assert is_short(EXAMPLE)
    assert misplaced(EXAMPLE) == []


def test_the_function_does_the_job_and_counts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], jobs: Mapping[str, Job[Any]]
) -> None:
    store = MemoryStore()
    for days in (3, 1):
        store.open_case(Case(f"c{days}", CaseKind.UNKNOWN_CALL, "CA1", opened_at=NOW - timedelta(days=days)))
    monkeypatch.setenv("STAGE", "test")
    monkeypatch.setenv("DESK_TABLE", "test")
    monkeypatch.setattr(entry, "store", lambda environment: store)
    monkeypatch.setattr(entry, "parts", entry.parts.__wrapped__)  # nothing is kept for the next test
    (name,) = jobs
    answer = entry.handler({"job": name}, cast("LambdaContext", Context()))
    assert answer == {"oldest_case_age_s": 3 * 24 * 60 * 60}
    counted = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert [each["OldestCaseAge"] for each in counted] == [[answer["oldest_case_age_s"]]]


def test_a_function_without_its_table_refuses_the_job_by_its_name(
    monkeypatch: pytest.MonkeyPatch, jobs: Mapping[str, Job[Any]]
) -> None:
    monkeypatch.setenv("STAGE", "test")
    monkeypatch.delenv("DESK_TABLE", raising=False)
    (name,) = jobs
    with pytest.raises(MissingVariable, match=f"the job {name} can't be done here: not set: DESK_TABLE"):
        entry.parts.__wrapped__(name)


def test_its_schedule_sends_the_job_to_a_function_that_can_do_it(jobs: Mapping[str, Job[Any]]) -> None:
    (schedule,) = yaml.safe_load(EXAMPLE["template.yaml"].code).values()
    timers = RESOURCES["TimersFunction"]["Properties"]
    ours = next(iter(timers["Events"].values()))
    assert schedule["Type"] == ours["Type"]
    assert schedule["Properties"].keys() >= ours["Properties"].keys()
    (job,) = (jobs[json.loads(schedule["Properties"]["Input"])["job"]],)
    given = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"] | timers["Environment"]["Variables"]
    assert set(job.needed) <= given.keys()

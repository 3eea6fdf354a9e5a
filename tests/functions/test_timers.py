"""The function `timers`, invoked as a schedule does, on tables as the template declares them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from moto import mock_aws

from telekarta.adapters.dynamodb import DynamoStore
from telekarta.adapters.environment import Environment, MissingVariable
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Card
from telekarta.usecases.ports import CarrierCall, CarrierUnavailable, StoreUnavailable
from telekarta.usecases.workflow import RunState
from telekarta.wiring.holds import HoldJobDeps, hold_job_deps
from telekarta.wiring.stores import store_of
from tests.kit.memory_store import MemoryStore, When
from tests.kit.refunds import MemoryOffice, on
from tests.kit.store import NOW, REGION, a_hold, issued, new_tables, variables_of
from tests.kit.template import RESOURCES, TEMPLATE, of_type
from timers import entry, registry
from timers.job import Job, JobReport, Metric
from timers.registry import JOBS, NoSuchJob

EVENTS = {path.stem: json.loads(path.read_text()) for path in Path("events/timers").glob("*.json")}
LATER = NOW + timedelta(hours=2)
ENDED = NOW + timedelta(seconds=100)


class Context:
    function_name = "telekarta-timers"
    function_version = "1"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:eu-central-1:999000999000:function:telekarta-timers"
    aws_request_id = "0d4bcd2e-8f3d-4a3e-9a70-0f6e0f0a2f11"


class LaterClock:
    def now(self) -> Any:
        return LATER


class Talked:
    """The port `Carrier`: every call that it knows was talked through for 65 seconds."""

    def __init__(self, *known: str) -> None:
        self.known = known
        self.down = False

    def call(self, sid: str) -> CarrierCall | None:
        if self.down:
            raise CarrierUnavailable("answered 503")
        return self._leg(sid, "") if sid in self.known else None

    def legs(self, parent_sid: str) -> tuple[CarrierCall, ...]:
        return (self._leg(f"{parent_sid}leg", parent_sid),)

    def legs_between(self, since: Any, until: Any) -> tuple[CarrierCall, ...]:
        return ()

    def _leg(self, sid: str, parent: str) -> CarrierCall:
        return CarrierCall(sid, parent, a_hold().destination, "", "completed", 65, NOW, NOW, ENDED)


def invoke(event: object) -> Any:
    return json.loads(json.dumps(entry.handler(cast("Any", event), cast("LambdaContext", Context()))))


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[HoldJobDeps]:
    """The function as it is composed in AWS, on a mocked one, with a carrier and a clock of our own."""
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        tables = new_tables()
        boto3.client("secretsmanager", REGION).create_secret(Name="twilio", SecretString="{}")
        variables = {
            "STAGE": "test",
            **variables_of(tables),
            "TWILIO_SECRET": "twilio",
            "AWS_REGION": REGION,
        }
        environment = Environment.from_os(variables=variables)
        built = hold_job_deps(environment, store_of(environment))
        parts = HoldJobDeps(replace(built.holds, carrier=Talked("CA1", "CA2")), LaterClock())
        monkeypatch.setattr(entry, "parts", lambda name: parts)
        yield parts


def held(parts: HoldJobDeps, number: str, hold_id: str) -> Card:
    card = issued(cast("DynamoStore", parts.holds.store), Brand.WHITE_PHONE, number)
    hold = replace(a_hold(hold_id), call_sid=hold_id.rpartition("-")[0])
    answer = parts.holds.store.place_hold(card.ref, card.purse, hold, "")
    assert isinstance(answer, Card)
    return answer


def counted(capsys: pytest.CaptureFixture[str]) -> dict[str, list[float]]:
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    names = [m["Name"] for each in told for m in each["_aws"]["CloudWatchMetrics"][0]["Metrics"]]
    return {name: each[name] for each in told for name in names if name in each}


def test_a_sweep_settles_what_has_expired_and_counts_it(
    deployed: HoldJobDeps, capsys: pytest.CaptureFixture[str]
) -> None:
    talked, unknown = held(deployed, "111111", "CA1-1"), held(deployed, "222222", "CA3-1")

    answer = invoke(EVENTS["sweep_holds"])

    assert answer["oldest_hold_age_s"] == 0
    assert {each["hold"]: each["outcome"] for each in answer["holds"]} == {
        "CA1-1": "charged",
        "CA3-1": "case_opened",
    }
    metrics = counted(capsys)
    assert metrics == {"Job": [1.0], "OldestHoldAge": [0.0], "LostCallCharged": [1.0], "CaseOpened": [1.0]}
    settled, released = deployed.holds.store.card(talked.ref), deployed.holds.store.card(unknown.ref)
    assert settled is not None
    assert released is not None
    assert settled.balance_grosze < 2000 == released.balance_grosze
    assert settled.hold is None is released.hold
    assert deployed.holds.store.case("unknown_call:CA3-1") is not None
    assert invoke(EVENTS["sweep_holds"]) == {"holds": [], "oldest_hold_age_s": 0}


def test_a_carrier_that_is_down_lets_the_oldest_hold_grow_old(
    deployed: HoldJobDeps, capsys: pytest.CaptureFixture[str]
) -> None:
    held(deployed, "111111", "CA1-1")
    cast("Talked", deployed.holds.carrier).down = True
    assert invoke(EVENTS["sweep_holds"])["oldest_hold_age_s"] == 3600
    assert counted(capsys) == {"Job": [1.0], "OldestHoldAge": [3600.0], "CarrierUnavailable": [1.0]}


def test_one_cards_hold_is_checked(deployed: HoldJobDeps) -> None:
    card = held(deployed, "123456", "CA1-1")
    assert invoke(EVENTS["check_hold"]) == {"holds": [{"hold": "CA1-1", "outcome": "charged"}]}
    settled = deployed.holds.store.card(card.ref)
    assert settled is not None
    assert settled.hold is None
    assert invoke(EVENTS["check_hold"]) == {"holds": []}


@pytest.mark.parametrize("event", [{}, {"job": "sweep"}, {"job": ["sweep_holds"]}, [], None])
def test_an_event_that_names_no_job_is_refused_and_says_what_there_is(event: object) -> None:
    with pytest.raises(NoSuchJob, match="sweep_holds"):
        invoke(event)


def test_a_store_that_is_down_fails_the_run_so_that_lambda_tries_again(
    deployed: HoldJobDeps, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faults(when: When, name: str) -> None:
        raise StoreUnavailable("down")

    down = replace(deployed, holds=replace(deployed.holds, store=MemoryStore(faults=faults)))
    monkeypatch.setattr(entry, "parts", lambda name: down)
    with pytest.raises(StoreUnavailable):
        invoke(EVENTS["sweep_holds"])


def test_no_card_and_no_number_is_logged(deployed: HoldJobDeps, monkeypatch: pytest.MonkeyPatch) -> None:
    log = StringIO()
    monkeypatch.setattr(entry.logger.registered_handler, "stream", log)
    held(deployed, "123456", "CA1-1")
    held(deployed, "222222", "CA3-1")
    invoke(EVENTS["sweep_holds"])
    invoke(EVENTS["check_hold"])
    assert "CA1-1" in log.getvalue()
    assert [secret for secret in ("123456", "222222", "+48", "221234567") if secret in log.getvalue()] == []


def test_the_look_at_refunds_tells_what_it_did(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    office = MemoryOffice()
    office.play([on(0, "given", bank=5000), on(0, "applies")])
    office.workflow.ended["refund-w1-1"] = RunState.ENDED
    monkeypatch.setattr(entry, "parts", lambda name: office.watch)
    assert invoke(EVENTS["watch_refunds"]) == {"open": 1, "at_a_standstill": []}
    after_an_outage = EVENTS["watch_refunds"] | {"left_alone_s": 0}
    assert invoke(after_an_outage) == {"resumed": 1, "open": 1, "at_a_standstill": []}
    office.workflow.ended["refund-w1-2"] = RunState.GAVE_UP
    office.clock.moment += timedelta(days=22)
    told = {"case_opened": 1, "open": 1, "at_a_standstill": ["refund-w1"]}
    assert invoke(EVENTS["watch_refunds"]) == told
    assert counted(capsys) == {
        "Job": [1.0],
        "RefundsAtAStandstill": [1.0],
        "RefundResumed": [1.0],
        "CaseOpened": [1.0],
    }


def test_a_job_that_is_registered_is_carried_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole of a new job: an entry, and the parts that it needs."""
    for variable in ("STAGE", "SHEEP_TABLE"):
        monkeypatch.setenv(variable, "test")
    monkeypatch.setattr(entry, "store", lambda environment: None)

    def count(sheep: list[str], event: Mapping[str, Any]) -> JobReport:
        return JobReport({"counted": len(sheep), "of": event["of"]}, (Metric("Sheep", len(sheep)),))

    job = Job(("SHEEP_TABLE",), lambda environment, store: [environment.stage], count, ("Sheep",))
    monkeypatch.setitem(registry.JOBS, "count_sheep", job)
    assert invoke({"job": "count_sheep", "of": "today"}) == {"counted": 1, "of": "today"}
    assert counted(capsys) == {"Job": [1.0], "Sheep": [1.0]}


@pytest.mark.parametrize("name", JOBS)
def test_a_job_for_which_the_function_is_not_made_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    lacking = JOBS[name].needed[-1]
    for variable in ("STAGE", *JOBS[name].needed):
        monkeypatch.setenv(variable, "x")
    monkeypatch.delenv(lacking)
    with pytest.raises(MissingVariable, match=f"the job {name} can't be done here: not set: {lacking}"):
        invoke(EVENTS[name])


# ---------------------------------------------------------------------- what the template schedules


ON_REQUEST = {name for name, job in JOBS.items() if job.on_request}
FUNCTIONS = [RESOURCES[name]["Properties"] | {"Name": name} for name in of_type("AWS::Serverless::Function")]
TIMERS = {each["Name"]: each for each in FUNCTIONS if each["Handler"] == "timers.entry.handler"}
OF_ALL = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"].keys()


def scheduled_in(function: str) -> dict[str, dict[str, Any]]:
    """The schedules of a function by the job whose name is their input."""
    schedules = [each["Properties"] for each in TIMERS[function]["Events"].values()]
    return {json.loads(each["Input"])["job"]: each for each in schedules}


def test_every_job_has_a_payload_and_one_schedule_that_sends_it() -> None:
    assert EVENTS.keys() == JOBS.keys()
    scheduled = [(name, each) for function in TIMERS for name, each in scheduled_in(function).items()]
    assert sorted(name for name, _ in scheduled) == sorted(JOBS.keys() - ON_REQUEST)
    for name, schedule in scheduled:
        assert json.loads(schedule["Input"]) == EVENTS[name]
        assert schedule["ScheduleExpression"].startswith(("rate(", "cron("))


@pytest.mark.parametrize("function", TIMERS)
def test_a_function_has_every_variable_that_its_jobs_need(function: str) -> None:
    given = OF_ALL | TIMERS[function]["Environment"]["Variables"].keys()
    # The jobs on request are the timers' own: a call has its hold checked by them.
    own = {*scheduled_in(function), *(ON_REQUEST if function == "TimersFunction" else ())}
    assert {name: set(JOBS[name].needed) - given for name in own} == {name: set() for name in own}


def test_every_alarm_on_the_timers_looks_at_something_that_a_job_counts() -> None:
    alarms = [each["Properties"] for each in RESOURCES.values() if each["Type"] == "AWS::CloudWatch::Alarm"]
    watched = {
        each["MetricName"]
        for each in alarms
        if {"Name": "service", "Value": entry.SERVICE} in (each.get("Dimensions") or [])
    }
    assert watched <= {"Job", *(metric for job in JOBS.values() for metric in job.metrics)}
    assert "OldestHoldAge" in watched


def test_holds_are_swept_often_enough_to_miss_a_sweep_or_two() -> None:
    assert scheduled_in("TimersFunction")["sweep_holds"]["ScheduleExpression"] == "rate(2 minutes)"


def test_a_refund_that_stands_still_and_a_silent_look_raise_an_alarm() -> None:
    alarm = RESOURCES["RefundsAtAStandstill"]["Properties"]
    assert (alarm["MetricName"], alarm["Threshold"]) == ("RefundsAtAStandstill", 1)
    assert alarm["TreatMissingData"] == "breaching"


def test_old_holds_and_a_silent_sweep_raise_an_alarm() -> None:
    alarm = RESOURCES["OldestHold"]["Properties"]
    assert (alarm["MetricName"], alarm["Threshold"]) == ("OldestHoldAge", 600)
    assert alarm["TreatMissingData"] == "breaching"

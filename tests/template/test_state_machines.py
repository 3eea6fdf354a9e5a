"""What every state machine must be, also those that come later: AWS takes more on trust than we do."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cfnlint.decode
import pytest

from tasks.entry import WAIT
from telekarta.adapters.aws.workflows import GAVE_UP
from telekarta.domain.refunds.next_action import WAITS, Do
from telekarta.usecases.refunds.steps.holding import VERBS

ROOT = Path(__file__).parents[2]
FILES = {path.name: path for path in sorted((ROOT / "statemachines").glob("*.asl.json"))}
MACHINES = {name: json.loads(path.read_text()) for name, path in FILES.items()}
TEMPLATE, _ = cfnlint.decode.decode(str(ROOT / "template.yaml"))
RESOURCES: dict[str, dict[str, Any]] = TEMPLATE["Resources"]
DEPLOYED = {
    Path(resource["Properties"]["DefinitionUri"]).name: resource["Properties"]
    for resource in RESOURCES.values()
    if resource["Type"] == "AWS::Serverless::StateMachine"
}
TASKS = [
    (name, state)
    for name, machine in MACHINES.items()
    for state, described in machine["States"].items()
    if described["Type"] == "Task"
]


def targets(state: dict[str, Any]) -> Iterator[str]:
    """Every state that this one may lead to."""
    for key in ("Next", "Default"):
        if key in state:
            yield state[key]
    for branch in (*state.get("Catch", ()), *state.get("Choices", ())):
        yield branch["Next"]


def test_every_file_is_deployed_and_every_deployed_one_is_a_file() -> None:
    assert MACHINES.keys() == DEPLOYED.keys()


@pytest.mark.parametrize("name", MACHINES)
def test_every_target_exists_and_every_state_is_reached_and_ends(name: str) -> None:
    machine = MACHINES[name]
    states, reached, left = machine["States"], {machine["StartAt"]}, [machine["StartAt"]]
    while left:
        for target in targets(states[left.pop()]):
            assert target in states, target
            if target not in reached:
                reached.add(target)
                left.append(target)
    assert reached == set(states)
    for state, described in states.items():
        ends = described.get("End") or described["Type"] in ("Succeed", "Fail")
        assert ends != bool(list(targets(described))), state


@pytest.mark.parametrize(("name", "state"), TASKS)
def test_a_task_has_a_time_a_second_try_and_a_way_out(name: str, state: str) -> None:
    machine = MACHINES[name]
    task = machine["States"][state]
    assert task["TimeoutSeconds"]
    retried = [error for retrier in task["Retry"] for error in retrier["ErrorEquals"]]
    assert "Lambda.TooManyRequestsException" in retried
    # What is no answer of ours is never tried again blindly.
    assert not {"States.ALL", "States.TaskFailed", "StepFailed"} & set(retried)
    assert task["Catch"][-1]["ErrorEquals"] == ["States.ALL"]
    end = machine["States"][task["Catch"][-1]["Next"]]
    assert end["Type"] == "Fail" or end["Arguments"]["Payload"]["step"] == "give_up"


@pytest.mark.parametrize(("name", "state"), TASKS)
def test_a_wait_for_a_person_ends_by_itself_and_looks_again(name: str, state: str) -> None:
    task = MACHINES[name]["States"][state]
    if "waitForTaskToken" in task["Resource"]:
        assert task["TimeoutSeconds"] == "{% $states.input.wait_s %}"
        timed_out = next(each for each in task["Catch"] if each["ErrorEquals"] == ["States.Timeout"])
        assert timed_out["Next"] == MACHINES[name]["StartAt"]
        assert "States.Timeout" not in [e for retrier in task["Retry"] for e in retrier["ErrorEquals"]]
        assert task["Arguments"]["Payload"]["step"] == WAIT


@pytest.mark.parametrize("name", MACHINES)
def test_every_substitution_is_filled_and_none_is_left_over(name: str) -> None:
    written = set(re.findall(r"\$\{(\w+)\}", FILES[name].read_text()))
    assert written == set(DEPLOYED[name]["DefinitionSubstitutions"])


@pytest.mark.parametrize("name", MACHINES)
def test_a_machine_logs_and_traces_and_hides_what_it_is_about(name: str) -> None:
    properties = DEPLOYED[name]
    assert properties["Type"] == "STANDARD"
    assert properties["Tracing"] == {"Enabled": True}
    assert properties["Logging"]["IncludeExecutionData"] is False


@pytest.mark.parametrize("name", MACHINES)
def test_states_cite_the_terms_where_they_rest_on_them(name: str) -> None:
    assert all(state.get("Comment") for state in MACHINES[name]["States"].values())
    assert "WP §7" in MACHINES[name]["Comment"]


def test_the_refund_machine_knows_every_step_and_no_other() -> None:
    states = MACHINES["refund.asl.json"]["States"]
    routed = {
        re.findall(r"'(\w+)'", choice["Condition"])[0]: choice["Next"]
        for choice in states["Route"]["Choices"]
        if "$states.input.do" in choice["Condition"]
    }
    # What is not routed by name is given up, and seen by an operator.
    assert set(routed) | {Do.GIVE_UP} == set(Do)
    for do, state in routed.items():
        if do in WAITS:
            assert "waitForTaskToken" in states[state]["Resource"]
        elif do != Do.FINISHED:
            assert states[state]["Arguments"]["Payload"]["step"] == do
            assert do in VERBS


def test_the_watch_knows_a_refund_that_was_given_up_by_the_machines_own_word() -> None:
    assert MACHINES["refund.asl.json"]["States"]["Stuck"]["Error"] == GAVE_UP

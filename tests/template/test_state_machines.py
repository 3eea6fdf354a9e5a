"""What every state machine must be, also those that come later: AWS takes more on trust than we do."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.processes import ROOT
from tasks.states import End, GiveUp, Machine, WaitForPerson, WaitUntil
from tasks.workflows import UNNAMED, WORKFLOWS
from telekarta.usecases.workflow import WAIT, stuck_error
from tests.kit.small_workflow import HOLIDAYS
from tests.kit.template import RESOURCES
from tools.state_machines import definition, text_of

FILES = {path.name.removesuffix(".asl.json"): path for path in (ROOT / "statemachines").glob("*.asl.json")}
DEPLOYED = {
    Path(resource["Properties"]["DefinitionUri"]).name.removesuffix(".asl.json"): resource["Properties"]
    for resource in RESOURCES.values()
    if resource["Type"] == "AWS::Serverless::StateMachine"
}
# The second one is small and is only here: what is true of both is true of those that come.
TABLES: dict[str, Machine] = {**WORKFLOWS, "holiday": HOLIDAYS}
MACHINES = {name: definition(table) for name, table in TABLES.items()}
TASKS = [
    pytest.param(name, state, id=f"{name}-{state}")
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


def routed(machine: dict[str, Any]) -> dict[str, str]:
    """The states that *Route* leads to, by what is to be done."""
    return {
        re.findall(r"'(\w+)'", choice["Condition"])[0]: choice["Next"]
        for choice in machine["States"]["Route"]["Choices"]
        if "$states.input.do" in choice["Condition"]
    }


def test_every_workflow_is_a_file_and_deployed_and_there_is_no_other() -> None:
    assert WORKFLOWS.keys() == FILES.keys() == DEPLOYED.keys()
    assert all(name == table.workflow.name for name, table in TABLES.items())


@pytest.mark.parametrize("name", WORKFLOWS)
def test_the_file_is_what_its_table_says(name: str) -> None:
    assert FILES[name].read_text() == text_of(WORKFLOWS[name]), "run `make docs`"


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


@pytest.mark.parametrize("name", TABLES)
def test_every_state_is_named_once_and_for_one_verb(name: str) -> None:
    table = TABLES[name]
    names = [state.name for state in table.states]
    verbs = [state.do for state in table.working()]
    assert len(set(names)) == len(names)
    assert len(set(verbs)) == len(verbs)


@pytest.mark.parametrize(("name", "state"), TASKS)
def test_a_task_names_its_workflow_and_a_step_that_exists(name: str, state: str) -> None:
    payload = MACHINES[name]["States"][state]["Arguments"]["Payload"]
    assert payload["workflow"] == name
    assert payload["case"] == "{% $states.input.case %}"
    assert payload["step"] in {"look", WAIT, *TABLES[name].workflow.steps}


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
    waits = {each.name for each in TABLES[name].states if isinstance(each, WaitForPerson)}
    assert ("waitForTaskToken" in task["Resource"]) == (state in waits)
    if state in waits:
        assert task["TimeoutSeconds"] == "{% $states.input.wait_s %}"
        timed_out = next(each for each in task["Catch"] if each["ErrorEquals"] == ["States.Timeout"])
        assert timed_out["Next"] == MACHINES[name]["StartAt"]
        assert "States.Timeout" not in [e for retrier in task["Retry"] for e in retrier["ErrorEquals"]]
        assert task["Arguments"]["Payload"]["step"] == WAIT
        assert task["Arguments"]["Payload"]["token"] == "{% $states.context.Task.Token %}"


@pytest.mark.parametrize("name", MACHINES)
def test_a_wait_for_a_moment_is_as_long_as_was_computed_and_looks_again(name: str) -> None:
    for state in (each for each in TABLES[name].states if isinstance(each, WaitUntil)):
        described = MACHINES[name]["States"][state.name]
        assert described["Seconds"] == "{% $states.input.wait_s %}"
        assert described["Next"] == MACHINES[name]["StartAt"]


@pytest.mark.parametrize("name", MACHINES)
def test_the_machine_knows_every_step_and_no_other(name: str) -> None:
    table, states = TABLES[name], MACHINES[name]["States"]
    (gives_up,) = (each.do for each in table.states if isinstance(each, GiveUp))
    ends = {each.do for each in table.states if isinstance(each, End)}
    verbs = type(gives_up)
    # What is not routed by name is given up, and seen by an operator.
    assert set(routed(MACHINES[name])) | {gives_up} == set(verbs)
    assert set(table.workflow.steps) == set(verbs) - table.waits() - ends
    for do, state in routed(MACHINES[name]).items():
        if do in table.workflow.steps:
            assert states[state]["Arguments"]["Payload"]["step"] == do


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_substitution_is_filled_and_none_is_left_over(name: str) -> None:
    written = set(re.findall(r"\$\{(\w+)\}", FILES[name].read_text()))
    assert written == set(DEPLOYED[name]["DefinitionSubstitutions"])


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_machine_logs_and_traces_and_hides_what_it_is_about(name: str) -> None:
    properties = DEPLOYED[name]
    assert properties["Type"] == "STANDARD"
    assert properties["Tracing"] == {"Enabled": True}
    assert properties["Logging"]["IncludeExecutionData"] is False


@pytest.mark.parametrize("name", TABLES)
def test_an_operator_reads_in_the_graph_what_is_done_and_by_which_clause(name: str) -> None:
    table, machine = TABLES[name], MACHINES[name]
    assert all(state["Comment"] for state in machine["States"].values())
    assert "§" in machine["Comment"]
    for state in table.working():
        # The terms say nothing of our own faults.
        assert "§" in state.comment or isinstance(state, GiveUp), state.name


@pytest.mark.parametrize("name", MACHINES)
def test_whoever_looks_after_executions_knows_one_that_gave_up_by_its_own_word(name: str) -> None:
    (stuck,) = (each for each in MACHINES[name]["States"].values() if each["Type"] == "Fail")
    assert stuck["Error"] == stuck_error(name)
    assert stuck_error("refund") == "RefundStuck"  # of executions that have ended so


# Executions that run are in these states and send these payloads. A name that is gone, or a word that is sent
# no more, would lose them.
RUNNING_STATES = {
    "Look": "look", "HoldMoney": "hold", "Acknowledge": "acknowledge", "CallToComplete": "call_to_complete",
    "AwaitCompletion": "wait", "Lapse": "lapse", "AwaitDecision": "wait", "Remind": "remind",
    "Escalate": "escalate", "Settle": "settle", "SendPayouts": "send", "Answer": "answer", "Inform": "inform",
    "AwaitPayment": "wait", "AwaitAccount": "wait", "PaymentOverdue": "payment_overdue", "Release": "release",
    "Close": "close", "GiveUp": "give_up",
}  # fmt: skip


def test_refunds_that_run_find_their_states_and_their_steps() -> None:
    states = json.loads(FILES["refund"].read_text())["States"]
    sent = {n: s["Arguments"]["Payload"]["step"] for n, s in states.items() if s["Type"] == "Task"}
    assert sent == RUNNING_STATES
    assert set(states) - set(sent) == {"Route", "WaitForEndOfCall", "Finished", "Stuck"}
    assert set(RUNNING_STATES.values()) == {"look", WAIT, *WORKFLOWS["refund"].workflow.steps}
    assert UNNAMED == "refund"

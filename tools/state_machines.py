"""Write statemachines/*.asl.json from the tables of `functions/tasks`.

    python -m tools.state_machines

A table names the states of a workflow's machine (tasks/states.py). What all of them have stands here, once:
how the function is called, what is tried again and how often, how long a step may take, and where an
execution goes when a step fails for good. All but `main` is pure.
"""

import json
from pathlib import Path
from typing import Any

from tasks.states import (
    End,
    GiveUp,
    Look,
    Machine,
    Pause,
    Route,
    State,
    Step,
    Stuck,
    WaitForPerson,
    WaitUntil,
)
from tasks.workflows import WORKFLOWS
from telekarta.usecases.workflow import LOOK, WAIT, stuck_error

ROOT = Path(__file__).resolve().parent.parent
MACHINES = ROOT / "statemachines"

Asl = dict[str, Any]

_INVOKE = "arn:aws:states:::lambda:invoke"
_THE_CASE = {"case": "{% $states.input.case %}"}
_TOKEN = "{% $states.context.Task.Token %}"  # noqa: S105  of the task that waits
_STEP_S = 60
_WAIT_S = "{% $states.input.wait_s %}"

# A provider, the mail or the place of files: tried again for thirteen hours.
_OUTSIDE = {
    "ErrorEquals": ["OutsideUnavailable"],
    "IntervalSeconds": 300,
    "MaxAttempts": 8,
    "BackoffRate": 2,
    "MaxDelaySeconds": 14400,
}
_FAULTS_OF_LAMBDA = [
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.Unknown",
    "Sandbox.Timedout",
    "Runtime.ExitError",
]


def _at_once(*errors: str) -> Asl:
    """The store or Lambda did not answer: tried again within two minutes. What is no answer of ours (a fault
    in our code) is never tried again."""
    return {
        "ErrorEquals": [*errors, *_FAULTS_OF_LAMBDA],
        "IntervalSeconds": 2,
        "MaxAttempts": 6,
        "BackoffRate": 2,
        "JitterStrategy": "FULL",
    }


def _caught(errors: str, to: str) -> Asl:
    return {"ErrorEquals": [errors], "Output": _THE_CASE, "Next": to}


def definition(machine: Machine) -> Asl:
    """The machine in Amazon States Language, with JSONata and the substitution `TasksFunction`."""
    return {
        "Comment": machine.comment,
        "QueryLanguage": "JSONata",
        "StartAt": _one(machine, Look).name,
        "States": {state.name: _state(machine, state) for state in machine.states},
    }


def _one(machine: Machine, kind: type[State]) -> State:
    (state,) = (each for each in machine.states if isinstance(each, kind))
    return state


def _state(machine: Machine, state: State) -> Asl:
    match state:
        case Look():
            described = _step(machine, LOOK)
        case Route():
            described = _route(machine)
        case Pause():
            described = {
                "Type": "Wait",
                "Seconds": state.seconds,
                "Output": _THE_CASE,
                **_look_again(machine),
            }
        case Step():
            described = _step(machine, state.do)
        case WaitForPerson():
            described = _wait_for_person(machine)
        case WaitUntil():
            described = {"Type": "Wait", "Seconds": _WAIT_S, "Output": _THE_CASE, **_look_again(machine)}
        case End():
            described = {"Type": "Succeed", "Output": _THE_CASE}
        case GiveUp():
            described = _give_up(machine, state)
        case Stuck():
            described = {"Type": "Fail", "Error": stuck_error(machine.workflow.name), "Cause": state.cause}
        case _:
            raise TypeError(f"no kind of state: {type(state).__name__}")
    return {"Comment": state.comment, **described}


def _look_again(machine: Machine) -> Asl:
    return {"Next": _one(machine, Look).name}


def _task(machine: Machine, step: str, resource: str = _INVOKE, **more: str) -> Asl:
    payload = {"workflow": machine.workflow.name, "step": step, **_THE_CASE, **more}
    arguments = {"FunctionName": "${TasksFunction}", "Payload": payload}
    return {"Type": "Task", "Resource": resource, "Arguments": arguments}


def _step(machine: Machine, step: str) -> Asl:
    return {
        **_task(machine, step),
        "Output": "{% $states.result.Payload %}",
        "TimeoutSeconds": _STEP_S,
        "Retry": [_OUTSIDE, _at_once("Unavailable", "States.Timeout")],
        "Catch": [_caught("States.ALL", _one(machine, GiveUp).name)],
        "Next": _one(machine, Route).name,
    }


def _wait_for_person(machine: Machine) -> Asl:
    """The wait ends when the task is woken, or with its time; then the record is looked at."""
    look = _one(machine, Look).name
    return {
        **_task(machine, WAIT, f"{_INVOKE}.waitForTaskToken", token=_TOKEN),
        "Output": _THE_CASE,
        "TimeoutSeconds": _WAIT_S,
        "Retry": [_at_once("Unavailable")],
        "Catch": [_caught("States.Timeout", look), _caught("States.ALL", _one(machine, GiveUp).name)],
        "Next": look,
    }


def _give_up(machine: Machine, state: GiveUp) -> Asl:
    stuck = _one(machine, Stuck).name
    return {
        **_step(machine, state.do),
        "Output": _THE_CASE,
        "Catch": [_caught("States.ALL", stuck)],
        "Next": stuck,
    }


def _route(machine: Machine) -> Asl:
    """By what is to be done; a call that is going on comes first."""
    pauses = [
        ("{% $states.input.in_a_call %}", each.name) for each in machine.states if isinstance(each, Pause)
    ]
    needed = [
        (f"{{% $states.input.do = '{state.do}' %}}", state.name)
        for state in machine.working()
        if not isinstance(state, GiveUp)
    ]
    return {
        "Type": "Choice",
        "Choices": [{"Condition": condition, "Next": name} for condition, name in (*pauses, *needed)],
        "Default": _one(machine, GiveUp).name,
    }


def text_of(machine: Machine) -> str:
    """The content of the machine's file."""
    return json.dumps(definition(machine), indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    for name, machine in WORKFLOWS.items():
        (MACHINES / f"{name}.asl.json").write_text(text_of(machine), encoding="utf-8")


if __name__ == "__main__":
    main()

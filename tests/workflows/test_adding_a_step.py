"""The step that CONTRIBUTING.md adds to the refund's workflow is one: it registers, and it is done."""

import re
from dataclasses import replace
from enum import StrEnum
from typing import Any

import pytest

from local.processes import ROOT
from tasks import refunds as machine
from tasks.refunds import REFUNDS
from telekarta.domain.refunds import next_action as needs
from telekarta.domain.refunds.refund import Event, Refund, RefundStage
from telekarta.domain.workflow import NextAction
from telekarta.usecases.refunds import workflow
from telekarta.usecases.refunds.steps import running, writing
from tests.kit.refunds import MemoryOffice, on
from tools.state_machines import definition

CHAPTER = (
    (ROOT / "CONTRIBUTING.md")
    .read_text()
    .partition("### A step of a workflow")[2]
    .partition("\n## ")[0]
    .partition("\n### ")[0]
)
BLOCKS = dict(re.findall(r"^```python\n# (\w+)\n(.*?)^```", CHAPTER, re.M | re.S))
MORE = dict(line.split(" = ") for line in BLOCKS["Do"].splitlines())
Do: Any = StrEnum(
    "Do", {each.name: each.value for each in needs.Do} | {n: v.strip('"') for n, v in MORE.items()}
)  # type: ignore[misc]


def thanked_once(refund: Refund, _now: object) -> NextAction[Any]:
    """What the record needs: thanks, once it is decided."""
    is_thanked = any(line.event is Event.INFORMED for line in refund.history)
    due = refund.stage is not RefundStage.OPEN and not is_thanked
    return NextAction(Do.THANK if due else Do.FINISHED)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The example's names, run where they would stand."""
    monkeypatch.setattr(running, "next_action", thanked_once)
    found = {**vars(running), **vars(writing), **vars(workflow), **vars(machine), "Do": Do}
    exec(compile(BLOCKS["step"], "CONTRIBUTING.md", "exec"), found)
    return found


def test_it_is_short() -> None:
    assert sum(len(block.splitlines()) for block in BLOCKS.values()) <= 30


def test_it_is_a_state_that_the_machine_routes_to(names: dict[str, Any]) -> None:
    (state,) = eval(f"({BLOCKS['states']})", names)
    graph = definition(replace(REFUNDS, states=(*REFUNDS.states, state)))["States"]
    assert graph["Thank"]["Arguments"]["Payload"]["step"] == "thank"
    assert graph["Thank"]["Comment"] == "The applicant has waited, and is thanked (WP §7.10)."
    assert {"Condition": "{% $states.input.do = 'thank' %}", "Next": "Thank"} in graph["Route"]["Choices"]


def test_it_is_done_once(names: dict[str, Any]) -> None:
    steps = eval(f"{{{BLOCKS['STEPS']}}}", names)
    thanking = replace(workflow.REFUND, steps={**workflow.STEPS, **steps})
    office = MemoryOffice()
    office.play([on(0, "given", bank=5000), on(0, "applies")])
    office.stuck = True  # no machine goes on with it
    office.play([on(1, "withdraws")])
    for _ in range(2):
        assert thanking.carry_out(office.work, "thank", office.case_id).action.do == "finished"
    refund = office.refund()
    assert refund is not None
    assert [line.why for line in refund.history if line.event is Event.INFORMED] == ["thanks"]

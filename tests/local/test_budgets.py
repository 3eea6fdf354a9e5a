"""A capability whose tests cost more than they may is named, with its slowest tests."""

import subprocess
import sys

import pytest

from tests.kit.budgets import capability, of_all_below, overdrawn

PAID, LATE, STORY = (
    "tests/domain/refunds/test_terms.py::test_paid",
    "tests/usecases/refunds/test_terms.py::test_late[a::b]",
    "tests/e2e/refunds/test_refunds.py::test_story",
)
COSTS = {"in_process": {PAID: 1.5, LATE: 2.0}, "on_emulator": {STORY: 30.0}}


@pytest.mark.parametrize(
    ("test", "name"),
    [(PAID, "refunds"), (LATE, "refunds"), ("tests/rules/test_rules.py::test_one[x/y]", "rules")],
)
def test_a_test_is_of_the_capability_whose_folder_it_lies_in(test: str, name: str) -> None:
    assert capability(test) == name


def test_what_is_within_its_budget_is_not_told() -> None:
    assert overdrawn(COSTS, {"in_process": {"refunds": 4}, "on_emulator": {"refunds": 30}}) == []


def test_what_is_over_its_budget_is_told_with_the_slowest_tests_first() -> None:
    assert overdrawn(COSTS, {"in_process": {"refunds": 3}, "on_emulator": {"refunds": 30}}) == [
        "Tests of refunds, in_process: 3.5 s of CPU, 3 s are allowed. "
        f"Slowest: {LATE} (2.0 s), {PAID} (1.5 s)"
    ]


def test_what_has_no_budget_is_told() -> None:
    (line,) = overdrawn(COSTS, {"in_process": {"refunds": 4}, "on_emulator": {}})
    assert line.startswith("Tests of refunds, on_emulator: 30.0 s of CPU, 0 s are allowed.")


def test_work_of_a_process_that_still_runs_is_counted() -> None:
    before = of_all_below()
    computes = "sum(range(10**7)); print('done', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", computes], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "done\n"
        spent = of_all_below() - before
        child.communicate("\n")
    assert spent > 0.05

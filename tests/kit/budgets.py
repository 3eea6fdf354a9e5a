"""What tests cost by capability, and what they may cost: `make budgets`, the end of `make test`.

A cost is CPU time, of the test and of all processes below it (the emulator, functions, the browser), so
that a machine that is busy with something else breaks no budget. The budgets are in tests/budgets.toml.
"""

import json
import os
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
BUDGETS = ROOT / "tests/budgets.toml"
COSTS = ROOT / ".local/test-costs.json"
KEEP = "KEEP_TEST_COSTS"  # in the environment of a run whose costs are kept in COSTS

IN_PROCESS, ON_EMULATOR = "in_process", "on_emulator"
SHARED = "tests/e2e/stack/conftest.py"  # where the cost of shared fixtures is told
TICKS = os.sysconf("SC_CLK_TCK")
SHOWN = 3

Costs = Mapping[str, Mapping[str, float]]  # kind -> test -> CPU seconds


def of_this_process() -> float:
    """CPU seconds of this process and of the ended ones below it."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def of_all_below() -> float:
    """CPU seconds of this process and of all processes below it, also those that still run."""
    used, below = {}, defaultdict(list)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            fields = stat.read_text().rpartition(")")[2].split()
            below[int(fields[1])].append(int(stat.parent.name))
            used[int(stat.parent.name)] = sum(map(int, fields[11:15]))
    ours = [os.getpid()]
    for process in ours:
        ours += below[process]
    return sum(used.get(process, 0) for process in ours) / TICKS


def so_far(kind: str) -> float:
    return of_all_below() if kind == ON_EMULATOR else of_this_process()


def kind_of(item: pytest.Item) -> str:
    return ON_EMULATOR if item.get_closest_marker("emulator") else IN_PROCESS


def cost(kind: str, test: str, cpu_s: float) -> tuple[str, dict[str, Any]]:
    """As a report carries it from one process to another."""
    return "cost", {"kind": kind, "test": test, "cpu_s": max(0.0, cpu_s)}


class Meter:
    """A plugin of pytest: notes what each test cost, and keeps it at the end."""

    def __init__(self) -> None:
        self.last = 0.0
        self.shared: list[tuple[str, dict[str, Any]]] = []
        self.costs: dict[str, dict[str, float]] = {
            kind: defaultdict(float) for kind in (IN_PROCESS, ON_EMULATOR)
        }

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.last = so_far(kind_of(item))
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[None]:
        """A stack that many tests share is on no single one's account."""
        if fixturedef.scope == "function" or not fixturedef.baseid.startswith("tests/e2e"):
            return (yield)
        before = so_far(ON_EMULATOR)
        result = yield
        spent = so_far(ON_EMULATOR) - before
        self.last += spent
        self.shared.append(cost(ON_EMULATOR, f"{SHARED}::{fixturedef.argname}", spent))
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Iterator[None]:
        """After each phase of a test, in the process that runs it."""
        report: Any = yield
        kind = kind_of(item)
        now = so_far(kind)
        report.user_properties = [*self.shared, cost(kind, item.nodeid, now - self.last)]
        self.shared, self.last = [], now
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """What any process reported arrives here, in the one that was started."""
        for _, told in report.user_properties:
            self.costs[told["kind"]][told["test"]] += told["cpu_s"]

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if not hasattr(session.config, "workerinput"):
            COSTS.parent.mkdir(exist_ok=True)
            COSTS.write_text(json.dumps(self.costs, indent=1))


def capability(test: str) -> str:
    """`tests/domain/refunds/test_x.py::test_y` is of refunds; `tests/rules/test_x.py::test_y` of rules."""
    _, layer, *rest = PurePosixPath(test.partition("::")[0]).parts
    return rest[0] if len(rest) > 1 else layer


def overdrawn(costs: Costs, budgets: Mapping[str, Mapping[str, float]]) -> list[str]:
    """A line for each capability whose tests cost more than they may, or that has no budget."""
    lines = []
    for kind, tests in costs.items():
        spent: dict[str, dict[str, float]] = defaultdict(dict)
        for test, cost in tests.items():
            spent[capability(test)][test] = cost
        for name, each in sorted(spent.items()):
            total, allowed = sum(each.values()), budgets[kind].get(name, 0)
            if total > allowed:
                slowest = sorted(each, key=each.__getitem__, reverse=True)[:SHOWN]
                told = ", ".join(f"{test} ({each[test]:.1f} s)" for test in slowest)
                lines.append(
                    f"Tests of {name}, {kind}: {total:.1f} s of CPU, {allowed} s are allowed. Slowest: {told}"
                )
    return lines


def main() -> None:
    costs, budgets = json.loads(COSTS.read_text()), tomllib.loads(BUDGETS.read_text())
    if lines := overdrawn(costs, budgets):
        raise SystemExit("\n".join([*lines, f"Make them cheaper, or change {BUDGETS.relative_to(ROOT)}."]))
    spent = [f"{sum(tests.values()):.0f} s {kind}" for kind, tests in costs.items()]
    sys.stdout.write(f"CPU time of the tests is within the budgets: {', '.join(spent)}.\n")


if __name__ == "__main__":
    main()

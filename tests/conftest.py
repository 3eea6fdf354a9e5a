"""What every test finds: the settings that Lambda would give a function, and no way out to a real cloud.

Also which tests run side by side. A stack takes long to start and is started once, so the tests that share it
are a lane: one process runs them in their order, while others run the next lane and the tests that need no
emulator. In tests/e2e/stack are the tests with emulators and stacks of their own, the second lane; in the
other folders of tests/e2e those of the shared stack. The tests of a lane wait more than they compute.
"""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.configuration import set_hypothesis_home_dir
from xdist.scheduler import LoadScopeScheduling

from tests.kit.budgets import KEEP, Meter

# A machine that is busy with something else makes no test fail, and what passed once passes again. With
# EXPLORE in the environment other examples are drawn each time.
settings.register_profile(
    "telekarta",
    deadline=None,
    derandomize="EXPLORE" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("telekarta")
set_hypothesis_home_dir(Path(__file__).parents[1] / ".local/cache/hypothesis")

os.environ |= {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "POWERTOOLS_METRICS_NAMESPACE": "Telekarta",
    "POWERTOOLS_SERVICE_NAME": "tests",
    "POWERTOOLS_TRACE_DISABLED": "true",
}

STACK, EMULATORS = "stack", "emulators"
LANES = (STACK, EMULATORS)
E2E, OF_THEIR_OWN = "tests/e2e/", "tests/e2e/stack/"


def lane_of(test: str) -> str | None:
    """The lane of the test with this id; None for one that needs no emulator."""
    if not test.startswith(E2E):
        return None
    return EMULATORS if test.startswith(OF_THEIR_OWN) else STACK


def begins(item: pytest.Item) -> int:
    """Lanes first, for they are the longest; then what is long of the rest, so that it is not left over."""
    lane = lane_of(item.nodeid)
    return LANES.index(lane) if lane else len(LANES) + ("simulation" not in item.nodeid)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=begins)
    for item in items:
        if lane_of(item.nodeid) == EMULATORS and STACK in getattr(item, "fixturenames", ()):
            raise pytest.UsageError(f"{item.nodeid} takes the shared stack: it is of the other lane")


class Lanes(LoadScopeScheduling):
    """However many processes there are, a lane stays in one; every other test goes to whoever is free."""

    def _split_scope(self, nodeid: str) -> str:
        return lane_of(nodeid) or nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Lanes:
    config.option.loadscopereorder = False  # in the order of `begins`
    return Lanes(config, log)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A process for each core, and one for each lane."""
    cores, wanted = len(os.sched_getaffinity(0)), config.option.markexpr
    return {"emulator": len(LANES), "not emulator": cores}.get(wanted, cores + len(LANES))


def pytest_configure(config: pytest.Config) -> None:
    if KEEP in os.environ:
        config.pluginmanager.register(Meter())

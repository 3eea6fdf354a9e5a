"""What every test finds: the settings that Lambda would give a function, and no way out to a real cloud.

Also which tests run side by side. What an emulator needs takes long to start and is started once, so the
tests that share it are a lane: one process runs them in their order, while others run the next lane and the
tests that need no emulator. The tests of a lane wait more than they compute.
"""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.configuration import set_hypothesis_home_dir

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

STACK, EMULATORS = "stack", "emulators"  # the shared deployed stack; emulators and stacks of a test's own
LANES = (STACK, EMULATORS)


def lane_of(item: pytest.Item) -> str | None:
    """The lane of a test that needs an emulator; None for every other."""
    if item.get_closest_marker("emulator") is None:
        return None
    return STACK if STACK in getattr(item, "fixturenames", ()) else EMULATORS


def begins(item: pytest.Item) -> int:
    """Lanes first, for they are the longest; then what is long of the rest, so that it is not left over."""
    lane = lane_of(item)
    return LANES.index(lane) if lane else len(LANES) + ("simulation" not in item.nodeid)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=begins)
    for item in items:
        if lane := lane_of(item):
            item.add_marker(pytest.mark.xdist_group(lane))


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """However many processes there are, a lane stays in one."""
    if config.option.numprocesses:
        config.option.dist, config.option.loadscopereorder = "loadgroup", False


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A process for each core, and one for each lane."""
    cores, wanted = len(os.sched_getaffinity(0)), config.option.markexpr
    return {"emulator": len(LANES), "not emulator": cores}.get(wanted, cores + len(LANES))


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        config.option.loadgroup = True  # the other processes read the command line only
    if KEEP in os.environ:
        config.pluginmanager.register(Meter())

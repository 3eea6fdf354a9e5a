"""The two things that e2e tests run against, each started once for the whole run.

`emulator` is an empty AWS; `stack` is the product, deployed to one of its own, with a front door and demo
data. Both take free ports and temporary folders, so they don't mind a `make up` next door.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.network import CallRecords
from local.processes import Emulator
from local.stack import Stack
from local.up import bind, running


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(tmp_path_factory.mktemp("emulator")) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def stack_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stack")


@pytest.fixture(scope="session")
def stack(stack_home: Path) -> Iterator[Stack]:
    with contextlib.closing(bind(0)) as door, running(stack_home, door) as stack:
        yield stack


@pytest.fixture
def carrier_records(stack_home: Path) -> CallRecords:
    """The records that the stack's simulated carrier shows in its REST API."""
    return CallRecords(stack_home / "carrier.jsonl")

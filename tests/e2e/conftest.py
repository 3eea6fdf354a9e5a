"""The two things that e2e tests run against, each started once for the whole run.

`emulator` is an empty AWS; `stack` is the product, deployed to one of its own, with a front door and demo
data. Both take free ports and temporary folders, so they don't mind a `make up` next door.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from local.network import CallRecords
from local.processes import Emulator
from local.stack import Stack
from local.up import bind, running
from telekarta.adapters.dynamodb import tables
from tests.kit.browser import CHROMIUM, FLAGS, WAIT_MS, Opens
from tests.kit.browsing import PATIENCE_S


@pytest.fixture(scope="session", autouse=True)
def patient() -> Iterator[None]:
    """Stores that a test makes for itself wait for the emulator, which has less than a core: a function gives
    DynamoDB two seconds, asks again, and would take the answer to its own first request for somebody else's.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "CONNECT_TIMEOUT_S", PATIENCE_S)
        patch.setattr(tables, "READ_TIMEOUT_S", PATIENCE_S)
        yield


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
def aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients that a test makes for itself may sign."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


@pytest.fixture
def carrier_records(stack_home: Path) -> CallRecords:
    """The records that the stack's simulated carrier shows in its REST API."""
    return CallRecords(stack_home / "carrier.jsonl")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    assert CHROMIUM, "these tests need Chromium: apt-get install chromium"
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def opens(browser: Browser, stack: Stack) -> Iterator[Opens]:
    """A new visitor's window. Whatever a page writes to the console as an error fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def new(*, width: int = 320, **options: Any) -> Page:
        context = browser.new_context(
            base_url=stack.base_url, locale="pl-PL", viewport={"width": width, "height": 640}, **options
        )
        context.set_default_timeout(WAIT_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None,
        )
        return page

    yield new
    for context in contexts:
        context.close()
    assert complaints == []

"""Debian's Chromium, driven by Playwright, and axe to look at every page."""

import shutil
from collections.abc import Callable

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page

from local.processes import ROOT

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT_MS = 60_000  # for a state to come: more than a busy machine needs
DOCS = ROOT / "docs"
SCREENSHOTS = DOCS / "screenshots"
WCAG = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    # All nodes of these; of what passes, which is nearly everything, one each: half the time.
    "resultTypes": ["violations"],
}

Opens = Callable[..., Page]


def goes(way: Locator, *, by: str = "") -> None:
    """Press what leads to another page, by a click or by this key; afterwards the other page has loaded.

    A browser may begin to leave a page only after a click has long returned: who looks at once sees the old
    page, or nothing. So this is what a test presses with, and `stays` where no other page comes.
    """
    page = way.page
    page.wait_for_load_state("load")
    with page.expect_event("load"):
        way.press(by) if by else way.click()


def stays(button: Locator, *, by: str = "", twice: bool = False) -> None:
    """Press what changes something on the page; the test says next which state it waits for."""
    if by:
        button.press(by)
    elif twice:
        button.dblclick(no_wait_after=True)
    else:
        button.click()


def must_be_accessible(page: Page, name: str) -> None:
    """No violation of WCAG 2.2 AA that axe can find, and nothing wider than the window."""
    found = Axe().run(page, options=WCAG).response["violations"]
    problems = [(each["id"], [node["html"] for node in each["nodes"]]) for each in found]
    assert not problems, f"{name}: {problems}"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is too wide"


def looks(page: Page, name: str, keep: bool) -> None:
    """axe finds nothing, nothing is wider than the window, and the picture is kept if wanted."""
    must_be_accessible(page, name)
    if keep:
        SCREENSHOTS.mkdir(exist_ok=True)
        width = page.viewport_size["width"] if page.viewport_size else 0
        page.screenshot(path=SCREENSHOTS / f"{name}-{width}.png", full_page=name not in {"prices", "terms"})

"""What fails a test by chance stands in no test. Ruff bans functions (pyproject.toml), this bans the rest."""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
# What each is for; `only_in` are the files that it belongs to.
BANNED: dict[str, tuple[Callable[[str, ast.Call], bool], tuple[str, ...]]] = {
    "Random() without a seed": (
        lambda name, call: name.rpartition(".")[2] == "Random" and not call.args,
        (),
    ),
    "a press that does not say whether another page comes: `goes` or `stays`": (
        lambda name, call: name.endswith((".click", ".dblclick", ".tap")) and name != "page.mouse.click",
        ("browser.py",),
    ),
    "a client that gives up after httpx's 5 seconds: `browsing.browser`": (
        lambda name, call: name in ("httpx.Client", "Client"),
        ("browsing.py",),
    ),
    "a pause in the browser": (lambda name, call: name.endswith("wait_for_timeout"), ()),
    "hypothesis with chance of its own": (
        lambda name, call: any(
            word.arg == "use_true_random" and getattr(word.value, "value", True) for word in call.keywords
        ),
        (),
    ),
}


def found(source: str, is_banned: Callable[[str, ast.Call], bool]) -> list[int]:
    """The lines of the calls."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [call.lineno for call in calls if is_banned(ast.unparse(call.func), call)]


@pytest.mark.parametrize("what", BANNED)
def test_no_test_has(what: str) -> None:
    is_banned, only_in = BANNED[what]
    files = [path for path in sorted(TESTS.rglob("*.py")) if path.name not in only_in]
    assert len(files) > 100
    places = [
        f"{path.relative_to(TESTS)}:{line}" for path in files for line in found(path.read_text(), is_banned)
    ]
    assert places == []


@pytest.mark.parametrize(
    ("what", "source"),
    [
        *zip(
            BANNED,
            [
                "import random\nrandom.Random().random()",
                'page.get_by_role("button").first.click()',
                'with httpx.Client(base_url="http://127.0.0.1") as one: ...',
                "page.wait_for_timeout(100)",
                "st.randoms(use_true_random=True)",
            ],
            strict=True,
        )
    ],
)
def test_it_would_be_found(what: str, source: str) -> None:
    assert found(source, BANNED[what][0])

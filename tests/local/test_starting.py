"""What decides whether a start builds anew, and what a start refuses."""

import contextlib
import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from local.deploy import sources_digest
from local.processes import ROOT, LocalStackError, run_tool
from local.up import alone, bind, wanted_port


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    (tmp_path / "functions/voice").mkdir(parents=True)
    for name in ("template.yaml", "samconfig.toml", "functions/voice/entry.py"):
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "template.yaml").write_text("other"),
        lambda root: (root / "functions/voice/entry.py").unlink(),
        lambda root: (root / "functions/voice/entry.py").rename(root / "functions/entry.py"),
        lambda root: (root / "functions/desk.py").write_text(""),
    ],
    ids=["changed", "removed", "moved", "added"],
)
def test_a_change_of_the_sources_changes_their_digest(
    sources: Path, change: Callable[[Path], object]
) -> None:
    before = sources_digest(sources)
    change(sources)
    assert sources_digest(sources) != before


def test_what_running_the_sources_leaves_behind_does_not_change_their_digest(sources: Path) -> None:
    before = sources_digest(sources)
    (sources / "functions/voice/__pycache__").mkdir()
    (sources / "functions/voice/__pycache__/entry.pyc").write_text("x")
    assert sources_digest(sources) == before


def test_a_taken_port_is_named_in_one_line() -> None:
    with contextlib.closing(bind(0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LocalStackError) as refused:
            bind(port)
    assert str(refused.value).startswith(f"Port {port} is taken")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["", "x", "0", "-1", "65536"])
def test_a_port_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(LocalStackError, match="no port"):
        wanted_port(text)


def test_one_stack_at_a_time_uses_a_folder(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(LocalStackError, match="running already"), alone(tmp_path):
        pass
    with alone(tmp_path):
        pass


def test_a_tool_that_fails_is_quoted_in_full() -> None:
    with pytest.raises(LocalStackError, match=r"(?s)failed:.*no such stack"):
        run_tool([sys.executable, "-c", "import sys; print('no such stack'); sys.exit(3)"], {})


def test_the_mends_are_for_the_version_that_is_pinned() -> None:
    spec = importlib.util.spec_from_file_location("emulator", ROOT / "local/emulator.py")
    assert spec is not None
    assert spec.loader is not None
    emulator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(emulator)
    pins = (ROOT / "requirements/emulator.txt").read_text()
    assert f"ministack=={emulator.MENDED_VERSION} \\" in pins


def test_another_version_is_refused() -> None:
    """The program runs in a virtual environment without the emulator, which is the most other version."""
    run = subprocess.run(
        [sys.executable, "-P", ROOT / "local/emulator.py"],
        check=False,
        env={},
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )
    assert run.returncode
    assert b"PackageNotFoundError" in run.stderr

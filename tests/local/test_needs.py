"""What a command needs of the machine: installed or named before anything is begun."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from local import needs
from local.processes import ROOT

# It writes down how it was called, and fails when it should install.
APT_GET = """#!/bin/sh
echo "$@" "${TMPDIR:-none} $DEBIAN_FRONTEND" >> "$0.log"
test "$2" = update || { echo no; exit 1; }
"""


@pytest.fixture(params=[0, 1000], ids=["root", "user"])
def who(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(os, "geteuid", lambda: request.param)
    return int(request.param)


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """A machine that has nothing: what is made true here is there."""
    there = {"python3-venv": False, "chromium": False, "libatomic1": False, "apt-get": True}
    probes = {name: lambda name=name: there[name] for name in needs.OF_TESTS | needs.OF_ALL}
    of_all = {"python3-venv": probes["python3-venv"]}
    monkeypatch.setattr(needs, "NEEDED", {"up": of_all, "test": probes})
    monkeypatch.setattr(shutil, "which", lambda name: name if there.get(name) else None)
    return there


def test_what_is_missing_is_installed_where_root_can_and_else_named_in_one_line(
    who: int, bare: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    def install(packages: list[str]) -> bool:
        bare.update(dict.fromkeys(packages, True))
        return True

    monkeypatch.setattr(needs, "install", install)
    said = needs.main("test")
    if who == 0:
        assert said is None
    else:
        assert said is not None
        assert said.splitlines() == ["Missing, and needed: apt-get install chromium libatomic1 python3-venv"]


def test_a_machine_without_apt_is_told_the_names(who: int, bare: dict[str, bool]) -> None:
    bare["apt-get"] = False
    assert needs.main("up") == "Missing, and needed: apt-get install python3-venv"


def test_what_could_not_be_installed_is_named(bare: dict[str, bool], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(needs, "install", lambda packages: False)
    assert needs.main("up") == "Missing, and needed: apt-get install python3-venv"


def test_a_machine_with_everything_is_told_nothing(who: int, bare: dict[str, bool]) -> None:
    bare.update(dict.fromkeys(bare, True))
    assert [needs.main("up"), needs.main("test")] == [None, None]


def test_an_old_python_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "OLDEST_PYTHON", (4, 0))
    assert "needs Python 3.11" in str(needs.main("up"))


def test_apt_get_works_in_a_folder_that_its_own_user_may_enter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    apt = tmp_path / "apt-get"
    apt.write_text(APT_GET)
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert not needs.install(["chromium"])
    assert (tmp_path / "apt-get.log").read_text().splitlines() == [
        "-qq update none noninteractive",
        "-qq install -y --no-install-recommends chromium none noninteractive",
    ]
    assert capfd.readouterr().out.splitlines() == ["Installing chromium ...", "no"]


def test_make_test_looks_before_it_begins() -> None:
    """The first thing that `make test` would do is to look at the machine."""
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    would = subprocess.run(
        ["make", "-n", "test"], cwd=ROOT, env=alone, check=True, capture_output=True, text=True
    ).stdout
    assert "local/needs.py test" in would.splitlines()[0]


def test_make_clean_leaves_nothing_that_git_ignores(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    for pattern in (ROOT / ".gitignore").read_text().splitlines():
        if pattern.endswith("/"):
            (tmp_path / pattern).mkdir()
    (tmp_path / "tests/domain/__pycache__").mkdir(parents=True)
    subprocess.run(["make", "clean"], cwd=tmp_path, check=True, capture_output=True)
    assert {path.name for path in tmp_path.rglob("*")} == {"Makefile", "tests", "domain"}


def test_tools_keep_what_they_keep_below_local() -> None:
    """Also when they are run by hand: no folder of theirs appears between ours."""
    settings = (ROOT / "pyproject.toml").read_text()
    for tool in ("ruff", "mypy", "pytest"):
        assert f'".local/cache/{tool}"' in settings

"""Ctrl-C ends `make up` without a traceback, whenever it comes, and the stack is taken down in order."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local.processes import ROOT

# `make up` with a stack that is none. It sends itself the terminal's signal at the moment that it is told, so
# that the signal comes there and nowhere else.
PROGRAM = """
import contextlib, io, os, signal, sys, threading
from pathlib import Path
from local import up
from local.stack import Stack

moment, home = sys.argv[1], Path(sys.argv[2])

def now(reached):
    if moment == reached:
        os.kill(os.getpid(), signal.SIGINT)

class Screen(io.RawIOBase):
    def writable(self):
        return True
    def fileno(self):
        return 1
    def write(self, text):
        if b"Ctrl-C stops." in bytes(text):
            now("inside the last line")
        return os.write(1, text)

class Garbage:
    def __del__(self):
        now("where an error is lost")

@contextlib.contextmanager
def running(home, door):
    try:
        now("while it starts")
        print("begun", flush=True)
        Garbage()
        yield Stack("http://127.0.0.1:8700", "", "", {}, {}, "", "")
        now("while it stops")
    finally:
        print("taken down", flush=True)

class Watched(up.Stop):
    def wait(self):
        now("after the last line")
        if moment in ("while it waits", "while it stops"):
            threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
        super().wait()

sys.stdout = io.TextIOWrapper(io.BufferedWriter(Screen()))
up.running, up.bind, up.Stop = running, lambda port: io.BytesIO(), Watched
up.HOME, up.CONTRACT = home, home / "stack.json"
up.links = lambda stack, took_s: "Ctrl-C stops."
Stack.write_contract = lambda stack: None
up.main()
"""


def stopped(moment: str, home: Path) -> Any:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, moment, str(home)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "layers/telekarta/python"},
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )


@pytest.mark.parametrize(
    "moment",
    [
        "while it starts",
        "where an error is lost",
        "inside the last line",
        "after the last line",
        "while it waits",
        "while it stops",
    ],
)
def test_ctrl_c_ends_in_words_whenever_it_comes(moment: str, tmp_path: Path) -> None:
    ended = stopped(moment, tmp_path)
    said = ended.stdout.split("\n")
    assert (ended.returncode, said[-2]) == (0, "Stopped; the state is kept.")
    assert said.count("Stopping ...") == said.count("taken down") == 1
    # Python itself tells of an error that it loses.
    assert bool(ended.stderr) == (moment == "where an error is lost")

"""The emulator as a child process: started on a free port, watched until healthy, stopped gently."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from local.aws import REGION, emulator_credentials

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
# On a machine whose cores are busy with something else; each ends as soon as it may.
READY_WITHIN_S = 120
STOP_WITHIN_S = 120

# Nothing else of the caller's environment reaches the emulator or the functions in it.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE")


class LocalStackError(Exception):
    """Something that the person at the terminal must know, in one line or with a tool's output."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


class Emulator:
    """``with Emulator(folder) as emulator:`` runs one; its state lives below the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.endpoint_url = f"http://{HOST}:{self.port}"
        self.log = folder / "emulator.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        python = ROOT / ".local/venvs/emulator/bin/python"
        self.log.unlink(missing_ok=True)  # an emulator that is still stopping keeps the old file
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [python, "-P", ROOT / "local/emulator.py"],
                env=self._environment(),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us; the emulator stops after its last client
            )
        try:
            self._wait_until_healthy()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """SIGTERM, and wait until it is gone: only then is its state written."""
        process = self._process
        if process is None:
            return
        self._process = None
        process.terminate()
        try:
            process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            print(f"The emulator did not stop in {STOP_WITHIN_S} s and was killed: its state is not saved.")
        finally:
            if process.stdin:
                process.stdin.close()
            shutil.rmtree(self._temporary, ignore_errors=True)

    @property
    def _temporary(self) -> Path:
        return self.folder / "tmp"

    def _environment(self) -> dict[str, str]:
        shutil.rmtree(self._temporary, ignore_errors=True)
        self._temporary.mkdir()
        services = self.folder / "services"
        return {
            **{name: os.environ[name] for name in INHERITED if name in os.environ},
            **emulator_credentials(),
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AUTH": "true",  # the functions have the rights of their roles, and no more
            "BIND_HOST": HOST,
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_REGION": REGION,
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "PERSIST_STATE": "1",
            "S3_PERSIST": "1",
            "STATE_DIR": str(services),
            "S3_DATA_DIR": str(services / "s3"),
            "SFN_WAIT_SCALE": "1",
            "TMPDIR": str(self._temporary),
            "DOCKER_HOST": "unix:///nonexistent",  # it would look for containers of its own to remove
            "LOG_LEVEL": "INFO",
        }

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline:
            if self._process is not None and self._process.poll() is not None:
                break
            try:
                if httpx.get(f"{self.endpoint_url}/_ministack/health", timeout=1, trust_env=False).is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise LocalStackError(f"The emulator did not start:\n{tail(self.log)}")


def tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def run_tool(command: Sequence[str | Path], env: Mapping[str, str], folder: Path = ROOT) -> None:
    """Run a tool in a folder, quietly; if it fails, everything that it said is in the error."""
    done = subprocess.run(
        command,
        env=env,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        said = done.stdout.decode(errors="replace")
        raise LocalStackError(f"{Path(command[0]).name} {command[1]} failed:\n{said}")


PYTHON_RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"

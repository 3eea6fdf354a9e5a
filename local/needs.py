"""What a command needs of the machine, looked at before anything else: `python3 local/needs.py up` or `test`.

What is missing is installed, where root can (apt-get); else it is named in one line and nothing is begun. It
runs before anything is set up, with whatever Python is there, so it uses nothing but that.
"""

import ctypes
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec

OLDEST_PYTHON = (3, 11)


def has_venv():
    return find_spec("venv") is not None and find_spec("ensurepip") is not None


def has_chromium():
    return any(shutil.which(name) for name in ("chromium", "chromium-browser"))


def has_libatomic():
    """The browser's driver brings a node that wants it; other systems than Linux have it built in."""
    try:
        ctypes.CDLL("libatomic.so.1")
    except OSError:
        return not sys.platform.startswith("linux")
    return True


# What to look for, by the name of Debian's package.
OF_ALL = {"python3-venv": has_venv}
OF_TESTS = {"chromium": has_chromium, "libatomic1": has_libatomic}
NEEDED = {"up": OF_ALL, "test": {**OF_ALL, **OF_TESTS}}


def missing(command):
    return [package for package, is_there in NEEDED[command].items() if not is_there()]


def install(packages):
    """Whether apt-get has installed them; what it says is shown when it has not."""
    print("Installing", *packages, "...", flush=True)
    # It works as a user of its own, who may not enter our folder for temporary files.
    quietly = {name: value for name, value in os.environ.items() if name != "TMPDIR"}
    quietly["DEBIAN_FRONTEND"] = "noninteractive"
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        command = ["apt-get", "-qq", *arguments]
        done = subprocess.run(
            command, env=quietly, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        if done.returncode:
            print(done.stdout.decode(errors="replace"), end="")
            return False
    return True


def main(command):
    if sys.version_info < OLDEST_PYTHON:
        return "Telekarta needs Python 3.11 or newer as python3, and this is " + sys.version.split()[0]
    packages = missing(command)
    if packages and os.geteuid() == 0 and shutil.which("apt-get") and install(packages):
        packages = missing(command)
    if packages:
        return "Missing, and needed: apt-get install " + " ".join(packages)
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

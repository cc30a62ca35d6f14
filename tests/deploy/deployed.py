"""The files that operators copy, and how tests run what they are for."""

import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


def read(name):
    """Return the text of a file that operators copy."""
    return (DEPLOY / name).read_text(encoding="utf-8")


def tool(name, *, package):
    """Return the path of a tool of Debian's; without it, skip on a laptop and fail in CI."""
    if found := shutil.which(name):
        return found
    if os.environ.get("CI"):
        pytest.fail(f"CI needs {name} of Debian's {package}")
    return pytest.skip(f"no {name} (Debian's {package}) on this machine")


def replaced(text, changes):
    """Return a text with parts replaced, each of which must be there."""
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


@contextmanager
def running(command, *, port, folder, environ):
    """Run a server in the foreground until the end of the block; what it says goes to `server.log`."""
    log = folder / "server.log"
    with log.open("ab") as output:
        process = subprocess.Popen(command, cwd=folder, env=environ, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + 60
        while not _listens(port):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0

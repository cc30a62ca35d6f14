"""What n web processes and n relays do together on one PostgreSQL and one Redis, all on this machine.

Leads come in over 16 connections for four credential pairs while the relays hand them on; a CRM takes 10 ms
for a call. The rate handed on counts from the first lead to the last call.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from kills import migrated
from load import drive, free_port, server
from served import PROJECT, SECRET, submissions
from stand_in import StandIn, stand_in

LANES = 4


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=1000)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 2], help="processes of each kind")
    parser.add_argument("--takes-ms", type=int, default=10, help="what the CRM takes for a call")
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # of the package that brings PostgreSQL, about missing desktop folders
    for size in options.sizes:
        with (
            tempfile.TemporaryDirectory() as name,
            migrated("postgresql", Path(name)) as url,
            stand_in(options.takes_ms / 1000) as crm,
        ):
            _run(Path(name), url, crm, size=size, leads=options.leads)


def _run(folder: Path, url: str, crm: StandIn, *, size: int, leads: int) -> None:
    """Print how fast leads were taken, and how fast they were handed on."""
    _write_projects(folder / "projects")
    slugs = [f"bench{number}" for number in range(LANES)]
    parts = [submissions(leads // LANES, f"/f/{slug}/leads", slug) for slug in slugs]
    requests = [each for row in zip(*parts, strict=True) for each in row]
    with ExitStack() as opened:
        env = _settings(url, crm, opened.enter_context(_redis(folder)))
        port = free_port()
        words = ["serve", "--port", str(port), "--processes", str(size), "--no-relay"]
        opened.enter_context(server(["-m", "realpad_form", *words], port, env=env, folder=folder))
        for _ in range(size):
            opened.enter_context(_relay(folder, env))
        time.sleep(3)
        began = time.perf_counter()
        figures = drive(port, requests, expect=b"201")
        while crm.taken < len(requests):
            time.sleep(0.01)
        took_s = time.perf_counter() - began
        time.sleep(1)
        assert crm.taken == len(requests), "a lead was sent twice"
    print(
        f"{size} web, {size} relays: taken {figures.per_second:.0f}/s, p50 {figures.p50_ms:.1f} ms, "
        f"p99 {figures.p99_ms:.1f} ms; handed on {len(requests) / took_s:.0f}/s, none twice",
        flush=True,
    )


def _write_projects(folder: Path) -> None:
    """Write a project for each lane."""
    folder.mkdir()
    for number in range(LANES):
        text = PROJECT.replace("project: bench\n", f"project: bench{number}\n")
        text = text.replace("credentials: bench,", f"credentials: bench{number},")
        (folder / f"bench{number}.yaml").write_text(text)


def _settings(url: str, crm: StandIn, limits_url: str) -> dict[str, str]:
    """Return the settings that every process has."""
    settings = {
        "SECRET_KEY": SECRET,
        "DATABASE_URL": url,
        "LIMITS_URL": limits_url,
        "REALPAD_URL": crm.url,
        "RELAY_RATE": "unlimited",
    }
    for number in range(LANES):
        for part in ("LOGIN", "PASSWORD"):
            settings[f"CREDENTIALS_BENCH{number}_{part}"] = "bench"
    return {f"REALPAD_FORM_{name}": value for name, value in settings.items()}


@contextmanager
def _redis(folder: Path) -> Iterator[str]:
    """Run a Redis that keeps nothing on disk."""
    port = str(free_port())
    command = ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def _relay(folder: Path, env: dict[str, str]) -> Iterator[None]:
    command = [sys.executable, "-m", "realpad_form", "relay"]
    process = subprocess.Popen(command, cwd=folder, env={**os.environ, **env}, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


if __name__ == "__main__":
    main()

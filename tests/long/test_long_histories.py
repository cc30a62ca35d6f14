"""Random histories over the whole way of a lead, made from their numbers: a sample, and at length."""

import subprocess
import sys
from contextlib import ExitStack

import pytest


def start(engine, *, first, histories):
    """Run some histories in a process of their own."""
    sizes = ["--engine", engine, "--first", str(first), "--histories", str(histories)]
    command = [sys.executable, "benchmarks/histories.py", *sizes]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finish(running, *, histories):
    told, _ = running.communicate()
    assert running.returncode == 0, told
    assert f"{histories} histories" in told
    assert "0 lost, 0 sent twice" in told


@pytest.mark.parametrize(("engine", "histories"), [("sqlite", 60), ("postgresql", 12)])
def test_no_lead_is_lost_or_sent_twice_in_some_random_histories(engine, histories):
    with start(engine, first=1, histories=histories) as running:
        finish(running, histories=histories)


@pytest.mark.long
def test_no_lead_is_lost_or_sent_twice_in_100_000_random_histories():
    """On SQLite, and every tenth on PostgreSQL; each number of a history is used once."""
    with ExitStack() as stack:
        halves = [
            stack.enter_context(start("sqlite", first=10_000, histories=45_000)),
            stack.enter_context(start("sqlite", first=60_000, histories=45_000)),
        ]
        for half in halves:
            finish(half, histories=45_000)
    with start("postgresql", first=110_000, histories=10_000) as running:
        finish(running, histories=10_000)

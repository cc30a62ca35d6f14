"""Relays killed at random, stopped and continued while leads come in: a sample, and at length."""

import json
import subprocess
import sys

import pytest


def storm(url, *, leads, kills):
    """Run the benchmark and return its figures; without a seed of ours, each run is another one."""
    sizes = ["--leads", str(leads), "--kills", str(kills)]
    ran = subprocess.run(
        [sys.executable, "benchmarks/kills.py", "--url", url, "--json", *sizes],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.stdout, ran.stderr
    return {**json.loads(ran.stdout), "log": ran.stderr}


def check(figures, *, kills, stalls):
    wrong = ("lost", "duplicated", "unsettled", "missing", "unheard", "renamed")
    kept = {name: figures[name] for name in wrong}
    assert not any(kept.values()), figures
    assert (figures["kills"], figures["stalls"]) == (kills, stalls)
    assert figures["events"] == 2 * figures["leads"]


def test_no_lead_or_webhook_is_lost_or_gets_another_id_over_a_few_kills(sqlite_url):
    check(storm(sqlite_url, leads=60, kills=6), kills=6, stalls=1)


@pytest.mark.long
def test_no_lead_or_webhook_is_lost_or_gets_another_id_over_400_kills(database_url):
    figures = storm(database_url, leads=10_000, kills=400)

    check(figures, kills=400, stalls=40)
    assert figures["unknown"] > 50

"""Database servers and web servers that crash under load: no thank-you is false."""

import json
import subprocess
import sys

import pytest


def crash(run, *, times):
    """Run the benchmark and return its figures; each run is another one."""
    words = ["benchmarks/crashes.py", "--run", run, "--crashes", str(times), "--visitors", "4", "--json"]
    ran = subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, check=False, timeout=900
    )  # fmt: skip
    assert ran.stdout, ran.stderr
    return json.loads(ran.stdout)


def check(figures, *, times):
    kept = {name: figures[name] for name in ("missing", "doubled", "left", "refused")}
    assert not any(kept.values()), figures
    assert figures["crashes"] == times
    assert figures["acknowledged"] > 10 * times


def test_leads_thanked_for_are_there_after_the_web_server_was_killed():
    check(crash("serve-sqlite", times=1), times=1)


@pytest.mark.long
@pytest.mark.parametrize("run", ["postgresql", "serve-postgresql", "serve-sqlite"])
def test_leads_thanked_for_are_there_after_many_crashes(run):
    check(crash(run, times=20), times=20)

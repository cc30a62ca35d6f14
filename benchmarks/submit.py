"""Durable submissions per second through the whole form, as a ratio to a bare Flask and SQLite insert.

The whole form: JSON, token, limiter, every field validated; lead, consents and token on disk in one
transaction. Beside it the least that the same libraries make of the same questions (`plain.py`). All under
the same server in the same run, in turn. Goals: ratio at least 0.5, and p99 under 50 ms at 16 connections.
"""

import argparse
import tempfile
from functools import partial
from pathlib import Path

from load import Figures, compare, drive
from served import bare, ours, submissions


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(f"submit: {options.requests} leads a round, 16 connections, one process of 16 threads")
    with (
        tempfile.TemporaryDirectory() as name,
        ours(Path(name) / "a") as whole,
        bare(Path(name) / "b", app="plain") as plain,
        bare(Path(name) / "c") as insert,
    ):
        runs = {
            "whole form": partial(_submit, whole, "/f/bench/leads"),
            "libraries alone": partial(_submit, plain, "/leads"),
            "bare insert": partial(_submit, insert, "/leads"),
        }
        for warm_up in runs.values():
            warm_up(500)
        compare({name: partial(run, options.requests) for name, run in runs.items()}, options.rounds)


def _submit(port: int, path: str, count: int) -> Figures:
    return drive(port, submissions(count, path), expect=b"201")


if __name__ == "__main__":
    main()

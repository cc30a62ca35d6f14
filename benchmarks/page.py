"""`GET /f/<slug>` per second, as a ratio to a bare "hello" route on the same server. Goal: at least 0.7."""

import argparse
import tempfile
from pathlib import Path

from load import compare, drive
from served import bare, gets, ours


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(f"page: {options.requests} requests a round, 16 connections, one process of 16 threads")
    with tempfile.TemporaryDirectory() as name, ours(Path(name) / "a") as a, bare(Path(name) / "b") as b:
        runs = {
            "form page": lambda: drive(a, gets(options.requests, "/f/bench"), expect=b"200"),
            "bare hello": lambda: drive(b, gets(options.requests, "/hello"), expect=b"200"),
        }
        for warm_up in runs.values():
            warm_up()
        compare(runs, options.rounds)


if __name__ == "__main__":
    main()

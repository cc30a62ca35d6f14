"""Durable submissions per second through the whole form, as a ratio to a bare Flask and SQLite insert.

The whole form: JSON, token, limiter, every field validated; lead, consents and token on disk in one
transaction. Both under the same server in the same run, in turn. Goals: ratio at least 0.5, and p99 under
50 ms at 16 connections.
"""

import argparse
import tempfile
from pathlib import Path

from load import compare, drive
from served import bare, ours, submissions


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(f"submit: {options.requests} leads a round, 16 connections, one process of 16 threads")
    with tempfile.TemporaryDirectory() as name, ours(Path(name) / "a") as a, bare(Path(name) / "b") as b:
        drive(a, submissions(500), expect=b"201")
        drive(b, submissions(500, "/leads"), expect=b"201")
        runs = (
            lambda: drive(a, submissions(options.requests), expect=b"201"),
            lambda: drive(b, submissions(options.requests, "/leads"), expect=b"201"),
        )
        compare(("whole form", "bare insert"), runs, options.rounds)


if __name__ == "__main__":
    main()

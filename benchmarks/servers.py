"""The real submit route under granian and under gunicorn (gthread), in turn in one run."""

import argparse
import tempfile
from functools import partial
from pathlib import Path

from load import Figures, compare, drive
from served import gets, ours, submissions


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as name,
        ours(Path(name) / "a", "granian") as a,
        ours(Path(name) / "b", "gunicorn") as b,
    ):
        for title, run in (("submit", _submit), ("form page", _page)):
            print(f"{title}: {options.requests} a round, 16 connections, one process of 16 threads")
            ports = {"granian": a, "gunicorn": b}
            runs = {name: partial(run, port, options.requests) for name, port in ports.items()}
            for warm_up in runs.values():
                warm_up()
            compare(runs, options.rounds)


def _submit(port: int, count: int) -> Figures:
    return drive(port, submissions(count), expect=b"201")


def _page(port: int, count: int) -> Figures:
    return drive(port, gets(count, "/f/bench"), expect=b"200")


if __name__ == "__main__":
    main()

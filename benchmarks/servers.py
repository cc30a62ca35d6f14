"""The real submit route and form page under several servers, in turn in one run.

The last one is what the others are compared with. `command` in served.py says which there are.
"""

import argparse
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from load import Figures, compare, drive
from served import gets, ours, submissions


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--servers", nargs="+", default=["granian", "gunicorn", "granian-wsgi"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as opened:
        ports = {name: opened.enter_context(ours(Path(folder) / name, name)) for name in options.servers}
        for title, run in (("submit", _submit), ("form page", _page)):
            print(f"{title}: {options.requests} a round, 16 connections, one process of 16 threads")
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

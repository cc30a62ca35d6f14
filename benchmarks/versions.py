"""Submissions per second of this checkout beside another one, both servers up, in turn.

    git worktree add --detach ../before 10370b7
    python benchmarks/versions.py ../before [--requests 1500] [--rounds 9]

Each serves with its own code and gets submissions with tokens of its own; the libraries are those installed.
"""

import argparse
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from load import ROOT, Figures, compare, drive

WARM_UP = 400
SERVER = """
import pickle, sys, tempfile
from pathlib import Path
from served import ours, submissions

with tempfile.TemporaryDirectory() as folder, ours(Path(folder)) as port:
    sys.stdout.buffer.write(pickle.dumps((port, submissions(int(sys.argv[1])))))
    sys.stdout.flush()
    sys.stdin.read()
"""


def main() -> None:
    """Print the figures; the ratio is that of this checkout to the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("other", type=Path)
    parser.add_argument("--requests", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    count = WARM_UP + options.requests * options.rounds
    with serving(ROOT, count) as ours, serving(options.other.resolve(), count) as theirs:
        runs = {"this checkout": ours, "the other": theirs}
        for port, requests in runs.values():
            drive(port, [next(requests) for _ in range(WARM_UP)], expect=b"201")
        compare(
            {name: partial(_submit, options.requests, *run) for name, run in runs.items()}, options.rounds
        )


@contextmanager
def serving(checkout: Path, count: int) -> Iterator[tuple[int, Iterator[bytes]]]:
    """Serve a checkout; yield its port and so many submissions that it takes."""
    paths = os.pathsep.join([str(checkout), str(checkout / "benchmarks")])
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, str(count)],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": paths},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        port, requests = pickle.load(process.stdout)  # noqa: S301 - our own process
        yield port, iter(requests)
        process.stdin.close()


def _submit(count: int, port: int, requests: Iterator[bytes]) -> Figures:
    return drive(port, [next(requests) for _ in range(count)], expect=b"201")


if __name__ == "__main__":
    main()

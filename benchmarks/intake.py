"""Durable leads per second through the intake, as a ratio to the form's submissions in the same run.

The same answers, once as the form's page posts them, with a token, and once as another system does, with its
own names of fields, a key and an `Idempotency-Key`. Of one server, in turn. Goal: at least 0.9.
"""

import argparse
import json
import tempfile
import uuid
from functools import partial
from pathlib import Path

from load import Figures, compare, drive
from served import SOURCE, SOURCE_KEY, answers, ours, submissions


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(f"intake: {options.requests} leads a round, 16 connections, one process of 16 threads")
    with tempfile.TemporaryDirectory() as name, ours(Path(name)) as port:
        runs = {"intake": partial(_post_in, port), "form": partial(_submit, port)}
        for warm_up in runs.values():
            warm_up(500)
        compare({name: partial(run, options.requests) for name, run in runs.items()}, options.rounds)


def _submit(port: int, count: int) -> Figures:
    return drive(port, submissions(count), expect=b"201")


def _post_in(port: int, count: int) -> Figures:
    return drive(port, [_request(number) for number in range(count)], expect=b"201")


def _request(number: int) -> bytes:
    """Return a lead as another system posts it: as many fields, under names of its own."""
    told = answers(number, "")
    sent = {SOURCE.get(key, key): value for key, value in told.items() if key not in ("token", "submission")}
    body = json.dumps({**sent, "floor": "as high as possible"}).encode()
    head = "POST /in/bench HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    head += f"Authorization: Bearer {SOURCE_KEY}\r\nIdempotency-Key: {uuid.uuid4()}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


if __name__ == "__main__":
    main()

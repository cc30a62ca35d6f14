"""The real application on throw-away settings, and the bare one, each under a chosen server."""

import importlib
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from load import free_port, server

from realpad_form.cli.http import CONNECTIONS
from realpad_form.forms import Tokens
from realpad_form.web.app import BODY_BYTES
from realpad_form.web.buffering import RequestBuffering

LONE_APPLICATION = "realpad_form.web.worker:make_lone_wsgi_application"

SECRET = "b" * 32
PROJECT = """\
version: 1
project: bench
name: Bench
languages: [cs, en]
origins: [https://www.bench.example, "http://127.0.0.1:*"]
realpad: {credentials: bench, project: 1}
fields:
  - field: name
  - field: surname
  - field: email
  - field: phone
  - {field: rooms, options: [1+kk, 2+kk, 3+kk]}
  - {field: price_max, options: [4000000, 6000000]}
  - field: unit
  - field: note
consents:
  - {id: 1, label: Send me offers}
capture: {campaign: utm_campaign, note: [utm_source, page]}
captcha: none
limits: {per_address: 100000/second, per_project: 100000/second, per_source: 100000/second}
sources:
  - {name: bench, fields: {your-name: name, your-surname: surname, your-email: email, your-phone: phone}}
"""
SOURCE = {"name": "your-name", "surname": "your-surname", "email": "your-email", "phone": "your-phone"}
"""What the source of the project calls some of the fields."""
SOURCE_KEY = "s" * 43


def command(name: str, target: str, port: int, threads: int) -> list[str]:
    """Return how a server is started, each with one process.

    `serve` is our own command. The others serve any application: `granian` and `uvicorn` behind what reads
    requests whole, as `serve` does; in `granian-wsgi` and `gunicorn` threads read bodies; `waitress` reads
    them before. Those that are no dependency of ours have to be installed.
    """
    address = ["--port", str(port)]
    buffered = "served:make_buffered"
    granian = ["-m", "granian", *address, "--http", "1", "--factory", "--log-level", "warning", "--no-ws"]
    asgi = ["--interface", "asginl", "--loop", "uvloop", "--backpressure", str(CONNECTIONS)]
    wsgi = ["--interface", "wsgi", "--blocking-threads", str(threads), "--backpressure", str(threads * 4)]
    gthread = ["--worker-class", "gthread", "--threads", str(threads), "--keep-alive", "75"]
    waitress = ["--threads", str(threads), "--connection-limit", str(CONNECTIONS), "--asyncore-use-poll"]
    uvicorn = ["--no-access-log", "--lifespan", "off", "--log-level", "warning"]
    return {
        "serve": ["-m", "realpad_form", "serve", *address, "--no-relay", "--threads", str(threads)],
        "granian": [*granian, *asgi, buffered],
        "granian-wsgi": [*granian, *wsgi, target],
        "uvicorn": ["-m", "uvicorn", *address, *uvicorn, "--factory", buffered],
        "waitress": ["-m", "waitress", *address, *waitress, "--call", target],
        "gunicorn": ["-m", "gunicorn", *gthread, "--bind", f"127.0.0.1:{port}", f"{target}()"],
    }[name]


def _buffered(target: str, threads: int) -> dict[str, str]:
    return {"BUFFERED_TARGET": target, "BUFFERED_THREADS": str(threads)}


def make_buffered() -> RequestBuffering:
    """Return an application of the benchmarks behind what reads requests whole, as `serve` has it."""
    module, _, name = os.environ["BUFFERED_TARGET"].partition(":")
    app = getattr(importlib.import_module(module), name)()
    threads = int(os.environ["BUFFERED_THREADS"])
    return RequestBuffering(app, threads=threads, limit_bytes=BODY_BYTES, larger={})


@contextmanager
def ours(folder: Path, name: str = "granian", threads: int = 16) -> Iterator[int]:
    """Serve the real application and yield its port."""
    (folder / "projects").mkdir(parents=True, exist_ok=True)
    (folder / "projects" / "bench.yaml").write_text(PROJECT)
    keys = {"REALPAD_FORM_SECRET_KEY": SECRET, "REALPAD_FORM_SOURCE_BENCH_KEY": SOURCE_KEY}
    env = {**keys, **_buffered(LONE_APPLICATION, threads)}
    subprocess.run(
        [sys.executable, "-m", "realpad_form", "db", "upgrade"],
        cwd=folder, env={**os.environ, **env}, check=True, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    port = free_port()
    with server(command(name, LONE_APPLICATION, port, threads), port, env=env, folder=folder):
        yield port


@contextmanager
def bare(folder: Path, name: str = "granian", threads: int = 16, *, app: str = "bare") -> Iterator[int]:
    """Serve the bare application, or another one beside this file, and yield its port."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    target = f"served:make_{app}"
    env = {"BARE_DATABASE_URL": f"sqlite:///{folder / 'bare.db'}", **_buffered(target, threads)}
    with server(command(name, target, port, threads), port, env=env, folder=folder):
        yield port


def make_bare():  # type: ignore[no-untyped-def]
    """Return the bare application."""
    from bare import app

    return app


def make_plain():  # type: ignore[no-untyped-def]
    """Return the application made of libraries alone."""
    from plain import app

    return app


def submissions(count: int, path: str = "/f/bench/leads", slug: str = "bench") -> list[bytes]:
    """Return as many different submissions, each with a token of its own."""
    tokens = Tokens([SECRET])
    return [_post(path, answers(number, tokens.mint(slug))) for number in range(count)]


def gets(count: int, path: str) -> list[bytes]:
    """Return as many requests for a page."""
    return [f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()] * count


def answers(number: int, token: str) -> dict[str, object]:
    """Return what the form posts."""
    return {
        "name": "Žofie", "surname": "Šťastná", "email": f"zofie{number}@example.com",
        "phone": "777 123 456", "rooms": ["1+kk", "2+kk"], "price_max": "6000000", "unit": "A-101",
        "note": "Dobrý den, mám zájem o prohlídku.", "consent_1": True, "language": "cs",
        "page": "https://www.bench.example/byty?utm_source=x", "utm_source": "x",
        "token": token, "submission": str(uuid.uuid4()),
    }  # fmt: skip


def _post(path: str, fields: dict[str, object]) -> bytes:
    body = json.dumps(fields).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    head += f"Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


if __name__ == "__main__":
    sys.exit("this is a part of the other benchmarks")

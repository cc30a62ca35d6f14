"""What visitors notice of clients that are slow on purpose: their posts' times, refusals, and the memory.

Each kind of slow client is held against a server of its own, beside 16 visitors who post a lead four times
a second each, on a new connection. Whoever is cut off comes back at once. Goals: p99 under 1 s, and
nothing refused.
"""

import argparse
import asyncio
import multiprocessing
import resource
import socket
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Final

import psutil
from served import ours, submissions

VISITORS: Final = 16
PAUSE_S: Final = 0.25
REFUSED_AFTER_S: Final = 10.0
P99_S: Final = 1.0

POST: Final = b"POST /f/bench/leads HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
BODY: Final = POST + b"Content-Length: 60000\r\n\r\n"
CHUNKS: Final = POST + b"Transfer-Encoding: chunked\r\n\r\n"
UPLOAD: Final = POST + b"Content-Length: 200000000\r\n\r\n"
SCRIPT: Final = b"GET /embed.js HTTP/1.1\r\nHost: bench\r\n\r\n"

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _silent(streams: Streams, start: bytes) -> None:
    """Send a start, and then nothing."""
    reader, writer = streams
    writer.write(start)
    while await reader.read(1000):
        pass


async def _trickle(streams: Streams, start: bytes, piece: bytes) -> None:
    """Send a start, and then a piece a second."""
    reader, writer = streams
    writer.write(start)
    gone = asyncio.ensure_future(reader.read())
    while not gone.done():
        await asyncio.sleep(1)
        writer.write(piece)
        await writer.drain()


async def _deaf(streams: Streams, pause_s: float) -> None:
    """Ask for much, and read none of it, or a little every now and then."""
    reader, writer = streams
    writer.write(SCRIPT * 200)
    while True:
        await asyncio.sleep(pause_s)
        if not await reader.read(100):
            return


async def _upload(streams: Streams) -> None:
    """Send 200 MB as fast as they are taken."""
    _, writer = streams
    writer.write(UPLOAD)
    for _ in range(200):
        writer.write(b" " * 1_000_000)
        await writer.drain()


Kind = Callable[[Streams], Awaitable[None]]
KINDS: Final[dict[str, tuple[int, Kind]]] = {
    "nobody": (0, partial(_silent, start=b"")),
    "half a header line": (200, partial(_silent, start=POST + b"Content-Le")),
    "headers, a byte a second": (200, partial(_trickle, start=POST + b"X-Slow: ", piece=b"x")),
    "one byte of a body": (200, partial(_silent, start=BODY + b"{")),
    "a body, a byte a second": (200, partial(_trickle, start=BODY, piece=b" ")),
    "half a chunk": (200, partial(_silent, start=CHUNKS + b"5\r\n{")),
    "chunks, a byte a second": (200, partial(_trickle, start=CHUNKS, piece=b"1\r\n \r\n")),
    "answers never read": (200, partial(_deaf, pause_s=1e6)),
    "answers read slowly": (200, partial(_deaf, pause_s=1.0)),
    "uploads of 200 MB": (4, _upload),
    "idle connections": (5000, partial(_silent, start=b"")),
}


@dataclass
class Posts:
    """What the visitors' posts came to."""

    times: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def p(self, share: float) -> float:
        """Return the time that a share of the posts stayed under, in seconds."""
        return sorted(self.times)[min(len(self.times) - 1, int(len(self.times) * share))]


def main() -> None:
    """Print the figures; exit 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="for each kind")
    parser.add_argument("--kinds", nargs="+", choices=[*KINDS, "all at once"], default=[*KINDS])
    parser.add_argument("--servers", nargs="+", default=["serve"], help="see `command` in served.py")
    options = parser.parse_args()
    _allow_many_connections()
    print(f"{VISITORS} visitors, {options.seconds:g} s for each kind")
    print(f"{'server':<14}{'slow clients':<32}{'posts':>6}{'refused':>9}"
          f"{'p50':>9}{'p99':>9}{'longest':>9}{'memory':>9}")  # fmt: skip
    is_met = True
    for kind in options.kinds:
        for name in options.servers:
            is_met &= _measure(name, kind, options.seconds)
    if not is_met:
        raise SystemExit(1)


def _allow_many_connections() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = max(count for count, _ in KINDS.values()) + 1000
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, most)), hard))


def _measure(name: str, kind: str, seconds: float) -> bool:
    """Print what one kind of slow client does to a server; return whether the goals are met."""
    posts = Posts()
    with tempfile.TemporaryDirectory() as folder, ours(Path(folder), name) as port:
        _visit(port, Posts(), 1)
        with _slow(kind, port), _memory(port) as memory:
            _visit(port, posts, seconds)
    times = [f"{each * 1000:6.0f} ms" for each in (posts.p(0.5), posts.p(0.99), posts.p(1))]
    print(f"{name:<14}{kind:<32}{len(posts.times):>6}{len(posts.refused):>9}{''.join(times)}"
          f"{max(memory):>6.0f} MB  {', '.join(sorted(set(posts.refused)))}", flush=True)  # fmt: skip
    return not posts.refused and posts.p(0.99) < P99_S


@contextmanager
def _slow(kind: str, port: int):  # type: ignore[no-untyped-def]
    """Run the slow clients in a process of their own, whose threads do not slow the visitors."""
    context = multiprocessing.get_context("spawn")
    are_there = context.Event()
    process = context.Process(target=_run_slow, args=[kind, port, are_there], daemon=True)
    process.start()
    try:
        if not are_there.wait(60):
            print("  (not all slow clients got a connection)")
        yield
    finally:
        process.kill()
        process.join()


def _run_slow(kind: str, port: int, are_there: Event) -> None:
    _allow_many_connections()
    kinds = list(KINDS.values()) if kind == "all at once" else [KINDS[kind]]
    # All at once are a tenth of each kind, but all the uploads.
    counts = [count // 10 if len(kinds) > 1 and count >= 10 else count for count, _ in kinds]

    async def run() -> None:
        come = asyncio.Semaphore(0)
        async with asyncio.TaskGroup() as clients:
            for count, (_, act) in zip(counts, kinds, strict=True):
                for _ in range(count):
                    clients.create_task(_come_again(port, act, come))
            for _ in range(sum(counts)):
                await come.acquire()
            await asyncio.sleep(1)
            are_there.set()

    asyncio.run(run())


async def _come_again(port: int, act: Kind, come: asyncio.Semaphore) -> None:
    """Be one slow client, and another one whenever the server has enough of it."""
    while True:
        with suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2000)
            come.release()
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            try:
                await act((reader, writer))
            finally:
                writer.transport.abort()
        await asyncio.sleep(0.1)


@contextmanager
def _memory(port: int):  # type: ignore[no-untyped-def]
    """Yield a list that fills with the memory of what listens on a port and its workers, in MB."""
    listening = [each.pid for each in psutil.net_connections("tcp")
                 if each.status == "LISTEN" and each.laddr.port == port]  # fmt: skip
    processes = {psutil.Process(pid) for pid in listening}
    seen, stop = [0.0], threading.Event()

    def watch() -> None:
        while not stop.wait(0.5):
            seen.append(max(each.memory_info().rss for each in processes) / 1e6)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


def _visit(port: int, posts: Posts, seconds: float) -> None:
    """Let visitors post leads."""
    ends_at = time.monotonic() + seconds
    threads = [threading.Thread(target=_post_until, args=[port, posts, ends_at]) for _ in range(VISITORS)]
    for thread in threads:
        thread.start()
        time.sleep(PAUSE_S / VISITORS)
    for thread in threads:
        thread.join()


def _post_until(port: int, posts: Posts, ends_at: float) -> None:
    while time.monotonic() < ends_at:
        (request,) = submissions(1)
        began = time.perf_counter()
        try:
            with socket.create_connection(("127.0.0.1", port), REFUSED_AFTER_S) as connection:
                connection.sendall(request)
                status = connection.recv(65_536).split(b" ")[1:2]
        except OSError as error:
            status = [type(error).__name__.encode()]
        took = time.perf_counter() - began
        posts.times.append(took)
        if status != [b"201"]:
            posts.refused.append(b"".join(status).decode() or "closed")
        time.sleep(max(0, PAUSE_S - took))


if __name__ == "__main__":
    main()

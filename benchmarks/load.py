"""Starts servers on free ports and drives them over kept connections, in turn."""

import os
import random
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CONNECTIONS = 16
PORTS = range(20_000, 32_000)  # below those that a system gives to outgoing connections
ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Figures:
    """What one run came to."""

    per_second: float
    p50_ms: float
    p99_ms: float


def free_port() -> int:
    """Return a port that nobody listens on and no outgoing connection will be given."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


@contextmanager
def server(command: Sequence[str], port: int, *, env: dict[str, str], folder: Path) -> Iterator[int]:
    """Run a server and yield its port; it is ended by its process id."""
    paths = [str(ROOT), str(ROOT / "benchmarks"), os.environ.get("PYTHONPATH", "")]
    everything = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), **env}
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=folder,
        env=everything,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
        if process.poll() is not None:
            raise SystemExit(f"the server ended: {process.stderr.read().decode()[-2000:]}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("the server did not come up within 120 s")


def drive(port: int, requests: Sequence[bytes], *, expect: bytes, connections: int = CONNECTIONS) -> Figures:
    """Send requests over kept connections; each must be answered with the status expected."""
    times: list[float] = []
    parts = [requests[i::connections] for i in range(connections)]
    threads = [threading.Thread(target=_send, args=(port, part, expect, times)) for part in parts]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    if len(times) != len(requests):
        raise SystemExit("a connection failed; see above")
    times.sort()
    return Figures(len(times) / took, times[len(times) // 2] * 1000, times[int(len(times) * 0.99)] * 1000)


def _send(port: int, requests: Sequence[bytes], expect: bytes, times: list[float]) -> None:
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in requests:
            began = time.perf_counter()
            connection.sendall(request)
            answer = _receive(connection)
            times.append(time.perf_counter() - began)
            if not answer.startswith(b"HTTP/1.1 " + expect):
                raise SystemExit(f"unexpected answer: {answer[:300]!r}")


def _receive(connection: socket.socket) -> bytes:
    """Return one answer that says its length."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65_536)
    head, _, rest = data.partition(b"\r\n\r\n")
    length = next(
        int(h.split(b":")[1]) for h in head.lower().split(b"\r\n") if h.startswith(b"content-length")
    )
    while len(rest) < length:
        rest += connection.recv(65_536)
    return head


def compare(runs: Mapping[str, Callable[[], Figures]], rounds: int) -> None:
    """Run things in turn; print their figures and how the rates of the others compare to that of the last."""
    *others, last = runs
    ratios: dict[str, list[float]] = {name: [] for name in others}
    for number in range(rounds):
        figures = {name: run() for name, run in runs.items()}
        for name, each in figures.items():
            print(f"  round {number + 1}  {name:<28}{each.per_second:8.0f}/s  "
                  f"p50 {each.p50_ms:6.2f} ms  p99 {each.p99_ms:6.2f} ms", flush=True)  # fmt: skip
        for name in others:
            ratios[name].append(figures[name].per_second / figures[last].per_second)
    for name, each in ratios.items():
        print(f"  {name} / {last}: median {statistics.median(each):.2f}, "
              f"from {min(each):.2f} to {max(each):.2f}")  # fmt: skip

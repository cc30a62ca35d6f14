"""A CRM in a process of its own that answers as badly as it can, each fault under a path of its own."""

import gzip
import multiprocessing
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

OK: Final = b"HTTP/1.1 200 OK\r\n"
CHUNKED: Final = OK + b"Transfer-Encoding: chunked\r\n\r\n"
BOMB: Final = gzip.compress(bytes(100_000_000), 9, mtime=0)
"""100 MB of nothing in 100 kB."""

TLS_HELLO: Final = b"\x16"

Behave = Callable[[socket.socket], None]


def drip(begin: bytes, byte: bytes, every_s: float) -> Behave:
    """Return what sends one more piece at a time, for ever."""

    def behave(sock: socket.socket) -> None:
        sock.sendall(begin)
        while True:
            sock.sendall(byte)
            time.sleep(every_s)

    return behave


def say(answer: bytes) -> Behave:
    """Return what sends an answer and closes."""
    return lambda sock: sock.sendall(answer)


def hang(sock: socket.socket) -> None:
    """Say nothing until the other side goes."""
    while sock.recv(65_536):
        pass


def reset(sock: socket.socket) -> None:
    """Close with a reset instead of a proper end."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def be_deaf(_sock: socket.socket) -> None:
    """Read nothing and say nothing."""
    time.sleep(60)


UNREAD: Final[dict[str, Behave]] = {"request never read": be_deaf}
READ: Final[dict[str, Behave]] = {
    "hangs for ever": hang,
    "headers a byte at a time": drip(OK + b"X-Padding: ", b"x", 0.02),
    "headers without end": drip(OK, b"X-Padding: 1\r\n", 0),
    "body a byte at a time": drip(OK + b"\r\n", b"1", 0.02),
    "chunks a byte at a time": drip(CHUNKED, b"1\r\n1\r\n", 0.02),
    "body without end": drip(OK + b"\r\n", b"1" * 65_536, 0),
    "gzip bomb, 100 MB": say(OK + b"Content-Encoding: gzip\r\n\r\n" + BOMB),
    "201 cut off": say(b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n123"),
    "reset after the body": reset,
    "closed without a word": say(b""),
    "200 with HTML": say(OK + b"\r\n<html>Log in</html>"),
}
FAULTS: Final = {**UNREAD, **READ}


@contextmanager
def slow_crm() -> Iterator[str]:
    """Run one for a while; yields where each fault has its path, by number."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # to be deaf early
        process = multiprocessing.get_context("fork").Process(target=_serve, args=(listener,), daemon=True)
        process.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            process.kill()
            process.join()


def _serve(listener: socket.socket) -> None:
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=_answer, args=(sock,), daemon=True).start()


def _answer(sock: socket.socket) -> None:
    """Find the fault by the path, and commit it."""
    with sock, suppress(OSError):
        if sock.recv(1, socket.MSG_PEEK) == TLS_HELLO:
            hang(sock)
            return
        head = b""
        while head.count(b"/") < 2:  # POST /<number>/… HTTP/1.1
            head += sock.recv(1)
        name = list(FAULTS)[int(head.split(b"/")[1])]
        if name in READ:
            _read_all(sock)
        FAULTS[name](sock)


def _read_all(sock: socket.socket) -> None:
    data = b""
    while b"\r\n\r\n" not in data:
        data += sock.recv(65_536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += sock.recv(65_536)

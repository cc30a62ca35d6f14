"""A CRM that takes a fixed time for each call and accepts every lead, in a process of its own.

Its list of leads is empty: a relay looks at it before it sends anything of a database that it sees first.
"""

import multiprocessing
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.sharedctypes import Synchronized

NO_LEADS = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]"
)
ANSWER = (
    b"HTTP/1.1 201 Created\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%d"
)


class StandIn:
    """Where the CRM is, and how many leads it has taken."""

    def __init__(self, port: int, taken: "Synchronized[int]") -> None:
        self.url = f"http://127.0.0.1:{port}/ws/v10/"
        self._taken = taken

    @property
    def taken(self) -> int:
        """How many leads have arrived."""
        return self._taken.value


@contextmanager
def stand_in(takes_s: float) -> Iterator[StandIn]:
    """Run a CRM."""
    context = multiprocessing.get_context("fork")
    taken = context.Value("i", 0)
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        process = context.Process(target=_serve, args=(listener, takes_s, taken), daemon=True)
        process.start()
        try:
            yield StandIn(listener.getsockname()[1], taken)
        finally:
            process.kill()
            process.join()


def _serve(listener: socket.socket, takes_s: float, taken: "Synchronized[int]") -> None:
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_answer, args=(connection, takes_s, taken), daemon=True).start()


def _answer(connection: socket.socket, takes_s: float, taken: "Synchronized[int]") -> None:
    """Read a form, wait, and answer with a customer id."""
    with connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        data = b""
        while not _is_whole(data):
            more = connection.recv(65_536)
            if not more:
                return
            data += more
        time.sleep(takes_s)
        if data.startswith(b"POST /ws/v10/list-leads "):
            connection.sendall(NO_LEADS)
            return
        with taken.get_lock():
            taken.value += 1
            number = taken.value
        connection.sendall(ANSWER % (len(str(number)), number))


def _is_whole(data: bytes) -> bool:
    head, end, body = data.partition(b"\r\n\r\n")
    if not end:
        return False
    return len(body) >= int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])

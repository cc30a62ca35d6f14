"""One deadline for everything a call does, and the question whether it may have left."""

import socket
from collections.abc import Callable
from contextlib import ExitStack, suppress
from queue import Empty, SimpleQueue
from threading import Thread, Timer
from time import monotonic

from urllib3.util.connection import create_connection

SocketOptions = list[tuple[int, int, int | bytes]]


class Watch(ExitStack):
    """Watches over one call: cuts its connection off when the time is over, and connects where it may.

    A time-out of `requests` starts anew with every byte that arrives; this one does not.
    """

    def __init__(self, timeout_s: float, *, permits: Callable[[str], bool] = lambda _address: True) -> None:
        super().__init__()
        self.timeout_s = timeout_s
        self._permits = permits  # whether an IP address may be connected to
        self.is_connected = False  # TLS included; from here on the call may have left
        self._ends_at = monotonic() + timeout_s

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return monotonic() >= self._ends_at

    def remaining_s(self) -> float:
        """Return how much time is left. Raises: TimeoutError, if none is."""
        remaining = self._ends_at - monotonic()
        if remaining <= 0:
            raise TimeoutError("no time left")
        return remaining

    def connect(self, host: str, port: int, *, options: SocketOptions) -> socket.socket:
        """Return a socket to the first address of `host` that answers, to be cut off in time."""
        found = _resolve(host, port, timeout_s=self.remaining_s())
        addresses = [address for address in found if self._permits(address)]
        failure: OSError = OSError("the name has no address that may be called")
        for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            try:
                line = create_connection(
                    (address, port), timeout=self.remaining_s() / left, socket_options=options
                )
            except OSError as error:
                failure = error
            else:
                return self._guarded(line)
        raise failure

    def _guarded(self, line: socket.socket) -> socket.socket:
        """Return the socket with its end in sight.

        TLS takes the socket over and hands out another one; a duplicate stays in our hands,
        and shutting it down ends the connection itself, also under a read that waits.
        """
        duplicate = self.enter_context(line.dup())
        timer = Timer(self.remaining_s(), _cut, [duplicate])
        timer.daemon = True
        self.callback(timer.join)
        self.callback(timer.cancel)
        timer.start()
        line.settimeout(self.timeout_s)
        return line


def _cut(line: socket.socket) -> None:
    with suppress(OSError):  # the other end was quicker
        line.shutdown(socket.SHUT_RDWR)


def _resolve(host: str, port: int, *, timeout_s: float) -> list[str]:
    """Return the addresses of `host`, without waiting longer than that.

    A look-up cannot be broken off. One that hangs keeps its thread until the system's resolver
    gives up, which is why nothing may leave afterwards.

    Raises: OSError, TimeoutError among them.
    """
    found: SimpleQueue[list[str] | OSError] = SimpleQueue()

    def resolve() -> None:
        try:
            hits = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            found.put(error if isinstance(error, OSError) else OSError(str(error)))
        else:
            found.put(list(dict.fromkeys(str(hit[4][0]) for hit in hits)))

    Thread(target=resolve, name="realpad-look-up", daemon=True).start()
    try:
        addresses = found.get(timeout=timeout_s)
    except Empty:
        raise TimeoutError("the name was not resolved in time") from None
    if isinstance(addresses, OSError):
        raise addresses
    return addresses

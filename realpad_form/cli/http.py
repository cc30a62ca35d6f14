"""Runs the web application under granian, with the relay beside it, on an address that is free.

docs/adr tells why granian.
"""

import atexit
import logging
import multiprocessing
import os
import resource
import socket
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import click
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server
from granian.server.common import AbstractServer

from realpad_form.cli.logs import for_workers

APPLICATION: Final = "realpad_form.web.worker:make_application"

STOP_WITHIN_S: Final = 30
"""How long a worker may take to answer what it has begun, before it is killed."""

HEADERS_WITHIN_S: Final = 10
"""How long a client may take for the headers of a request, and how long its connection may be idle.

Browsers send headers in one piece. Half of Apache's default (mod_reqtimeout, `header=20`), since whoever
has not sent any is not waited for by anybody.
"""

HEADERS_BYTES: Final = 64 * 1024
"""The most that the headers of a request may take; they are a few KiB. Granian's default is 408 KiB."""

CONNECTIONS: Final = 8192
"""How many connections a worker holds. Each may have sent a body of 64 KiB: 512 MiB at the very worst."""

OTHER_FILES: Final = 256
"""How many files a worker leaves for all else: databases, the spool, modules, the log."""

POLL_EVERY_S: Final = 0.05


def run(
    host: str, port: int, *, threads: int, processes: int, beside: Sequence[Callable[[threading.Event], None]]
) -> None:
    """Serve until a signal says to stop; then finish what has begun, here and in what runs beside."""
    # A forked worker would inherit locks that threads of this process, the relay's, held just then.
    multiprocessing.set_start_method("spawn", force=True)
    server = Server(
        APPLICATION,
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        loop=Loops.uvloop,
        workers=processes,
        backpressure=_connections(),
        # Granian's look at which HTTP version a client speaks has no deadline; proxies speak this one.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=HEADERS_WITHIN_S * 1000, max_buffer_size=HEADERS_BYTES
        ),
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_WITHIN_S,
        log_level=LogLevels.error,
        log_dictconfig=for_workers(logging.getLogger().getEffectiveLevel()),
    )
    for run_until in beside:
        _run_beside(server, run_until)
    server.serve(target_loader=partial(_load, threads=threads, is_alone=processes == 1), wrap_loader=False)


def free_address(host: str, port: int) -> tuple[str, int]:
    """Return the address of a host of this machine and a port that is free there, any for port 0.

    Raises: UsageError, for a host that is none or a port that is not free.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise click.UsageError(f"{host!r} is no host to listen on") from error
    addresses = [(family, str(name[0])) for family, _, _, _, name in found]
    # Of several the IPv4 one, which every browser tries.
    family, address = min(addresses, key=lambda each: each[0] != socket.AF_INET)
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do, to start again at once
        try:
            probe.bind((address, port))
            probe.listen()
        except OSError as error:
            raise click.UsageError(f"{host}:{port}: {error.strerror}") from error
        return address, probe.getsockname()[1]


def is_open(address: str, port: int) -> bool:
    """Tell whether something listens on an address of this machine."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        return probe.connect_ex((address, port)) == 0


def once_open(address: str, port: int, act: Callable[[], None]) -> Callable[[threading.Event], None]:
    """Return what waits until something listens, unless told to stop, and then acts."""

    def run(stop: threading.Event) -> None:
        while not is_open(address, port):
            if stop.wait(POLL_EVERY_S):
                return
        act()

    return run


def url_of(address: str, port: int) -> str:
    """Return where a browser finds what listens on an address of this machine."""
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"


def _load(*, threads: int, is_alone: bool) -> Callable[..., Any]:
    """Return the application, in a worker. Raises: SettingsError."""
    # Threads of granian's may still ask for the interpreter while it is taken down, and abort the process.
    # By then all is answered, and worker processes have flushed their streams.
    atexit.register(os._exit, 0)
    from realpad_form.web.worker import make_application

    return make_application(threads=threads, is_alone=is_alone)


def _connections() -> int:
    """Let each worker open as many files as it may need; return how many of them are for clients."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        hard = CONNECTIONS + OTHER_FILES
    files = max(soft, min(hard, CONNECTIONS + OTHER_FILES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    return max(1, min(CONNECTIONS, files - OTHER_FILES))


def _run_beside(server: AbstractServer[Any], run_until: Callable[[threading.Event], None]) -> None:
    """Let something start and stop with the server."""
    stop = threading.Event()
    thread = threading.Thread(target=run_until, args=[stop])

    def finish() -> None:
        stop.set()
        thread.join()

    server.on_startup(thread.start)
    server.on_shutdown(finish)

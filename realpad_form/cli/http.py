"""Runs the web application under granian, with the relay beside it. See docs/adr for the choice."""

import atexit
import logging
import multiprocessing
import os
import resource
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

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

"""Runs the web application under granian, with the relay beside it. See docs/adr for the choice."""

import logging
import multiprocessing
import threading
from collections.abc import Callable, Sequence
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server
from granian.server.common import AbstractServer

from realpad_form.cli.logs import for_workers

APPLICATION = "realpad_form.web.wsgi:make_application"
LONE_APPLICATION = "realpad_form.web.wsgi:make_lone_application"
STOP_WITHIN_S = 30
"""How long a worker may take to answer what it has begun, before it is killed."""


def run(
    host: str, port: int, *, threads: int, processes: int, beside: Sequence[Callable[[threading.Event], None]]
) -> None:
    """Serve until a signal says to stop; then finish what has begun, here and in what runs beside."""
    # A forked worker would inherit locks that threads of this process, the relay's, held just then.
    multiprocessing.set_start_method("spawn", force=True)
    server = Server(
        LONE_APPLICATION if processes == 1 else APPLICATION,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=processes,
        blocking_threads=threads,
        backpressure=threads * 4,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_WITHIN_S,
        log_level=LogLevels.error,
        log_dictconfig=for_workers(logging.getLogger().getEffectiveLevel()),
        factory=True,
    )
    for run_until in beside:
        _run_beside(server, run_until)
    server.serve()


def _run_beside(server: AbstractServer[Any], run_until: Callable[[threading.Event], None]) -> None:
    """Let something start and stop with the server."""
    stop = threading.Event()
    thread = threading.Thread(target=run_until, args=[stop])

    def finish() -> None:
        stop.set()
        thread.join()

    server.on_startup(thread.start)
    server.on_shutdown(finish)

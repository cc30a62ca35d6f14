"""What a WSGI server loads: `make_lone_application` in an only worker, else `make_application`."""

import gc
import multiprocessing
import os
import signal
import threading
from contextlib import suppress
from random import SystemRandom
from typing import Final

from flask import Flask

from realpad_form.config import Settings
from realpad_form.web.app import create_app
from realpad_form.wiring import Services

STOP_WITHIN_S: Final = 30.0
"""How long an orphan may take to answer what it has begun."""


def make_lone_application() -> Flask:
    """Return the application for a worker that has no others beside it. Raises: SettingsError."""
    _keep_to_one_core()  # several workers might choose the same one
    return make_application()


def make_application() -> Flask:
    """Return the application on the settings of the environment. Raises: SettingsError."""
    _leave_ctrl_c_to_parent()
    threading.Thread(target=_end_as_orphan, daemon=True).start()
    services = Services(Settings.load())
    _ = services.catalog  # read before the first visitor comes, who would wait for it
    _ = services.intake  # its hashes of the logins are slow on purpose; no visitor shall wait for them
    app = create_app(services)
    threading.Thread(target=services.metrics.run, args=[threading.Event()], daemon=True).start()
    # What was loaded stays until the end: no use in looking through it for garbage again and again.
    gc.collect()
    gc.freeze()
    return app


def _keep_to_one_core() -> None:
    """Let this process's threads take turns on one core, where the system lets us choose. See ADR 12.

    One interpreter lock lets one of them compute at a time; whichever core takes over has to fetch from
    the caches of the other one whatever the last thread has touched.
    """
    with suppress(AttributeError, OSError):
        os.sched_setaffinity(0, {SystemRandom().choice(sorted(os.sched_getaffinity(0)))})


def _leave_ctrl_c_to_parent() -> None:
    """Let Ctrl+C reach only the process that started this worker, which tells its workers to end.

    A worker told twice in a moment sometimes ends only when it is killed, 30 s later.
    """
    if multiprocessing.parent_process():
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _end_as_orphan() -> None:
    """End this worker when the process that started it is gone, and the relay and the alerts with it.

    Visitors would go on being thanked for leads that nobody sends.
    """
    if parent := multiprocessing.parent_process():
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait(STOP_WITHIN_S)
        os._exit(1)

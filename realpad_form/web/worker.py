"""What a worker process loads: the web application on the environment's settings.

What is done for speed to the process as a whole is all here: an only worker keeps to one core (ADR 12), and
what was loaded at the start is frozen, so that the garbage collector need not look through it.
"""

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
from realpad_form.web.app import BODY_BYTES, create_app
from realpad_form.web.buffering import RequestBuffering
from realpad_form.web.context import deps
from realpad_form.web.desk.preview.draft import DRAFT_BYTES
from realpad_form.web.headers import common_headers
from realpad_form.wiring import Services

STOP_WITHIN_S: Final = 30.0
"""How long an orphan may take to answer what it has begun."""


def make_application(*, threads: int, is_alone: bool) -> RequestBuffering:
    """Return the ASGI application that `serve` runs, for a number of threads.

    `is_alone` says that this worker has no others beside it. Raises: SettingsError.
    """
    app = make_lone_wsgi_application() if is_alone else make_wsgi_application()
    with app.app_context():
        public_url = deps().services.settings.public_url
    return RequestBuffering(
        app,
        threads=threads,
        limit_bytes=BODY_BYTES,
        larger={"/preview/": DRAFT_BYTES},
        headers=common_headers(public_url),
    )


def make_lone_wsgi_application() -> Flask:
    """Return the WSGI application for a worker that has no others beside it. Raises: SettingsError.

    Its threads take turns on one core, where the system lets us choose: one interpreter lock lets one of them
    compute at a time, and whichever core takes over has to fetch from the caches of the other one whatever
    the last thread has touched. Several workers might choose the same core. See ADR 12.
    """
    # Before any thread starts: each inherits its core from the one that starts it.
    with suppress(AttributeError, OSError):
        os.sched_setaffinity(0, {SystemRandom().choice(sorted(os.sched_getaffinity(0)))})
    return make_wsgi_application()


def make_wsgi_application() -> Flask:
    """Return the WSGI application on the settings of the environment. Raises: SettingsError."""
    if multiprocessing.parent_process():
        # Ctrl+C is for the process that started this worker, which tells its workers to end. A worker told
        # twice in a moment sometimes ends only when it is killed, 30 s later.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    threading.Thread(target=_end_as_orphan, daemon=True).start()
    services = Services(Settings.load())
    _ = services.catalog  # read before the first visitor comes, who would wait for it
    _ = services.intake  # its hashes of the logins are slow on purpose; no visitor shall wait for them
    app = create_app(services)
    for run in (services.metrics.run, services.published_projects.run):
        threading.Thread(target=run, args=[threading.Event()], daemon=True).start()
    # What was loaded stays until the end: no use in looking through it for garbage again and again.
    gc.collect()
    gc.freeze()
    return app


def _end_as_orphan() -> None:
    """End this worker when the process that started it is gone, and the relay and the alerts with it.

    Visitors would go on being thanked for leads that nobody sends.
    """
    if parent := multiprocessing.parent_process():
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait(STOP_WITHIN_S)
        os._exit(1)

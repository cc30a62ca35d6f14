"""What a WSGI server loads: `realpad_form.web.wsgi:make_application`."""

import gc
import multiprocessing
import os
import signal
import threading
from typing import Final

from flask import Flask

from realpad_form.config import Settings
from realpad_form.web.app import create_app
from realpad_form.wiring import Services

STOP_WITHIN_S: Final = 30.0
"""How long an orphan may take to answer what it has begun."""


def make_application() -> Flask:
    """Return the application on the settings of the environment. Raises: SettingsError."""
    threading.Thread(target=_end_as_orphan, daemon=True).start()
    app = create_app(Services(Settings.load()))
    # What was loaded stays until the end: no use in looking through it for garbage again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
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

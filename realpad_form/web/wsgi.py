"""What a WSGI server loads: `realpad_form.web.wsgi:make_application`."""

import gc

from flask import Flask

from realpad_form.config import Settings
from realpad_form.web.app import create_app
from realpad_form.wiring import Services


def make_application() -> Flask:
    """Return the application on the settings of the environment. Raises: SettingsError."""
    app = create_app(Services(Settings.load()))
    # What was loaded stays until the end: no use in looking through it for garbage again and again.
    gc.collect()
    gc.freeze()
    return app

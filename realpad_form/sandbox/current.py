"""The world of the application that serves the request."""

from typing import Final, cast

from flask import current_app

from realpad_form.sandbox.world import World

KEY: Final = "realpad_form.sandbox.world"


def world() -> World:
    """Return the world that this request acts on."""
    return cast(World, current_app.extensions[KEY])

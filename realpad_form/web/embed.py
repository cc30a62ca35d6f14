"""The loader that host pages paste in, and the static files."""

from flask import Blueprint, Response

from realpad_form.web.context import deps

bp = Blueprint("embed", __name__)


@bp.get("/embed.js")
def loader() -> Response:
    """Send the loader."""
    return deps().assets.send_loader()


@bp.get("/static/<version>/<path:name>")
def static(version: str, name: str) -> Response:
    """Send a static file."""
    return deps().assets.send(version, name)

"""The sandbox as a Flask application."""

from flask import Flask, Response

from realpad_form.config.assets import folder
from realpad_form.sandbox.api import api
from realpad_form.sandbox.control import control
from realpad_form.sandbox.current import KEY
from realpad_form.sandbox.example import EXAMPLE
from realpad_form.sandbox.host_site import host_site
from realpad_form.sandbox.page import page
from realpad_form.sandbox.tenant import Tenant
from realpad_form.sandbox.world import World


def create_app(tenant: Tenant | None = None, *, form_url: str = "http://127.0.0.1:8000") -> Flask:
    """Return a CRM of its own memory; `form_url` is where its host pages get their forms from."""
    app = Flask(
        __name__,
        template_folder=str(folder() / "templates" / "sandbox"),
        static_folder=str(folder() / "static" / "sandbox"),
        static_url_path="/static",
    )
    app.debug = False  # whatever FLASK_DEBUG says
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.extensions[KEY] = World(EXAMPLE if tenant is None else tenant)
    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
    app.config["FORM_URL"] = form_url.rstrip("/")
    for blueprint in (api, control, page, host_site):
        app.register_blueprint(blueprint)
    app.after_request(_protect)
    return app


def _protect(response: Response) -> Response:
    """Let nothing run or be framed that does not say so itself."""
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    return response

"""The sandbox as a Flask application, also with the sample projects set up, and a threaded server for it."""

import socket
from contextlib import suppress
from dataclasses import dataclass, replace
from threading import Thread
from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, current_app, make_response, render_template
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from realpad_form.catalog import read_draft, read_project, samples_folder, starters
from realpad_form.config import folder
from realpad_form.domain.project import Project
from realpad_form.sandbox.api import api
from realpad_form.sandbox.control import control, page
from realpad_form.sandbox.crm import LIMITED, CrmAttribute, CrmPerson, CrmProject, Tenant, account
from realpad_form.sandbox.world import KEY, World

EXAMPLE: Final = Tenant(
    accounts=(account("riverside"), account("jantar"), *LIMITED),
    projects=(
        CrmProject(
            id=39264441,
            name="Riverside Residences",
            currency="CZK",
            units={"A-101": 3356898, "A-102": 3356899},
        ),
        CrmProject(id=3356887, name="Jantar", currency="EUR"),
    ),
    consent_types={1: "Marketing consent", 2: "Data processing consent"},
    attributes=(
        CrmAttribute(key="customer_has_pets", type="boolean"),
        CrmAttribute(key="customer_google_campaign_id", type="string"),
        CrmAttribute(key="customer_age", type="integer"),
        CrmAttribute(key="customer_share", type="decimal"),
        CrmAttribute(key="customer_voucher_date", type="date"),
        CrmAttribute(key="customer_ab_test_param", type="single_select", options=frozenset({"1", "2"})),
        CrmAttribute(
            key="customer_preferred_dispositions",
            type="multi_select",
            options=frozenset({"4", "7"}),
        ),
    ),
    referrals=frozenset({12}),
    salesmen=frozenset({77}),
    people=(
        CrmPerson(name="Jana", surname="Dvojitá", email="double@example.com", phone="+420777000001"),
        CrmPerson(name="Jan", surname="Dvojitý", email="Double@example.com", phone="+420777000002"),
    ),
)
"""Source of the attributes: Realpad docs, "Sending leads", Custom attributes."""


SITES: Final = ("riverside", "jantar", "sadova")

host_site = Blueprint("host_site", __name__, url_prefix="/site")


@host_site.get("/<slug>")
def site(slug: str) -> Response:
    """Show a landing page that embeds the form of a sample project."""
    if slug not in SITES:
        abort(404)
    form_url = current_app.config["FORM_URL"]
    response = make_response(render_template(f"site/{slug}.html", form_url=form_url))
    response.headers["Content-Security-Policy"] = _policy(form_url)
    return response


def _policy(form_url: str) -> str:
    """Return the policy of a careful host: its own files, and the form's."""
    parts = urlsplit(form_url)
    form = f"{parts.scheme}://{parts.netloc}"
    return (
        f"default-src 'none'; script-src {form}; frame-src {form}; connect-src {form};"
        f" style-src 'self' {form}; img-src 'self' data:; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    )


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


def sample_projects() -> list[Project]:
    """Return the projects that ship with the package."""
    read = (read_project(path)[0] for path in sorted(samples_folder().glob("*.yaml")))
    return [project for project in read if project]


def sandbox_app(form_url: str | None = None) -> Flask:
    """Return a sandbox CRM in which the sample projects are set up; login and password are their names.

    The attributes and consents of the files that `init` writes are set up, too. Besides the accounts of the
    projects, it has one of every kind that may not do everything.
    """
    projects = sample_projects()
    accounts = [account(name) for name in sorted({p.realpad.credentials for p in projects})]
    tenant = Tenant.from_projects(projects, [*accounts, *LIMITED])
    files = (file for starter in starters().values() for file in starter.items())
    started = (read_draft(text, slug)[0] for slug, text in files)
    asked = Tenant.from_projects([*filter(None, started), *projects], ())
    tenant = replace(tenant, attributes=asked.attributes, consent_types=asked.consent_types)
    return create_app(tenant, **({"form_url": form_url} if form_url else {}))


class _Quiet(WSGIRequestHandler):
    """Logs no calls: the journal has them, without passwords."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the `Date` of an answer by the sandbox's own clock, which can be turned."""
        app = self.server.app
        world = app.extensions[KEY] if isinstance(app, Flask) else None
        return super().date_time_string(world.now().timestamp() if world else timestamp)


@dataclass
class Server:
    """A sandbox that runs beside us."""

    app: Flask
    port: int
    _server: BaseWSGIServer
    _thread: Thread

    @property
    def url(self) -> str:
        """The address of the page; the web service is under `ws/v10/`."""
        return f"http://127.0.0.1:{self.port}/"

    def shutdown(self) -> None:
        """Stop taking calls; one that hangs is left behind."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def start(app: Flask, port: int = 0) -> Server:
    """Run a sandbox in the background, on any free port unless one is named.

    Raises: OSError, for a port that is taken.
    """
    # Werkzeug, left to listen by itself, would end the whole process over a port that is taken.
    with socket.create_server(("127.0.0.1", port)) as listener:
        port = listener.getsockname()[1]
        server = make_server(
            "127.0.0.1", port, app, threaded=True, request_handler=_Quiet, fd=listener.fileno()
        )
    thread = Thread(target=server.serve_forever, args=[0.05], name="sandbox", daemon=True)
    thread.start()
    return Server(app, server.port, server, thread)


def serve(app: Flask, port: int, *, host: str = "127.0.0.1") -> None:
    """Run a sandbox until Ctrl+C."""
    with suppress(KeyboardInterrupt):
        make_server(host, port, app, threaded=True, request_handler=_Quiet).serve_forever()

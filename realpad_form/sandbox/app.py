"""The sandbox as a Flask application."""

from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, current_app, make_response, render_template

from realpad_form.config import folder
from realpad_form.sandbox.api import api
from realpad_form.sandbox.control import control
from realpad_form.sandbox.page import page
from realpad_form.sandbox.tenant import LIMITED, CrmAttribute, CrmPerson, CrmProject, Tenant, account
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


SITES: Final = ("riverside", "jantar")

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

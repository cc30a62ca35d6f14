"""Sample host pages: what a developer's own web looks like with the form in it."""

from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, current_app, make_response, render_template

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

"""What host pages and editors embed forms with: the loader, static files, oEmbed 1.0 (oembed.com)."""

import re
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Blueprint, Response, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from realpad_form.domain.project import Project
from realpad_form.domain.text import LANGUAGES, pick
from realpad_form.web.context import deps, find_project, own_address, spoken
from realpad_form.web.request import is_allowed

WIDTH_PX: Final = 720
HEIGHT_PX: Final = 900
"""The form in one frame without the loader, which would fit its height: long enough for most."""

OEMBED_AGE_S: Final = 86_400

OEMBED_KEPT_S: Final = 300
"""How long caches may keep a description: a project's new name should be seen soon."""

LISTING_KEPT_S: Final = 60
"""How long caches may keep which projects a site may embed: whoever adds an origin looks again at once."""

_PORTS: Final = {"http": 80, "https": 443}

_FORM: Final = re.compile(rf"/f/([a-z0-9-]{{1,64}})(?:/({'|'.join(LANGUAGES)}))?/?")

bp = Blueprint("embed", __name__)


@bp.get("/embed.js")
def loader() -> Response:
    """Send the loader."""
    return deps().assets.send_loader()


@bp.get("/embed.d.ts")
def types() -> Response:
    """Send the types of what the loader gives to a page."""
    return deps().assets.send_types()


@bp.get("/static/<version>/<path:name>")
def static(version: str, name: str) -> Response:
    """Send a static file."""
    return deps().assets.send(version, name)


@bp.get("/oembed")
def oembed() -> ResponseReturnValue:
    """Describe the form at `url` as a rich embed; 404 for any other address, 501 for another format."""
    if request.args.get("format", "json") != "json":
        abort(501, "only format=json is offered")
    try:
        parts = urlsplit(request.args.get("url", ""))
    except ValueError:
        abort(404)
    match = _FORM.fullmatch(parts.path)
    # Without a public address no address is ours, whatever the Host header says.
    if not match or f"{parts.scheme}://{parts.netloc}" != deps().services.settings.public_url:
        abort(404)
    slug, language = match.groups()
    project = find_project(slug)
    title = pick(project.name, spoken(project, language), project.language)
    given = dict(parse_qsl(parts.query))
    added = urlencode({k: v for k, v in frame_parameters(project).items() if k not in given})
    query = "&".join(filter(None, (parts.query, added)))
    path = (f"/f/{slug}/{language}" if language else f"/f/{slug}") + (query and f"?{query}")
    size = {"width": _at_most("maxwidth", WIDTH_PX), "height": _at_most("maxheight", HEIGHT_PX)}
    frame = render_template("form/oembed.html", src=own_address() + path, title=title, **size)
    said: dict[str, Any] = {"version": "1.0", "type": "rich", "title": title, "cache_age": OEMBED_AGE_S}
    answer = jsonify({**said, "provider_name": "realpad-form", "html": frame, **size})
    answer.headers["Cache-Control"] = f"public, max-age={OEMBED_KEPT_S}"
    return answer


@bp.get("/embeddable")
def embeddable() -> ResponseReturnValue:
    """List the projects that the site at `origin` may embed, for pickers in editors; none is an empty list.

    Closed projects are among them: their place on a page stays, and says that they are closed. Browsers of
    other sites get no permission to read it, as the site's own server asks.

    Raises: LimitReachedError.
    """
    origin = origin_as_browsers_write(request.args.get("origin", ""))
    if origin is None:
        abort(400, "send origin= with the scheme and host of a site, e.g. origin=https://www.example.com")
    deps().quotas.use_listing(request)
    projects = deps().services.catalog.projects()
    found = [
        {"slug": slug, "name": pick(each.name, each.language), "languages": list(each.languages)}
        for slug, each in sorted(projects.items())
        if is_allowed(origin, each.origins)
    ]
    answer = jsonify(projects=found)
    answer.headers["Cache-Control"] = f"public, max-age={LISTING_KEPT_S}"
    answer.add_etag()
    return answer.make_conditional(request)


def origin_as_browsers_write(text: str) -> str | None:
    """Return an origin in lower case and ASCII, without its usual port and a slash at its end, or None."""
    try:
        parts = urlsplit(text)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError:  # also UnicodeError
        return None
    is_bare = parts.path in ("", "/") and not (parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in _PORTS or not is_bare or not re.fullmatch(r"[a-z0-9_.-]{1,253}", host):
        return None
    return f"{parts.scheme}://{host}" + ("" if port in (None, _PORTS[parts.scheme]) else f":{port}")


def frame_parameters(project: Project) -> dict[str, str]:
    """Return what the address of a form in a bare frame says besides its unit and campaign.

    Nobody tells such a frame whether the page around is light or dark, and most pages are light: without
    this, a form that follows its page would be black there on a visitor's dark device.
    """
    return {"theme": "light"} if project.theme.mode == "auto" else {}


def wordpress_provider(address: str) -> str:
    """Return the line of PHP by which WordPress takes the forms of a service for what they are.

    Without it, WordPress puts their frames into a sandbox. The service's address has no slash at its end.
    Source: developer.wordpress.org/reference/functions/wp_oembed_add_provider/
    """
    return f"wp_oembed_add_provider( '{address}/f/*', '{address}/oembed' );"


def _at_most(name: str, usual: int) -> int:
    """Return a size in pixels, no larger than was asked for."""
    wanted = request.args.get(name, "")
    return min(usual, int(wanted)) if re.fullmatch(r"[1-9][0-9]{0,4}", wanted) else usual

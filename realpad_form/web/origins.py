"""Who may post a form: the form's own page, and pages of the project's origins."""

import logging
import re
from collections.abc import Iterable

from flask import Request

from realpad_form.domain.errors import OriginRefusedError
from realpad_form.domain.project import Project

log = logging.getLogger(__name__)


def check_origin(request: Request, project: Project, *, public_url: str | None) -> None:
    """Let a post from our own page, an allowed origin or a client without an origin pass.

    `null` comes from sandboxed frames and pages that hide their address: no proof of a stranger.

    Raises: OriginRefusedError, for the page of somebody else.
    """
    origin = request.headers.get("Origin", "null")
    if origin == "null" or _is_from_here(request):
        return
    own = {request.host_url.rstrip("/"), _origin_of(public_url)}
    if origin not in own and not is_allowed(origin, project.origins):
        log.warning("a page of %s posted to project %s, which does not list it", origin[:200], project.slug)
        raise OriginRefusedError(origin[:200])


def is_own_page(request: Request, *, public_url: str | None) -> bool:
    """Tell whether a page of ours posts, as far as its browser says."""
    own = (request.host_url.rstrip("/"), _origin_of(public_url))
    return _is_from_here(request) or request.headers.get("Origin", "") in own


def is_of_null_origin(request: Request) -> bool:
    """Tell whether a page hides where it is, as one in a sandbox does."""
    return request.headers.get("Origin") == "null" and not _is_from_here(request)


def is_allowed(origin: str, allowed: Iterable[str]) -> bool:
    """Tell whether an origin is among those of a project, `*.` standing for any subdomain."""
    return any(re.fullmatch(_pattern(pattern), origin) for pattern in allowed)


def _is_from_here(request: Request) -> bool:
    return request.headers.get("Sec-Fetch-Site") == "same-origin"


def _pattern(allowed: str) -> str:
    """Return an allowed origin as a regular expression; browsers leave the usual port out."""
    usual = ":443" if allowed.startswith("https:") else ":80"
    escaped = re.escape(allowed.removesuffix(usual))
    return escaped.replace(r"//\*\.", r"//(?:[a-z0-9-]+\.)+").replace(r":\*", r"(?::\d{1,5})?")


def _origin_of(url: str | None) -> str | None:
    """Return scheme and host of an address."""
    match = re.match(r"[a-z]+://[^/]+", url or "")
    return match[0] if match else None

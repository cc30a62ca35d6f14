"""Where a request comes from: the client's address (evidence, and the key of limits) and its origin."""

import logging
import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from flask import Request

from realpad_form.domain.errors import OriginRefusedError
from realpad_form.domain.project import Project

log = logging.getLogger(__name__)


def client_address(request: Request) -> str:
    """Return the visitor's IP address, or '' where there is none to be trusted.

    Some proxies append `address:port` or put IPv6 in brackets.
    """
    address = _parse(request.remote_addr or "")
    return str(address) if address else ""


def limit_key(request: Request) -> str:
    """Return the key that a visitor's limits count under: an IPv4 address, or an IPv6 /64.

    A household or a phone owns a whole /64. Whatever cannot be read shares one bucket, since an
    empty key would mean no limit at all.
    """
    address = _parse(request.remote_addr or "")
    if address is None:
        return "unreadable"
    if isinstance(address, IPv6Address):
        return f"{int(address) >> 64:x}::/64"
    return str(address)


@lru_cache(maxsize=1000)
def _parse(text: str) -> IPv4Address | IPv6Address | None:
    """Return an address without port, brackets and zone; IPv4 in IPv6 as IPv4."""
    host = text.partition("]")[0].lstrip("[") if text.startswith("[") else text
    if host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


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
    for pattern in allowed:
        # Browsers leave the usual port out.
        escaped = re.escape(pattern.removesuffix(":443" if pattern.startswith("https:") else ":80"))
        regex = escaped.replace(r"//\*\.", r"//(?:[a-z0-9-]+\.)+").replace(r":\*", r"(?::\d{1,5})?")
        if re.fullmatch(regex, origin):
            return True
    return False


def _is_from_here(request: Request) -> bool:
    return request.headers.get("Sec-Fetch-Site") == "same-origin"


def _origin_of(url: str | None) -> str | None:
    """Return scheme and host of an address."""
    match = re.match(r"[a-z]+://[^/]+", url or "")
    return match[0] if match else None

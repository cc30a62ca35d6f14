"""What is read off a request: the client's address (evidence, and the key of limits), the origin of its page,
which kind of answer it wants, and its body.
"""

import json
import logging
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, Final, NoReturn

from flask import Request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from realpad_form.domain.errors import OriginRefusedError
from realpad_form.domain.project import Project
from realpad_form.forms import Posted

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


FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"


def wants_json(request: Request) -> bool:
    """Tell whether the answer is for a script, not for a browser's plain form post."""
    return bool(request.is_json or request.accept_mimetypes["application/json"] > _html_weight(request))


def wants_html(request: Request) -> bool:
    """Tell whether a person looks at the answer: only browsers ask for HTML before all else."""
    return not request.is_json and _html_weight(request) > request.accept_mimetypes["application/json"]


def _html_weight(request: Request) -> float:
    # A bare `*/*` asks for JSON no more than for HTML: what was posted decides.
    return float(request.accept_mimetypes["text/html"])


def read_body(request: Request) -> Posted:
    """Return what was posted, JSON or URL-encoded, as plain lists of strings.

    Raises: BadRequest, UnsupportedMediaType, RequestEntityTooLarge.
    """
    return _as_posted(read_fields(request))


def read_fields(request: Request) -> dict[str, Any]:
    """Return the fields that were posted: of JSON as they are, with numbers as texts, else lists of texts.

    Raises: BadRequest, UnsupportedMediaType, RequestEntityTooLarge.
    """
    if request.mimetype not in (JSON, FORM):
        raise UnsupportedMediaType("send application/json or application/x-www-form-urlencoded")
    body = _whole(request)
    if request.mimetype == JSON:
        return _json_object(body)
    try:
        body.decode()  # Werkzeug would take a form that is no UTF-8 for an empty one
    except UnicodeDecodeError as error:
        raise BadRequest("the body is not UTF-8") from error
    return dict(request.form.lists())


def _whole(request: Request) -> bytes:
    """Return the body if it came whole: a part would be stored as if that were all.

    Servers hand over what came before a line broke, and Werkzeug cuts a body without a length at the limit.
    """
    body = request.get_data()
    if request.content_length is not None:
        if len(body) < request.content_length:
            raise BadRequest("the body was cut off on its way")
    elif request.mimetype == FORM:
        raise BadRequest("send Content-Length, or nobody can tell whether the body came whole")
    elif request.environ.get("wsgi.input_terminated") and request.environ["wsgi.input"].read(1):
        raise RequestEntityTooLarge
    return body


def _json_object(body: bytes) -> dict[str, Any]:
    """Return a JSON object, its numbers as texts. Raises: BadRequest."""
    try:
        parsed = _DECODER.decode(body.decode())
    except (ValueError, RecursionError) as error:
        raise BadRequest("the body is not JSON as it should be") from error
    if not isinstance(parsed, dict):
        raise BadRequest("the body must be a JSON object")
    return parsed


def _as_posted(fields: Mapping[str, Any]) -> Posted:
    """Return the fields of a JSON object as a form sends them; what no form could send is malformed."""
    values, malformed = {}, set()
    for key, value in fields.items():
        if value is None:
            continue
        if (texts := _texts(value)) is None:
            malformed.add(key)
        else:
            values[key] = texts
    return Posted(values=values, malformed=frozenset(malformed))


def _texts(value: Any) -> list[str] | None:
    """Return a value as a list of texts, or None if it is deeper than a form goes."""
    if isinstance(value, str):
        return [value]
    items = value if isinstance(value, list) else [value]
    texts = [str(item).lower() if isinstance(item, bool) else item for item in items]
    return texts if all(isinstance(text, str) for text in texts) else None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object, refusing a key that stands twice."""
    built = dict(pairs)
    if len(built) != len(pairs):
        raise ValueError("a key stands twice")
    return built


def _refuse(constant: str) -> NoReturn:
    """Refuse NaN and Infinity, which are not JSON."""
    raise ValueError(f"{constant} is not JSON")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_refuse, parse_float=str, parse_int=str
)

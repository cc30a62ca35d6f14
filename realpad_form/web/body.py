"""Reads the body of a submission, JSON or URL-encoded, into plain lists of strings."""

import json
from typing import Any, Final, NoReturn

from flask import Request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from realpad_form.forms import Posted

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


def read(request: Request) -> Posted:
    """Return what was posted. Raises: BadRequest, UnsupportedMediaType, RequestEntityTooLarge."""
    if request.mimetype not in (JSON, FORM):
        raise UnsupportedMediaType("send application/json or application/x-www-form-urlencoded")
    body = _whole(request)
    if request.mimetype == JSON:
        return _from_json(body)
    try:
        body.decode()  # Werkzeug would take a form that is no UTF-8 for an empty one
    except UnicodeDecodeError as error:
        raise BadRequest("the body is not UTF-8") from error
    return Posted(values=dict(request.form.lists()))


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


def _from_json(body: bytes) -> Posted:
    """Return a JSON object as a form would have sent it; what no form could send is malformed."""
    try:
        parsed = _DECODER.decode(body.decode())
    except (ValueError, RecursionError) as error:
        raise BadRequest("the body is not JSON as it should be") from error
    if not isinstance(parsed, dict):
        raise BadRequest("the body must be a JSON object")
    values, malformed = {}, set()
    for key, value in parsed.items():
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

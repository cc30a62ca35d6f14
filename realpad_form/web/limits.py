"""How many submissions are taken: flask-limiter with the limits of the project file."""

from typing import Any, Final

from flask import Flask, Response, request
from flask_limiter import Limiter

from realpad_form.web.address import limit_key

STORE_TIMEOUT_S: Final = 0.25
"""A store of limits that is silent must not hold up a lead."""

COUNTED: Final = frozenset({"form.submit", "form.session"})
"""Endpoints with limits."""

FREE: Final = frozenset({200, 400, 403, 404, 405, 409, 413, 415, 429, 503})
"""Statuses that do not use up a limit: a repeat, what is retried by itself, and what was no submission."""


def make_limiter(app: Flask, url: str) -> Limiter:
    """Return the application's limiter; with its store away, each process counts for itself."""
    limiter = Limiter(
        key_func=client_key,
        app=app,
        storage_uri=url,
        storage_options=_options(url),
        strategy="sliding-window-counter",
        in_memory_fallback_enabled=not url.startswith("memory:"),
        key_prefix="realpad-form",
    )
    limiter.request_filter(is_uncounted)
    return limiter


def is_uncounted() -> bool:
    """Tell whether a request has no limit at all, so that it need not pay for looking one up."""
    return request.endpoint not in COUNTED


def client_key() -> str:
    """Return the key that this request counts under: its address, apart for each project."""
    return f"{slug_key()}|{limit_key(request)}"


def slug_key() -> str:
    """Return the key that a whole project counts under."""
    return str((request.view_args or {}).get("slug"))


def uses_up(response: Response) -> bool:
    """Tell whether an answer counts against the limits."""
    return response.status_code not in FREE


def _options(url: str) -> dict[str, Any]:
    """Return time-outs for stores that are reached over a socket."""
    if url.startswith("memory:"):
        return {}
    return {"socket_connect_timeout": STORE_TIMEOUT_S, "socket_timeout": STORE_TIMEOUT_S}

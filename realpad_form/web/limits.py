"""How many submissions are taken: flask-limiter with the limits of the project file."""

from typing import Any, Final

from flask import Flask, Response, request
from flask_limiter import Limiter

from realpad_form.web.address import limit_key
from realpad_form.web.counting import SWEPT_MEMORY

STORE_TIMEOUT_S: Final = 0.25
"""A store of limits that is silent must not hold up a lead."""

BLUEPRINT: Final = "leads"
"""What has limits; every other route does without the limiter, which would take half of its time."""

FREE: Final = frozenset({200, 400, 403, 404, 405, 409, 413, 415, 429, 503})
"""Statuses that do not use up a limit: a repeat, what is retried by itself, and what was no submission."""


def make_limiter(app: Flask, url: str) -> Limiter:
    """Return the application's limiter; with its store away, each process counts for itself."""
    limiter = Limiter(
        key_func=client_key,
        app=app,
        storage_uri=SWEPT_MEMORY if url.startswith("memory:") else url,
        storage_options=storage_options(url),
        strategy="sliding-window-counter",
        in_memory_fallback_enabled=not url.startswith("memory:"),
        key_prefix="realpad-form",
        request_identifier=scope,
    )
    # It looks at every request before its view runs; but limits are on functions behind the views here.
    del app.before_request_funcs[None]
    for hooks in (app.after_request_funcs, app.teardown_request_funcs):
        hooks[BLUEPRINT] = hooks.pop(None)
    return limiter


def scope() -> str:
    """Return what a request counts as, apart from the rest.

    It must not be the endpoint: flask-limiter would take that for a decorated view, and look up its limits
    a second time.
    """
    return f"to {request.endpoint}"


def client_key() -> str:
    """Return the key that this request counts under: its address, apart for each project."""
    return f"{slug_key()}|{limit_key(request)}"


def slug_key() -> str:
    """Return the key that a whole project counts under."""
    return str((request.view_args or {}).get("slug"))


def uses_up(response: Response) -> bool:
    """Tell whether an answer counts against the limits."""
    return response.status_code not in FREE


def storage_options(url: str) -> dict[str, Any]:
    """Return time-outs for stores that are reached over a socket."""
    if url.startswith("memory:"):
        return {}
    return {"socket_connect_timeout": STORE_TIMEOUT_S, "socket_timeout": STORE_TIMEOUT_S}

"""What every page of the desk is made with: its template's context, headers, flash messages."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from flask import Flask, Response, flash, make_response, render_template, request
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from realpad_form.domain.people import IDLE, Right
from realpad_form.services.export import Cell, csv_table, xlsx_table
from realpad_form.web.desk.auth import session
from realpad_form.web.desk.auth.session import here, safe_next_url
from realpad_form.web.desk.i18n import (
    ago,
    change,
    day,
    duration,
    language,
    number,
    percent,
    span,
    translated,
    translations,
    when,
)
from realpad_form.web.headers import DESK_PERMISSIONS

POLICY: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "frame-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
}
"""The Content-Security-Policy of the desk's pages. Source: docs/security.md."""

SPREADSHEETS: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def init_app(app: Flask) -> None:
    """Give the desk's templates the filters and functions that they all use."""
    app.jinja_env.globals["csrf_field"] = csrf_field
    app.jinja_env.filters["translated"] = translated
    for format_ in (when, ago, day, number, percent, change, duration):
        app.jinja_env.filters[format_.__name__] = _in_language(format_)


def _in_language(format_: Callable[[Any, str], str]) -> Callable[[Any], str]:
    """Return a filter that formats a value for the language of the page."""
    return lambda value: format_(value, language())


def csrf_field() -> Markup:
    """Return the field that proves that a form of ours was sent."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def render(template: str, *, status: int = 200, **values: Any) -> Response:
    """Return a page of the desk."""
    found, texts = session.current(), translations(language())
    common = {
        "_": texts.gettext,
        "ngettext": texts.ngettext,
        "language": language(),
        "me": found.person if found else None,
        "Right": Right,
        "here": request.path,
        "anew": safe_next_url(here(), found.person) if found else None,
        "span": lambda first, last: span(first, last, language()),
        "idle_s": int(IDLE.total_seconds()),
    }
    return make_response(render_template(template, **{**common, **values}), status)


def spreadsheet(head: Sequence[str], rows: Iterable[Sequence[Cell]], *, name: str, format_: str) -> Response:
    """Return a table as a file to download, `csv` or `xlsx`."""
    content = csv_table(head, rows) if format_ == "csv" else xlsx_table(head, rows)
    answer = Response(content, content_type=SPREADSHEETS[format_])
    answer.headers.set("Content-Disposition", "attachment", filename=f"{name}.{format_}")
    return answer


def flash_message(text: str, *, is_bad: bool = False) -> None:
    """Show the person a message on the next page they open; `text` is translated already."""
    flash(text, "bad" if is_bad else "good")


def wants_json() -> bool:
    """Return whether a script asks, and not a person."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def add_headers(response: Response) -> Response:
    """Give an answer the headers of the desk, beside those that every answer has.

    It gets the strictest policy under which the desk's pages work, unless its view chose one.
    """
    policy = "; ".join(f"{name} {value}" for name, value in POLICY.items())
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("Permissions-Policy", DESK_PERMISSIONS)
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    # Flask-WTF compares the Referer with the host, so it must not be kept from ourselves.
    response.headers.setdefault("Referrer-Policy", "same-origin")
    return response

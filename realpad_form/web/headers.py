"""Headers that every answer has, whatever made it: a view, an error, a redirect, a static file."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

YEAR_S: Final = 31_536_000

HTTPS_ONLY: Final = ("Strict-Transport-Security", f"max-age={YEAR_S}; includeSubDomains")
"""Tells browsers to come to this host and those below it by https only, for a year. Source: RFC 6797."""

DESK_PERMISSIONS: Final = (
    "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=(), browsing-topics=()"
)
"""What no page of ours may do; the desk's may ask for passkeys."""

PERMISSIONS: Final = (
    "Permissions-Policy",
    f"{DESK_PERMISSIONS}, publickey-credentials-get=(), publickey-credentials-create=()",
)

NO_PAGE: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""The policy of an answer that has none of its own, since it is no page."""

EVERYWHERE: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", NO_PAGE),
)


def common_headers(public_url: str | None) -> tuple[tuple[str, str], ...]:
    """Return what every answer has, at the address where the world reaches this service."""
    return (*EVERYWHERE, HTTPS_ONLY) if (public_url or "").startswith("https:") else EVERYWHERE


class CommonHeaders:
    """WSGI middleware that adds what an answer lacks; a header that its view has set stays.

    It stands outside Flask, since kept answers (`Kept`) are shared and must not be changed.
    """

    def __init__(self, app: "WSGIApplication", *, public_url: str | None) -> None:
        self._app = app
        self._defaults = {name.lower(): (name, value) for name, value in common_headers(public_url)}

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer as the application does, with more headers."""

        def start(status, headers, exc_info=None):  # type: ignore[no-untyped-def] # as start_response
            return start_response(status, headers + self._missing(headers), exc_info)

        return self._app(environ, start)

    def _missing(self, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
        given = {name.lower(): value for name, value in headers}
        missing = [header for name, header in self._defaults.items() if name not in given]
        is_page = given.get("content-type", "").startswith("text/html")
        if is_page and PERMISSIONS[0].lower() not in given:
            missing.append(PERMISSIONS)
        return missing

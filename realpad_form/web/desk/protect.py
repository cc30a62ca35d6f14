"""Headers of the desk's pages, beside those that every answer has. Source: docs/security.md."""

from typing import Final

from flask import Response

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


def protect(response: Response) -> Response:
    """Give a page the strictest policy that it works under, unless its view chose one."""
    policy = "; ".join(f"{name} {value}" for name, value in POLICY.items())
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("Permissions-Policy", DESK_PERMISSIONS)
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    # Flask-WTF compares the Referer with the host, so it must not be kept from ourselves.
    response.headers.setdefault("Referrer-Policy", "same-origin")
    return response

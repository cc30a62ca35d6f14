"""Response headers: those of every answer, the public pages' policies, CORS, and what a captcha needs."""

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final

from flask import Response, request

from realpad_form.domain.project import Project

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

    It stands outside Flask, since answers that are kept (`ResponseCache`) are shared and must not be changed.
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


def protect(
    response: Response,
    *,
    frame_ancestors: str,
    form_action: str = "'self'",
    style: str,
    widen: Callable[[Mapping[str, str]], Mapping[str, str]] = dict,
    public_url: str | None = None,
) -> Response:
    """Give a page the strictest policy that it works under; `style` is its one inline style sheet.

    `widen` allows what its script and captcha need. In a sandboxed frame, WebKit takes nothing for `'self'`:
    there our address has to be named.
    """
    own = f"'self' {public_url}" if public_url else "'self'"
    policy = {
        "default-src": "'none'",
        "script-src": own,
        "style-src": _inline(style),
        "img-src": f"{own} data:",
        "font-src": own,
        "connect-src": own,
        "form-action": form_action.replace("'self'", own),
        "base-uri": "'none'",
        "frame-ancestors": frame_ancestors,
        "require-trusted-types-for": "'script'",
    }
    response.headers["Content-Security-Policy"] = "; ".join(map(" ".join, widen(policy).items()))
    # Never `no-referrer`: it would turn the Origin of a plain form post into `null`.
    response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _inline(text: str) -> str:
    """Return the source expression that allows an inline style sheet or script of exactly this text."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def allow_script(policy: Mapping[str, str], script: str) -> dict[str, str]:
    """Return a page's policy widened for one inline script."""
    return {**policy, "script-src": f"{policy['script-src']} {_inline(script)}"}


def no_store(response: Response) -> Response:
    """Keep an answer to a script out of every cache."""
    response.headers["Cache-Control"] = "no-store"
    return response


def ancestors(project: Project) -> str:
    """Return who may frame a project's form: its origins, and our own pages."""
    return " ".join(["'self'", *project.origins])


def form_targets(project: Project) -> str:
    """Return where a form may lead: here, and to its thank-you page, since browsers check redirects too."""
    target = re.match(r"https?://[^/?#]+", project.thank_you.redirect or "")
    return f"'self' {target[0]}" if target else "'self'"


_HCAPTCHA = "https://hcaptcha.com https://*.hcaptcha.com"
_RECAPTCHA = "https://www.google.com/recaptcha/"

CAPTCHA_SOURCES: Final[Mapping[str, Mapping[str, str]]] = {
    "turnstile": {
        "script-src": "https://challenges.cloudflare.com",
        "frame-src": "https://challenges.cloudflare.com",
    },
    "hcaptcha": {
        "script-src": _HCAPTCHA,
        "frame-src": _HCAPTCHA,
        "style-src": _HCAPTCHA,
        "connect-src": _HCAPTCHA,
    },
    "recaptcha": {
        "script-src": f"{_RECAPTCHA} https://www.gstatic.com/recaptcha/",
        "frame-src": f"{_RECAPTCHA} https://recaptcha.google.com/recaptcha/",
        "connect-src": _RECAPTCHA,
    },
    "friendly": {
        "script-src": "https://cdn.jsdelivr.net/npm/@friendlycaptcha/",
        "frame-src": "https://*.frcapi.com",
        "connect-src": "https://*.frcapi.com",
    },
}
"""Sources by captcha and directive. Source: the services' own pages about content security policies."""


def allow_captcha(policy: Mapping[str, str], *, captcha: str, calls: str | None = None) -> dict[str, str]:
    """Return a page's policy widened for a captcha.

    ALTCHA's worker starts through a Trusted Types policy of ours; the scripts of the services have none. They
    run in the origin of the desk: `calls` is the address below which alone they may ask us for anything.
    """
    if captcha == "altcha":
        return {**policy, "worker-src": "'self'", "trusted-types": "realpad-form"}
    if captcha not in CAPTCHA_SOURCES:
        return dict(policy)
    widened = {**policy, "connect-src": calls} if calls else dict(policy)
    del widened["require-trusted-types-for"]
    for directive, sources in CAPTCHA_SOURCES[captcha].items():
        widened[directive] = f"{widened.get(directive, '')} {sources}".strip()
    return widened


def allow_null_origin(response: Response) -> Response:
    """Let the form's own script read an answer in a sandboxed frame, where its origin is `null`.

    WordPress, for one, puts frames of services that it does not know into `sandbox="allow-scripts"`. No other
    origin may read it, and no cookies go along. Anybody's sandboxed frame has this origin; it gains nothing
    that a program outside a browser lacks: a token, which is given to whoever asks, and the answers to its
    own posts. Its leads are quarantined.
    """
    response.headers.add("Vary", "Origin")
    if request.headers.get("Origin") != "null":
        return response
    response.headers["Access-Control-Allow-Origin"] = "null"
    response.headers["Access-Control-Expose-Headers"] = "Retry-After"
    if request.method == "OPTIONS":
        methods = sorted(set(response.allow) - {"HEAD", "OPTIONS"})
        response.headers["Access-Control-Allow-Methods"] = ", ".join(methods)
        response.headers["Access-Control-Allow-Headers"] = "Content-Type"
        response.headers["Access-Control-Max-Age"] = "600"
    return response

"""Headers of the public pages, beside those that every answer has. Source: docs/security.md."""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping

from flask import Response

from realpad_form.domain.project import Project


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

    `widen` allows what its captcha needs. In a sandboxed frame, WebKit takes nothing for `'self'`: there our
    address has to be named.
    """
    own = f"'self' {public_url}" if public_url else "'self'"
    policy = {
        "default-src": "'none'",
        "script-src": own,
        "style-src": _hash(style),
        "img-src": "'self' data:",
        "font-src": "'self'",
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


def _hash(text: str) -> str:
    """Return the source expression that allows exactly this inline style sheet."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"

"""What a page's policy must allow so that its captcha works: only on projects that use it."""

from collections.abc import Mapping
from typing import Final

_HCAPTCHA = "https://hcaptcha.com https://*.hcaptcha.com"
_RECAPTCHA = "https://www.google.com/recaptcha/"

SOURCES: Final[Mapping[str, Mapping[str, str]]] = {
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
"""Sources by directive. Source: the services' own pages about content security policies."""


def allow_captcha(policy: Mapping[str, str], *, captcha: str, calls: str | None = None) -> dict[str, str]:
    """Return a page's policy widened for a captcha.

    ALTCHA's worker starts through a Trusted Types policy of ours; the scripts of the services have none. They
    run in the origin of the desk: `calls` is the address below which alone they may ask us for anything.
    """
    if captcha == "altcha":
        return {**policy, "worker-src": "'self'", "trusted-types": "realpad-form"}
    if captcha not in SOURCES:
        return dict(policy)
    widened = {**policy, "connect-src": calls} if calls else dict(policy)
    del widened["require-trusted-types-for"]
    for directive, sources in SOURCES[captcha].items():
        widened[directive] = f"{widened.get(directive, '')} {sources}".strip()
    return widened

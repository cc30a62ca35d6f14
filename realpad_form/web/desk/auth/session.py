"""Who is signed in at the desk: the cookies that say so, how recent the proof is, where to sign in again.

Nothing else sets cookies. A signed one names the session kept by us and guards against CSRF, and one says who
signed in with this browser before.

Source: OWASP Session Management Cheat Sheet; docs/security.md.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Final, ParamSpec, cast
from urllib.parse import quote, urlencode, urlsplit

from flask import Flask, Request, Response, after_this_request, current_app, g, redirect, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from itsdangerous import URLSafeTimedSerializer

from realpad_form.config import Settings
from realpad_form.domain.loopback import is_loopback
from realpad_form.domain.people import Person, Right, Session
from realpad_form.services.sign_in import SignedIn
from realpad_form.services.signing import LEGACY_COOKIE_SIGNING, SIGNING
from realpad_form.web.context import deps

PATHS: Final = ("/sign-", "/account", "/people", "/inbox", "/preview", "/figures")
"""Where the desk is; nothing else reads or sets a cookie."""

POLLED: Final = ("/inbox/counts",)
"""What pages ask for by themselves; it keeps no forgotten window signed in."""

NAME: Final = "realpad-form"

MARKS: Final = f"{NAME}-known"
"""The cookie that says who signed in with this browser before; see domain/throttling.py."""

MARKS_AGE: Final = timedelta(days=400)
"""As long as browsers keep any cookie. Source: RFC 6265bis, 5.5."""

csrf: Final = CSRFProtect()
_TOKEN: Final = "token"  # noqa: S105 - the key it is kept under


class DeskCookie(SecureCookieSessionInterface):
    """Flask's signed cookie, on the desk only; bound to this host and to TLS, except on this machine."""

    digest_method = staticmethod(SIGNING["digest_method"])

    def __init__(self, public_url: str | None) -> None:
        self._public_url = public_url

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what signs and reads it, cookies of an earlier version as well."""
        serializer = super().get_signing_serializer(app)
        if serializer is not None:
            serializer.fallback_signers = [LEGACY_COOKIE_SIGNING]
        return serializer

    def get_cookie_name(self, app: Flask) -> str:
        """Return its name, whose prefix makes browsers bind it to the host."""
        return f"__Host-{NAME}" if self.get_cookie_secure(app) else NAME

    def get_cookie_secure(self, app: Flask) -> bool:
        """Tell whether it goes over TLS only."""
        # The settings allow a public address without TLS on loopback only.
        if self._public_url:
            return urlsplit(self._public_url).scheme != "http"
        return request.is_secure or not is_loopback(urlsplit(request.host_url).hostname)

    def marks_name(self, app: Flask) -> str:
        """Return the name of the cookie of those who signed in before."""
        return f"__Host-{MARKS}" if self.get_cookie_secure(app) else MARKS

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return what the cookie holds, or None where there is no desk."""
        return super().open_session(app, request) if request.path.startswith(PATHS) else None


def configure(app: Flask, settings: Settings) -> None:
    """Set up cookie and CSRF guard; every blueprint of the desk calls the guard itself."""
    current, *older = settings.secret_key
    app.session_interface = DeskCookie(settings.public_url)
    app.config.update(
        SECRET_KEY=current,
        SECRET_KEY_FALLBACKS=older,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
    )
    csrf.init_app(app)


def load() -> Session | None:
    """Return the session of this request, if it still holds, and keep it for the request."""
    token = session.get(_TOKEN)
    is_use = request.path not in POLLED
    g.desk_session = deps().services.sign_in.resume(token, is_use=is_use) if token else None
    return current()


def current() -> Session | None:
    """Return the session that `load` found."""
    found: Session | None = g.get("desk_session")
    return found


def token() -> str:
    """Return the token of the session that is signed in."""
    return str(session[_TOKEN])


def begin(signed_in: SignedIn) -> None:
    """Sign in: nothing of what the cookie held before stays, so that nobody can have planted it."""
    session.clear()
    session[_TOKEN] = signed_in.token
    keep_marks(signed_in.marks)


def marks() -> str:
    """Return what this browser keeps of who signed in with it before."""
    return request.cookies.get(_cookies().marks_name(current_app), "")


def keep_marks(kept: str) -> None:
    """Let this browser keep who signed in with it, with the answer to this request."""

    @after_this_request
    def set_cookie(response: Response) -> Response:
        secure = _cookies().get_cookie_secure(current_app)
        response.set_cookie(
            _cookies().marks_name(current_app),
            kept,
            max_age=MARKS_AGE,
            path="/",
            secure=secure,
            httponly=True,
            samesite="Lax",
        )
        return response


def _cookies() -> DeskCookie:
    return cast(DeskCookie, current_app.session_interface)


def end() -> None:
    """Forget the session in this browser."""
    session.clear()


P = ParamSpec("P")

_OURS: Final = re.compile(r"/(?:inbox|preview|figures|people|account)(?:[/?][!-~]*)?")
"""Where one may be sent on to: pages of the desk, and nothing that a browser takes for a host."""


def safe_next_url(text: str | None, person: Person) -> str:
    """Return where to go after signing in: where the person wanted to, or to the first page there is."""
    home = "/inbox/" if person.may(Right.LEADS) else "/preview/"
    return text if text and _OURS.fullmatch(text) and "\\" not in text else home


def requires_recent_login(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Let in only who has proved lately who they are; the others are asked first, and nothing is done.

    Who has a passkey has to have shown it, unless the OpenID provider's two factors replace it here.
    """

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        return view(*args, **kwargs) if has_recent_login() else redirect_to_login()

    return guarded


def requires_recent_passkey(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Let in who has lately shown a passkey, or has none yet: for what a passkey protects itself."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        found = current()
        has_none = found is not None and not deps().services.sign_in.needs_passkey(found.person)
        return (
            view(*args, **kwargs)
            if has_none or has_recent_login(provider_counts=False)
            else redirect_to_login()
        )

    return guarded


def has_recent_login(*, provider_counts: bool = True) -> bool:
    """Tell whether who is signed in has proved it lately, by a passkey if they have one."""
    found, services = current(), deps().services
    if found is None:
        return False
    now = services.sessions.now()
    if not services.sign_in.needs_passkey(found.person):
        return found.is_fresh(now)
    return found.is_fresh_by_passkey(now) or (provider_counts and found.is_fresh_by_provider(now))


def must_add_passkey() -> bool:
    """Tell whether who is signed in gets no further than their own account until they have a passkey.

    Two factors of the OpenID provider are as good, where they replace it.
    """
    found, services = current(), deps().services
    if found is None or not services.settings.require_passkey or found.provider_at is not None:
        return False
    return not services.sign_in.needs_passkey(found.person)


def sign_in_address() -> str:
    """Return where to sign in, and to come back from to this page or the one whose form was sent."""
    return f"/sign-in?{urlencode({'next': here()})}"


def redirect_to_login(*, next_url: str | None = None) -> ResponseReturnValue:
    """Ask for another proof, and lead on to a page then: this one, or the one whose form was posted."""
    return redirect(f"/sign-in/again?next={quote(next_url or here(), safe='')}", 303)


def here() -> str:
    """Return the page that this request belongs to: itself, or the one whose form was posted; '' if none."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    try:
        return urlsplit(request.referrer or "").path
    except ValueError:  # a Referer that is no address
        return ""

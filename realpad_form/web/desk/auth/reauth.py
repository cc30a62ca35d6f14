"""Where people come from and go to around a sign-in, and who has to prove again who it is."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec
from urllib.parse import quote, urlencode, urlsplit

from flask import redirect, request
from flask.typing import ResponseReturnValue

from realpad_form.domain.people import Person, Right
from realpad_form.web.context import deps
from realpad_form.web.desk.auth import session

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
        found = session.current()
        has_none = found is not None and not deps().services.sign_in.needs_passkey(found.person)
        return (
            view(*args, **kwargs)
            if has_none or has_recent_login(provider_counts=False)
            else redirect_to_login()
        )

    return guarded


def has_recent_login(*, provider_counts: bool = True) -> bool:
    """Tell whether who is signed in has proved it lately, by a passkey if they have one."""
    found, services = session.current(), deps().services
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
    found, services = session.current(), deps().services
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

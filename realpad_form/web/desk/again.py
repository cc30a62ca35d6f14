"""Where people come from and go to around a sign-in, and who has to prove again who it is."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec
from urllib.parse import quote, urlsplit

from flask import redirect, request
from flask.typing import ResponseReturnValue

from realpad_form.domain.people import Person, Right
from realpad_form.web.context import deps
from realpad_form.web.desk import session

P = ParamSpec("P")

_OURS: Final = re.compile(r"/(?:inbox|preview|figures|people|account)(?:[/?][!-~]*)?")
"""Where one may be sent on to: pages of the desk, and nothing that a browser takes for a host."""


def onward(text: str | None, person: Person) -> str:
    """Return where to go after signing in: where the person wanted to, or to the first page there is."""
    home = "/inbox/" if person.may(Right.LEADS) else "/preview/"
    return text if text and _OURS.fullmatch(text) and "\\" not in text else home


def fresh(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Let in only who has proved lately who it is; the others are asked first, and nothing is done."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        found = session.current()
        if found and found.is_fresh(deps().services.sessions.now()):
            return view(*args, **kwargs)
        return redirect(f"/sign-in/again?next={quote(here(), safe='')}", 303)

    return guarded


def here() -> str:
    """Return the page that this request belongs to: itself, or the one whose form was posted."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    return urlsplit(request.referrer or "").path

"""Pages that wait for Realpad: only a few at once, so that a silent Realpad never holds up the forms."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import request
from flask.typing import ResponseReturnValue

from realpad_form.web.context import deps

P = ParamSpec("P")


def asks_realpad(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Let a post wait for Realpad if few others do; else it is a 503 at once, and nothing was asked."""

    @wraps(view)
    def limited(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if request.method != "POST":
            return view(*args, **kwargs)
        with deps().services.realpad_call_slots.take():
            return view(*args, **kwargs)

    return limited

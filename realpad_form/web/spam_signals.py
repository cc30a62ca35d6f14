"""Gathers what a request tells about whoever sent it. Source of the weights: domain/spam.py."""

from datetime import datetime, timedelta
from typing import Any

from flask import Request

from realpad_form.domain.project_rules import TRAPS
from realpad_form.domain.spam import Signs
from realpad_form.forms import ProjectForm
from realpad_form.web.origins import is_of_null_origin


def spam_signals(
    request: Request, form: ProjectForm, *, now: datetime, is_captcha_failed: bool, is_in_burst: bool
) -> Signs:
    """Return the signs of a post whose form was validated."""
    answers = form.answers
    return Signs(
        names=tuple(_texts(answers, "name", "surname")),
        note="".join(_texts(answers, "note")),
        filled_in=_filled_in(form, now),
        is_trapped=any(text.strip() for trap in TRAPS for text in form.posted.getlist(trap)),
        is_without_script=form.token.is_missing,
        is_of_null_origin=is_of_null_origin(request),
        is_in_burst=is_in_burst,
        is_captcha_failed=is_captcha_failed,
    )


def _texts(answers: Any, *keys: str) -> list[str]:
    return [str(answers[key]) for key in keys if answers.get(key)]


def _filled_in(form: ProjectForm, now: datetime) -> timedelta | None:
    """Return how long ago the page fetched its token; one that was renewed on the way tells nothing."""
    issued_at = form.token.issued_at
    return None if issued_at is None or form.token.is_renewed else now - issued_at

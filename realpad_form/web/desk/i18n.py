"""The language of a page of the desk, and what a page writes differently from a mail.

The texts and the numbers are those of `forms.desk_texts`.
"""

from datetime import UTC, date, datetime, time, timedelta

from babel.dates import format_datetime, format_timedelta
from flask import request
from markupsafe import Markup, escape

from realpad_form.domain.errors import Problem
from realpad_form.domain.message import Message
from realpad_form.forms.desk_texts import (
    LANGUAGES,
    LOCALE,
    ZONE,
    change,
    day,
    duration,
    full_day,
    moment,
    money,
    number,
    percent,
    span,
    translations,
)
from realpad_form.web.desk.auth import session

__all__ = [
    "LANGUAGES", "LOCALE", "ZONE", "ago", "change", "day", "duration", "exact", "full_day", "gettext",
    "language", "midnight", "moment", "money", "number", "percent", "read_day", "span", "translated",
    "translations", "when",
]  # fmt: skip


def language() -> str:
    """Return the language of this request: the person's own, else the best one that the browser asks for."""
    found = session.current()
    chosen = found.person.language if found else None
    return chosen or request.accept_languages.best_match(LANGUAGES) or "en"


def gettext(text: str) -> str:
    """Return a text of the desk in the language of this request."""
    return translations(language()).gettext(text)


def translated(text: Message | Problem) -> Markup:
    """Return a message in the language of this request; words of others in it are marked as English."""
    words = escape(text.translated(gettext))
    return words + Markup(' <span lang="en">{}</span>').format(text.detail) if text.detail else words


def read_day(text: str) -> date | None:
    """Return the day of a date field; None for what cannot be meant, as it has no day before or after it."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1970 <= day.year <= 9000 else None


def midnight(text: str, *, days: int) -> datetime | None:
    """Return when the day of a date field begins in the sales office, or so many days later."""
    day = read_day(text)
    return datetime.combine(day + timedelta(days=days), time(), ZONE) if day else None


def when(at: datetime, language: str) -> Markup:
    """Return a time as an element that says it in local time."""
    return Markup('<time datetime="{}">{}</time>').format(exact(at), moment(at, language))


def ago(moment: datetime, language: str) -> Markup:
    """Return how long ago a time was, as an element that says when it was."""
    words = format_timedelta(moment - datetime.now(UTC), add_direction=True, locale=language)
    title = format_datetime(moment, "medium", ZONE, language)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(exact(moment), title, words)


def exact(moment: datetime) -> str:
    """Return a time for programs, to the second: HTML knows no microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")

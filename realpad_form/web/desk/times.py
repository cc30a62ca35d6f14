"""Times as people read them, in the time zone of the sales offices."""

from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta
from markupsafe import Markup

ZONE: Final = ZoneInfo("Europe/Prague")


def when(moment: datetime, language: str) -> Markup:
    """Return a time as an element that says it in local time."""
    words = format_datetime(moment, "d. M. y H:mm" if language != "en" else "d MMM y, H:mm", ZONE, language)
    return Markup('<time datetime="{}">{}</time>').format(exact(moment), words)


def ago(moment: datetime, language: str) -> Markup:
    """Return how long ago a time was, as an element that says when it was."""
    words = format_timedelta(moment - datetime.now(UTC), add_direction=True, locale=language)
    title = format_datetime(moment, "medium", ZONE, language)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(exact(moment), title, words)


def exact(moment: datetime) -> str:
    """Return a time for programs, to the second: HTML knows no microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def day(of: date, language: str) -> str:
    """Return a day of this or the last year in short."""
    return format_date(of, "d. M." if language != "en" else "d MMM", language)


def full_day(of: date, language: str) -> str:
    """Return a day with its weekday and year."""
    return format_date(of, "EEE d. M. y" if language != "en" else "EEE, d MMM y", language)

"""The languages of the desk, and numbers and times as people read them.

The msgids are English; Czech and Slovak are in `locale/<language>/<part>.po`. Times are in the time zone of
the sales offices.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_interval, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent
from flask import request
from markupsafe import Markup, escape

from realpad_form.domain.errors import Problem
from realpad_form.domain.message import Message
from realpad_form.forms.messages import Translations, read_translations
from realpad_form.web.desk.auth import session

LOCALE: Final = Path(__file__).parent / "locale"
LANGUAGES: Final = ("en", *sorted(folder.name for folder in LOCALE.iterdir() if folder.is_dir()))


@cache
def translations(language: str) -> Translations:
    """Return the desk's texts in one of its languages."""
    files = sorted((LOCALE / language).glob("*.po")) if language != "en" else []
    return read_translations(language, files) if files else Translations()


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


ZONE: Final = ZoneInfo("Europe/Prague")


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


def number(value: int, language: str) -> str:
    """Return a number with the language's thousands separators."""
    return format_decimal(value, locale=language)


def percent(part: float, language: str) -> str:
    """Return a part of 1 in percent: from ten on in whole ones, below with one decimal."""
    pattern = Locale.parse(language).percent_formats[None].pattern
    return format_percent(part, pattern if part >= 0.1 else pattern.replace("#0", "#0.0"), locale=language)


def change(part: float, language: str) -> str:
    """Return by which part of 1 something changed, with its sign, in whole percent."""
    rounded = round(part, 2)
    sign = "+" if rounded > 0 else "\N{MINUS SIGN}" if rounded < 0 else "±"
    return sign + format_percent(abs(rounded), locale=language)


def money(amount: float, currency: str, language: str) -> str:
    """Return an amount in a currency, in whole units from a hundred on."""
    is_small = amount < 100
    usual = Locale.parse(language).currency_formats["standard"].pattern
    pattern = usual if is_small else usual.replace("0.00", "0")
    return format_currency(amount, currency, pattern, locale=language, currency_digits=is_small)


def duration(seconds: float, language: str) -> str:
    """Return a duration in its largest unit."""
    return format_timedelta(timedelta(seconds=seconds), threshold=1.5, locale=language, format="short")


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


def span(first: date, last: date, language: str) -> str:
    """Return some days in a row in short; a single one as it is."""
    if first == last:
        return day(first, language)
    skeleton = "Md" if language != "en" else "MMMd"
    return format_interval(
        first, last, skeleton if first.year == last.year else f"y{skeleton}", locale=language
    )

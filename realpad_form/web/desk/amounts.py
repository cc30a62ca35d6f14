"""Numbers as people read them."""

from datetime import timedelta

from babel.dates import format_timedelta
from babel.numbers import format_decimal, format_percent


def number(value: int, language: str) -> str:
    """Return a number with the language's thousands separators."""
    return format_decimal(value, locale=language)


def percent(part: float, language: str) -> str:
    """Return a part of 1 in whole percent."""
    return format_percent(part, locale=language)


def duration(seconds: float, language: str) -> str:
    """Return a duration in its largest unit."""
    return format_timedelta(timedelta(seconds=seconds), threshold=1.5, locale=language, format="short")

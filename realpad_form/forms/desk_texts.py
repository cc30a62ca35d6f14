"""The texts of the desk, and numbers and times as its people read them, on its pages and in mails to them.

The msgids are English; Czech and Slovak are in `web/desk/locale/<language>/<part>.po`. Times are in the time
zone of the sales offices.
"""

from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from babel import Locale
from babel.dates import format_date, format_datetime, format_interval, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent

from realpad_form.domain.statistics import ZONE as ZONE
from realpad_form.forms.messages import Translations, read_translations

LOCALE: Final = Path(str(files("realpad_form") / "web" / "desk" / "locale"))
LANGUAGES: Final = ("en", *sorted(folder.name for folder in LOCALE.iterdir() if folder.is_dir()))


@cache
def translations(language: str) -> Translations:
    """Return the desk's texts in one of its languages."""
    parts = sorted((LOCALE / language).glob("*.po")) if language != "en" else []
    return read_translations(language, parts) if parts else Translations()


def moment(at: datetime, language: str) -> str:
    """Return a time in the time zone of the sales offices, to the minute."""
    return format_datetime(at, "d. M. y H:mm" if language != "en" else "d MMM y, H:mm", ZONE, language)


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

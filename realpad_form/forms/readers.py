"""Readers: each makes of a clean text what it means, or says what to enter instead."""

import re
import unicodedata
from datetime import date
from typing import Final

from email_validator import EmailNotValidError, validate_email

from realpad_form.forms.messages import AnswerError, _

NAME_CHARS: Final = 100
EMAIL_CHARS: Final = 254
"""Source: RFC 5321, 4.5.3.1.3."""

KEPT_UNIT_CHARS: Final = 1000
"""The longest text kept of a unit; what is too long for a unit's name goes into the note."""

_TYPED_FOR: Final = str.maketrans({"`": "'", "´": "'", "‘": "’", "‐": "-", "‑": "-", "–": "-"})
_IN_NAMES: Final = " '’-.·"
_LINK: Final = re.compile(
    r"www\.|(?<=[^\W_]{2})\.(?:app|biz|click|club|cn|com|cz|de|dev|eu|info|io|link|me|net|online|org|pl|ru|shop"
    r"|site|sk|store|top|ua|uk|vip|xyz)\b",
    re.IGNORECASE,
)
_ISO_DATE: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_WRITTEN_DATE: Final = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})")


def read_name(text: str) -> str:
    """Return a name in letters of any script. Raises: AnswerError."""
    name = text.translate(_TYPED_FOR)
    is_odd = any(c not in _IN_NAMES and unicodedata.category(c)[0] not in "LM" for c in name)
    if is_odd or not any(map(str.isalpha, name)) or _LINK.search(name):
        raise AnswerError(_("Write the name with letters, spaces, hyphens and apostrophes only."))
    return name


def read_full_name(text: str) -> tuple[str, str]:
    """Return first and last name, split at the last space. Raises: AnswerError."""
    first, _space, last = read_name(text).rpartition(" ")
    if not (any(map(str.isalpha, first)) and any(map(str.isalpha, last))):
        raise AnswerError(_("Enter both your first and your last name, e.g. Jane Smith."))
    return first, last


def read_email(text: str) -> str:
    """Return an e-mail address in its usual form; no name server is asked. Raises: AnswerError."""
    local, at, _domain = text.rpartition("@")
    if at and not local.isascii():
        raise AnswerError(_("Before the @, write the e-mail without accents, e.g. name@example.com."))
    try:
        if len(text) <= EMAIL_CHARS:
            return validate_email(text, check_deliverability=False, allow_smtputf8=False).normalized
    except EmailNotValidError:
        pass  # told below, in the visitor's language
    raise AnswerError(_("This e-mail does not look right. Write it like name@example.com."))


def read_boolean(text: str) -> bool | None:
    """Return True for a tick, None for none. Raises: AnswerError."""
    if text in ("true", "on", "1", "yes"):
        return True
    if text == "false":
        return None
    raise AnswerError(_("We could not read this answer. Please enter it again."))


def read_consent(text: str) -> bool | None:
    """Return True for a plain yes; anything else is no consent."""
    return True if text in ("true", "on", "1") else None


def read_date(text: str) -> date:
    """Return a day of the calendar, from a date box or as written in Central Europe. Raises: AnswerError."""
    parts: tuple[str, ...] = ("0", "0", "0")
    if found := _ISO_DATE.fullmatch(text):
        parts = found.groups()
    elif found := _WRITTEN_DATE.fullmatch(text):
        parts = found.groups()[::-1]
    year, month, day = map(int, parts)
    try:
        return date(year, month, day)
    except ValueError:
        raise AnswerError(_("Enter a date, e.g. %(example)s."), example="24.12.2026") from None


def read_unit(text: str) -> str:
    """Return a unit's name, cut rather than refused.

    Units come from host pages, and no lead is lost for a strange one.
    """
    return text[:KEPT_UNIT_CHARS].rstrip()

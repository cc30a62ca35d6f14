"""Readers: each makes of a clean text what it means, or says what to enter instead."""

import re
import unicodedata
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Final

from babel.numbers import get_currency_symbol
from email_validator import EmailNotValidError, validate_email

from realpad_form.domain.project_rules import DIGITS
from realpad_form.domain.text import LANGUAGES
from realpad_form.forms.messages import AnswerError, _

NAME_CHARS: Final = 100
EMAIL_CHARS: Final = 254
"""Source: RFC 5321, 4.5.3.1.3."""

MAX_UNIT_CHARS: Final = 1000
"""The longest text kept of a unit; what is too long for a unit's name goes into the note."""

_TYPED_FOR: Final = str.maketrans({"`": "'", "´": "'", "‘": "’", "‐": "-", "‑": "-", "–": "-"})
_IN_NAMES: Final = " '’-.·"
_LINK: Final = re.compile(
    r"www\.|(?<=[^\W_]{2})\.(?:app|biz|click|club|cn|com|cz|de|dev|eu|info|io|link|me|net|online|org|pl|ru|shop"
    r"|site|sk|store|top|ua|uk|vip|xyz)\b",
    re.IGNORECASE,
)
_NAMED: Final = re.compile(r"[^<>@]*<([^<>]*)>[\s.,;]*")
_MAILTO: Final = re.compile(r"mailto:([^?]*).*", re.IGNORECASE)
_AROUND_AT: Final = re.compile(r" ?@ ?")
_AROUND_DOT: Final = re.compile(r" ?[.,] ?")

NO_EMAIL: Final = _("This e-mail does not look right. Write it like name@example.com.")
NO_AT: Final = _("The @ is missing in this e-mail. Write it like name@example.com.")
NO_SPACES: Final = _("There is a space in this e-mail. Write it without spaces, like name@example.com.")

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
    """Return an e-mail address in its usual form; no name server is asked. Raises: AnswerError.

    What surrounds an address when it is copied, and a comma typed for a period, are put right.
    """
    address = _repaired(text)
    local, at, _domain = address.rpartition("@")
    if not at:
        raise AnswerError(NO_AT)
    if " " in address and "@" not in local:
        raise AnswerError(NO_SPACES)
    if not local.isascii():
        raise AnswerError(_("Before the @, write the e-mail without accents, e.g. name@example.com."))
    try:
        if len(address) <= EMAIL_CHARS:
            return validate_email(address, check_deliverability=False, allow_smtputf8=False).normalized
    except EmailNotValidError:
        pass  # told below, in the visitor's language
    raise AnswerError(NO_EMAIL)


def _repaired(text: str) -> str:
    """Return the address in `mailto:a@b.cz`, `Anna <a@b.cz>`, `a @b.cz`, `a@b,cz` or `a@b.cz.`.

    static/form/email.js repairs the same.
    """
    if found := _NAMED.fullmatch(text):
        text = found[1]
    address = _AROUND_AT.sub("@", _MAILTO.sub(r"\1", text).strip(" ").rstrip(" .,;"))
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{_AROUND_DOT.sub('.', domain)}"


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
    return text[:MAX_UNIT_CHARS].rstrip()


_LONGEST: Final = 40
_PLAIN: Final = str.maketrans("čł", "cl")
_WHOLE: Final = r"\d{1,3}(?P<mark>[ .,'’])\d{3}(?:(?P=mark)\d{3})*|\d+"
_INTEGER: Final = re.compile(rf"\+? ?(?P<whole>{_WHOLE})")
_DECIMAL: Final = re.compile(
    r"(?P<sign>[-+−]?) ?(?P<whole>\d{1,3}(?P<mark>[ '’])\d{3}(?:(?P=mark)\d{3})*|\d*)"
    r"(?:[.,](?P<part>\d+))?"
)


def read_amount(text: str, *, currency: str, example: int) -> int:
    """Return an amount of money, its currency written or not. Raises: AnswerError."""
    found = _amount(currency).fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        raise AnswerError(_("Enter the amount in digits, e.g. %(example)s."), example=example)
    return int(_digits(found["whole"]))


def read_integer(text: str, *, example: int) -> int:
    """Return a whole number, never below zero. Raises: AnswerError."""
    found = _INTEGER.fullmatch(text) if len(text) <= _LONGEST else None
    digits = _digits(found["whole"]) if found else ""
    if not found or len(digits) > DIGITS:
        raise AnswerError(_("Enter a whole number, e.g. %(example)s."), example=example)
    return int(digits)


def read_decimal(text: str, *, example: Decimal) -> Decimal:
    """Return a number with a decimal comma or point. Raises: AnswerError."""
    found = _DECIMAL.fullmatch(text) if len(text) <= _LONGEST else None
    whole, part = (_digits(found["whole"]), found["part"] or "") if found else ("", "")
    if not found or not 0 < len(whole + part) <= DIGITS:
        raise AnswerError(_("Enter a number, e.g. %(example)s."), example=example)
    number = Decimal(f"{whole or 0}.{part}")
    return -number if found["sign"] in ("-", "−") and number else number


@cache
def _amount(currency: str) -> re.Pattern[str]:
    """Return what an amount looks like: also `6.000.000,- Kč`, never an amount of another currency."""
    signs = {currency, *(get_currency_symbol(currency, language) for language in LANGUAGES)}
    signs |= {sign.translate(_PLAIN) for sign in signs}
    sign = "|".join(map(re.escape, sorted(signs)))
    return re.compile(
        rf"(?:(?:{sign}) ?)?(?P<whole>{_WHOLE})(?:[.,](?:0{{1,2}}|[-–—]{{1,2}}))? ?(?:{sign})?\.?",
        re.IGNORECASE,
    )


def _digits(whole: str) -> str:
    """Return the digits of a whole number without what stands between them."""
    return re.sub(r"\D", "", whole)

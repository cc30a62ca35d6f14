"""Readers: each makes of a clean text what it means, or says what to enter instead."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Final

from babel.numbers import get_currency_symbol
from email_validator import EmailNotValidError, validate_email
from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
    example_number_for_type,
    format_number,
    normalize_digits_only,
    number_type,
    parse,
)

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
_LONGEST_NAME: Final = 2 * NAME_CHARS
_TITLE: Final = re.compile(r"[^\W\d_]{1,5}(?:\.[^\W\d_]{1,5}){0,3}\.?")
"""A title behind a name, such as Ph.D., CSc., MBA; one way only to match a text, so it takes linear time."""

_LINK: Final = re.compile(
    r"www\.|(?<=[^\W_]{2})\.(?:app|biz|click|club|cn|com|cz|de|dev|eu|info|io|link|me|net|online|org|pl|ru|shop"
    r"|site|sk|store|top|ua|uk|vip|xyz)\b",
    re.IGNORECASE,
)
_NAMED: Final = re.compile(r"[^<>@]*<([^<>]*)>[\s.,;]*")
_MAILTO: Final = re.compile(r"mailto:([^?]*).*", re.IGNORECASE)
_AROUND_AT: Final = re.compile(r" ?@ ?")
_AROUND_DOT: Final = re.compile(r" ?[.,] ?")

NO_COMMA: Final = _("Please leave out the comma. Only a title such as Ph.D. can follow one.")
NAMES_IN_ORDER: Final = _("Write your first name first, without a comma, e.g. Jane Smith.")
_COUPLE: Final = re.compile(r"[^\W\d_][^&+/]*[&+/][^&+/]*[^\W\d_]\.?")
"""Two names joined by a sign."""

NO_EMAIL: Final = _("This email doesn’t look right. Write it like name@example.com.")
NO_AT: Final = _("This email is missing an @. Write it like name@example.com.")
NO_SPACES: Final = _("There’s a space in this email. Write it without spaces, like name@example.com.")

_ISO_DATE: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_WRITTEN_DATE: Final = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})")


def read_name(text: str, *, on_comma: str = NO_COMMA) -> str:
    """Return a name in letters of any script, titles behind a comma included. Raises: AnswerError.

    `on_comma` says what to do where something else stands behind one.
    """
    if len(text) > _LONGEST_NAME:
        return text  # refused for its length
    name = text.translate(_TYPED_FOR)
    before, *titles = (part.strip() for part in name.split(","))
    if _COUPLE.fullmatch(name):
        raise AnswerError(_("Please write “and” between two names, e.g. Jane and John Smith."))
    is_odd = any(c not in _IN_NAMES and unicodedata.category(c)[0] not in "LM" for c in before)
    if is_odd or not any(map(str.isalpha, before)) or _LINK.search(name):
        raise AnswerError(_("A name can only have letters, spaces, hyphens, apostrophes and periods."))
    if not all(_is_title(word) for each in titles for word in each.split(" ")):
        raise AnswerError(on_comma)
    return ", ".join([before, *titles])


def read_full_name(text: str) -> tuple[str, str]:
    """Return first and last name, split at the last space before any titles. Raises: AnswerError."""
    name, comma, titles = read_name(text, on_comma=NAMES_IN_ORDER).partition(",")
    words = name.split(" ")
    while len(words) > 2 and words[-1].endswith(".") and _is_title(words[-1]):
        titles, comma = f" {words.pop()}{comma}{titles}", ""
    first, last = " ".join(words[:-1]), words[-1]
    if not (any(map(str.isalpha, first)) and any(map(str.isalpha, last))):
        raise AnswerError(_("Enter both your first and last name, e.g. Jane Smith."))
    return first, last + comma + titles


def _is_title(word: str) -> bool:
    """Tell whether a word is written as titles are: short, with a period or two capitals."""
    return bool(_TITLE.fullmatch(word)) and ("." in word or sum(map(str.isupper, word)) > 1)


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
        raise AnswerError(_("Write the part before the @ without accents, e.g. name@example.com."))
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
    raise AnswerError(_("We couldn’t read this answer. Please enter it again."))


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


NUMBER_CHARS: Final = 40
_UP_TO: Final = r"(?:do|max\.?|maximálně|maximálne|maksymalnie|up to|bis|до)"
_MILLION: Final = r"mil(?:\.|ion\w*|ión\w*|lion\w*)?|mio\.?|mln\.?|m|млн\.?|мільйон\w*"  # cs sk pl en de uk
_THOUSAND: Final = r"tis(?:\.|íc\w*)?|tys(?:\.|iąc\w*|ięcy)?|tsd\.?|tausend|thousand|k|тис\.?|тисяч\w*"
_PLAIN: Final = str.maketrans("čł", "cl")
_WHOLE: Final = r"\d{1,3}(?P<mark>[ .,'’])\d{3}(?:(?P=mark)\d{3})*|\d+"
_INTEGER: Final = re.compile(rf"\+? ?(?P<whole>{_WHOLE})")
_DECIMAL: Final = re.compile(
    r"(?P<sign>[-+−]?) ?(?P<whole>\d{1,3}(?P<mark>[ '’])\d{3}(?:(?P=mark)\d{3})*|\d*)"
    r"(?:[.,](?P<part>\d+))?"
)


def read_amount(text: str, *, currency: str, example: int) -> int:
    """Return an amount of money, its currency written or not. Raises: AnswerError."""
    found = _amount(currency).fullmatch(text) if len(text) <= NUMBER_CHARS else None
    if found is None:
        raise AnswerError(_("Enter the amount in digits, e.g. %(example)s."), example=example)
    word = found["million"] or found["thousand"]
    if not word:
        return int(_digits(found["whole"]))
    part = found["part"] or ""
    times = 1_000_000 if word == found["million"] else 1000
    return int(Decimal(f"{found['count']}.{part}") * times)


def read_integer(text: str, *, example: int) -> int:
    """Return a whole number, never below zero. Raises: AnswerError."""
    found = _INTEGER.fullmatch(text) if len(text) <= NUMBER_CHARS else None
    digits = _digits(found["whole"]) if found else ""
    if not found or len(digits) > DIGITS:
        raise AnswerError(_("Enter a whole number, e.g. %(example)s."), example=example)
    return int(digits)


def read_decimal(text: str, *, example: Decimal) -> Decimal:
    """Return a number with a decimal comma or point. Raises: AnswerError."""
    found = _DECIMAL.fullmatch(text) if len(text) <= NUMBER_CHARS else None
    whole, part = (_digits(found["whole"]), found["part"] or "") if found else ("", "")
    if not found or not 0 < len(whole + part) <= DIGITS:
        raise AnswerError(_("Enter a number, e.g. %(example)s."), example=example)
    number = Decimal(f"{whole or 0}.{part}")
    return -number if found["sign"] in ("-", "−") and number else number


@cache
def _amount(currency: str) -> re.Pattern[str]:
    """Return what an amount looks like: also `6.000.000,- Kč` and `do 6,5 mil.`, in one currency."""
    signs = {currency, *(get_currency_symbol(currency, language) for language in LANGUAGES)}
    signs |= {sign.translate(_PLAIN) for sign in signs}
    sign = "|".join(map(re.escape, sorted(signs)))
    return re.compile(
        rf"(?:{_UP_TO} ?)?(?:(?:{sign}) ?)?(?:"
        rf"(?P<whole>{_WHOLE})(?:[.,](?:0{{1,2}}|[-–—]{{1,2}}))?"
        rf"|(?P<count>\d{{1,6}})(?:[.,](?P<part>\d{{1,3}}))? ?"
        rf"(?:(?P<million>{_MILLION})|(?P<thousand>{_THOUSAND}))"
        rf") ?(?:{sign})?\.?",
        re.IGNORECASE,
    )


def _digits(whole: str) -> str:
    """Return the digits of a whole number without what stands between them."""
    return re.sub(r"\D", "", whole)


NO_PHONE: Final = _(
    "This phone number doesn’t look right. Write it like %(example)s, with the country code if it’s foreign."
)
ONE_PHONE: Final = _("Please enter one phone number only, e.g. %(example)s.")

PHONE_CHARS: Final = 60
"""Characters; what is longer is no phone number, however it is written."""

_OF_PEOPLE: Final = (
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
)
_BEFORE_PHONE: Final = re.compile(r"^[^\d+＋]*")
_AFTER_PHONE: Final = re.compile(r"[^\d]*$")
_PHONE_LABEL: Final = re.compile(
    r"(?:tel(?:efon|efón|efonní číslo|efónne číslo)?|mob(?:il|ile|iltelefon)?|phone|cell|handy|gsm|číslo"
    r"|number|nummer|numer|nr|kom(?:órka)?|тел(?:ефон)?|моб|[tm])\b[\W_]*",
    re.IGNORECASE,
)
_BETWEEN_PHONES: Final = re.compile(r"[^\d\s()+＋./–-]+|/(?=\s*[\d+＋])|\((?=[^)]*[^\W\d])")
_REMARK_DIGITS: Final = 4
"""Most digits that may stand beside a number as part of a remark, such as `17:30` or `9-17`."""

_EXTENSION: Final = re.compile(
    r"[\s,;]*(?:ext(?:ension|n)?|x|#|linka|klapka|kl|durchwahl|dw|wew|доб)[.:=\s]*\d{1,6}$", re.IGNORECASE
)


def read_phone(text: str, *, regions: Sequence[str]) -> str:
    """Return a number in E.164, without its extension; national numbers are tried in each region.

    A mobile or fixed line in any region wins over a premium-rate number in an earlier one. Words
    beside the number are left out, too, hours among them, and `says_more` tells of both; another
    number is refused. Raises: AnswerError.
    """
    number = _dialled(text)
    if number and (best := _best(number, regions)):
        return format_number(best, PhoneNumberFormat.E164)
    numbers, is_remark = _apart(text, regions) if len(text) <= PHONE_CHARS else (set(), False)
    if len(numbers) > 1:
        raise AnswerError(ONE_PHONE, example=example_phone(regions[0]))
    if not numbers or not is_remark:
        raise AnswerError(NO_PHONE, example=example_phone(regions[0]))
    return numbers.pop()


def possible_numbers(text: str, *, regions: Iterable[str]) -> frozenset[str]:
    """Return every number in E.164 that a text is in some region, none if anything else is in it."""
    if says_more(text):
        return frozenset()
    found = set()
    for region in regions:
        with suppress(AnswerError):
            found.add(read_phone(text, regions=[region]))
    return frozenset(found)


def says_more(text: str) -> bool:
    """Tell whether words or an extension stand beside a number; that it is a phone is no news."""
    rest = _PHONE_LABEL.sub("", text.lstrip(), count=1) if _PHONE_LABEL.match(text.lstrip()) else text
    return "#" in rest or any(map(str.isalpha, rest))


@cache
def example_phone(region: str) -> str:
    """Return a mobile number of a region, as people there write it, in one line."""
    number = example_number_for_type(region, PhoneNumberType.MOBILE) or PhoneNumber(420, 601123456)
    return format_number(number, PhoneNumberFormat.NATIONAL).replace(" ", "\N{NO-BREAK SPACE}")


def _dialled(text: str) -> str | None:
    """Return the digits to dial, `+` first if international; None for letters and overlong texts."""
    number = _EXTENSION.sub("", _AFTER_PHONE.sub("", _BEFORE_PHONE.sub("", text[:PHONE_CHARS])))
    if len(text) > PHONE_CHARS or any(map(str.isalpha, number)):
        return None
    if not number.isascii():
        number = normalize_digits_only(number, keep_non_digits=True)
    # 00 is not the way abroad in every region, yet visitors mean it so.
    return f"+{number[2:]}" if number.startswith("00") else number


def _apart(text: str, regions: Sequence[str]) -> tuple[set[str], bool]:
    """Return the numbers in a text, in E.164, and whether all the rest is a remark that goes to the note."""
    numbers: set[str] = set()
    is_remark = says_more(text)
    for part in _BETWEEN_PHONES.split(text):
        digits = sum(map(str.isdigit, part))
        number = _dialled(part) if digits > _REMARK_DIGITS else None
        if number and (best := _best(number, regions)):
            numbers.add(format_number(best, PhoneNumberFormat.E164))
        elif digits > _REMARK_DIGITS or "+" in part:
            is_remark = False
    return numbers, is_remark


def _best(number: str, regions: Sequence[str]) -> PhoneNumber | None:
    """Return the first reading that is a person's line, else the first valid one, else None."""
    fallback = None
    for region in regions:
        try:
            reading = parse(number, region)
        except NumberParseException:
            continue
        if reading.extension:  # the library takes the second of two numbers for an extension of the first
            continue
        kind = number_type(reading)
        if kind in _OF_PEOPLE:
            return reading
        if kind != PhoneNumberType.UNKNOWN and fallback is None:
            fallback = reading
    return fallback

"""Phone numbers as people write them → E.164."""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache
from typing import Final

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

from realpad_form.forms.messages import AnswerError, _

NO_PHONE: Final = _(
    "This phone number does not look right. Write it like %(example)s, from abroad with the country code."
)
ONE_ONLY: Final = _("Please enter one phone number only, e.g. %(example)s.")

LONGEST: Final = 60
"""Characters; what is longer is no phone number, however it is written."""

_OF_PEOPLE: Final = (
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
)
_BEFORE: Final = re.compile(r"^[^\d+＋]*")
_AFTER: Final = re.compile(r"[^\d]*$")
_LABEL: Final = re.compile(
    r"(?:tel(?:efon|efón|efonní číslo|efónne číslo)?|mob(?:il|ile|iltelefon)?|phone|cell|handy|gsm|číslo"
    r"|number|nummer|numer|nr|kom(?:órka)?|тел(?:ефон)?|моб|[tm])\b[\W_]*",
    re.IGNORECASE,
)
_BETWEEN: Final = re.compile(r"[^\d\s()+＋./–-]+|/(?=\s*[\d+＋])|\((?=[^)]*[^\W\d])")
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
    numbers, is_remark = _apart(text, regions) if len(text) <= LONGEST else (set(), False)
    if len(numbers) > 1:
        raise AnswerError(ONE_ONLY, example=example(regions[0]))
    if not numbers or not is_remark:
        raise AnswerError(NO_PHONE, example=example(regions[0]))
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
    rest = _LABEL.sub("", text.lstrip(), count=1) if _LABEL.match(text.lstrip()) else text
    return "#" in rest or any(map(str.isalpha, rest))


@cache
def example(region: str) -> str:
    """Return a mobile number of a region, as people there write it, in one line."""
    number = example_number_for_type(region, PhoneNumberType.MOBILE) or PhoneNumber(420, 601123456)
    return format_number(number, PhoneNumberFormat.NATIONAL).replace(" ", "\N{NO-BREAK SPACE}")


def _dialled(text: str) -> str | None:
    """Return the digits to dial, `+` first if international; None for letters and overlong texts."""
    number = _EXTENSION.sub("", _AFTER.sub("", _BEFORE.sub("", text[:LONGEST])))
    if len(text) > LONGEST or any(map(str.isalpha, number)):
        return None
    if not number.isascii():
        number = normalize_digits_only(number, keep_non_digits=True)
    # 00 is not the way abroad in every region, yet visitors mean it so.
    return f"+{number[2:]}" if number.startswith("00") else number


def _apart(text: str, regions: Sequence[str]) -> tuple[set[str], bool]:
    """Return the numbers in a text, in E.164, and whether all the rest is a remark that goes to the note."""
    numbers: set[str] = set()
    is_remark = says_more(text)
    for part in _BETWEEN.split(text):
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

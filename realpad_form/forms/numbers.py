"""Numbers as people write them: `6 000 000 Kč`, `1.250`, `52,5`."""

import re
from decimal import Decimal
from functools import cache
from typing import Final

from babel.numbers import get_currency_symbol

from realpad_form.domain.project_rules import DIGITS
from realpad_form.domain.text import LANGUAGES
from realpad_form.forms.messages import AnswerError, _

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

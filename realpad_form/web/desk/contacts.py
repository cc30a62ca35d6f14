"""Phone numbers and e-mails as a person uses them: readable, and links to call and to write."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from realpad_form.domain.lead import Answers

_NINE_DIGITS: Final = re.compile(r"^(\+42[01])(\d{3})(\d{3})(\d{3})$")
"""A Czech or Slovak phone number, which people read out in groups."""

_PHONE: Final = re.compile(r"\+?\d{3,15}")
_EMAIL: Final = re.compile(r"[^\s@]+@[^\s@]+")


@dataclass(frozen=True, slots=True)
class Contact:
    """One way to reach somebody."""

    text: str  # to be read
    value: str  # to be copied
    address: str  # of a link; '' for what can be neither called nor written to, or is masked


def contacts(answers: Answers) -> dict[str, Contact]:
    """Return phone and e-mail of a lead by the key of their answer, those that there are."""
    texts = {key: str(answers[key]) for key in ("phone", "email") if answers.get(key)}
    return {key: Contact(readable(text), text, _address(key, text)) for key, text in texts.items()}


def readable(text: str) -> str:
    """Return a text, with the digits in groups if it is a number of ours."""
    return _NINE_DIGITS.sub(r"\1 \2 \3 \4", text)


def _address(key: str, text: str) -> str:
    """Return where a link leads to; nothing that is typed adds a recipient or a subject."""
    if key == "phone":
        return f"tel:{text}" if _PHONE.fullmatch(text) else ""
    return f"mailto:{quote(text, safe='@+')}" if _EMAIL.fullmatch(text) else ""

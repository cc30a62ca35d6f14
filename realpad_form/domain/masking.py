"""What somebody sees of a person who may not see whom a lead is from: enough to tell two leads apart."""

import re
from collections.abc import Mapping
from typing import Any, Final

from realpad_form.domain.lead import Answers

DOTS: Final = "••••"
PLAIN: Final = frozenset({"rooms", "price_max", "unit", "unit_id", "campaign"})
"""Answers that say nothing of a person; everything else is masked, a project's own questions, too."""

MOST_WORDS: Final = 4
"""A text of more words is no name, and its initials would say too much."""

_PHONE: Final = re.compile(r"\+\d{7,15}")


def mask(text: str) -> str:
    """Return a name, an e-mail or a phone with most of it hidden; of other texts nothing is left."""
    bare = text.strip()
    if _PHONE.fullmatch(bare.replace(" ", "")):
        return _phone(bare.replace(" ", ""))
    name, sign, domain = bare.partition("@")
    if sign:
        return f"{_word(name)}@{_word(domain)}"
    words = bare.split()
    return " ".join(map(_word, words)) if 0 < len(words) <= MOST_WORDS else DOTS * bool(words)


def mask_answers(answers: Answers) -> dict[str, Any]:
    """Return answers with everything hidden that may tell who gave them."""
    return {name: value if name in PLAIN else _masked(value) for name, value in answers.items()}


def mask_texts(texts: Mapping[str, str]) -> dict[str, str]:
    """Return texts by name, e.g. captured parameters or a call's body, with the same hidden."""
    return {name: value if name in PLAIN else mask(value) for name, value in texts.items()}


def _phone(phone: str) -> str:
    """Keep country and last three digits: what people read out to tell which number they mean."""
    country = phone[:4] if phone.startswith("+42") else phone[:3]
    return f"{country} ••• ••• {phone[-3:]}"


def _word(word: str) -> str:
    """Keep a word's first letter or digit, however long it is."""
    first = next((letter for letter in word if letter.isalnum()), "")
    return f"{first}{DOTS}"


def _masked(value: Any) -> Any:
    """Hide whatever an answer may be; a yes or no stays."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (list, tuple)):
        return [_masked(each) for each in value]
    return mask(value) if isinstance(value, str) else DOTS

"""Rules of a project file's texts; each error says what to write instead."""

import unicodedata
from typing import Final

from realpad_form.domain.cleaning import line
from realpad_form.domain.text import LANGUAGES, Text, pieces, wordings

_SEEN: Final = "LNPS"
"""What can be seen by itself: letters, numbers, punctuation and symbols, as Unicode sorts characters."""


def check_language(language: str) -> str:
    """Take the code of a language that the form speaks."""
    if language not in LANGUAGES:
        raise ValueError(f"no language {language!r}; write one of {', '.join(LANGUAGES)}")
    return language


def check_text(text: Text) -> Text:
    """Allow known languages, and `[label](https://…)` as the only markup; all of it can be seen."""
    if text == {}:
        raise ValueError("write a text, or one per language, e.g. {cs: …, en: …}")
    for language in text if isinstance(text, dict) else ():
        check_language(language)
    for words in wordings(text):
        _check_words(words)
    return text


def _check_words(words: str) -> None:
    parts = list(pieces(words))
    if "](" in "".join(part.words for part in parts):
        raise ValueError("a link is written [label](https://…), without spaces in the address")
    if any(part.href and not _is_seen(part.words) for part in parts):
        raise ValueError("a link has no words to click; write some, e.g. [terms](https://…)")
    if not _is_seen(words):
        raise ValueError("a text is empty; write some words or leave the key out")


def check_label(label: Text) -> Text:
    """Refuse what no sentence can name a question by."""
    for words in wordings(label):
        if not any(map(str.isalnum, line("".join(part.words for part in pieces(words))))):
            raise ValueError("a label has neither letter nor digit; write what is asked for, e.g. Floor")
    return label


def check_not_blank(text: str) -> str:
    """Refuse a text in which nothing can be seen."""
    if not _is_seen(text):
        raise ValueError("a text is empty; write some words or leave it out")
    return text


def check_line(text: str) -> str:
    """Refuse a text that is not written as visitors' texts are read: no answer would ever equal it."""
    if (clean := line(text)) != text:
        what = "has white space or invisible characters that the form never keeps"
        if not unicodedata.is_normalized("NFC", text):
            what = "is not in Unicode's form NFC, in which the form keeps texts"
        raise ValueError(f"{text!r} {what}; write {clean!r}")
    return text


def _is_seen(text: str) -> bool:
    return any(unicodedata.category(character)[0] in _SEEN for character in line(text))

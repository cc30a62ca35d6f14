"""Texts of a project file: one string, or a string per language, with links as the only markup."""

import re
from collections.abc import Collection, Iterator, Mapping
from importlib.resources import files
from typing import Final, NamedTuple

LOCALE: Final = files("realpad_form") / "forms" / "locale"
"""Where the form's own texts are, `<language>.po` each."""

LANGUAGES: Final = tuple(sorted(po.name[:-3] for po in LOCALE.iterdir() if po.name.endswith(".po")))
"""ISO 639-1 codes of the languages the form speaks: those of its texts."""

Text = str | dict[str, str]
"""A text of a project file: for every language, or by ISO 639-1 code."""

_LINK: Final = re.compile(r"\[([^\[\]]+)\]\((https://[^\s()<>\"]+)\)")


class Piece(NamedTuple):
    """A run of a text: plain words, or a link if `href` is set."""

    words: str
    href: str | None = None


def pick(text: str | Mapping[str, str] | None, *languages: str) -> str:
    """Return the text in the first of `languages` that it has, else in any, else ''."""
    if text is None or isinstance(text, str):
        return text or ""
    for language in languages:
        if language in text:
            return text[language]
    return next(iter(text.values()), "")


def wordings(text: Text) -> Collection[str]:
    """Return a text in every language it has."""
    return [text] if isinstance(text, str) else text.values()


def pieces(text: str) -> Iterator[Piece]:
    """Split a text at its `[label](https://…)` links; everything else stays plain words."""
    end = 0
    for link in _LINK.finditer(text):
        if link.start() > end:
            yield Piece(text[end : link.start()])
        yield Piece(link[1], link[2])
        end = link.end()
    if end < len(text):
        yield Piece(text[end:])

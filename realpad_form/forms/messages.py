"""The form's own texts in every language, from one gettext catalogue each.

The English text is the msgid, marked with `_("…")`; `locale/<language>.po` holds what it is
elsewhere and is read as it stands, without a compile step. A language is there once its .po file
is; the tests name every text that it still lacks.
"""

from collections.abc import Iterable
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources.abc import Traversable
from io import BytesIO
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from realpad_form.domain.text import LOCALE

Translations = NullTranslations
"""Has `gettext` and `ngettext`; used as it is, it speaks English."""


class AnswerError(Exception):
    """An answer does not do; `text` is a msgid that says what to enter, `values` fill it in."""

    def __init__(self, text: str, **values: Any) -> None:
        super().__init__(text)
        self.text, self.values = text, values


def _(text: str) -> str:
    """Mark a text for translation; it is translated where it is shown."""
    return text


@cache
def translations(language: str) -> Translations:
    """Return the texts of one of the form's languages."""
    return read_translations(language, [LOCALE / f"{language}.po"])


def read_translations(language: str, files: Iterable[Traversable]) -> Translations:
    """Return the texts of .po files together, in a language of theirs."""
    catalog = Catalog(language)
    for file in files:
        with file.open("rb") as source:
            for message in read_po(source, locale=language):
                if message.id:
                    catalog[message.id] = message
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return GNUTranslations(compiled)

"""What a form says in each language: our own texts, from gettext catalogues, and those of its project.

Of our own, the English text is the msgid, marked with `_("…")`; `locale/<language>.po` holds what it is
elsewhere and is read as it stands, without a compile step. A language is there once its .po file
is; the tests name every text that it still lacks.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources.abc import Traversable
from io import BytesIO
from typing import Any, Final

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, get_currency_symbol

from realpad_form.domain.message import _ as _
from realpad_form.domain.project import Project
from realpad_form.domain.questions import Question, UnitField
from realpad_form.domain.text import LOCALE, Text, pick, pieces

Translations = NullTranslations
"""Has `gettext` and `ngettext`; used as it is, it speaks English."""


class AnswerError(Exception):
    """An answer does not do; `text` is a msgid that says what to enter, `values` fill it in."""

    def __init__(self, text: str, **values: Any) -> None:
        super().__init__(text)
        self.text, self.values = text, values


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


_LABELS: Final = {
    "name": _("First name"),
    "surname": _("Last name"),
    "full_name": _("First and last name"),
    "email": _("Email"),
    "phone": _("Phone"),
    "project": _("Project"),
    "rooms": _("Flat size"),
    "price_max": _("Budget"),
    "unit": _("Flat"),
    "note": _("Message"),
}


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one project in one language."""

    project: Project
    language: str
    choices: Mapping[str, Project] = field(default_factory=dict)  # of a company page, by slug

    def gettext(self, text: str) -> str:
        """Return one of our own texts."""
        return translations(self.language).gettext(text)

    def pick(self, text: Text | None) -> str:
        """Return a text of the project file, or ''."""
        return pick(text, self.language, self.project.language)

    def spoken(self, text: Text) -> str:
        """Return the language in which `pick` takes a text."""
        if isinstance(text, str):
            return self.project.language
        return next((la for la in (self.language, self.project.language) if la in text), next(iter(text)))

    def chosen(self, slug: str) -> str:
        """Return what a project is called that may be chosen on a company page."""
        other = self.choices.get(slug)
        return pick(other.name, self.language, other.language) if other else slug

    def label(self, question: Question) -> str:
        """Return what a question is called; attributes always have a label of their own."""
        return self.pick(question.label) or self.gettext(_LABELS[question.key])

    def name(self, question: Question) -> str:
        """Return the label in plain words, for use within a sentence."""
        return "".join(piece.words for piece in pieces(self.label(question))).rstrip(" :?*")

    def is_demanded(self, question: Question) -> bool:
        """Tell whether a question must be answered; the only way to reach a visitor always must."""
        is_seen = not isinstance(question, UnitField) or question.is_asked
        contacts = self.project.questions.keys() & set(self.project.WITH_CONTACT)
        return contacts == {question.key} or (question.required and is_seen)

    @property
    def currency(self) -> str:
        """The sign of the project's currency."""
        return get_currency_symbol(self.project.currency, self.language)

    def budget(self, price: int) -> str:
        """Return `up to` an amount in the project's currency."""
        return self.gettext(_("up to %(price)s")) % {"price": self.money(price)}

    def money(self, amount: int) -> str:
        """Return an amount in the project's currency."""
        return money(amount, self.project.currency, self.language)


@cache
def money(amount: int, currency: str, language: str) -> str:
    """Return a whole amount of money as people write it."""
    pattern = Locale.parse(language).currency_formats["standard"].pattern.replace(".00", "")
    money = format_currency(amount, currency, pattern, locale=language, currency_digits=False)
    return re.sub(r"(?<=[A-Z])(?=\d)", "\N{NO-BREAK SPACE}", money)

"""How a project's form speaks one language: its own texts, else the project's default, else ours."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from babel import Locale
from babel.numbers import format_currency, get_currency_symbol

from realpad_form.domain.project import Project
from realpad_form.domain.questions import Question, UnitField
from realpad_form.domain.text import Text, pick, pieces
from realpad_form.forms.messages import _, translations

_LABELS: Final = {
    "name": _("First name"),
    "surname": _("Last name"),
    "full_name": _("First and last name"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "rooms": _("Layout"),
    "price_max": _("Budget"),
    "unit": _("Unit"),
    "note": _("Message"),
}


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one project in one language."""

    project: Project
    language: str

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

    def label(self, question: Question) -> str:
        """Return what a question is called; attributes always have a label of their own."""
        return self.pick(question.label) or self.gettext(_LABELS[question.key])

    def name(self, question: Question) -> str:
        """Return the label in plain words, for use within a sentence."""
        return "".join(piece.words for piece in pieces(self.label(question))).rstrip(" :?*")

    def is_demanded(self, question: Question) -> bool:
        """Tell whether a question must be answered; the only way to reach a visitor always must."""
        is_seen = not isinstance(question, UnitField) or question.visible
        contacts = self.project.questions.keys() & set(self.project.WITH_CONTACT)
        return contacts == {question.key} or (question.required and is_seen)

    @property
    def currency(self) -> str:
        """The sign of the project's currency."""
        return get_currency_symbol(self.project.currency, self.language)

    def budget(self, price: int) -> str:
        """Return `up to` an amount in the project's currency."""
        price_text = _money(price, self.project.currency, self.language)
        return self.gettext(_("up to %(price)s")) % {"price": price_text}


@cache
def _money(amount: int, currency: str, language: str) -> str:
    """Return a whole amount of money as people write it."""
    pattern = Locale.parse(language).currency_formats["standard"].pattern.replace(".00", "")
    money = format_currency(amount, currency, pattern, locale=language, currency_digits=False)
    return re.sub(r"(?<=[A-Z])(?=\d)", "\N{NO-BREAK SPACE}", money)

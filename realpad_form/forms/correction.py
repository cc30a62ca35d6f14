"""A lead's answers as an operator changes them on a page."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

from realpad_form.domain.lead import Answers
from realpad_form.domain.project import Project
from realpad_form.domain.text import line, paragraphs
from realpad_form.forms.revision import questions_of, revalidate, sheet_of, texts_of
from realpad_form.forms.view import QuestionView, view_question
from realpad_form.forms.visit import UNASKED
from realpad_form.forms.wording import Wording

SHOWN: Final = {"hidden": "input"}
"""What visitors do not see, operators may correct."""


@dataclass(frozen=True)
class Correction:
    """Answers, and what an operator typed instead; a key that was not posted stays as it is.

    Empty texts do not count, so that a page can say of a list of ticks that none is set.
    """

    project: Project
    answers: Answers
    language: str
    posted: Mapping[str, Sequence[str]] = field(default_factory=dict)
    beside: Collection[str] = tuple(UNASKED)  # what else than the project's questions may be corrected

    @cached_property
    def typed(self) -> dict[str, list[str]]:
        """Return what was typed, by key, whether it differs from the answers or not."""
        known = [key for key in (*questions_of(self.project), *self.beside) if key in self.posted]
        return {key: _clean(key, self.posted[key]) for key in known}

    @cached_property
    def changes(self) -> dict[str, list[str]]:
        """Return what was typed and differs from the answers, by key; an answer taken away is empty."""
        return {key: texts for key, texts in self.typed.items() if texts != self._stored(key)}

    @property
    def questions(self) -> list[QuestionView]:
        """Return every question of the project with what is typed, or else stored."""
        wording = Wording(self.project, self.language)
        sheet = sheet_of(self.project, self._texts, self.language)
        asked = questions_of(self.project)
        views = [view_question(asked[key], sheet[key], wording=wording) for key in asked]
        return [_plain(view, wording.name(asked[view.key])) for view in views]

    @property
    def unasked(self) -> dict[str, str]:
        """Return what pages send along and the project does not ask, with its text."""
        asked = questions_of(self.project)
        return {key: next(iter(self._texts.get(key, ())), "") for key in self.beside if key not in asked}

    def revised(self) -> dict[str, Any]:
        """Return the answers with the changes made. Raises: InvalidAnswersError."""
        changes = {key: texts or "" for key, texts in self.changes.items()}
        return revalidate(self.project, self.answers, changes, language=self.language, beside=self.beside)

    @property
    def _texts(self) -> dict[str, list[str]]:
        stored = {key: texts_of(value) for key, value in self.answers.items()}
        return {**stored, **self.changes}

    def _stored(self, key: str) -> list[str]:
        return texts_of(self.answers[key]) if key in self.answers else []


def _clean(key: str, texts: Sequence[str]) -> list[str]:
    """Return texts as they would be kept, without empty ones."""
    clean = paragraphs if key == "note" else line
    return [text for text in map(clean, texts) if text]


def _plain(view: QuestionView, label: str) -> QuestionView:
    """Return a question without links in its label, to be seen even if visitors do not see it."""
    return replace(view, label=label, control=SHOWN.get(view.control, view.control))

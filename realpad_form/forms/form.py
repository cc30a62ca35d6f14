"""The form a visitor fills in: questions, consents and token → Submission."""

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from realpad_form.domain.lead import Consent, Context, Submission, hash_of
from realpad_form.domain.project import Project
from realpad_form.forms.base_form import BaseProjectForm, Meta
from realpad_form.forms.fields import fields_of
from realpad_form.forms.form_version import VERSION, shown_version, shown_words, was_shown, words_key
from realpad_form.forms.messages import Translations, translations
from realpad_form.forms.posted import Posted
from realpad_form.forms.token import SignedTokenCSRF, Tokens, TokenState
from realpad_form.forms.view import QuestionView, view_consent, view_question
from realpad_form.forms.visit import addresses, parameters, unasked_answers
from realpad_form.forms.wording import Wording


class TokenMeta(Meta):
    """Puts a signed token into the form."""

    csrf = True
    csrf_class = SignedTokenCSRF
    csrf_field_name = "token"


class ProjectForm(BaseProjectForm):
    """A project's form in one language, empty or with what a visitor posted."""

    def __init__(
        self, project: Project, *, language: str, tokens: Tokens, posted: Posted | None = None
    ) -> None:
        self.project, self.language = project, language
        self._tokens = tokens
        self._wording = Wording(project, language)
        super().__init__(
            project.questions, fields_of(project, language), meta=TokenMeta(language), posted=posted
        )

    @property
    def translations(self) -> Translations:
        """The form's own texts."""
        return translations(self.language)

    @cached_property
    def token(self) -> TokenState:
        """What the posted token is worth."""
        return self._tokens.read(self["token"].data, slug=self.project.slug)

    @property
    def questions(self) -> list[QuestionView]:
        """What to show, in order; consents come last."""
        asked = [view_question(q, self[q.key], wording=self._wording) for q in self.project.fields]
        return asked + [
            view_consent(box, self[box.key], wording=self._wording) for box in self.project.consents
        ]

    @property
    def carried(self) -> dict[str, str]:
        """What the host page sent along, for hidden inputs of a form shown again."""
        sent = {**unasked_answers(self.posted), **addresses(self.posted), **self._parameters}
        return {key: text for key, text in sent.items() if text and key not in self.asked}

    @property
    def consents(self) -> tuple[Consent, ...]:
        """Every consent asked for, given or not, in the words of the project file.

        If the page tells which words it showed, a box that it did not show was not asked.
        """
        return tuple(
            Consent(
                id=box.id,
                given=self[box.key].data is True,
                wording=self._wording.pick(box.label),
                language=self._wording.spoken(box.label),
                shown=shown_words(self.posted, box),
            )
            for box in self.project.consents
            if was_shown(self.posted, box)
        )

    @property
    def shown(self) -> dict[str, str]:
        """What a page tells of itself in hidden inputs: its version, and which words of consents it shows."""
        words = {words_key(box): hash_of(self._wording.pick(box.label)) for box in self.project.consents}
        return {VERSION: self.project.form_version, **words}

    @property
    def answers_without_script(self) -> dict[str, Any]:
        """The answers, with those to hidden questions in the note: a page without script shows them all."""
        lines = [f"{self._wording.name(self.asked[key])}: {text}" for key, text in self._hidden_texts()]
        note = "\n\n".join(filter(None, [self.answers.get("note"), "\n".join(lines)]))
        return {**self.answers, "note": note} if lines else self.answers

    def _hidden_texts(self) -> Iterator[tuple[str, str]]:
        """Yield what was typed or chosen at each hidden question, as the page calls it."""
        for key, question in self.asked.items():
            view = view_question(question, self[key], wording=self._wording)
            labels = {choice.value: choice.label for choice in view.choices}
            given: list[str] = self[key].given  # type: ignore[attr-defined]
            if key in self.hidden and given:
                is_tick = view.control == "checkbox" and view.value
                yield key, "✓" if is_tick else ", ".join(labels.get(text, text) for text in given)

    def submission(
        self,
        *,
        key: UUID | None,
        address: str,
        submitted_at: datetime,
        suspicions: tuple[str, ...] = (),
        captcha: str | None = None,
    ) -> Submission:
        """Return what was posted, once `validate` has passed it; `submitted_at` is aware, UTC."""
        context = Context(
            language=self.language,
            form_version=shown_version(self.posted) or self.project.form_version,
            submitted_at=submitted_at,
            address=address,
            parameters=self._parameters,
            **addresses(self.posted),
        )
        return Submission(
            project=self.project.slug,
            answers=self.answers,
            consents=self.consents,
            context=context,
            key=key,
            token=self.token.id,
            captcha=captcha,
            suspicions=suspicions,
        )

    @property
    def _parameters(self) -> dict[str, str]:
        return parameters(self.posted, self.project)

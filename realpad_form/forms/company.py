"""The form of a company page, where the visitor chooses the project: the lead is that project's.

The page shows the consents and the notice of every project, each under a condition on the choice, so that
what was typed stays when another one is chosen. Several projects may ask for one consent in different
words; therefore its boxes are named after their project, too: `consent_7--riverside`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

from wtforms.fields.core import UnboundField

from realpad_form.domain.lead import Consent, hash_of
from realpad_form.domain.project import ConsentBox, Project
from realpad_form.domain.project_rules import OF_CONSENTS, PROJECT
from realpad_form.domain.questions import Attribute
from realpad_form.domain.text import line
from realpad_form.forms.fields import CHOOSE, OneOf, build_consents, fields_of
from realpad_form.forms.form import ProjectForm
from realpad_form.forms.lead_answers import in_words
from realpad_form.forms.messages import Wording
from realpad_form.forms.posted import VERSION, Posted, parameters, shown_words, was_shown, words_key
from realpad_form.forms.token import Tokens
from realpad_form.forms.view import QuestionView, view_consent

OF: Final = "--"
"""Stands between the name of a consent's box and the project that it belongs to."""


class CompanyForm(ProjectForm):
    """A company page's form, empty or with what a visitor posted."""

    def __init__(
        self,
        project: Project,
        *,
        language: str,
        tokens: Tokens,
        posted: Posted | None = None,
        projects: Mapping[str, Project],
    ) -> None:
        """Make the form; of `projects`, those that are offered and open can be chosen."""
        known = {slug: projects[slug] for slug in project.choices if slug in projects}
        self.choices = {slug: each for slug, each in known.items() if not each.closed}
        named = [text for text in map(line, posted.getlist(PROJECT)) if text] if posted else []
        chosen = (
            named[0] if len(named) == 1 else ""
        )  # as the field reads it, or another project would get the lead
        self._chosen = self.choices.get(chosen)
        self._is_named = bool(posted) and any(OF in key for key in posted or ())
        super().__init__(
            project, language=language, tokens=tokens, posted=posted and _without_project(posted, chosen)
        )

    def _unbound(self) -> Mapping[str, "UnboundField[Any]"]:
        own_consents = {box.key for box in self.project.consents}  # which nobody is asked for here
        fields = {
            key: field
            for key, field in fields_of(self.project, self.language).items()
            if key not in own_consents
        }
        label = self._wording.name(self.project.questions[PROJECT])
        fields[PROJECT] = UnboundField(OneOf, label, [CHOOSE], options={slug: slug for slug in self.choices})
        return {**fields, **(build_consents(self._chosen) if self._chosen else {})}

    @property
    def recipient(self) -> Project:
        """The project that was chosen; this one, until one is."""
        return self._chosen or self.project

    @property
    def errors_by_field(self) -> dict[str, list[str]]:
        """What to correct, by key, under the names that the page has for consents."""
        errors = super().errors_by_field
        if not (self._is_named and self._chosen):
            return errors
        boxes = {box.key: _name(box.key, self._chosen.slug) for box in self._chosen.consents}
        return {boxes.get(key, key): texts for key, texts in errors.items()}

    @cached_property
    def consent_boxes(self) -> list[QuestionView]:
        """The consents of all projects, each shown with the choice of its own."""
        return [self._view(box, slug, each) for slug, each in self.choices.items() for box in each.consents]

    def _view(self, box: ConsentBox, slug: str, project: Project) -> QuestionView:
        is_chosen = project is self._chosen
        if is_chosen:
            field = self[box.key]
        else:
            field = build_consents(project)[box.key].bind(form=self, name=box.key, _meta=self.meta)
            field.process(None)
        view = view_consent(box, field, wording=self._own(project))
        name = _name(box.key, slug)
        return replace(view, key=name, id=f"q-{name}", show_if={PROJECT: [slug]})

    @property
    def notices(self) -> list[tuple[str, str]]:
        """The notice of each project that has one, with its slug."""
        notices = ((slug, self._own(each).pick(each.notice)) for slug, each in self.choices.items())
        return [(slug, notice) for slug, notice in notices if notice]

    def _own(self, project: Project) -> Wording:
        return Wording(project, self.language)

    @property
    def consents(self) -> tuple[Consent, ...]:
        """Every consent of the chosen project, given or not; until one is chosen, those of all, not given."""
        if self._chosen is None:
            return tuple(
                self._consent(box, each, given=False)
                for each in self.choices.values()
                for box in each.consents
            )
        return tuple(
            self._consent(box, self._chosen, given=self[box.key].data is True)
            for box in self._chosen.consents
            if was_shown(self.posted, box)
        )

    def _consent(self, box: ConsentBox, project: Project, *, given: bool) -> Consent:
        words = self._own(project)
        return Consent(
            id=box.id,
            given=given,
            wording=words.pick(box.label),
            language=words.spoken(box.label),
            shown=shown_words(self.posted, box),
        )

    @property
    def shown(self) -> dict[str, str]:
        """What a page tells of itself in hidden inputs: its version, and which words of consents it shows."""
        words = {
            _name(words_key(box), slug): hash_of(self._own(each).pick(box.label))
            for slug, each in self.choices.items()
            for box in each.consents
        }
        return {VERSION: self.project.form_version, **words}

    @cached_property
    def answers(self) -> dict[str, Any]:
        """The answers as the chosen project keeps them; what it does not ask goes to the note."""
        answers = {key: value for key, value in super().answers.items() if key != PROJECT}
        if self._chosen is None:
            return answers
        strange = {key: answers[key] for key in answers if not self._takes(key, answers[key])}
        lines = "\n".join(self._in_words(strange))
        note = "\n\n".join(filter(None, [answers.get("note"), lines]))
        kept = {key: value for key, value in answers.items() if key not in strange}
        return {**kept, "note": note} if note else kept

    def _takes(self, key: str, value: Any) -> bool:
        """Tell whether the chosen project can send an answer: only attributes differ between projects."""
        mine = self.asked.get(key)
        if not isinstance(mine, Attribute):
            return True
        its = self.recipient.questions.get(key)
        if not isinstance(its, Attribute) or getattr(its, "type", "") != getattr(mine, "type", ""):
            return False
        offered = {option.value for option in getattr(its, "options", ())}
        return not offered or offered.issuperset(value if isinstance(value, list) else [value])

    def _in_words(self, answers: Mapping[str, Any]) -> Iterator[str]:
        """Yield `label: answer` for answers, as the company page calls them."""
        for answered in in_words(self.project, answers, language=self.language):
            yield f"{answered.label}: {'✓' if answered.is_tick else ', '.join(answered.texts)}"

    @property
    def _parameters(self) -> dict[str, str]:
        return {**parameters(self.posted, self.project), **parameters(self.posted, self.recipient)}


def _name(key: str, slug: str) -> str:
    return f"{key}{OF}{slug}"


def _without_project(posted: Posted, slug: str) -> Posted:
    """Return what was posted with the names of the chosen project's boxes as its own page has them."""
    suffix = f"{OF}{slug}"
    values = {
        key.removesuffix(suffix) if key.startswith(OF_CONSENTS) else key: texts
        for key, texts in posted.values.items()
    }
    return replace(posted, values=values)

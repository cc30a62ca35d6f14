"""The form a visitor fills in: questions, consents and token → Submission."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType
from typing import Any
from uuid import UUID

from wtforms.fields.core import UnboundField
from wtforms.form import BaseForm
from wtforms.meta import DefaultMeta

from realpad_form.domain.lead import Consent, Context, Submission, hash_of
from realpad_form.domain.project import Project
from realpad_form.domain.project_rules import PHONE_PREFIX
from realpad_form.domain.questions import BooleanAttribute, Question, Section
from realpad_form.forms.fields import PhoneAnswer, fields_of
from realpad_form.forms.messages import Translations, Wording, _, translations
from realpad_form.forms.posted import (
    VERSION,
    Posted,
    addresses,
    parameters,
    shown_version,
    shown_words,
    unasked_answers,
    was_shown,
    words_key,
)
from realpad_form.forms.readers import says_more
from realpad_form.forms.token import SignedTokenCSRF, Tokens, TokenState
from realpad_form.forms.view import QuestionView, SectionView, paired, view_consent, view_question
from realpad_form.forms.visibility import Given, hidden_keys


class Meta(DefaultMeta):
    """Makes WTForms speak the form's language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def get_translations(self, form: BaseForm) -> Translations:
        """Return the form's texts."""
        return translations(self.language)


class BaseProjectForm(BaseForm):
    """Questions and answers; a question hidden by `show_if` is neither judged nor answered."""

    def __init__(
        self,
        asked: Mapping[str, Question],
        fields: Mapping[str, "UnboundField[Any]"],
        *,
        meta: Meta,
        posted: Posted | None,
    ) -> None:
        super().__init__(fields, meta=meta)
        self.asked = asked
        self.posted = posted or Posted({})
        if isinstance(phone := self._fields.get("phone"), PhoneAnswer):
            phone.region = next(iter(self.posted.getlist(PHONE_PREFIX)), None)
        self.process(posted)
        for key in self.posted.malformed & self._fields.keys():
            unread = _("We couldn’t read this answer. Please enter it again.")
            self[key].process_errors = [self[key].gettext(unread)]

    @cached_property
    def hidden(self) -> frozenset[str]:
        """The questions that are not asked with these answers."""
        return hidden_keys(self.asked, self._given)

    def validate(self, extra_validators: Any = None) -> bool:
        """Judge the answers; a stale token is none of them."""
        for key, field in self._fields.items():
            if key not in self.hidden:
                field.validate(self)
        contacts = [self[key] for key in Project.WITH_CONTACT if key in self.asked and key not in self.hidden]
        # Source: Realpad docs, "Sending leads": there must be a way to reach the visitor.
        if not any(field.data or field.errors for field in contacts):
            missing = _("Enter an email or a phone number so that we can reach you.")
            for field in contacts:
                field.errors = [field.gettext(missing)]
        return not self.errors_by_field

    @property
    def errors_by_field(self) -> dict[str, list[str]]:
        """What to correct, by key, in the order shown."""
        return {key: list(field.errors) for key, field in self._fields.items() if field.errors}

    @cached_property
    def answers(self) -> dict[str, Any]:
        """The answers as they are kept, once `validate` has passed them."""
        unasked = {k: text for k, text in unasked_answers(self.posted).items() if k not in self.asked}
        answered = [_kept(key, self[key].data) for key in self.asked if key not in self.hidden]
        kept = {key: value for part in [*answered, unasked] for key, value in part.items()}
        return {**kept, **self.with_remark(kept)}

    def _given(self, key: str) -> Given:
        """Return an answer as conditions know it; a tick always as `true`."""
        value = self[key].data
        if isinstance(self.asked[key], BooleanAttribute):
            return Given(["true"] if value else [])
        if isinstance(value, date):
            return Given([value.isoformat()], value)
        number = value if isinstance(value, int | Decimal) else None
        return Given(self[key].given, number)  # type: ignore[attr-defined]

    def with_remark(self, kept: Mapping[str, Any]) -> dict[str, str]:
        """Return the note of kept answers with the phone as it was written, if that says more."""
        given: list[str] = self["phone"].given if "phone" in kept.keys() & self.asked else []  # type: ignore[attr-defined]
        remarks = [f"phone: {text}" for text in given if says_more(text)]
        return {"note": "\n\n".join(filter(None, [kept.get("note"), *remarks]))} if remarks else {}


def _kept(key: str, value: Any) -> dict[str, Any]:
    """Return an answer as it is kept, JSON-able; both names if it holds both."""
    match value:
        case None:
            return {}
        case tuple():
            return dict(zip(("name", "surname"), value, strict=True))
        case Decimal():
            return {key: f"{value:f}"}
        case date():
            return {key: value.isoformat()}
        case _:
            return {key: value}


class TokenMeta(Meta):
    """Puts a signed token into the form."""

    csrf = True
    csrf_class = SignedTokenCSRF
    csrf_field_name = "token"


class ProjectForm(BaseProjectForm):
    """A project's form in one language, empty or with what a visitor posted."""

    choices: Mapping[str, Project] = MappingProxyType({})
    """The projects that may be chosen, by slug, on a company page."""

    def __init__(
        self, project: Project, *, language: str, tokens: Tokens, posted: Posted | None = None
    ) -> None:
        self.project, self.language = project, language
        self._tokens = tokens
        self._wording = Wording(project, language, self.choices)
        super().__init__(project.questions, self._unbound(), meta=TokenMeta(language), posted=posted)

    @property
    def notices(self) -> list[tuple[str, str]]:
        """Notices of other projects, each with the slug that shows it; on company pages only."""
        return []

    @property
    def recipient(self) -> Project:
        """The project whose lead this is."""
        return self.project

    def _unbound(self) -> Mapping[str, "UnboundField[Any]"]:
        return fields_of(self.project, self.language)

    @property
    def translations(self) -> Translations:
        """The form's own texts."""
        return translations(self.language)

    @cached_property
    def token(self) -> TokenState:
        """What the posted token is worth."""
        return self._tokens.read(self["token"].data, slug=self.project.slug)

    @cached_property
    def sections(self) -> list[SectionView]:
        """The questions to show, in order, under the headings of the project file; the first has none."""
        sections = [SectionView()]
        for entry in self.project.fields:
            if isinstance(entry, Section):
                heading = self._wording.pick(entry.section)
                sections.append(SectionView(heading=heading, is_collapsed=entry.collapsed))
            else:
                sections[-1].questions.append(view_question(entry, self[entry.key], wording=self._wording))
        widths = {key: question.width for key, question in self.asked.items()}
        for section in sections:
            section.questions[:] = paired(section.questions, widths, apart=next(iter(self.either), None))
        return [section for section in sections if section.questions]

    @cached_property
    def either(self) -> list[str]:
        """E-mail and phone, if one of them is demanded and neither by itself."""
        contacts = [key for key in self.asked if key in Project.WITH_CONTACT]
        is_demanded = any(self._wording.is_demanded(self.asked[key]) for key in contacts)
        return [] if is_demanded else contacts

    @cached_property
    def consent_boxes(self) -> list[QuestionView]:
        """The consents to show."""
        return [view_consent(box, self[box.key], wording=self._wording) for box in self.project.consents]

    @property
    def questions(self) -> list[QuestionView]:
        """What to show, in order; consents come last."""
        return [question for section in self.sections for question in section.questions] + self.consent_boxes

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
        lines = [text for _key, text in self.hidden_lines()]
        note = "\n\n".join(filter(None, [self.answers.get("note"), "\n".join(lines)]))
        return {**self.answers, "note": note} if lines else self.answers

    def hidden_lines(self) -> Iterator[tuple[str, str]]:
        """Yield each answer to a question that is not asked, by its key, as a line for the note."""
        for key, question in self.asked.items():
            given: list[str] = self[key].given  # type: ignore[attr-defined]
            if key in self.hidden and given:
                view = view_question(question, self[key], wording=self._wording)
                labels = {choice.value: choice.label for choice in view.choices}
                is_tick = view.control == "checkbox" and view.value
                text = "✓" if is_tick else ", ".join(labels.get(text, text) for text in given)
                yield key, f"{self._wording.name(question)}: {text}"

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
            project=self.recipient.slug,
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

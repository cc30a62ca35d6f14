"""A lead's answers: in words, as people read them, and as an operator corrects them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

from realpad_form.domain.errors import InvalidAnswersError
from realpad_form.domain.lead import Answers
from realpad_form.domain.payload import Basis, LeadProject
from realpad_form.domain.project import Project
from realpad_form.domain.questions import FullNameField, NameField, PriceMaxField, Question, SurnameField
from realpad_form.domain.text import line, paragraphs
from realpad_form.forms.fields import AnyOf, build_fields
from realpad_form.forms.form import BaseProjectForm, Meta
from realpad_form.forms.messages import AnswerError, Wording, _, translations
from realpad_form.forms.posted import UNASKED, Posted
from realpad_form.forms.readers import read_full_name
from realpad_form.forms.view import QuestionView, option_label, view_question

SHOWN: Final = {"hidden": "input"}
"""What visitors do not see, operators may correct."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One answer, ready to be read."""

    key: str
    label: str  # the project's, in plain words; '' for what it does not ask
    texts: Sequence[str]  # options by what they are called; none for a tick
    is_tick: bool
    is_asked: bool  # by the project file of today, or sent along by pages


def in_words(project: Project | None, answers: Answers, *, language: str) -> list[Answered]:
    """Return answers in the order the project asks; what it asks no longer comes last."""
    asked = questions_of(project) if project else {}
    order = [*asked, *UNASKED, *answers]
    keys = [key for key in dict.fromkeys(order) if key in answers]
    wording = Wording(project, language) if project else None
    read = []
    for key in keys:
        value, question = answers[key], asked.get(key)
        texts = list(_texts(value, question, wording)) if wording and question else texts_of(value)
        read.append(
            Answered(
                key=key,
                label=wording.name(question) if wording and question else "",
                texts=[] if value is True else texts,
                is_tick=value is True,
                is_asked=question is not None or key in UNASKED,
            )
        )
    return read


def _texts(value: Any, question: Question, wording: Wording) -> Iterator[str]:
    """Yield what an answer says; an option that is offered no longer by its value."""
    options = getattr(question, "options", None) or ()
    labels = {str(option.value): option_label(option, wording) for option in options}
    is_amount = isinstance(question, PriceMaxField) and isinstance(value, int)
    for text in texts_of(value):
        yield labels.get(text) or (wording.budget(value) if is_amount else text)


def revalidate(
    project: Project,
    answers: Answers,
    changes: Mapping[str, str | Sequence[str]],
    *,
    language: str,
    beside: Collection[str] = tuple(UNASKED),
    is_whole: bool = False,
) -> dict[str, Any]:
    """Return the answers with the changes made; an empty text takes an answer away.

    Besides what the project asks, only the answers `beside` may change.

    Only what changes is judged: any other answer stays as it was, asked for today or not, unless
    the changes hide its question. With `is_whole` all that the project asks is judged, as it is of a lead
    that the form did not take as it was. Several options are a list, or written `a|b` or `a,b`.
    Raises: InvalidAnswersError.
    """
    changes = dict(changes)
    if "full_name" in project.questions and "full_name" in changes:  # it is kept as two
        try:
            changes["name"], changes["surname"] = read_full_name(line(str(changes.pop("full_name"))))
        except AnswerError as error:
            text = translations(language).gettext(error.text)
            raise InvalidAnswersError({"full_name": [text]}) from error
    asked = questions_of(project)
    known = list(dict.fromkeys([*asked, *beside]))
    if unknown := [key for key in changes if key not in known]:
        text = translations(language).gettext(_("This project doesn’t ask for this, only for %(keys)s."))
        raise InvalidAnswersError({key: [text % {"keys": ", ".join(known)}] for key in unknown})
    stored = {key: texts_of(value) for key, value in answers.items()}
    changed = {key: _split(text, asked.get(key)) for key, text in changes.items()}
    before, after = (_form_of(project, texts, language) for texts in (stored, {**stored, **changed}))
    _judge(after, _judged_whole(after) if is_whole else (), changes)
    if is_whole:
        changes = {**dict.fromkeys(after.asked, ""), **changes}
    gone = changes.keys() | (after.hidden - before.hidden)
    kept = {key: value for key, value in answers.items() if key not in gone}
    revised = {**kept, **{key: value for key, value in after.answers.items() if key in changes}}
    # A note that changes, too, has it already; of a lead judged whole, if the project asks for one.
    has_remark = "note" in changes and (not is_whole or "note" in after.asked)
    return revised if has_remark else {**revised, **after.with_remark(revised)}


def beside_questions(of: LeadProject) -> Collection[str]:
    """Return which answers may be corrected beside a project's questions: none on top of a stored call."""
    return () if of.basis is Basis.CALL else tuple(UNASKED)


def questions_of(project: Project) -> dict[str, Question]:
    """Return the questions as answers are kept: a full name as two."""
    names = (NameField(field="name"), SurnameField(field="surname"))
    parts = (names if isinstance(q, FullNameField) else (q,) for q in project.questions.values())
    return {question.key: question for part in parts for question in part}


def texts_of(value: Any) -> list[str]:
    """Return a kept answer as a form would send it."""
    if value is True:
        return ["true"]
    return list(map(str, value)) if isinstance(value, (list, tuple)) else [str(value)]


def _split(text: str | Sequence[str], question: Question | None) -> list[str]:
    """Return a change as a form would send it; only questions of several options take a list."""
    if not isinstance(text, str):
        return list(text)
    options = getattr(question, "options", None) or ()
    is_list = hasattr(question, "multiple") or getattr(question, "type", None) == "multi_select"
    if not is_list or text in [option.value for option in options]:
        return [text]
    return text.split("|" if "|" in text else ",")


def _form_of(project: Project, texts: Mapping[str, Sequence[str]], language: str) -> BaseProjectForm:
    """Return the project's questions with these texts for answers."""
    asked = questions_of(project)
    fields = build_fields(asked.values(), Wording(project, language))
    return BaseProjectForm(asked, fields, meta=Meta(language), posted=Posted(texts))


def _judged_whole(form: BaseProjectForm) -> set[str]:
    """Return the answers that a lead is judged by as a whole.

    The note is none of them: what had no place elsewhere may have made it longer than visitors may write.
    """
    return form.asked.keys() - {"note"}


def _judge(
    form: BaseProjectForm, unchanged: Iterable[str], changes: Mapping[str, str | Sequence[str]]
) -> None:
    """Refuse changes that the form would refuse, and such answers among `unchanged`.

    Raises: InvalidAnswersError.
    """
    form.validate()
    unasked = translations(form.meta.language).gettext(
        _("With the other answers as they are, this question isn’t asked.")
    )
    judged = {*changes, *unchanged}
    errors = {key: texts for key, texts in form.errors_by_field.items() if key in judged}
    errors |= {key: [unasked] for key, text in changes.items() if text and key in form.hidden}
    if errors:
        raise InvalidAnswersError(errors)


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
    is_whole: bool = False  # judge all that the project asks, as the form did not take it as it was

    @cached_property
    def typed(self) -> dict[str, list[str]]:
        """Return what was typed, by key, whether it differs from the answers or not."""
        known = [key for key in (*questions_of(self.project), *self.beside) if key in self.posted]
        return {key: _clean(key, self.posted[key]) for key in known}

    @cached_property
    def changes(self) -> dict[str, list[str]]:
        """Return what was typed and differs from the answers, by key; an answer taken away is empty."""
        return {key: texts for key, texts in self.typed.items() if texts != self._stored.get(key, [])}

    @property
    def questions(self) -> list[QuestionView]:
        """Return every question of the project with what is typed, or else stored."""
        wording = Wording(self.project, self.language)
        form = _form_of(self.project, self._texts, self.language)
        asked = questions_of(self.project)
        views = [view_question(asked[key], form[key], wording=wording) for key in asked]
        return [_plain(view, wording.name(asked[view.key])) for view in views]

    @property
    def unasked(self) -> dict[str, str]:
        """Return what pages send along and the project does not ask, with its text."""
        asked = questions_of(self.project)
        return {key: next(iter(self._texts.get(key, ())), "") for key in self.beside if key not in asked}

    def revised(self) -> dict[str, Any]:
        """Return the answers with the changes made. Raises: InvalidAnswersError."""
        changes = {key: texts or "" for key, texts in self.changes.items()}
        return revalidate(
            self.project,
            self.answers,
            changes,
            language=self.language,
            beside=self.beside,
            is_whole=self.is_whole,
        )

    @property
    def mistakes(self) -> dict[str, list[str]]:
        """Return what is wrong with all that the project asks, by key; of choices that are none, which."""
        form = _form_of(self.project, self._texts, self.language)
        form.validate()
        judged = _judged_whole(form)
        found = {key: texts for key, texts in form.errors_by_field.items() if key in judged}
        for key, texts in found.items():
            if isinstance(box := form[key], AnyOf) and box.given:  # the page has no place to show them
                found[key] = [f"{text} ({', '.join(box.given)})" for text in texts]
        return found

    @property
    def _texts(self) -> dict[str, list[str]]:
        return {**self._stored, **self.changes}

    @cached_property
    def _stored(self) -> dict[str, list[str]]:
        return {key: texts_of(value) for key, value in self.answers.items()}


def _clean(key: str, texts: Sequence[str]) -> list[str]:
    """Return texts as they would be kept, without empty ones."""
    clean = paragraphs if key == "note" else line
    return [text for text in map(clean, texts) if text]


def _plain(view: QuestionView, label: str) -> QuestionView:
    """Return a question without links in its label, to be seen even if visitors do not see it.

    A unit is typed: the one that a page named need not be in the project's list.
    """
    control = "input" if view.kind == "unit" else SHOWN.get(view.control, view.control)
    return replace(view, label=label, control=control)

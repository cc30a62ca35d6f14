"""An operator's corrections of a lead's answers, held to the form's own rules."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from realpad_form.domain.errors import InvalidAnswersError
from realpad_form.domain.lead import Answers
from realpad_form.domain.payload import Basis, LeadProject
from realpad_form.domain.project import Project
from realpad_form.domain.questions import FullNameField, NameField, Question, SurnameField
from realpad_form.domain.text import line
from realpad_form.forms.base_form import BaseProjectForm, Meta
from realpad_form.forms.fields import build_fields
from realpad_form.forms.messages import AnswerError, _, translations
from realpad_form.forms.posted import Posted
from realpad_form.forms.readers import read_full_name
from realpad_form.forms.visit import UNASKED
from realpad_form.forms.wording import Wording


def revalidate(
    project: Project,
    answers: Answers,
    changes: Mapping[str, str | Sequence[str]],
    *,
    language: str,
    beside: Collection[str] = tuple(UNASKED),
) -> dict[str, Any]:
    """Return the answers with the changes made; an empty text takes an answer away.

    Besides what the project asks, only the answers `beside` may change.

    Only what changes is judged: any other answer stays as it was, asked for today or not, unless
    the changes hide its question. Several options are a list, or written `a|b` or `a,b`.
    Raises: InvalidAnswersError.
    """
    changes = _with_names_apart(project, changes, language=language)
    asked = questions_of(project)
    _check_known(changes, dict.fromkeys([*asked, *beside]), language=language)
    stored = {key: texts_of(value) for key, value in answers.items()}
    changed = {key: _split(text, asked.get(key)) for key, text in changes.items()}
    before, after = (sheet_of(project, texts, language) for texts in (stored, {**stored, **changed}))
    _judge(after, changes)
    gone = changes.keys() | (after.hidden - before.hidden)
    kept = {key: value for key, value in answers.items() if key not in gone}
    revised = {**kept, **{key: value for key, value in after.answers.items() if key in changes}}
    # A note that changes, too, has it already.
    return revised if "note" in changes else {**revised, **after.with_remark(revised)}


def beside_questions(of: LeadProject) -> Collection[str]:
    """Return which answers may be corrected beside a project's questions: none on top of a stored call."""
    return () if of.basis is Basis.CALL else tuple(UNASKED)


def questions_of(project: Project) -> dict[str, Question]:
    """Return the questions as answers are kept: a full name as two."""
    names = (NameField(field="name"), SurnameField(field="surname"))
    parts = (names if isinstance(q, FullNameField) else (q,) for q in project.fields)
    return {question.key: question for part in parts for question in part}


def _with_names_apart(
    project: Project, changes: Mapping[str, str | Sequence[str]], *, language: str
) -> dict[str, str | Sequence[str]]:
    """Return the changes with a full name as two. Raises: InvalidAnswersError."""
    rest = dict(changes)
    if "full_name" not in project.questions or "full_name" not in rest:
        return rest
    try:
        name, surname = read_full_name(line(str(rest.pop("full_name"))))
    except AnswerError as error:
        text = translations(language).gettext(error.text)
        raise InvalidAnswersError({"full_name": [text]}) from error
    return {**rest, "name": name, "surname": surname}


def _check_known(changes: Iterable[str], known: Iterable[str], *, language: str) -> None:
    """Refuse keys that no answer has. Raises: InvalidAnswersError."""
    text = translations(language).gettext(_("This project asks for no such answer, only for %(keys)s."))
    keys = list(known)
    if errors := {key: [text % {"keys": ", ".join(keys)}] for key in changes if key not in keys}:
        raise InvalidAnswersError(errors)


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


def sheet_of(project: Project, texts: Mapping[str, Sequence[str]], language: str) -> BaseProjectForm:
    """Return the project's questions with these texts for answers."""
    asked = questions_of(project)
    fields = build_fields(asked.values(), Wording(project, language))
    return BaseProjectForm(asked, fields, meta=Meta(language), posted=Posted(texts))


def _judge(sheet: BaseProjectForm, changes: Mapping[str, str | Sequence[str]]) -> None:
    """Refuse changes that the form would refuse. Raises: InvalidAnswersError."""
    sheet.validate()
    unasked = translations(sheet.meta.language).gettext(
        _("With the other answers as they are, this is not asked.")
    )
    errors = {key: texts for key, texts in sheet.errors_by_field.items() if key in changes}
    errors |= {key: [unasked] for key, text in changes.items() if text and key in sheet.hidden}
    if errors:
        raise InvalidAnswersError(errors)

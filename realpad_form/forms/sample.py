"""Answers to try a form with: right ones, and wrong ones."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from realpad_form.domain.project import Project
from realpad_form.domain.project_rules import kind_of
from realpad_form.domain.questions import Question
from realpad_form.forms.posted import Posted
from realpad_form.forms.readers import example_phone
from realpad_form.forms.visibility import conditions

SAMPLE: Final = {
    "name": "Test",
    "surname": "Lead",
    "full_name": "Test Lead",
    "email": "test@example.com",
    "unit": "A-101",
    "note": "Test",
    "string": "Test",
    "integer": "1",
    "decimal": "1.5",
    "boolean": "true",
}
"""Answers by kind of question, as a browser sends them."""

WRONG: Final = {"email": "sample@", "phone": "12", "price_max": "?", "integer": "?", "decimal": "?"}


def sample_answers(project: Project) -> Posted:
    """Return answers that a form takes, every question shown and every consent given as far as can be."""
    values = {q.key: [_answer(q, project)] for q in project.questions.values()}
    for question in project.questions.values():
        values |= {key: wanted[:1] for key, wanted in conditions(question).items()}  # that show it
    consents = {box.key: ["true"] for box in project.consents}
    return Posted({key: given for key, given in {**values, **consents}.items() if given != ["false"]})


def wrong_answers(project: Project) -> Posted:
    """Return answers that a form refuses: what is demanded is missing, what can be wrong is."""
    kinds = {q.key: kind_of(q) for q in project.questions.values() if not _options(q)}
    return Posted({key: [WRONG[kind]] for key, kind in kinds.items() if kind in WRONG})


def _answer(question: Question, project: Project) -> str:
    """Return one answer that a question takes."""
    match kind_of(question):
        case "phone":
            return example_phone(project.phone_regions[0])
        case "date":
            return f"{datetime.now(UTC).date() + timedelta(days=30):%Y-%m-%d}"
        case "price_max" if not _options(question):
            return str(_bound(question, 5_000_000))
        case "integer" | "decimal" as kind:
            return str(_bound(question, SAMPLE[kind]))
        case kind:
            offered = [str(option.value) for option in _options(question)] or getattr(question, "known", None)
            return offered[0] if offered else SAMPLE[kind][: getattr(question, "max_length", None)]


def _bound(question: Any, usual: object) -> object:
    """Return the least or most that a number may be, else the usual one."""
    return next((limit for limit in (question.min, question.max) if limit is not None), usual)


def _options(question: Any) -> Any:
    return getattr(question, "options", None) or ()

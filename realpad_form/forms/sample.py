"""Answers to try a form with: right ones, and wrong ones."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from realpad_form.domain.project import Project
from realpad_form.domain.project_rules import clause_kind, kind_of
from realpad_form.domain.questions import Question, day_of
from realpad_form.domain.statistics import ZONE
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
        values |= _showing(conditions(question), project)
    consents = {box.key: ["true"] for box in project.consents}
    return Posted({key: given for key, given in {**values, **consents}.items() if given != ["false"]})


def _showing(wanted: Mapping[str, Any], project: Project) -> dict[str, list[str]]:
    """Return answers that fulfil conditions, as far as a single answer to each question can."""
    answers: dict[str, list[str]] = {}
    for key, clause in wanted.items():
        if clause_kind(clause) == "alternatives":
            answers |= _showing(clause[0], project)
        elif isinstance(clause, list):
            answers[key] = clause[:1]
        elif "not" in clause:
            offered = [str(option.value) for option in _options(project.questions[key])]
            answers[key] = [text for text in offered if text not in clause["not"]][:1]
        else:
            answers[key] = [clause.get("min", clause.get("max"))]
    return answers


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
            return _day(question).isoformat()
        case "price_max" if not _options(question):
            return str(_bound(question, 5_000_000))
        case "integer" | "decimal" as kind:
            return str(_bound(question, SAMPLE[kind]))
        case kind:
            known = getattr(question, "known", None) or ()
            offered = [str(option.value) for option in _options(question)] or [unit.id for unit in known]
            return offered[0] if offered else SAMPLE[kind][: getattr(question, "max_length", None)]


def _day(question: Any) -> date:
    """Return a day that a date question takes: in a month, or the nearest one that it allows."""
    today = datetime.now(ZONE).date()
    first, last = (bound and day_of(bound, today) for bound in (question.min, question.max))
    day = today + timedelta(days=30)
    return max(first, min(day, last or day)) if first else min(day, last or day)


def _bound(question: Any, usual: object) -> object:
    """Return the least or most that a number may be, else the usual one."""
    return next((limit for limit in (question.min, question.max) if limit is not None), usual)


def _options(question: Any) -> Any:
    return getattr(question, "options", None) or ()

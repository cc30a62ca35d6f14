"""`show_if`: questions that are shown for certain answers to other questions only."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from realpad_form.catalog.asked import Asked
from realpad_form.catalog.finding import Finding, one_of, shown, suggestion

ALWAYS_ASKED: Final = ("name", "surname", "full_name")
CONTACTS: Final = ("email", "phone")

_ANYTHING: Final = (re.compile(r".+", re.DOTALL), "a text or a number")
_FORMS: Final = {
    "integer": (re.compile(r"\d+", re.ASCII), "a whole number"),
    "price_max": (re.compile(r"\d+", re.ASCII), "a whole number"),
    "decimal": (re.compile(r"-?\d+(\.\d+)?", re.ASCII), "a number"),
    "date": (re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII), "a day, e.g. 2026-12-31"),
}
"""How an answer looks that is not chosen from options, and how to ask for one."""

Questions = Mapping[str, Asked]


def check_conditions(questions: Questions) -> Iterator[Finding]:
    """Find conditions that can never hold, and those that would hide what Realpad demands."""
    for question in questions.values():
        for key, wanted in _conditions(question).items():
            if what := _breach(question, key, wanted, questions):
                yield Finding((*question.place, "show_if", key), what)
    yield from _check_hidden(questions)


def _conditions(question: Asked) -> dict[str, Any]:
    """Return the answers that show a question, by the key of the question they belong to."""
    conditions = question.entry.get("show_if")
    return conditions if isinstance(conditions, dict) else {}


def _breach(question: Asked, key: str, wanted: Any, questions: Questions) -> str | None:
    """Say what is wrong with one condition of a question."""
    if key == question.key:
        return "a question cannot wait for itself; name another one"
    if key not in questions:
        return (
            f"the form has no such question; {suggestion(key, (k for k in questions if k != question.key))}"
        )
    if question.key in _waits_for(key, questions):
        return f"{question.key} and {key} wait for each other; leave one show_if out"
    for answer in wanted if isinstance(wanted, list) else [wanted]:
        if expected := _expected(answer, questions[key].entry):
            return f"{shown(answer)} is no answer to {key}; write {expected}"
    return None


def _waits_for(key: str, questions: Questions) -> set[str]:
    """Return every question whose answer decides, directly or not, whether one is shown."""
    found: set[str] = set()
    ahead = [key]
    while ahead:
        new = [k for k in _conditions(questions[ahead.pop()]) if k in questions and k not in found]
        found.update(new)
        ahead.extend(new)
    return found


def _expected(answer: Any, entry: Mapping[str, Any]) -> str | None:
    """Say what to write if a question can never have an answer; None if it can."""
    if isinstance(options := entry.get("options"), list) and options:
        values = [option.get("value") if isinstance(option, dict) else option for option in options]
        return None if _is_one_of(answer, values) else one_of(map(shown, values))
    if entry.get("type") == "boolean":
        return None if isinstance(answer, bool) else "true or false"
    form, expected = _FORMS.get(str(entry.get("type") or entry.get("field")), _ANYTHING)
    return None if not isinstance(answer, bool) and form.fullmatch(str(answer)) else expected


def _is_one_of(answer: Any, values: list[Any]) -> bool:
    return not isinstance(answer, bool) and str(answer) in map(str, values)


def _check_hidden(questions: Questions) -> Iterator[Finding]:
    """Find questions that Realpad demands and that a condition could hide."""
    for key in ALWAYS_ASKED:
        if key in questions and _conditions(questions[key]):
            yield _demanded(questions[key], "Realpad demands it of every lead")
    contacts = [questions[key] for key in CONTACTS if key in questions]
    if contacts and all(map(_conditions, contacts)):
        yield _demanded(contacts[-1], "Realpad demands an e-mail address or a phone number of every lead")


def _demanded(question: Asked, why: str) -> Finding:
    return Finding((*question.place, "show_if"), f"{why}; leave show_if out here")

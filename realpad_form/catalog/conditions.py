"""`show_if`: questions that are shown for certain answers to other questions only."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from realpad_form.catalog.asked import Asked
from realpad_form.catalog.expected import expected
from realpad_form.catalog.finding import Finding, shown, suggestion

ALWAYS_ASKED: Final = ("name", "surname", "full_name")
CONTACTS: Final = ("email", "phone")

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
        if words := expected(answer, questions[key].entry):
            return f"{shown(answer)} is no answer to {key}; write {words}"
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

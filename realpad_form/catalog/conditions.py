"""`show_if`: questions that are shown for certain answers to other questions only."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from realpad_form.catalog.asked import AskedField
from realpad_form.catalog.expected import expected
from realpad_form.catalog.finding import Violation, shown, suggestion

ALWAYS_ASKED: Final = ("name", "surname", "full_name")
CONTACTS: Final = ("email", "phone")

Questions = Mapping[str, AskedField]


def check_conditions(questions: Questions) -> Iterator[Violation]:
    """Find conditions that can never hold, and those that would hide what Realpad demands."""
    components = _components(questions)
    for question in questions.values():
        for key, wanted in _conditions(question).items():
            is_circular = key in components and components[key] == components[question.key]
            if what := _breach(question, key, wanted, questions, is_circular=is_circular):
                yield Violation((*question.place, "show_if", key), what)
    yield from _check_hidden(questions)


def _conditions(question: AskedField) -> dict[str, Any]:
    """Return the answers that show a question, by the key of the question they belong to."""
    conditions = question.entry.get("show_if")
    return conditions if isinstance(conditions, dict) else {}


def _breach(
    question: AskedField, key: str, wanted: Any, questions: Questions, *, is_circular: bool
) -> str | None:
    """Say what is wrong with one condition of a question."""
    if key == question.key:
        return "a question cannot wait for itself; name another one"
    if key not in questions:
        return (
            f"the form has no such question; {suggestion(key, (k for k in questions if k != question.key))}"
        )
    if is_circular:
        return f"{question.key} and {key} wait for each other; leave one show_if out"
    for answer in wanted if isinstance(wanted, list) else [wanted]:
        if words := expected(answer, questions[key].entry):
            return f"{shown(answer)} is no answer to {key}; write {words}"
    return None


def _components(questions: Questions) -> dict[str, str]:
    """Return each question's strongly connected component: those with the same one wait for each other.

    Linear in questions and conditions. Source: Kosaraju's algorithm, in Sharir, 1981.
    """
    waits_for = {key: [k for k in _conditions(each) if k in questions] for key, each in questions.items()}
    awaited_by: dict[str, list[str]] = {key: [] for key in questions}
    for key, others in waits_for.items():
        for other in others:
            awaited_by[other].append(key)
    found: dict[str, str] = {}
    for root in reversed(_finished(waits_for)):
        ahead = [root] if root not in found else []
        while ahead:
            key = ahead.pop()
            found[key] = root
            ahead += [k for k in awaited_by[key] if k not in found]
    return found


def _finished(waits_for: Mapping[str, list[str]]) -> list[str]:
    """Return all keys in the order in which a depth-first search is done with them."""
    finished: list[str] = []
    seen: set[str] = set()
    for root in waits_for:
        path = [(root, iter(waits_for[root]))] if root not in seen else []
        seen.add(root)
        while path:
            key, others = path[-1]
            following = next((k for k in others if k not in seen), None)
            if following is None:
                path.pop()
                finished.append(key)
            else:
                seen.add(following)
                path.append((following, iter(waits_for[following])))
    return finished


def _check_hidden(questions: Questions) -> Iterator[Violation]:
    """Find questions that Realpad demands and that a condition could hide."""
    for key in ALWAYS_ASKED:
        if key in questions and _conditions(questions[key]):
            yield _demanded(questions[key], "Realpad demands it of every lead")
    contacts = [questions[key] for key in CONTACTS if key in questions]
    if contacts and all(map(_conditions, contacts)):
        yield _demanded(contacts[-1], "Realpad demands an e-mail address or a phone number of every lead")


def _demanded(question: AskedField, why: str) -> Violation:
    return Violation((*question.place, "show_if"), f"{why}; leave show_if out here")

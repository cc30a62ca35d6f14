"""Rules about `show_if`: questions that are shown for certain answers to other questions only."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from realpad_form.catalog.violations import AskedField, Violation, one_of, shown, suggestion
from realpad_form.catalog.yaml_source import Place
from realpad_form.domain.message import Message
from realpad_form.domain.project_rules import ALTERNATIVES, DIGITS, LARGEST_PRICE, clause_kind
from realpad_form.domain.text import line, paragraphs

_ALWAYS_ASKED: Final = ("name", "surname", "full_name")
CONTACTS: Final = ("email", "phone")

Questions = Mapping[str, AskedField]


def check_conditions(questions: Questions) -> Iterator[Violation]:
    """Find conditions that can never hold, and those that would hide what Realpad demands."""
    components = _components(questions)
    for question in questions.values():
        for place, key, wanted in _conditions(question):
            is_circular = key in components and components[key] == components[question.key]
            if what := _breach(question, key, wanted, questions, is_circular=is_circular):
                yield Violation((*question.place, "show_if", *place), what)
    yield from _check_hidden(questions)


def _conditions(question: AskedField) -> Iterator[tuple[Place, str, Any]]:
    """Yield each condition of a question: its place in `show_if`, the other question, what is wanted."""
    clauses = question.entry.get("show_if")
    for key, clause in clauses.items() if isinstance(clauses, dict) else ():
        if key == ALTERNATIVES and clause_kind(clause) == "alternatives":
            for index, conditions in enumerate(clause):
                for other, wanted in conditions.items():
                    yield (key, index, other), other, wanted
        else:
            yield (key,), key, clause


def _breach(
    question: AskedField, key: str, wanted: Any, questions: Questions, *, is_circular: bool
) -> Message | None:
    """Say what is wrong with one condition of a question."""
    if key == question.key:
        return Message("a question cannot wait for itself; name another one")
    if key not in questions:
        advice = suggestion(key, (k for k in questions if k != question.key))
        return Message("the form has no such question; %(advice)s", advice=advice)
    if is_circular:
        return Message(
            "%(key)s and %(other)s wait for each other; leave one show_if out", key=question.key, other=key
        )
    if clause_kind(wanted) == "alternatives":
        return Message(
            "alternatives stand under %(any)s, e.g. %(any)s: [{%(key)s: …}]", any=ALTERNATIVES, key=key
        )
    if isinstance(wanted, dict):
        return _comparison_breach(key, wanted, questions[key].entry)
    return _unknown_answer(key, wanted, questions[key].entry)


def _unknown_answer(key: str, wanted: Any, entry: Mapping[str, Any]) -> Message | None:
    """Say which wanted answer a question can never have."""
    for answer in wanted if isinstance(wanted, list) else [wanted]:
        if words := expected(answer, entry):
            return Message(
                "%(answer)s is no answer to %(key)s; write %(words)s",
                answer=shown(answer),
                key=key,
                words=words,
            )
    return None


def _comparison_breach(key: str, comparison: Mapping[str, Any], entry: Mapping[str, Any]) -> Message | None:
    """Say why a question cannot be compared so."""
    if "not" in comparison:
        return _unknown_answer(key, comparison["not"], entry)
    kind = str(entry.get("type") or entry.get("field"))
    if comparison.keys().isdisjoint(("min", "max")):
        return None  # the grammar tells what is missing
    if kind not in _COMPARABLE:
        return Message("%(key)s has no order; write the answers that count, e.g. {%(key)s: [a, b]}", key=key)
    for bound in (comparison.get("min"), comparison.get("max")):
        is_formed = _is_day(str(bound)) if kind == "date" else _is_number(bound)
        if bound is not None and not is_formed:
            return Message(
                "%(bound)s cannot be compared with %(key)s; write %(words)s",
                bound=shown(bound),
                key=key,
                words=_FORMS[kind][1],
            )
    return None


def _components(questions: Questions) -> dict[str, str]:
    """Return each question's strongly connected component: those with the same one wait for each other.

    Linear in questions and conditions. Source: Kosaraju's algorithm, in Sharir, 1981.
    """
    waits_for = {
        key: [other for _, other, _ in _conditions(each) if other in questions]
        for key, each in questions.items()
    }
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
    for key in _ALWAYS_ASKED:
        if key in questions and _is_conditional(questions[key]):
            what = Message("Realpad demands it of every lead; leave show_if out here")
            yield Violation((*questions[key].place, "show_if"), what)
    contacts = [questions[key] for key in CONTACTS if key in questions]
    if contacts and all(map(_is_conditional, contacts)):
        what = Message(
            "Realpad demands an e-mail address or a phone number of every lead; leave show_if out here"
        )
        yield Violation((*contacts[-1].place, "show_if"), what)


def _is_conditional(question: AskedField) -> bool:
    return any(_conditions(question))


def expected(answer: Any, entry: Mapping[str, Any]) -> str | None:
    """Say what to write if a question can never have an answer; None if it can."""
    if isinstance(options := entry.get("options"), list) and options:
        values = [option.get("value") if isinstance(option, dict) else option for option in options]
        is_offered = not isinstance(answer, bool) and str(answer) in map(str, values)
        return None if is_offered else one_of(map(shown, values))
    kind, text = str(entry.get("type") or entry.get("field")), str(answer)
    if kind == "boolean":
        return None if isinstance(answer, bool) else one_of(("true", "false"))
    is_formed, words = _FORMS.get(kind, _ANYTHING)
    if isinstance(answer, bool) or not is_formed(text):
        return words
    if kind in _RANGES:
        least, most = _RANGES[kind]
        low, high = _bound(entry.get("min"), least), _bound(entry.get("max"), most)
        if low <= Decimal(text) <= high:
            return None
        return Message("a number from %(low)s to %(high)s", low=low, high=high)
    read = paragraphs(text) if kind == "note" else line(text)  # as the form would
    return None if read == text else shown(read)


def _bound(given: Any, usual: int) -> int | Decimal:
    return given if _is_number(given) else usual


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text  # it reads other forms, too
    except ValueError:
        return False


_ANYTHING: Final = (line, Message("a text or a number"))
_FORMS: Final[Mapping[str, tuple[Callable[[str], object], Message]]] = {
    "integer": (re.compile(r"[0-9]+").fullmatch, Message("a whole number")),
    "price_max": (re.compile(r"[0-9]+").fullmatch, Message("a whole number")),
    "decimal": (re.compile(r"-?[0-9]+(\.[0-9]+)?").fullmatch, Message("a number")),
    "date": (_is_day, Message("a day, e.g. 2026-12-31")),
}
"""How an answer looks that is not chosen from options, and how to ask for one."""

_COMPARABLE: Final = ("integer", "price_max", "decimal", "date")
"""The kinds of question whose answers have an order."""

_MOST: Final = 10**DIGITS - 1
_RANGES: Final = {"integer": (0, _MOST), "price_max": (1, LARGEST_PRICE), "decimal": (-_MOST, _MOST)}
"""The numbers that the form takes if a question does not say."""

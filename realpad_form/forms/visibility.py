"""Which questions are hidden by `show_if`; static/form/fields.js follows the same rules.

A question shows if every condition holds, and one of the alternatives under `any`. No answer, an unticked box
and a hidden question give the text `false`, and no number or day.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal, InvalidOperation
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final, NamedTuple

from realpad_form.domain.project_rules import ALTERNATIVES, clause_kind
from realpad_form.domain.questions import AnswerCondition, Question

NOTHING: Final = "false"


class Given(NamedTuple):
    """An answer as conditions know it."""

    texts: Sequence[str] = ()  # as a browser sends them
    value: int | Decimal | date | None = None  # what a number or a day means

    def says(self, text: str) -> bool:
        """Tell whether the answer is this one; numbers are compared by what they mean."""
        return text in (self.texts or [NOTHING]) or (
            isinstance(self.value, int | Decimal) and _number(text) == self.value
        )

    def is_within(self, low: str | None, high: str | None) -> bool:
        """Tell whether the answer is a number or a day in a range."""
        if self.value is None:
            return False
        bounds = [_bound(text, self.value) for text in (low, high)]
        is_above = bounds[0] is None or bounds[0] <= self.value
        return is_above and (bounds[1] is None or self.value <= bounds[1])


def hidden_keys(questions: Mapping[str, Question], given: Callable[[str], Given]) -> frozenset[str]:
    """Return the questions that are not asked; `given` tells the answer to each."""
    if not any(question.show_if for question in questions.values()):
        return frozenset()
    conditional = {key: conditions(question) for key, question in questions.items()}
    answers: dict[str, Given] = {}  # to the questions shown
    for key in _in_turn({key: others(wanted) for key, wanted in conditional.items()}):
        if _hold(conditional.get(key, {}), answers):
            answers[key] = given(key) if key in questions else Given()
    return frozenset(questions.keys() - answers.keys())


def _in_turn(waits_for: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield each question after those it waits for; never what waits for itself."""
    order = TopologicalSorter(waits_for)
    with suppress(CycleError):  # no project file has a circle; whatever is outside of one is still yielded
        order.prepare()
    while ready := order.get_ready():
        yield from ready
        order.done(*ready)


def _hold(wanted: Mapping[str, Any], answers: Mapping[str, Given]) -> bool:
    """Tell whether all conditions hold."""
    for key, clause in wanted.items():
        if clause_kind(clause) == "alternatives":
            if not any(_hold(each, answers) for each in clause):
                return False
            continue
        answer = answers.get(key, Given())
        if isinstance(clause, list):
            is_met = any(map(answer.says, clause))
        elif "not" in clause:
            is_met = not any(map(answer.says, clause["not"]))
        else:
            is_met = answer.is_within(clause.get("min"), clause.get("max"))
        if not is_met:
            return False
    return True


def conditions(question: Question) -> dict[str, Any]:
    """Return a question's `show_if` in texts, as its page gets it.

    For each other question the texts of which one must be given, or `{"not": texts}`, or
    `{"min": …, "max": …}`; under `any` a list of such conditions.
    """
    return _in_texts(question.show_if or {})


def _in_texts(clauses: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _clause_in_texts(key, clause) for key, clause in clauses.items()}


def _clause_in_texts(key: str, clause: Any) -> Any:
    if key == ALTERNATIVES and clause_kind(clause) == "alternatives":
        return [_in_texts(each) for each in clause]
    if isinstance(clause, AnswerCondition):
        if clause.unwanted is not None:
            return {"not": _texts(clause.unwanted)}
        bounds = {"min": clause.min, "max": clause.max}
        return {name: str(bound) for name, bound in bounds.items() if bound is not None}
    return _texts(clause)


def others(wanted: Mapping[str, Any]) -> list[str]:
    """Return the questions that conditions are about."""
    keys: dict[str, None] = {}
    for key, clause in wanted.items():
        is_alternatives = clause_kind(clause) == "alternatives"
        keys |= (
            dict.fromkeys(each for part in clause for each in others(part))
            if is_alternatives
            else {key: None}
        )
    return list(keys)


def _texts(wanted: Any) -> list[str]:
    """Return the wanted answers as a browser sends them."""
    answers = wanted if isinstance(wanted, list) else [wanted]
    return [str(answer).lower() if isinstance(answer, bool) else str(answer) for answer in answers]


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _bound(text: str | None, value: int | Decimal | date) -> Any:
    """Return what a bound means beside a value of this kind; None for no bound."""
    if text is None:
        return None
    return date.fromisoformat(text) if isinstance(value, date) else _number(text)

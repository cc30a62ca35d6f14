"""Which questions are hidden by `show_if`; static/form/fields.js follows the same rules.

A question shows if every condition holds. A condition holds if one of the texts given to the other
question is wanted; no answer, an unticked box and a hidden question give the text `false`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter
from typing import Final

from realpad_form.domain.questions import Question, Scalar

NOTHING: Final = "false"


def hidden_keys(
    questions: Mapping[str, Question], texts_of: Callable[[str], Sequence[str]]
) -> frozenset[str]:
    """Return the questions that are not asked; `texts_of` tells the texts of an answer."""
    if not any(question.show_if for question in questions.values()):
        return frozenset()
    conditional = {key: conditions(question) for key, question in questions.items()}
    texts: dict[str, Sequence[str]] = {}  # of the questions shown
    for key in _in_turn(conditional):
        wanted = conditional.get(key, {})
        if all(not set(wanted[other]).isdisjoint(texts.get(other) or [NOTHING]) for other in wanted):
            texts[key] = texts_of(key) if key in questions else ()
    return frozenset(questions.keys() - texts.keys())


def _in_turn(conditional: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    """Yield each question after those it waits for; never what waits for itself."""
    order = TopologicalSorter(conditional)
    with suppress(CycleError):  # no project file has a circle; whatever is outside of one is still yielded
        order.prepare()
    while ready := order.get_ready():
        yield from ready
        order.done(*ready)


def conditions(question: Question) -> dict[str, list[str]]:
    """Return, for each other question, the texts of which one must be given."""
    wanted = question.show_if or {}
    return {
        key: [_text(v) for v in (value if isinstance(value, list) else [value])]
        for key, value in wanted.items()
    }


def _text(value: Scalar) -> str:
    """Return a value as a browser sends it."""
    return str(value).lower() if isinstance(value, bool) else str(value)

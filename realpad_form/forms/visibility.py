"""Which questions are hidden by `show_if`; static/form/fields.js follows the same rules.

A question shows if every condition holds. A condition holds if one of the texts given to the other
question is wanted; no answer, an unticked box and a hidden question give the text `false`.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from realpad_form.domain.questions import Question, Scalar

NOTHING: Final = "false"


def hidden_keys(questions: Mapping[str, Question], given: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """Return the questions that are not asked, given the texts of each answer."""
    if not any(question.show_if for question in questions.values()):
        return frozenset()
    shown: dict[str, bool] = {}

    def is_shown(key: str) -> bool:
        if key not in shown:
            shown[key] = False  # ends a circle of conditions
            wanted = conditions(questions[key]) if key in questions else {}
            shown[key] = all(holds(other, texts) for other, texts in wanted.items())
        return shown[key]

    def holds(other: str, wanted: Sequence[str]) -> bool:
        texts = (given.get(other) if is_shown(other) else None) or [NOTHING]
        return not set(wanted).isdisjoint(texts)

    return frozenset(key for key in questions if not is_shown(key))


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

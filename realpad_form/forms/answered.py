"""A lead's answers in words, as people read them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from realpad_form.domain.lead import Answers
from realpad_form.domain.project import Project
from realpad_form.domain.questions import PriceMaxField, Question
from realpad_form.forms.revision import questions_of, texts_of
from realpad_form.forms.view import option_label
from realpad_form.forms.visit import UNASKED
from realpad_form.forms.wording import Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One answer, ready to be read."""

    key: str
    label: str  # the project's, in plain words; '' for what it does not ask
    texts: Sequence[str]  # options by what they are called; none for a tick
    is_tick: bool
    is_asked: bool  # by the project file of today, or sent along by pages


def in_words(project: Project | None, answers: Answers, *, language: str) -> list[Answered]:
    """Return answers in the order the project asks; what it asks no longer comes last."""
    asked = questions_of(project) if project else {}
    order = [*asked, *UNASKED, *answers]
    keys = [key for key in dict.fromkeys(order) if key in answers]
    wording = Wording(project, language) if project else None
    return [_answered(key, answers[key], asked.get(key), wording) for key in keys]


def _answered(key: str, value: Any, question: Question | None, wording: Wording | None) -> Answered:
    label = wording.name(question) if wording and question else ""
    texts = list(_texts(value, question, wording)) if wording and question else texts_of(value)
    return Answered(
        key=key,
        label=label,
        texts=[] if value is True else texts,
        is_tick=value is True,
        is_asked=question is not None or key in UNASKED,
    )


def _texts(value: Any, question: Question, wording: Wording) -> Iterator[str]:
    """Yield what an answer says; an option that is offered no longer by its value."""
    options = getattr(question, "options", None) or ()
    labels = {str(option.value): option_label(option, wording) for option in options}
    is_amount = isinstance(question, PriceMaxField) and isinstance(value, int)
    for text in texts_of(value):
        yield labels.get(text) or (wording.budget(value) if is_amount else text)

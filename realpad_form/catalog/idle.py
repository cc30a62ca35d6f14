"""Warns of keys of a project file that are right by themselves, and do nothing where they stand."""

from collections.abc import Iterator
from typing import Any

from realpad_form.catalog.violations import AskedField, Violation, asked, at, listed
from realpad_form.domain.message import Message
from realpad_form.domain.questions import MOST_SIDE_BY_SIDE


def check_idle(value: Any) -> Iterator[Violation]:
    """Find what has no effect, or not the one that it looks like."""
    for question in asked(value):
        entry = question.entry
        if "none" in entry and (why := has_no_empty_choice(question)):
            yield _idle(question, "none", Message("has no effect, since %(why)s; leave it out", why=why))
        low, high, step = (at(entry, key) for key in ("min", "max", "step"))
        are_numbers = isinstance(low, int) and isinstance(high, int) and isinstance(step, int)
        is_range = are_numbers and high > low and step > 0
        if entry.get("slider") is True and is_range and (rest := (high - low) % step):
            what = Message(
                "the slider ends at %(end)s, below max %(high)s; write max: %(end)s, or a step that divides "
                "%(distance)s",
                end=high - rest,
                high=high,
                distance=high - low,
            )
            yield _idle(question, "step", what)
    theme = at(value, "theme")
    if at(theme, "dark") is not None and at(theme, "mode") == "light":
        what = Message("has no effect with mode: light; leave it out, or write mode: auto")
        yield Violation(("theme", "dark"), what, is_warning=True)
    if at(theme, "page") is not None and at(theme, "background") != "transparent":
        what = Message("has no effect without background: transparent; leave it out, or write the background")
        yield Violation(("theme", "page"), what, is_warning=True)


def _idle(question: AskedField, key: str, what: Message) -> Violation:
    return Violation((*question.place, key), what, is_warning=True)


def has_no_empty_choice(question: AskedField) -> Message | None:
    """Say why visitors see no empty choice among a question's options; None if they do."""
    entry, options = question.entry, listed(question.entry, "options")
    if question.key == "rooms":
        if entry.get("multiple") is not False:
            return Message("several options may be chosen")
    elif question.key == "price_max" and not options:
        return Message("the amount is typed in")
    elif len(options) > MOST_SIDE_BY_SIDE:
        return Message(
            "more than %(most)s options are a list, which begins with an empty entry", most=MOST_SIDE_BY_SIDE
        )
    return Message("an answer is required") if entry.get("required") is True else None

"""Which answers a question of a project file can have, however wrong the question is."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from realpad_form.catalog.finding import one_of, shown
from realpad_form.domain.project_rules import DIGITS, LARGEST_PRICE
from realpad_form.domain.text import line, paragraphs


def expected(answer: Any, entry: Mapping[str, Any]) -> str | None:
    """Say what to write if a question can never have an answer; None if it can."""
    if isinstance(options := entry.get("options"), list) and options:
        values = [option.get("value") if isinstance(option, dict) else option for option in options]
        return None if _is_one_of(answer, values) else one_of(map(shown, values))
    kind = str(entry.get("type") or entry.get("field"))
    if kind == "boolean":
        return None if isinstance(answer, bool) else "true or false"
    is_formed, words = _FORMS.get(kind, _ANYTHING)
    if isinstance(answer, bool) or not is_formed(str(answer)):
        return words
    return _beyond(str(answer), kind, entry) if kind in _RANGES else _unkept(str(answer), kind)


def _is_one_of(answer: Any, values: list[Any]) -> bool:
    return not isinstance(answer, bool) and str(answer) in map(str, values)


def _beyond(text: str, kind: str, entry: Mapping[str, Any]) -> str | None:
    """Say what to write instead of a number that the form refuses."""
    least, most = _RANGES[kind]
    low, high = _bound(entry.get("min"), least), _bound(entry.get("max"), most)
    return None if low <= Decimal(text) <= high else f"a number from {low} to {high}"


def _bound(given: Any, usual: int) -> int | Decimal:
    return given if isinstance(given, int | Decimal) and not isinstance(given, bool) else usual


def _unkept(text: str, kind: str) -> str | None:
    """Say what to write instead of a text that the form would read otherwise."""
    kept = paragraphs(text) if kind == "note" else line(text)
    return None if kept == text else shown(kept)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text  # it reads other forms, too
    except ValueError:
        return False


def _is_seen(text: str) -> bool:
    return line(text) != ""


_ANYTHING: Final = (_is_seen, "a text or a number")
_FORMS: Final[Mapping[str, tuple[Callable[[str], object], str]]] = {
    "integer": (re.compile(r"[0-9]+").fullmatch, "a whole number"),
    "price_max": (re.compile(r"[0-9]+").fullmatch, "a whole number"),
    "decimal": (re.compile(r"-?[0-9]+(\.[0-9]+)?").fullmatch, "a number"),
    "date": (_is_day, "a day, e.g. 2026-12-31"),
}
"""How an answer looks that is not chosen from options, and how to ask for one."""

_MOST: Final = 10**DIGITS - 1
_RANGES: Final = {"integer": (0, _MOST), "price_max": (1, LARGEST_PRICE), "decimal": (-_MOST, _MOST)}
"""The numbers that the form takes if a question does not say."""

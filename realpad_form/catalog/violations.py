"""A breach of the rules at one place of a project file, and how places and values are found and shown."""

import json
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any, Final, NamedTuple

from realpad_form.catalog.yaml_source import Place

TEXT_KEYS: Final = frozenset(
    {
        *("name", "label", "help", "notice", "message", "subject"),
        *("title", "intro", "submit", "section", "none", "role"),
    }
)
"""The keys whose values are texts, one for all languages or one for each."""


class Violation(NamedTuple):
    """A breach of the grammar at one place; as a warning, something that works but is unwise."""

    place: Place
    what: str
    is_warning: bool = False


def at(value: Any, *steps: str | int) -> Any:
    """Return the value at a place, or None if nothing is there."""
    for step in steps:
        if not leads_on(value, step):
            return None
        value = value[step]
    return value


def listed(value: Any, *steps: str | int) -> list[Any]:
    """Return the list at a place, or an empty one if no list is there."""
    found = at(value, *steps)
    return found if isinstance(found, list) else []


def leads_on(value: Any, step: str | int) -> bool:
    """Tell whether a value holds something under a key, or at a position."""
    if isinstance(value, list):
        return isinstance(step, int) and step < len(value)
    return isinstance(value, dict) and step in value


def written(place: Place) -> str:
    """Return a place as people write it, e.g. `fields[3].type`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")


def shown(value: Any) -> str:
    """Return a value in one short line, texts in double quotes."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else _json(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def suggestion(word: str, allowed: Iterable[str]) -> str:
    """Return what to write instead of a word that is not allowed."""
    choices = list(allowed)
    if close := get_close_matches(word, choices, n=1):
        return f"did you mean `{close[0]}`?"
    return f"write {one_of(choices)}"


def one_of(choices: Iterable[str]) -> str:
    """Return choices as `a, b or c`."""
    *most, last = choices
    return f"{', '.join(most)} or {last}" if most else last


class AskedField(NamedTuple):
    """One entry of `fields` that says what it asks for."""

    place: Place
    key: str
    entry: dict[str, Any]


def asked(value: Any) -> Iterator[AskedField]:
    """Yield the questions of a file's value, in the order shown."""
    for index, entry in enumerate(listed(value, "fields")):
        for name in ("field", "attribute"):
            if isinstance(key := at(entry, name), str):
                yield AskedField(("fields", index), key, entry)
                break

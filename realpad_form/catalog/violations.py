"""A breach of the rules at one place of a project file, and how places and values are found and shown."""

import json
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any, Final, NamedTuple

from realpad_form.catalog.yaml_source import Place
from realpad_form.domain.message import Location, Message

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
    what: Message
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


def locate(place: Place, value: Any) -> Location:
    """Return a place of a file's value as people find it: a question by its key, if that is a short one."""
    key = _key(at(value, *place[:2])) if place[:1] == ("fields",) else None
    return Location(place, key if key and len(key) <= 60 else "")


def shown(value: Any) -> str:
    """Return a value in one short line, texts in double quotes."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else _json(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def suggestion(word: str, allowed: Iterable[str]) -> Message:
    """Return what to write instead of a word that is not allowed."""
    choices = list(allowed)
    if close := get_close_matches(word, choices, n=1):
        return Message("did you mean `%(word)s`?", word=close[0])
    return Message("write %(choices)s", choices=one_of(choices))


def one_of(choices: Iterable[str]) -> str:
    """Return choices as `a, b or c`, a message if there are several."""
    *most, last = choices
    return Message("%(most)s or %(last)s", most=", ".join(most), last=last) if most else last


class AskedField(NamedTuple):
    """One entry of `fields` that says what it asks for."""

    place: Place
    key: str
    entry: dict[str, Any]


def asked(value: Any) -> Iterator[AskedField]:
    """Yield the questions of a file's value, in the order shown."""
    for index, entry in enumerate(listed(value, "fields")):
        if (key := _key(entry)) is not None:
            yield AskedField(("fields", index), key, entry)


def _key(entry: Any) -> str | None:
    """Return what an entry of `fields` asks for, or None if it does not say so."""
    names = (at(entry, name) for name in ("field", "attribute"))
    return next((name for name in names if isinstance(name, str)), None)

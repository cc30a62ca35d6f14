"""Lists that Realpad takes as one text, and whether that text can get longer than it takes."""

from collections.abc import Iterator
from typing import Any

from realpad_form.catalog.asked import Asked, asked
from realpad_form.catalog.finding import Finding, at
from realpad_form.catalog.yaml_source import Place
from realpad_form.domain.payload import LIMIT_UNITS, units


def check_lengths(value: Any) -> Iterator[Finding]:
    """Find lists that Realpad would refuse if every value of them was sent."""
    for place, text in _joined(value):
        if (length := units(text)) > LIMIT_UNITS:
            what = f"together {length} characters, Realpad takes {LIMIT_UNITS}; write fewer or shorter values"
            yield Finding(place, what)


def _joined(value: Any) -> Iterator[tuple[Place, str]]:
    """Yield each list of which all values may be sent at once, as it would be sent."""
    yield ("realpad", "tags"), ",".join(_texts(at(value, "realpad", "tags")))
    consents = at(value, "consents")
    ids = [at(box, "id") for box in consents] if isinstance(consents, list) else []
    yield ("consents",), ",".join(_texts(ids))
    for question in asked(value):
        if separator := _separator(question):
            options = question.entry.get("options")
            yield (*question.place, "options"), separator.join(_texts(options))


def _separator(question: Asked) -> str | None:
    """Return what Realpad wants between the values of a question that takes several; None for one."""
    if question.entry.get("type") == "multi_select":
        return ","
    return "|" if question.key == "rooms" and question.entry.get("multiple") is not False else None


def _texts(values: Any) -> Iterator[str]:
    """Yield the values of a list as texts, those of options included."""
    for value in values if isinstance(values, list) else ():
        yield str(value.get("value", "") if isinstance(value, dict) else value)

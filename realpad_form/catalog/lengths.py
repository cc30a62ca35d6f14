"""What of a project file would get longer than Realpad takes it."""

from collections.abc import Iterator
from typing import Any

from realpad_form.catalog.asked import AskedField, asked
from realpad_form.catalog.finding import Violation, at
from realpad_form.catalog.yaml_source import Place
from realpad_form.domain.payload import LIMIT_UNITS, UNIT_CHARS, units


def check_lengths(value: Any) -> Iterator[Violation]:
    """Find lists that Realpad would refuse if every value of them was sent, and too long names of units."""
    for place, text in _joined(value):
        if (length := units(text)) > LIMIT_UNITS:
            what = f"together {length} characters, Realpad takes {LIMIT_UNITS}; write fewer or shorter values"
            yield Violation(place, what)
    for place, unit in _units(value):
        if len(unit) > UNIT_CHARS:
            what = f"longer than {UNIT_CHARS} characters, so it is never sent as a unit; shorten it"
            yield Violation(place, what)


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


def _units(value: Any) -> Iterator[tuple[Place, str]]:
    """Yield the names of the units that exist."""
    for question in asked(value):
        known = question.entry.get("known")
        for index, unit in enumerate(known if question.key == "unit" and isinstance(known, list) else []):
            yield (*question.place, "known", index), str(unit)


def _separator(question: AskedField) -> str | None:
    """Return what Realpad wants between the values of a question that takes several; None for one."""
    if question.entry.get("type") == "multi_select":
        return ","
    return "|" if question.key == "rooms" and question.entry.get("multiple") is not False else None


def _texts(values: Any) -> Iterator[str]:
    """Yield the values of a list as texts, those of options included."""
    for value in values if isinstance(values, list) else ():
        yield str(value.get("value", "") if isinstance(value, dict) else value)

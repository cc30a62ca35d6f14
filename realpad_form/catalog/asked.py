"""The questions of a project file as they are written, right or wrong."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from realpad_form.catalog.finding import at
from realpad_form.catalog.yaml_source import Place


class AskedField(NamedTuple):
    """One entry of `fields` that says what it asks for."""

    place: Place
    key: str
    entry: dict[str, Any]


def asked(value: Any) -> Iterator[AskedField]:
    """Yield the questions of a file's value, in the order shown."""
    fields = at(value, "fields")
    for index, entry in enumerate(fields if isinstance(fields, list) else []):
        for name in ("field", "attribute"):
            if isinstance(key := at(entry, name), str):
                yield AskedField(("fields", index), key, entry)
                break

"""A project file's value against the models of the domain."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from realpad_form.catalog.finding import Violation, at, leads_on, suggestion
from realpad_form.catalog.wording import wording
from realpad_form.catalog.yaml_source import Place
from realpad_form.domain.project import (
    Capture,
    ConsentBox,
    Fallback,
    Limits,
    Project,
    Routing,
    ThankYou,
    Theme,
)
from realpad_form.domain.questions import AnyAttribute, AnyField, Option

_QUESTIONS: Final[dict[str, type[BaseModel]]] = {
    get_args(model.model_fields[key].annotation)[0]: model
    for key, union in (("field", AnyField), ("type", AnyAttribute))
    for model in get_args(get_args(union)[0])
}

_PARTS: Final[dict[Place, type[BaseModel]]] = {
    (): Project,
    ("realpad",): Routing,
    ("fields", "options"): Option,
    ("consents",): ConsentBox,
    ("capture",): Capture,
    ("thank_you",): ThankYou,
    ("fallback",): Fallback,
    ("theme",): Theme,
    ("limits",): Limits,
}
"""The model of each part of a file, by its place without positions in lists."""


def load(value: Any) -> tuple[Project | None, list[Violation]]:
    """Return the project that a file's value describes, or every breach of the grammar."""
    try:
        return Project.model_validate(value), []
    except ValidationError as error:
        return None, list(_findings(error.errors(include_url=False), value))


def _findings(errors: list[ErrorDetails], value: Any) -> Iterator[Violation]:
    by_place = defaultdict(list)
    for error in errors:
        by_place[_place(error, value)].append(error)
    around = {place[:depth] for place in by_place for depth in range(len(place))}
    for place, here in by_place.items():
        if place in around:
            continue  # it only follows from an error deeper inside
        if here[0]["type"] == "extra_forbidden":
            yield Violation(place, f"unknown key; {suggestion(str(place[-1]), _keys(place[:-1], value))}")
        else:
            yield Violation(place, wording(here, place, at(value, *place)))


def _place(error: ErrorDetails, value: Any) -> Place:
    """Return where an error stands in the file: its `loc` without the steps that are pydantic's own."""
    steps = error["loc"]
    if steps[:1] == ("fields",):
        steps = steps[:2] + steps[4:]  # built-in or custom, and of which kind
    place: Place = ()
    for step in steps:
        if leads_on(at(value, *place), step):
            place = (*place, step)
    if error["type"] == "missing":
        return (*place, steps[-1])
    if error["type"].startswith("union_tag"):
        return (*place, error["ctx"]["discriminator"].strip("'"))
    return place


def _keys(place: Place, value: Any) -> list[str]:
    """Return the keys that the grammar knows at a place."""
    names = tuple(step for step in place if isinstance(step, str))
    question = at(value, *place) if names == ("fields",) else {}
    kind = question.get("field") or question.get("type")
    return list((_QUESTIONS[kind] if kind else _PARTS[names]).model_fields)

"""Rules between the parts of a project file, checked however wrong the parts themselves are."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from phonenumbers import SUPPORTED_REGIONS

from realpad_form.catalog.asked import AskedField, asked
from realpad_form.catalog.conditions import CONTACTS, check_conditions
from realpad_form.catalog.finding import Violation, at, shown, written
from realpad_form.catalog.lengths import check_lengths
from realpad_form.catalog.texts import check_texts
from realpad_form.catalog.yaml_source import Place
from realpad_form.domain import project_rules as rules
from realpad_form.domain.contrast import unreadable
from realpad_form.domain.project import Theme

_RESERVED: Final = ("unit", "unit_id", "campaign", "form_version", *rules.TRAPS)
"""Names in a POST that belong to the form even where no question asks for them."""


def check(value: Any, *, stem: str) -> Iterator[Violation]:
    """Find every breach of the rules between the parts of a file named `stem`."""
    yield from _check_slug(value, stem)
    yield from _check_questions(list(asked(value)))
    yield from _check_repeats(_consents(value))
    yield from _check_captured(value, {question.key for question in asked(value)})
    yield from _check_filled_twice(value)
    yield from check_lengths(value)
    yield from _check_regions(value)
    yield from check_texts(value)
    yield from _check_colours(value)


def _check_slug(value: Any, stem: str) -> Iterator[Violation]:
    slug = at(value, "project")
    if isinstance(slug, str) and slug != stem and re.fullmatch(rules.SLUG, stem):
        yield Violation(
            ("project",), f"the file is named {stem}.yaml; write project: {stem}, or rename the file"
        )


def _check_questions(questions: list[AskedField]) -> Iterator[Violation]:
    if not questions:
        return
    by_key = {question.key: question for question in reversed(questions)}  # the first of each key
    yield from _check_repeats((question.place, question.key) for question in questions)
    yield from _check_names(by_key)
    if not any(contact in by_key for contact in CONTACTS):
        yield Violation(
            ("fields",), "no way to answer is asked for; add `- field: email` or `- field: phone`"
        )
    yield from check_conditions({question.key: by_key[question.key] for question in questions})


def _check_names(questions: Mapping[str, AskedField]) -> Iterator[Violation]:
    parts = [part for part in ("name", "surname") if part in questions]
    if "full_name" in questions:
        for part in parts:
            yield Violation(questions[part].place, f"full_name asks for the {part} already; leave one out")
    elif not parts:
        what = "no name is asked for; add `- field: name` and `- field: surname`, or `- field: full_name`"
        yield Violation(("fields",), what)
    elif parts != ["name", "surname"]:
        other = "surname" if parts == ["name"] else "name"
        yield Violation(questions[parts[0]].place, f"Realpad demands the {other} too; add `- field: {other}`")


def _check_repeats(values: Iterable[tuple[Place, Any]]) -> Iterator[Violation]:
    seen: set[str] = set()
    for place, value in values:
        if str(value) in seen:
            yield Violation(place, f"{shown(value)} stands here a second time; leave one out")
        seen.add(str(value))


def _consents(value: Any) -> Iterator[tuple[Place, Any]]:
    consents = at(value, "consents")
    for index, consent in enumerate(consents if isinstance(consents, list) else []):
        if (number := at(consent, "id")) is not None:
            yield ("consents", index, "id"), number


def _check_captured(value: Any, keys: set[str]) -> Iterator[Violation]:
    for place, name in _captured(value):
        if name in keys or name in _RESERVED or name.startswith(rules.OF_CONSENTS):
            yield Violation(place, f"{shown(name)} is a part of the form itself; capture another parameter")
    if at(value, "capture", "campaign") in rules.VISIT:
        what = "a campaign is a parameter of the page's address; write its name, e.g. utm_campaign"
        yield Violation(("capture", "campaign"), what)


def _check_filled_twice(value: Any) -> Iterator[Violation]:
    """Find attributes that a captured text would fill although their question is hidden or unanswered."""
    captured = at(value, "capture", "attributes")
    places = {question.key: question.place for question in asked(value)}
    for key in captured if isinstance(captured, dict) else ():
        if key in places:
            where = written(places[key])
            what = f"{key} is asked for in {where} already; capture into another attribute, or do not ask"
            yield Violation(("capture", "attributes", key), what)


def _captured(value: Any) -> Iterator[tuple[Place, str]]:
    """Yield the parameters that a file captures."""
    for place in _capture_places(at(value, "capture")):
        if isinstance(name := at(value, "capture", *place), str):
            yield ("capture", *place), name


def _capture_places(capture: Any) -> Iterator[Place]:
    yield ("campaign",)
    for part in ("attributes", "note"):
        names = at(capture, part)
        for step in (
            names if isinstance(names, dict) else range(len(names)) if isinstance(names, list) else ()
        ):
            yield (part, step)


def _check_regions(value: Any) -> Iterator[Violation]:
    regions = at(value, "phone_regions")
    for index, region in enumerate(regions if isinstance(regions, list) else []):
        if re.fullmatch(rules.REGION, str(region)) and region not in SUPPORTED_REGIONS:
            what = f"{shown(region)} is no country; write its ISO 3166 code, e.g. CZ or GB"
            yield Violation(("phone_regions", index), what)


def _check_colours(value: Any) -> Iterator[Violation]:
    given = at(value, "theme")
    theme = Theme.model_validate(dict(_sound(given)) if isinstance(given, dict) else {})
    for key, what in unreadable(theme):
        yield Violation(("theme", key), what, is_warning=True)


def _sound(theme: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what of a theme is about colours and is written as it should be."""
    for key in ("accent", "text", "background", "border"):
        if re.fullmatch(rules.COLOUR, str(theme.get(key))):
            yield key, theme[key]
    if theme.get("mode") in ("auto", "light", "dark"):
        yield "mode", theme["mode"]

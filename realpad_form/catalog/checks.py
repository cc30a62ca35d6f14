"""Rules between the parts of a project file, checked however wrong the parts themselves are."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from phonenumbers import SUPPORTED_REGIONS

from realpad_form.catalog.conditions import CONTACTS, check_conditions
from realpad_form.catalog.violations import (
    TEXT_KEYS,
    AskedField,
    Violation,
    asked,
    at,
    listed,
    shown,
    written,
)
from realpad_form.catalog.yaml_source import Place
from realpad_form.domain import project_rules as rules
from realpad_form.domain.contrast import unreadable
from realpad_form.domain.payload import LIMIT_UNITS, UNIT_CHARS, units
from realpad_form.domain.project import Theme
from realpad_form.domain.text import LANGUAGES

_RESERVED: Final = ("unit", "unit_id", "campaign", "form_version", rules.PHONE_PREFIX, *rules.TRAPS)
"""Names in a POST that belong to the form even where no question asks for them."""


def check(value: Any, *, stem: str) -> Iterator[Violation]:
    """Find every breach of the rules between the parts of a file named `stem`."""
    yield from _check_slug(value, stem)
    yield from _check_questions(list(asked(value)))
    ids = ((("consents", index, "id"), at(box, "id")) for index, box in enumerate(listed(value, "consents")))
    yield from _check_repeats((place, number) for place, number in ids if number is not None)
    yield from _check_captured(value, {question.key for question in asked(value)})
    yield from _check_filled_twice(value)
    yield from _check_lengths(value)
    yield from _check_regions(value)
    yield from _check_texts(value)
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


def _check_captured(value: Any, keys: set[str]) -> Iterator[Violation]:
    places: list[Place] = [("capture", "campaign")]
    for part in ("attributes", "note"):
        names = at(value, "capture", part)
        steps = names if isinstance(names, dict) else range(len(listed(names)))
        places += [("capture", part, step) for step in steps]
    for place in places:
        name = at(value, *place)
        is_text = isinstance(name, str)
        if is_text and (name in keys or name in _RESERVED or name.startswith(rules.OF_CONSENTS)):
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


def _check_regions(value: Any) -> Iterator[Violation]:
    for index, region in enumerate(listed(value, "phone_regions")):
        if re.fullmatch(rules.REGION, str(region)) and region not in SUPPORTED_REGIONS:
            what = f"{shown(region)} is no country; write its ISO 3166 code, e.g. CZ or GB"
            yield Violation(("phone_regions", index), what)


def _check_colours(value: Any) -> Iterator[Violation]:
    """Warn of colours that cannot be read on each other; what is wrongly written is told elsewhere."""
    theme = at(value, "theme")
    light, dark = _colours(theme), _colours(at(theme, "dark"))
    mode = at(theme, "mode")
    modes = {"mode": mode} if mode in ("auto", "light", "dark") else {}
    if at(theme, "background") == "transparent":
        if "page" not in light and mode != "dark":
            what = (
                'the colour behind the form is not known; write it as page: "#rrggbb", to be checked against'
            )
            yield Violation(("theme", "background"), what, is_warning=True)
        light["background"] = "transparent"
    for place, what in unreadable(Theme.model_validate({**light, "dark": dark, **modes})):
        yield Violation(("theme", *place), what, is_warning=True)


def _colours(palette: Any) -> dict[str, str]:
    """Return the colours of a palette that are written as colours."""
    given = {key: at(palette, key) for key in ("accent", "text", "background", "border", "page")}
    return {key: colour for key, colour in given.items() if re.fullmatch(rules.COLOUR, str(colour))}


def _check_lengths(value: Any) -> Iterator[Violation]:
    """Find lists that Realpad would refuse if every value of them was sent, and too long names of units."""
    for place, text in _joined(value):
        if (length := units(text)) > LIMIT_UNITS:
            what = f"together {length} characters, Realpad takes {LIMIT_UNITS}; write fewer or shorter values"
            yield Violation(place, what)
    for question in asked(value):
        names = _texts(listed(question.entry, "known"), "id") if question.key == "unit" else ()
        for index, unit in enumerate(names):
            if len(unit) > UNIT_CHARS:
                what = f"longer than {UNIT_CHARS} characters, so it is never sent as a unit; shorten it"
                yield Violation((*question.place, "known", index), what)


def _joined(value: Any) -> Iterator[tuple[Place, str]]:
    """Yield each list of which all values may be sent at once, as it would be sent."""
    yield ("realpad", "tags"), ",".join(_texts(listed(value, "realpad", "tags")))
    yield ("consents",), ",".join(_texts([at(box, "id") for box in listed(value, "consents")]))
    for question in asked(value):
        if separator := _separator(question):
            yield (*question.place, "options"), separator.join(_texts(listed(question.entry, "options")))


def _separator(question: AskedField) -> str | None:
    """Return what Realpad wants between the values of a question that takes several; None for one."""
    if question.entry.get("type") == "multi_select":
        return ","
    return "|" if question.key == "rooms" and question.entry.get("multiple") is not False else None


def _texts(values: list[Any], key: str = "value") -> Iterator[str]:
    """Yield the values of a list as texts, those under `key` included."""
    for value in values:
        yield str(value.get(key, "") if isinstance(value, dict) else value)


def _check_texts(value: Any) -> Iterator[Violation]:
    """Find texts that some of the form's visitors would read in another language."""
    spoken = [language for language in LANGUAGES if language in listed(value, "languages")]
    for place, text in _translated(value):
        if text and (lacking := [language for language in spoken if language not in text]):
            what = f"no text in {', '.join(lacking)}; visitors in these languages read another one"
            yield Violation(place, what, is_warning=True)


def _translated(value: Any, place: Place = ()) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Yield every text that is written by language, with its place."""
    if isinstance(value, dict):
        if place and place[-1] in TEXT_KEYS:
            yield place, value
            return
        steps: Iterator[tuple[str | int, Any]] = iter(value.items())
    else:
        steps = enumerate(value) if isinstance(value, list) else iter(())
    for step, inner in steps:
        yield from _translated(inner, (*place, step))

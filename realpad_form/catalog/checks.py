"""Rules between the parts of a project file, checked however wrong the parts themselves are."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from phonenumbers import SUPPORTED_REGIONS

from realpad_form.catalog.conditions import CONTACTS, Questions, check_conditions
from realpad_form.catalog.idle import check_idle
from realpad_form.catalog.violations import (
    TEXT_KEYS,
    AskedField,
    Violation,
    asked,
    at,
    listed,
    shown,
    suggestion,
)
from realpad_form.catalog.yaml_source import Place
from realpad_form.domain import project_rules as rules
from realpad_form.domain.contrast import unreadable
from realpad_form.domain.message import Location, Message
from realpad_form.domain.payload import LIMIT_UNITS, UNIT_CHARS, units
from realpad_form.domain.project import Theme
from realpad_form.domain.questions import day_of
from realpad_form.domain.statistics import ZONE
from realpad_form.domain.text import LANGUAGES

_RESERVED: Final = ("unit", "unit_id", "campaign", "form_version", rules.PHONE_PREFIX, *rules.TRAPS)
"""Names in a POST that belong to the form even where no question asks for them."""


def check(value: Any, *, stem: str) -> Iterator[Violation]:
    """Find every breach of the rules between the parts of a file named `stem`."""
    yield from _check_slug(value, stem)
    yield from _check_questions(list(asked(value)), has_entries=bool(listed(value, "fields")))
    yield from _check_days(value)
    yield from check_idle(value)
    yield from _check_company(value)
    ids = ((("consents", index, "id"), at(box, "id")) for index, box in enumerate(listed(value, "consents")))
    yield from _check_repeats((place, number) for place, number in ids if number is not None)
    named = (
        (("webhooks", index, "name"), at(each, "name"))
        for index, each in enumerate(listed(value, "webhooks"))
    )
    yield from _check_repeats((place, name) for place, name in named if name is not None)
    yield from _check_captured(value, {question.key for question in asked(value)})
    yield from _check_filled_twice(value)
    yield from _check_sources(value)
    yield from _check_lengths(value)
    yield from _check_regions(value)
    yield from _check_texts(value)
    yield from _check_colours(value)
    yield from _check_confirmation(value)


def _check_slug(value: Any, stem: str) -> Iterator[Violation]:
    slug = at(value, "project")
    if isinstance(slug, str) and slug != stem and re.fullmatch(rules.SLUG, stem):
        what = Message(
            "the file is named %(stem)s.yaml; write project: %(stem)s, or rename the file", stem=stem
        )
        yield Violation(("project",), what)


def _check_company(value: Any) -> Iterator[Violation]:
    """Warn of consents that a company page does not ask for: the lead takes those of the chosen project."""
    if at(value, "consents") and any(question.key == rules.PROJECT for question in asked(value)):
        what = Message(
            "a company page asks for the consents of the chosen project, not for these; leave them out"
        )
        yield Violation(("consents",), what, is_warning=True)


def _check_days(value: Any) -> Iterator[Violation]:
    """Warn of date questions that no day answers any more."""
    today = datetime.now(ZONE).date()
    for question in asked(value):
        bounds = [str(question.entry.get(end) or "") for end in ("min", "max")]
        is_mixed = len({bound.startswith("today") for bound in bounds}) > 1  # else the grammar compares them
        if (
            question.entry.get("type") == "date"
            and is_mixed
            and all(map(re.compile(rules.DAY).match, bounds))
        ):
            with suppress(ValueError):  # the grammar tells of days that are none
                if day_of(bounds[1], today) < day_of(bounds[0], today):
                    what = Message("this day is past, so no day is left to choose; write a later one")
                    yield Violation((*question.place, "max"), what, is_warning=True)


def _check_questions(questions: list[AskedField], *, has_entries: bool) -> Iterator[Violation]:
    if not has_entries:
        return
    by_key = {question.key: question for question in reversed(questions)}  # the first of each key
    yield from _check_repeats((question.place, question.key) for question in questions)
    yield from _check_names(by_key)
    if not any(contact in by_key for contact in CONTACTS):
        what = Message("no way to answer is asked for; add `- field: email` or `- field: phone`")
        yield Violation(("fields",), what)
    yield from check_conditions({question.key: by_key[question.key] for question in questions})


def _check_names(questions: Questions) -> Iterator[Violation]:
    parts = [part for part in ("name", "surname") if part in questions]
    if "full_name" in questions:
        for part in parts:
            what = Message("full_name asks for the %(part)s already; leave one out", part=part)
            yield Violation(questions[part].place, what)
    elif not parts:
        what = Message(
            "no name is asked for; add `- field: name` and `- field: surname`, or `- field: full_name`"
        )
        yield Violation(("fields",), what)
    elif parts != ["name", "surname"]:
        other = "surname" if parts == ["name"] else "name"
        what = Message("Realpad demands the %(other)s too; add `- field: %(other)s`", other=other)
        yield Violation(questions[parts[0]].place, what)


def _check_repeats(values: Iterable[tuple[Place, Any]]) -> Iterator[Violation]:
    seen: set[str] = set()
    for place, value in values:
        if str(value) in seen:
            what = Message("%(value)s stands here a second time; leave one out", value=shown(value))
            yield Violation(place, what)
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
            what = Message(
                "%(name)s is a part of the form itself; capture another parameter", name=shown(name)
            )
            yield Violation(place, what)
        elif is_text and name.startswith("unit_"):
            what = Message(
                "embed.js leaves what begins with unit_ to the page, so %(name)s is captured where "
                "the form stands alone only",
                name=shown(name),
            )
            yield Violation(place, what, is_warning=True)
    if at(value, "capture", "campaign") in rules.VISIT:
        what = Message("a campaign is a parameter of the page's address; write its name, e.g. utm_campaign")
        yield Violation(("capture", "campaign"), what)


def _check_filled_twice(value: Any) -> Iterator[Violation]:
    """Find attributes that a captured text would fill although their question is hidden or unanswered."""
    captured = at(value, "capture", "attributes")
    places = {question.key: question.place for question in asked(value)}
    for key in captured if isinstance(captured, dict) else ():
        if key in places:
            what = Message(
                "%(key)s is asked for in %(where)s already; capture into another attribute, or do not ask",
                key=key,
                where=Location(places[key], key),
            )
            yield Violation(("capture", "attributes", key), what)


def _check_sources(value: Any) -> Iterator[Violation]:
    """Find sources of one name, and fields of theirs that lead nowhere or to where another one leads."""
    sources = listed(value, "sources")
    names = ((("sources", index, "name"), at(source, "name")) for index, source in enumerate(sources))
    yield from _check_repeats((place, name) for place, name in names if name is not None)
    questions = {question.key: question.entry for question in asked(value)}
    if sources and rules.PROJECT in questions:
        what = Message("a company page has no leads of its own; name the source in the files of its projects")
        yield Violation(("sources",), what)
    targets = _source_targets(value, questions)
    for index, source in enumerate(sources):
        fields, first = at(source, "fields"), dict[str, str]()
        for key, target in fields.items() if isinstance(fields, dict) else ():
            place: Place = ("sources", index, "fields", key)
            if not isinstance(target, str):
                continue  # not wanted, or told by the grammar
            if target not in targets:
                advice = suggestion(target, sorted(targets))
                what = Message("no field %(target)s; %(advice)s", target=shown(target), advice=advice)
                yield Violation(place, what)
            elif target in first and not _takes_several(target, questions.get(target)):
                what = Message(
                    "%(first)s is %(target)s already; leave this one out, and it goes to the note",
                    first=first[target],
                    target=target,
                )
                yield Violation(place, what)
            first.setdefault(target, key)


def _source_targets(value: Any, questions: Iterable[str]) -> frozenset[str]:
    """Return what the fields of a source may be called in this file, as far as it can be read."""
    capture = at(value, "capture")
    attributes = at(capture, "attributes")
    captured = [
        at(capture, "campaign"),
        *(attributes.values() if isinstance(attributes, dict) else ()),
        *listed(capture, "note"),
    ]
    ids = (at(box, "id") for box in listed(value, "consents"))
    return rules.source_targets(
        questions=questions,
        parameters=(name for name in captured if isinstance(name, str)),
        consents=(f"consent_{number}" for number in ids),
    )


def _takes_several(target: str, entry: Mapping[str, Any] | None) -> bool:
    """Tell whether several fields of theirs may be one of ours: of a list, and what is one text of many."""
    is_list = entry is not None and (target == "rooms" or entry.get("type") == "multi_select")
    return is_list or target == "note"


def _check_regions(value: Any) -> Iterator[Violation]:
    for index, region in enumerate(listed(value, "phone_regions")):
        if re.fullmatch(rules.REGION, str(region)) and region not in SUPPORTED_REGIONS:
            what = Message(
                "%(region)s is no country; write its ISO 3166 code, e.g. CZ or GB", region=shown(region)
            )
            yield Violation(("phone_regions", index), what)


def _check_colours(value: Any) -> Iterator[Violation]:
    """Warn of colours that cannot be read on each other; what is wrongly written is told elsewhere."""
    theme = at(value, "theme")
    light, dark = _colours(theme), _colours(at(theme, "dark"))
    mode = at(theme, "mode")
    modes = {"mode": mode} if mode in ("auto", "light", "dark") else {}
    if at(theme, "background") == "transparent":
        if "page" not in light and mode != "dark":
            what = Message(
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


def _check_confirmation(value: Any) -> Iterator[Violation]:
    """Warn of a mail to visitors that none would ever get."""
    if at(value, "confirm") is None:
        return
    if at(value, "captcha") == "none":
        what = Message(
            "no mail is sent without a solved captcha, and captcha is none; choose one, e.g. altcha"
        )
        yield Violation(("confirm",), what, is_warning=True)
    if all(question.key != "email" for question in asked(value)):
        what = Message("no mail can be sent, since the form asks for no e-mail address; add `- field: email`")
        yield Violation(("confirm",), what, is_warning=True)


def _check_lengths(value: Any) -> Iterator[Violation]:
    """Find lists that Realpad would refuse if every value of them was sent, and too long names of units."""
    for place, text in _joined(value):
        if (length := units(text)) > LIMIT_UNITS:
            what = Message(
                "together %(length)s characters, Realpad takes %(limit)s; write fewer or shorter values",
                length=length,
                limit=LIMIT_UNITS,
            )
            yield Violation(place, what)
    for question in asked(value):
        names = _texts(listed(question.entry, "known"), "id") if question.key == "unit" else ()
        for index, unit in enumerate(names):
            if len(unit) > UNIT_CHARS:
                what = Message(
                    "longer than %(limit)s characters, so it is never sent as a unit; shorten it",
                    limit=UNIT_CHARS,
                )
                yield Violation((*question.place, "known", index), what)


def _joined(value: Any) -> Iterator[tuple[Place, str]]:
    """Yield each list of which all values may be sent at once, as it would be sent."""
    yield ("realpad", "tags"), ",".join(_texts(listed(value, "realpad", "tags")))
    yield ("consents",), ",".join(_texts([at(box, "id") for box in listed(value, "consents")]))
    for question in asked(value):
        if question.entry.get("type") == "multi_select":
            separator = ","
        elif question.key == "rooms" and question.entry.get("multiple") is not False:
            separator = "|"
        else:
            continue  # it takes one
        yield (*question.place, "options"), separator.join(_texts(listed(question.entry, "options")))


def _texts(values: list[Any], key: str = "value") -> Iterator[str]:
    """Yield the values of a list as texts, those under `key` included."""
    for value in values:
        yield str(value.get(key, "") if isinstance(value, dict) else value)


def _check_texts(value: Any) -> Iterator[Violation]:
    """Find texts that some of the form's visitors would read in another language."""
    spoken = [language for language in LANGUAGES if language in listed(value, "languages")]
    for place, text in _translated(value):
        if text and (lacking := [language for language in spoken if language not in text]):
            what = Message(
                "no text in %(languages)s; visitors in these languages read another one",
                languages=", ".join(lacking),
            )
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

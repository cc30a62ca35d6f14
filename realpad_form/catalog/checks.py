"""Rules between the parts of a project file, checked however wrong the parts themselves are.

The second half is about `show_if`: questions that are shown for certain answers to other questions only.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from phonenumbers import SUPPORTED_REGIONS

from realpad_form.catalog.idle import check_idle
from realpad_form.catalog.violations import (
    TEXT_KEYS,
    AskedField,
    Violation,
    asked,
    at,
    listed,
    one_of,
    shown,
    suggestion,
    written,
)
from realpad_form.catalog.yaml_source import Place
from realpad_form.domain import project_rules as rules
from realpad_form.domain.contrast import unreadable
from realpad_form.domain.payload import LIMIT_UNITS, UNIT_CHARS, units
from realpad_form.domain.project import Theme
from realpad_form.domain.project_rules import ALTERNATIVES, DIGITS, LARGEST_PRICE, clause_kind
from realpad_form.domain.questions import day_of
from realpad_form.domain.statistics import ZONE
from realpad_form.domain.text import LANGUAGES, line, paragraphs

_RESERVED: Final = ("unit", "unit_id", "campaign", "form_version", rules.PHONE_PREFIX, *rules.TRAPS)
"""Names in a POST that belong to the form even where no question asks for them."""

ALWAYS_ASKED: Final = ("name", "surname", "full_name")
CONTACTS: Final = ("email", "phone")

Questions = Mapping[str, AskedField]


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
        yield Violation(
            ("project",), f"the file is named {stem}.yaml; write project: {stem}, or rename the file"
        )


def _check_company(value: Any) -> Iterator[Violation]:
    """Warn of consents that a company page does not ask for: the lead takes those of the chosen project."""
    if at(value, "consents") and any(question.key == rules.PROJECT for question in asked(value)):
        what = "a company page asks for the consents of the chosen project, not for these; leave them out"
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
                    what = "this day is past, so no day is left to choose; write a later one"
                    yield Violation((*question.place, "max"), what, is_warning=True)


def _check_questions(questions: list[AskedField], *, has_entries: bool) -> Iterator[Violation]:
    if not has_entries:
        return
    by_key = {question.key: question for question in reversed(questions)}  # the first of each key
    yield from _check_repeats((question.place, question.key) for question in questions)
    yield from _check_names(by_key)
    if not any(contact in by_key for contact in CONTACTS):
        yield Violation(
            ("fields",), "no way to answer is asked for; add `- field: email` or `- field: phone`"
        )
    yield from check_conditions({question.key: by_key[question.key] for question in questions})


def _check_names(questions: Questions) -> Iterator[Violation]:
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
        elif is_text and name.startswith("unit_"):
            what = (
                f"embed.js leaves what begins with unit_ to the page, so {shown(name)} is captured where "
                "the form stands alone only"
            )
            yield Violation(place, what, is_warning=True)
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


def _check_sources(value: Any) -> Iterator[Violation]:
    """Find sources of one name, and fields of theirs that lead nowhere or to where another one leads."""
    sources = listed(value, "sources")
    names = ((("sources", index, "name"), at(source, "name")) for index, source in enumerate(sources))
    yield from _check_repeats((place, name) for place, name in names if name is not None)
    questions = {question.key: question.entry for question in asked(value)}
    if sources and rules.PROJECT in questions:
        what = "a company page has no leads of its own; name the source in the files of its projects"
        yield Violation(("sources",), what)
    targets = _source_targets(value, questions)
    for index, source in enumerate(sources):
        fields, first = at(source, "fields"), dict[str, str]()
        for key, target in fields.items() if isinstance(fields, dict) else ():
            place: Place = ("sources", index, "fields", key)
            if not isinstance(target, str):
                continue  # not wanted, or told by the grammar
            if target not in targets:
                yield Violation(place, f"no field {shown(target)}; {suggestion(target, sorted(targets))}")
            elif target in first and not _takes_several(target, questions.get(target)):
                what = f"{first[target]} is {target} already; leave this one out, and it goes to the note"
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


def _check_confirmation(value: Any) -> Iterator[Violation]:
    """Warn of a mail to visitors that none would ever get."""
    if at(value, "confirm") is None:
        return
    if at(value, "captcha") == "none":
        what = "no mail is sent without a solved captcha, and captcha is none; choose one, e.g. altcha"
        yield Violation(("confirm",), what, is_warning=True)
    if all(question.key != "email" for question in asked(value)):
        what = "no mail can be sent, since the form asks for no e-mail address; add `- field: email`"
        yield Violation(("confirm",), what, is_warning=True)


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


def check_conditions(questions: Questions) -> Iterator[Violation]:
    """Find conditions that can never hold, and those that would hide what Realpad demands."""
    components = _components(questions)
    for question in questions.values():
        for place, key, wanted in _conditions(question):
            is_circular = key in components and components[key] == components[question.key]
            if what := _breach(question, key, wanted, questions, is_circular=is_circular):
                yield Violation((*question.place, "show_if", *place), what)
    yield from _check_hidden(questions)


def _conditions(question: AskedField) -> Iterator[tuple[Place, str, Any]]:
    """Yield each condition of a question: its place in `show_if`, the other question, what is wanted."""
    clauses = question.entry.get("show_if")
    for key, clause in clauses.items() if isinstance(clauses, dict) else ():
        if key == ALTERNATIVES and clause_kind(clause) == "alternatives":
            for index, conditions in enumerate(clause):
                for other, wanted in conditions.items():
                    yield (key, index, other), other, wanted
        else:
            yield (key,), key, clause


def _breach(
    question: AskedField, key: str, wanted: Any, questions: Questions, *, is_circular: bool
) -> str | None:
    """Say what is wrong with one condition of a question."""
    if key == question.key:
        return "a question cannot wait for itself; name another one"
    if key not in questions:
        return (
            f"the form has no such question; {suggestion(key, (k for k in questions if k != question.key))}"
        )
    if is_circular:
        return f"{question.key} and {key} wait for each other; leave one show_if out"
    if clause_kind(wanted) == "alternatives":
        return f"alternatives stand under {ALTERNATIVES}, e.g. {ALTERNATIVES}: [{{{key}: …}}]"
    if isinstance(wanted, dict):
        return _comparison_breach(key, wanted, questions[key].entry)
    return _unknown_answer(key, wanted, questions[key].entry)


def _unknown_answer(key: str, wanted: Any, entry: Mapping[str, Any]) -> str | None:
    """Say which wanted answer a question can never have."""
    for answer in wanted if isinstance(wanted, list) else [wanted]:
        if words := expected(answer, entry):
            return f"{shown(answer)} is no answer to {key}; write {words}"
    return None


def _comparison_breach(key: str, comparison: Mapping[str, Any], entry: Mapping[str, Any]) -> str | None:
    """Say why a question cannot be compared so."""
    if "not" in comparison:
        return _unknown_answer(key, comparison["not"], entry)
    kind = str(entry.get("type") or entry.get("field"))
    if comparison.keys().isdisjoint(("min", "max")):
        return None  # the grammar tells what is missing
    if kind not in _COMPARABLE:
        return f"{key} has no order; write the answers that count, e.g. {{{key}: [a, b]}}"
    for bound in (comparison.get("min"), comparison.get("max")):
        is_formed = _is_day(str(bound)) if kind == "date" else _is_number(bound)
        if bound is not None and not is_formed:
            return f"{shown(bound)} cannot be compared with {key}; write {_FORMS[kind][1]}"
    return None


def _components(questions: Questions) -> dict[str, str]:
    """Return each question's strongly connected component: those with the same one wait for each other.

    Linear in questions and conditions. Source: Kosaraju's algorithm, in Sharir, 1981.
    """
    waits_for = {
        key: [other for _, other, _ in _conditions(each) if other in questions]
        for key, each in questions.items()
    }
    awaited_by: dict[str, list[str]] = {key: [] for key in questions}
    for key, others in waits_for.items():
        for other in others:
            awaited_by[other].append(key)
    found: dict[str, str] = {}
    for root in reversed(_finished(waits_for)):
        ahead = [root] if root not in found else []
        while ahead:
            key = ahead.pop()
            found[key] = root
            ahead += [k for k in awaited_by[key] if k not in found]
    return found


def _finished(waits_for: Mapping[str, list[str]]) -> list[str]:
    """Return all keys in the order in which a depth-first search is done with them."""
    finished: list[str] = []
    seen: set[str] = set()
    for root in waits_for:
        path = [(root, iter(waits_for[root]))] if root not in seen else []
        seen.add(root)
        while path:
            key, others = path[-1]
            following = next((k for k in others if k not in seen), None)
            if following is None:
                path.pop()
                finished.append(key)
            else:
                seen.add(following)
                path.append((following, iter(waits_for[following])))
    return finished


def _check_hidden(questions: Questions) -> Iterator[Violation]:
    """Find questions that Realpad demands and that a condition could hide."""
    for key in ALWAYS_ASKED:
        if key in questions and _is_conditional(questions[key]):
            yield _demanded(questions[key], "Realpad demands it of every lead")
    contacts = [questions[key] for key in CONTACTS if key in questions]
    if contacts and all(map(_is_conditional, contacts)):
        yield _demanded(contacts[-1], "Realpad demands an e-mail address or a phone number of every lead")


def _is_conditional(question: AskedField) -> bool:
    return any(_conditions(question))


def _demanded(question: AskedField, why: str) -> Violation:
    return Violation((*question.place, "show_if"), f"{why}; leave show_if out here")


def expected(answer: Any, entry: Mapping[str, Any]) -> str | None:
    """Say what to write if a question can never have an answer; None if it can."""
    if isinstance(options := entry.get("options"), list) and options:
        values = [option.get("value") if isinstance(option, dict) else option for option in options]
        is_offered = not isinstance(answer, bool) and str(answer) in map(str, values)
        return None if is_offered else one_of(map(shown, values))
    kind, text = str(entry.get("type") or entry.get("field")), str(answer)
    if kind == "boolean":
        return None if isinstance(answer, bool) else "true or false"
    is_formed, words = _FORMS.get(kind, _ANYTHING)
    if isinstance(answer, bool) or not is_formed(text):
        return words
    if kind in _RANGES:
        least, most = _RANGES[kind]
        low, high = _bound(entry.get("min"), least), _bound(entry.get("max"), most)
        return None if low <= Decimal(text) <= high else f"a number from {low} to {high}"
    read = paragraphs(text) if kind == "note" else line(text)  # as the form would
    return None if read == text else shown(read)


def _bound(given: Any, usual: int) -> int | Decimal:
    return given if _is_number(given) else usual


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text  # it reads other forms, too
    except ValueError:
        return False


_ANYTHING: Final = (line, "a text or a number")
_FORMS: Final[Mapping[str, tuple[Callable[[str], object], str]]] = {
    "integer": (re.compile(r"[0-9]+").fullmatch, "a whole number"),
    "price_max": (re.compile(r"[0-9]+").fullmatch, "a whole number"),
    "decimal": (re.compile(r"-?[0-9]+(\.[0-9]+)?").fullmatch, "a number"),
    "date": (_is_day, "a day, e.g. 2026-12-31"),
}
"""How an answer looks that is not chosen from options, and how to ask for one."""

_COMPARABLE: Final = ("integer", "price_max", "decimal", "date")
"""The kinds of question whose answers have an order."""

_MOST: Final = 10**DIGITS - 1
_RANGES: Final = {"integer": (0, _MOST), "price_max": (1, LARGEST_PRICE), "decimal": (-_MOST, _MOST)}
"""The numbers that the form takes if a question does not say."""

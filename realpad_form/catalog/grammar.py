"""A project file's value against the models of the domain, with every breach in plain words."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from realpad_form.catalog.violations import TEXT_KEYS, Violation, at, leads_on, shown, suggestion
from realpad_form.catalog.yaml_source import Place
from realpad_form.domain import project_rules as rules
from realpad_form.domain.project import (
    Capture,
    Closed,
    Confirm,
    ConsentBox,
    DarkPalette,
    Fallback,
    Limits,
    Link,
    Notify,
    Project,
    Retention,
    Routing,
    Salesperson,
    Source,
    ThankYou,
    Theme,
    Webhook,
)
from realpad_form.domain.questions import AnyAttribute, AnyField, KnownUnit, Option, Section
from realpad_form.domain.text import LANGUAGES

_QUESTIONS: Final[dict[str, type[BaseModel]]] = {
    get_args(model.model_fields[key].annotation)[0]: model
    for key, union in (("field", AnyField), ("type", AnyAttribute))
    for model in get_args(get_args(union)[0])
}

_PARTS: Final[dict[Place, type[BaseModel]]] = {
    (): Project,
    ("realpad",): Routing,
    ("fields", "options"): Option,
    ("fields", "known"): KnownUnit,
    ("closed",): Closed,
    ("consents",): ConsentBox,
    ("capture",): Capture,
    ("thank_you",): ThankYou,
    ("thank_you", "contact"): Salesperson,
    ("thank_you", "link"): Link,
    ("fallback",): Fallback,
    ("theme",): Theme,
    ("theme", "dark"): DarkPalette,
    ("limits",): Limits,
    ("webhooks",): Webhook,
    ("notify",): Notify,
    ("retention",): Retention,
    ("confirm",): Confirm,
    ("sources",): Source,
}
"""The model of each part of a file, by its place without positions in lists."""


def load(value: Any) -> tuple[Project | None, list[Violation]]:
    """Return the project that a file's value describes, or every breach of the grammar."""
    try:
        return Project.model_validate(value), []
    except ValidationError as error:
        errors = error.errors(include_url=False)
    by_place = defaultdict(list)
    for each in errors:
        by_place[_place(each, value)].append(each)
    around = {place[:depth] for place in by_place for depth in range(len(place))}
    found = []
    for place, here in by_place.items():
        if place in around:
            continue  # it only follows from an error deeper inside
        if here[0]["type"] == "extra_forbidden":
            what = f"unknown key; {suggestion(str(place[-1]), _keys(place[:-1], value))}"
        else:
            what = wording(here, place, at(value, *place))
        found.append(Violation(place, what))
    return None, found


def _place(error: ErrorDetails, value: Any) -> Place:
    """Return where an error stands in the file: its `loc` without the steps that are pydantic's own."""
    steps = error["loc"]
    if steps[:1] == ("fields",):
        kinds = 1 if steps[2:3] == ("section",) else 2  # built-in or custom, and of which kind
        steps = steps[:2] + steps[2 + kinds :]
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
    if names[:2] == ("fields", "show_if"):
        return ["not", "min", "max"]
    entry = at(value, *place) if names == ("fields",) else {}
    kind = entry.get("field") or entry.get("type")
    model = Section if "section" in entry else _QUESTIONS[kind] if kind else _PARTS[names]
    return list(model.model_fields)


_TEXT: Final = "write a text, or one per language, e.g. {{cs: Ano, en: 'Yes'}}"
_KEYS: Final = "{shown} stands where keys belong; write them as key: value"
_LIST: Final = "{shown} is no list; write one, e.g. [a, b]"
_WHOLE: Final = "{shown} is not a whole number; write digits without quotes, e.g. 12"
_NUMBER: Final = "{shown} is not a number; write e.g. 12 or 0.5"
_QUOTES: Final = 'a text belongs here; put it in quotes: "{value}"'
_NOTHING: Final = "a value is missing; write one, in quotes if it starts with #, or leave the key out"
_COMMA: Final = 'a text with a comma inside {{ }} needs quotes, e.g. {{cs: "Ano, prosím", en: …}}'

_TEMPLATES: Final = {
    "missing": "is missing; {advice}",
    "union_tag_not_found": "is missing; {advice}",
    "too_short": "is empty; {advice}",
    "string_type": "{shown} is no text; write one",
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "bool_type": "{shown} is neither true nor false; write one of them, without quotes",
    "tuple_type": _LIST,
    "list_type": _LIST,
    "dict_type": _KEYS,
    "model_type": _KEYS,
    "model_attributes_type": "{shown} stands where keys belong; write e.g. `- field: name`",
    "string_too_short": "the text is too short; write at least {min_length} characters",
    "string_too_long": "the text is longer than {max_length} characters; shorten it",
    "too_long": "the text is longer than {max_length} characters; shorten it",
    "greater_than": "{shown} is too small; write a number above {gt}",
    "greater_than_equal": "{shown} is too small; write at least {ge}",
    "less_than": "{shown} is too large; write a number below {lt}",
    "less_than_equal": "{shown} is too large; write at most {le}",
    "literal_error": "{shown} is not allowed here; write {choices}",
    "string_pattern_mismatch": "{shown} is not allowed here; {pattern_advice}",
    "union_tag_invalid": "{shown} is not {what}; write {choices}",
    "value_error": "{error}",
}

_UNIONS: Final = {
    frozenset({"string_type", "dict_type"}): _TEXT,
    frozenset({"bool_type", "literal_error"}): "{shown} is not allowed here; write true, false or card",
    frozenset({"literal_error", "string_type", "dict_type"}): (
        "{shown} is not allowed here; write false, or a text for the empty choice"
    ),
    frozenset({"literal_error", "string_type"}): (
        "{shown} is none of our fields; write e.g. email, or false to leave it out"
    ),
    frozenset(
        {"bool_type", "int_type", "string_type"}
    ): "{shown} is no answer; write true, a number or a text",
    frozenset({"bool_type", "int_type", "string_type", "list_type"}): (
        "{shown} is no answer; write true, a number, a text, or a list of them"
    ),
}
"""What to say where several kinds of value are allowed and none was written."""

_PATTERNS: Final = {
    rules.SLUG: "write lower-case letters, digits and dashes, e.g. riverside-2",
    rules.ATTRIBUTE: "write lower-case letters, digits and _, e.g. customer_has_pets",
    rules.REGION: "write a country as two capital letters, e.g. CZ",
    rules.CURRENCY: "write a currency as three capital letters, e.g. CZK",
    rules.COLOUR: 'write a colour, e.g. "#0b5fff"',
    rules.LENGTH: "write a length, e.g. 8px",
    rules.DAY: "write a day, e.g. 2026-12-24, or today, or today+14",
    rules.FILE % "woff2": "write the name of a file beside this one, e.g. brand.woff2",
    rules.FILE % "webp|jpg|jpeg|png|avif": "write the name of a picture beside this file, e.g. jana.webp",
    rules.FONT: "write names of fonts with commas between them, without quotes, e.g. Georgia, serif",
}

_ADVICE: Final = {
    "version": "write version: 1",
    "project": "write the name of the file without .yaml",
    "name": "write the project's name, e.g. name: Riverside Residences",
    "languages": "write them with the default first, e.g. [cs, en]",
    "origins": "list the sites that may embed the form, e.g. [https://www.example.com]",
    "phone_regions": "write countries, e.g. [CZ, SK], or leave the key out",
    "realpad": "write at least credentials and project below it",
    "realpad.credentials": "write the name of a login pair in the settings, e.g. riverside",
    "realpad.project": "write Realpad's number of the project, e.g. 39264441",
    "fields": "list the questions, e.g. `- field: name`",
    "fields.field": "write field: name or another built-in question, or attribute: customer_… for your own",
    "fields.attribute": "write the key of the custom attribute in Realpad, e.g. customer_has_pets",
    "fields.type": "write boolean, string, integer, decimal, date, single_select or multi_select",
    "fields.label": "write the question, e.g. label: {cs: …, en: …}",
    "fields.options": "write the choices, e.g. [1+kk, 2+kk]",
    "fields.options.value": "write what Realpad stores, e.g. value: 2+kk",
    "fields.show_if": "write a question and its answer, e.g. {customer_has_pets: true}",
    "fields.section": "write a heading, e.g. section: {cs: Upřesnit, en: Details}",
    "fields.known.id": "write the name of the unit, e.g. id: A-101",
    "closed.message": "write what visitors read instead of the form, e.g. message: {en: Sold out}",
    "thank_you.contact.name": "write who will call, e.g. name: Jana Malá",
    "thank_you.link.label": "write what the link is called, e.g. label: {cs: Katalog, en: Brochure}",
    "thank_you.link.url": "write a whole address, e.g. url: https://www.example.com/brochure.pdf",
    "notify.to": "list who gets a mail for each lead, e.g. [prodej@riverside.example]",
    "confirm.subject": "write the subject of the mail to the visitor, e.g. subject: {cs: …, en: …}",
    "confirm.message": "write the text of the mail to the visitor, e.g. message: {cs: …, en: …}",
    "consents.id": "write Realpad's number of the consent, e.g. 39268430",
    "sources.name": "write what the source is called in its address and in the settings, e.g. name: cf7-main",
    "consents.label": "write what the visitor agrees to",
    "webhooks.name": "write the name of a secret in the settings, e.g. name: crm-sync",
    "webhooks.url": "write where it is sent, e.g. url: https://hooks.example.com/leads",
    "webhooks.events": "list what is told, e.g. [accepted, delivered], or leave the key out for all",
}


def wording(errors: list[ErrorDetails], place: Place, value: Any) -> str:
    """Return what is wrong with the value at a place, from every error found there."""
    kinds = frozenset(error["type"] for error in errors)
    template = _UNIONS.get(kinds) or _TEMPLATES.get(errors[0]["type"], "{message}")
    if "string_type" in kinds and "literal_error" not in kinds and isinstance(value, bool | int | Decimal):
        template = _QUOTES
    elif value is None and any(kind.endswith("_type") for kind in kinds):
        # In a text, a key that is no language is what stands behind a comma.
        is_in_text = len(place) > 1 and place[-2] in TEXT_KEYS and isinstance(place[-1], str)
        template = _COMMA if is_in_text and place[-1] not in LANGUAGES else _NOTHING
    return template.format_map(_words(errors[0], place, value))


def _words(error: ErrorDetails, place: Place, value: Any) -> Mapping[str, Any]:
    """Return what the templates may name."""
    ctx = error.get("ctx", {})
    if error["loc"][-1:] == ("[key]",):
        value = place[-1]
    choices = str(ctx.get("expected") or ctx.get("expected_tags") or "").replace("'", "")
    return {
        **ctx,
        "value": str(value).lower() if isinstance(value, bool) else value,
        "shown": shown(value),
        "message": error["msg"],
        "choices": choices.lower(),
        "advice": _ADVICE.get(".".join(s for s in place if isinstance(s, str)), "write a value"),
        "pattern_advice": _PATTERNS.get(ctx.get("pattern", ""), ""),
        "what": "a field" if "field" in place[-1:] else "an attribute type",
    }

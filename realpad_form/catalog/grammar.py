"""A project file's value against the models of the domain, with every breach in plain words."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from realpad_form.catalog.violations import TEXT_KEYS, Violation, at, leads_on, one_of, shown, suggestion
from realpad_form.catalog.yaml_source import Place
from realpad_form.domain import project_rules as rules
from realpad_form.domain.message import Message, RuleError, _
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

_KINDS: Final[dict[str, dict[str, type[BaseModel]]]] = {
    key: {get_args(model.model_fields[key].annotation)[0]: model for model in get_args(get_args(union)[0])}
    for key, union in (("field", AnyField), ("type", AnyAttribute))
}
"""The models of questions: built-in ones by `field`, custom attributes by `type`."""

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
            advice = suggestion(str(place[-1]), _keys(place[:-1], value))
            what = Message("unknown key; %(advice)s", advice=advice)
        else:
            what = wording(here, place, value)
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
    return list(_model(place, value).model_fields)


def _model(place: Place, value: Any) -> type[BaseModel]:
    """Return the model of the part of a file that is at a place."""
    names = tuple(step for step in place if isinstance(step, str))
    if names != ("fields",):
        return _PARTS[names]
    entry = at(value, *place)
    if "section" in entry:
        return Section
    return _KINDS["field"][entry["field"]] if "field" in entry else _KINDS["type"][entry["type"]]


def _choices(place: Place, value: Any) -> Iterator[str]:
    """Yield what may be written at a place that takes certain words only."""
    while isinstance(place[-1], int):
        place = place[:-1]
    hints = [_model(place[:-1], value).model_fields[place[-1]].annotation]
    for hint in hints:
        if get_origin(hint) is Literal:
            yield from (str(choice).lower() for choice in get_args(hint))
        else:
            hints += get_args(hint)


_TEXT: Final = _("write a text, or one per language, e.g. {cs: Ano, en: 'Yes'}")
_KEYS: Final = _("%(shown)s stands where keys belong; write them as key: value")
_LIST: Final = _("%(shown)s is no list; write one, e.g. [a, b]")
_WHOLE: Final = _("%(shown)s is not a whole number; write digits without quotes, e.g. 12")
_NUMBER: Final = _("%(shown)s is not a number; write e.g. 12 or 0.5")
_QUOTES: Final = _('a text belongs here; put it in quotes: "%(value)s"')
_NOTHING: Final = _("a value is missing; write one, in quotes if it starts with #, or leave the key out")
_COMMA: Final = _('a text with a comma inside { } needs quotes, e.g. {cs: "Ano, prosím", en: …}')
_MISSING: Final = _("is missing; %(advice)s")
_CHOICES: Final = _("%(shown)s is not allowed here; write %(choices)s")
_NO_FIELD: Final = _("%(shown)s is not a field; write %(choices)s")
_NO_TYPE: Final = _("%(shown)s is not an attribute type; write %(choices)s")
_LONG: Final = _("the text is longer than %(max_length)s characters; shorten it")

_TEMPLATES: Final = {
    "missing": _MISSING,
    "union_tag_not_found": _MISSING,
    "too_short": _("is empty; %(advice)s"),
    "string_type": _("%(shown)s is no text; write one"),
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "bool_type": _("%(shown)s is neither true nor false; write one of them, without quotes"),
    "tuple_type": _LIST,
    "list_type": _LIST,
    "dict_type": _KEYS,
    "model_type": _KEYS,
    "model_attributes_type": _("%(shown)s stands where keys belong; write e.g. `- field: name`"),
    "string_too_short": _("the text is too short; write at least %(min_length)s characters"),
    "string_too_long": _LONG,
    "too_long": _LONG,
    "greater_than": _("%(shown)s is too small; write a number above %(gt)s"),
    "greater_than_equal": _("%(shown)s is too small; write at least %(ge)s"),
    "less_than": _("%(shown)s is too large; write a number below %(lt)s"),
    "less_than_equal": _("%(shown)s is too large; write at most %(le)s"),
    "literal_error": _CHOICES,
    "int_parsing_size": _CHOICES,  # a number too long for the version
    "string_pattern_mismatch": _("%(shown)s is not allowed here; %(pattern_advice)s"),
}

_UNIONS: Final = {
    frozenset({"string_type", "dict_type"}): _TEXT,
    frozenset({"bool_type", "literal_error"}): _("%(shown)s is not allowed here; write true, false or card"),
    frozenset({"literal_error", "string_type", "dict_type"}): _(
        "%(shown)s is not allowed here; write false, or a text for the empty choice"
    ),
    frozenset({"literal_error", "string_type"}): _(
        "%(shown)s is none of our fields; write e.g. email, or false to leave it out"
    ),
    frozenset({"bool_type", "int_type", "string_type"}): _(
        "%(shown)s is no answer; write true, a number or a text"
    ),
    frozenset({"bool_type", "int_type", "string_type", "list_type"}): _(
        "%(shown)s is no answer; write true, a number, a text, or a list of them"
    ),
}
"""What to say where several kinds of value are allowed and none was written."""

_PATTERNS: Final = {
    rules.SLUG: Message("write lower-case letters, digits and dashes, e.g. riverside-2"),
    rules.ATTRIBUTE: Message("write lower-case letters, digits and _, e.g. customer_has_pets"),
    rules.REGION: Message("write a country as two capital letters, e.g. CZ"),
    rules.CURRENCY: Message("write a currency as three capital letters, e.g. CZK"),
    rules.COLOUR: Message('write a colour, e.g. "#0b5fff"'),
    rules.LENGTH: Message("write a length, e.g. 8px"),
    rules.DAY: Message("write a day, e.g. 2026-12-24, or today, or today+14"),
    rules.FILE % "woff2": Message("write the name of a file beside this one, e.g. brand.woff2"),
    rules.FILE % "webp|jpg|jpeg|png|avif": Message(
        "write the name of a picture beside this file, e.g. jana.webp"
    ),
    rules.FONT: Message("write names of fonts with commas between them, without quotes, e.g. Georgia, serif"),
}

_ADVICE: Final = {
    "version": Message("write version: 1"),
    "project": Message("write the name of the file without .yaml"),
    "name": Message("write the project's name, e.g. name: Riverside Residences"),
    "languages": Message("write them with the default first, e.g. [cs, en]"),
    "origins": Message("list the sites that may embed the form, e.g. [https://www.example.com]"),
    "phone_regions": Message("write countries, e.g. [CZ, SK], or leave the key out"),
    "realpad": Message("write at least credentials and project below it"),
    "realpad.credentials": Message("write the name of a login pair in the settings, e.g. riverside"),
    "realpad.project": Message("write Realpad's number of the project, e.g. 39264441"),
    "fields": Message("list the questions, e.g. `- field: name`"),
    "fields.field": Message(
        "write field: name or another built-in question, or attribute: customer_… for your own"
    ),
    "fields.attribute": Message("write the key of the custom attribute in Realpad, e.g. customer_has_pets"),
    "fields.type": Message("write boolean, string, integer, decimal, date, single_select or multi_select"),
    "fields.label": Message("write the question, e.g. label: {cs: …, en: …}"),
    "fields.options": Message("write the choices, e.g. [1+kk, 2+kk]"),
    "fields.options.value": Message("write what Realpad stores, e.g. value: 2+kk"),
    "fields.show_if": Message("write a question and its answer, e.g. {customer_has_pets: true}"),
    "fields.section": Message("write a heading, e.g. section: {cs: Upřesnit, en: Details}"),
    "fields.known.id": Message("write the name of the unit, e.g. id: A-101"),
    "closed.message": Message("write what visitors read instead of the form, e.g. message: {en: Sold out}"),
    "thank_you.contact.name": Message("write who will call, e.g. name: Jana Malá"),
    "thank_you.link.label": Message("write what the link is called, e.g. label: {cs: Katalog, en: Brochure}"),
    "thank_you.link.url": Message("write a whole address, e.g. url: https://www.example.com/brochure.pdf"),
    "notify.to": Message("list who gets a mail for each lead, e.g. [prodej@riverside.example]"),
    "confirm.subject": Message("write the subject of the mail to the visitor, e.g. subject: {cs: …, en: …}"),
    "confirm.message": Message("write the text of the mail to the visitor, e.g. message: {cs: …, en: …}"),
    "consents.id": Message("write Realpad's number of the consent, e.g. 39268430"),
    "sources.name": Message(
        "write what the source is called in its address and in the settings, e.g. name: cf7-main"
    ),
    "consents.label": Message("write what the visitor agrees to"),
    "webhooks.name": Message("write the name of a secret in the settings, e.g. name: crm-sync"),
    "webhooks.url": Message("write where it is sent, e.g. url: https://hooks.example.com/leads"),
    "webhooks.events": Message("list what is told, e.g. [accepted, delivered], or leave the key out for all"),
}


def wording(errors: list[ErrorDetails], place: Place, root: Any) -> Message:
    """Return what is wrong with the value at a place of a file, from every error found there."""
    first, kinds, value = errors[0], frozenset(error["type"] for error in errors), at(root, *place)
    template, words = _UNIONS.get(kinds) or _TEMPLATES.get(first["type"], ""), _words(first, place, value)
    if "string_type" in kinds and "literal_error" not in kinds and isinstance(value, bool | int | Decimal):
        template = _QUOTES
    elif value is None and any(kind.endswith("_type") for kind in kinds):
        # In a text, a key that is no language is what stands behind a comma.
        is_in_text = len(place) > 1 and place[-2] in TEXT_KEYS and isinstance(place[-1], str)
        template = _COMMA if is_in_text and place[-1] not in LANGUAGES else _NOTHING
    elif template == _CHOICES:
        words["choices"] = one_of(_choices(place, root))
    elif first["type"] == "union_tag_invalid":
        is_field = place[-1] == "field"
        words["choices"] = ", ".join(_KINDS["field" if is_field else "type"])
        template = _NO_FIELD if is_field else _NO_TYPE
    if template:
        return Message(template, **words)
    error = first.get("ctx", {}).get("error")
    if isinstance(error, RuleError):
        return error.message
    return Message("is not allowed here:", detail=first["msg"])


def _words(error: ErrorDetails, place: Place, value: Any) -> dict[str, Any]:
    """Return what the templates may name."""
    ctx = error.get("ctx", {})
    if error["loc"][-1:] == ("[key]",):
        value = place[-1]
    return {
        **ctx,
        "value": str(value).lower() if isinstance(value, bool) else value,
        "shown": shown(value),
        "advice": _ADVICE.get(".".join(s for s in place if isinstance(s, str)), Message("write a value")),
        "pattern_advice": _PATTERNS.get(ctx.get("pattern", ""), ""),
    }

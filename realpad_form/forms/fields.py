"""What the WTForms field of each kind of question is made of."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any, Final

from wtforms.fields.core import UnboundField

from realpad_form.domain import questions as grammar
from realpad_form.domain.project import Project
from realpad_form.domain.project_rules import LARGEST_PRICE, kind_of
from realpad_form.domain.questions import Question
from realpad_form.domain.text import line, paragraphs
from realpad_form.forms.answers import AnswerField, AnyOf, Between, Length, OneOf, Required
from realpad_form.forms.messages import _
from realpad_form.forms.phone import example, read_phone
from realpad_form.forms.readers import (
    EMAIL_CHARS,
    NAME_CHARS,
    read_amount,
    read_boolean,
    read_consent,
    read_date,
    read_decimal,
    read_email,
    read_full_name,
    read_integer,
    read_name,
    read_unit,
)
from realpad_form.forms.wording import Wording

USUAL: Final = {"CZK": 5_000_000}
"""Budgets to show as an example, by currency."""

FILL_IN: Final = Required(_("Please fill in “%(label)s”."))
CHOOSE: Final = Required(_("Please choose an answer to “%(label)s”."))
TICK: Final = Required(_("Please tick “%(label)s”."))
AGREE: Final = Required(_("Please tick this box; without it we cannot take the enquiry."))

MAX_FORMS: Final = 500

_kept: dict[tuple[str, str], dict[str, "UnboundField[Any]"]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What the field of a question is made of."""

    kind: type[AnswerField] = AnswerField
    missing: Required = FILL_IN
    rules: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)


def fields_of(project: Project, language: str) -> dict[str, "UnboundField[Any]"]:
    """Return the unbound fields of a project's form; made once, they serve every visitor."""
    key = (project.form_version, language)
    if (fields := _kept.get(key)) is None:
        if len(_kept) >= MAX_FORMS:
            _kept.clear()
        fields = {**build_fields(project.fields, Wording(project, language)), **build_consents(project)}
        _kept[key] = fields
    return fields


def build_fields(questions: Iterable[Question], wording: Wording) -> dict[str, "UnboundField[Any]"]:
    """Return the unbound field of each question, by key."""
    return {question.key: build_field(question, wording) for question in questions}


def build_field(question: Question, wording: Wording) -> "UnboundField[Any]":
    """Return the unbound field of one question."""
    kind = kind_of(question)
    spec = _FIXED[kind] if kind in _FIXED else _BUILDERS[kind](question, wording.project)
    demand = [spec.missing] if wording.is_demanded(question) else []
    return UnboundField(spec.kind, wording.name(question), [*demand, *spec.rules], **spec.options)


def build_consents(project: Project) -> dict[str, "UnboundField[Any]"]:
    """Return the unbound field of each consent, by key."""
    return {
        box.key: UnboundField(AnswerField, box.key, [AGREE] if box.required else [], read=read_consent)
        for box in project.consents
    }


def _phone(question: grammar.PhoneField, project: Project) -> Spec:
    regions = project.phone_regions
    missing = Required(_("Enter your phone, e.g. %(example)s."), example=example(regions[0]))
    return Spec(missing=missing, options={"read": partial(read_phone, regions=regions)})


def _price_max(question: grammar.PriceMaxField, project: Project) -> Spec:
    if question.options:
        return _choice(OneOf, question.options)
    usual = question.max or question.min or USUAL.get(project.currency, 250_000)
    read = partial(read_amount, currency=project.currency, example=usual)
    return Spec(rules=(Between(question.min or 1, question.max or LARGEST_PRICE),), options={"read": read})


def _number(question: Any, read: Callable[..., Any], *, usual: int | Decimal) -> Spec:
    limits = Between(question.min, question.max)
    return Spec(
        rules=(limits,), options={"read": partial(read, example=question.min or question.max or usual)}
    )


def _choice(kind: type[AnyOf], options: Iterable[grammar.Option | grammar.PriceOption], **more: bool) -> Spec:
    by_text = {line(str(option.value)): option.value for option in options}  # as they stand in a POST
    return Spec(kind=kind, missing=CHOOSE, options={"options": by_text, **more})


_FIXED: Final[Mapping[str, Spec]] = {
    "name": Spec(
        missing=Required(_("Enter your first name.")),
        rules=(Length(NAME_CHARS),),
        options={"read": read_name},
    ),
    "surname": Spec(
        missing=Required(_("Enter your last name.")),
        rules=(Length(NAME_CHARS),),
        options={"read": read_name},
    ),
    "full_name": Spec(
        missing=Required(_("Enter your first and last name.")),
        rules=(Length(2 * NAME_CHARS),),
        options={"read": read_full_name},
    ),
    "email": Spec(
        missing=Required(_("Enter your e-mail, e.g. name@example.com.")),
        rules=(Length(EMAIL_CHARS),),
        options={"read": read_email},
    ),
    "unit": Spec(options={"read": read_unit}),
    "boolean": Spec(missing=TICK, options={"read": read_boolean}),
    "date": Spec(options={"read": read_date}),
}
"""The kinds of question whose field is the same in every project."""

_BUILDERS: Final[Mapping[str, Callable[[Any, Project], Spec]]] = {
    "phone": _phone,
    "rooms": lambda question, _: _choice(AnyOf, question.options, is_single=not question.multiple),
    "price_max": _price_max,
    "note": lambda question, _: Spec(rules=(Length(question.max_length),), options={"clean": paragraphs}),
    "string": lambda question, _: Spec(rules=(Length(question.max_length),)),
    "integer": lambda question, _: _number(question, read_integer, usual=2),
    "decimal": lambda question, _: _number(question, read_decimal, usual=Decimal("52.5")),
    "single_select": lambda question, _: _choice(OneOf, question.options),
    "multi_select": lambda question, _: _choice(AnyOf, question.options),
}
"""What makes the field of the others, from the question and its project."""

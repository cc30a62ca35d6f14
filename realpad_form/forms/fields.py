"""Builders: one for each kind of question says what its WTForms field is made of."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any, Final

from wtforms.fields.core import UnboundField

from realpad_form.domain import questions as grammar
from realpad_form.domain.cleaning import line, paragraphs
from realpad_form.domain.project import Project
from realpad_form.domain.project_rules import LARGEST_PRICE, kind_of
from realpad_form.domain.questions import Question
from realpad_form.forms.answers import AnswerField, AnyOf, OneOf
from realpad_form.forms.messages import _
from realpad_form.forms.numbers import read_amount, read_decimal, read_integer
from realpad_form.forms.phone import example, read_phone
from realpad_form.forms.readers import (
    EMAIL_CHARS,
    NAME_CHARS,
    read_boolean,
    read_consent,
    read_date,
    read_email,
    read_full_name,
    read_name,
    read_unit,
)
from realpad_form.forms.validators import Between, Length, Required
from realpad_form.forms.wording import Wording

USUAL: Final = {"CZK": 5_000_000}
"""Budgets to show as an example, by currency."""

FILL_IN: Final = Required(_("Please fill in “%(label)s”."))
CHOOSE: Final = Required(_("Please choose an answer to “%(label)s”."))
TICK: Final = Required(_("Please tick “%(label)s”."))
AGREE: Final = Required(_("Please tick this box; without it we cannot take the enquiry."))

KEPT_FORMS: Final = 500

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
        if len(_kept) >= KEPT_FORMS:
            _kept.clear()
        fields = {**build_fields(project.fields, Wording(project, language)), **build_consents(project)}
        _kept[key] = fields
    return fields


def build_fields(questions: Iterable[Question], wording: Wording) -> dict[str, "UnboundField[Any]"]:
    """Return the unbound field of each question, by key."""
    return {question.key: build_field(question, wording) for question in questions}


def build_field(question: Question, wording: Wording) -> "UnboundField[Any]":
    """Return the unbound field of one question."""
    spec = BUILDERS[kind_of(question)](question, wording.project)
    demand = [spec.missing] if wording.is_demanded(question) else []
    return UnboundField(spec.kind, wording.name(question), [*demand, *spec.rules], **spec.options)


def build_consents(project: Project) -> dict[str, "UnboundField[Any]"]:
    """Return the unbound field of each consent, by key."""
    return {
        box.key: UnboundField(AnswerField, box.key, [AGREE] if box.required else [], read=read_consent)
        for box in project.consents
    }


def _name(question: grammar.NameField, project: Project) -> Spec:
    missing = Required(_("Enter your first name."))
    return Spec(missing=missing, rules=(Length(NAME_CHARS),), options={"read": read_name})


def _surname(question: grammar.SurnameField, project: Project) -> Spec:
    missing = Required(_("Enter your last name."))
    return Spec(missing=missing, rules=(Length(NAME_CHARS),), options={"read": read_name})


def _full_name(question: grammar.FullNameField, project: Project) -> Spec:
    missing = Required(_("Enter your first and last name."))
    return Spec(missing=missing, rules=(Length(2 * NAME_CHARS),), options={"read": read_full_name})


def _email(question: grammar.EmailField, project: Project) -> Spec:
    missing = Required(_("Enter your e-mail, e.g. name@example.com."))
    return Spec(missing=missing, rules=(Length(EMAIL_CHARS),), options={"read": read_email})


def _phone(question: grammar.PhoneField, project: Project) -> Spec:
    regions = project.phone_regions
    missing = Required(_("Enter your phone, e.g. %(example)s."), example=example(regions[0]))
    return Spec(missing=missing, options={"read": partial(read_phone, regions=regions)})


def _rooms(question: grammar.RoomsField, project: Project) -> Spec:
    options = {"options": _by_text(question.options), "is_single": not question.multiple}
    return Spec(kind=AnyOf, missing=CHOOSE, options=options)


def _price_max(question: grammar.PriceMaxField, project: Project) -> Spec:
    if question.options:
        return Spec(kind=OneOf, missing=CHOOSE, options={"options": _by_text(question.options)})
    usual = question.max or question.min or USUAL.get(project.currency, 250_000)
    read = partial(read_amount, currency=project.currency, example=usual)
    return Spec(rules=(Between(question.min or 1, question.max or LARGEST_PRICE),), options={"read": read})


def _unit(question: grammar.UnitField, project: Project) -> Spec:
    return Spec(options={"read": read_unit})


def _note(question: grammar.NoteField, project: Project) -> Spec:
    return Spec(rules=(Length(question.max_length),), options={"clean": paragraphs})


def _boolean(question: grammar.BooleanAttribute, project: Project) -> Spec:
    return Spec(missing=TICK, options={"read": read_boolean})


def _string(question: grammar.StringAttribute, project: Project) -> Spec:
    return Spec(rules=(Length(question.max_length),))


def _integer(question: grammar.IntegerAttribute, project: Project) -> Spec:
    read = partial(read_integer, example=question.min or question.max or 2)
    return Spec(rules=(Between(question.min, question.max),), options={"read": read})


def _decimal(question: grammar.DecimalAttribute, project: Project) -> Spec:
    read = partial(read_decimal, example=question.min or question.max or Decimal("52.5"))
    return Spec(rules=(Between(question.min, question.max),), options={"read": read})


def _date(question: grammar.DateAttribute, project: Project) -> Spec:
    return Spec(options={"read": read_date})


def _single_select(question: grammar.SingleSelectAttribute, project: Project) -> Spec:
    return Spec(kind=OneOf, missing=CHOOSE, options={"options": _by_text(question.options)})


def _multi_select(question: grammar.MultiSelectAttribute, project: Project) -> Spec:
    return Spec(kind=AnyOf, missing=CHOOSE, options={"options": _by_text(question.options)})


def _by_text(options: Iterable[grammar.Option | grammar.PriceOption]) -> dict[str, Any]:
    """Return the values of options by the text that stands for each in a POST."""
    return {line(str(option.value)): option.value for option in options}


BUILDERS: Final[dict[str, Callable[[Any, Project], Spec]]] = {
    "name": _name,
    "surname": _surname,
    "full_name": _full_name,
    "email": _email,
    "phone": _phone,
    "rooms": _rooms,
    "price_max": _price_max,
    "unit": _unit,
    "note": _note,
    "boolean": _boolean,
    "string": _string,
    "integer": _integer,
    "decimal": _decimal,
    "date": _date,
    "single_select": _single_select,
    "multi_select": _multi_select,
}
